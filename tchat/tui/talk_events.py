"""What happens in the conversation on the screen: one closed union, told in order."""

from msgspec import Struct

from tchat.domain.conversation import BranchMessage
from tchat.domain.errors import TchatError
from tchat.tui.turns import LiveTurn


class BranchShown(Struct, frozen=True, kw_only=True):
    """Another branch is read, or the same one has changed."""

    branch: tuple[BranchMessage, ...]
    live: LiveTurn | None
    """The turn that streams at its end, if one of this program does."""
    stays: bool
    """Whether it is what was read before, so that the reader's place is kept."""


class TurnStored(Struct, frozen=True, kw_only=True):
    """The store has what the user said, whichever conversation is on the screen by now."""

    turn: LiveTurn


class TurnBegan(Struct, frozen=True, kw_only=True):
    """What the user said is on the screen, and a reply is under way."""

    said: BranchMessage | None
    """None where a message is answered again: a branch was shown already."""
    turn: LiveTurn


class TurnGrew(Struct, frozen=True, kw_only=True):
    """More of the reply came, or its status changed."""

    turn: LiveTurn
    text: str
    reasoning: str


class TurnEnded(Struct, frozen=True, kw_only=True):
    """The reply is stored in its final form."""

    turn: LiveTurn
    reply: BranchMessage | None
    """None where it belongs to a conversation that is not on the screen."""


class TurnRefused(Struct, frozen=True, kw_only=True):
    """Nothing was stored and nothing was sent."""

    turn: LiveTurn
    error: TchatError | None
    """None where the user stopped it."""


class OtherEnded(Struct, frozen=True):
    """The reply that another program wrote has come to its end, which is the end of what is on the screen."""


class ConversationGone(Struct, frozen=True):
    """The conversation on the screen was deleted by another program."""


class Troubled(Struct, frozen=True):
    """Something beside a turn could not be done."""

    error: TchatError


class ListChanged(Struct, frozen=True):
    """Conversations came, went or changed their names or order."""


class ChoiceChanged(Struct, frozen=True):
    """Another model, effort, setting or system prompt is asked next."""


TurnNews = TurnStored | TurnBegan | TurnGrew | TurnEnded | TurnRefused
"""What happens to a turn."""
TalkEvent = BranchShown | TurnNews | OtherEnded | ConversationGone | Troubled | ListChanged | ChoiceChanged


def tell_nobody(_: TalkEvent) -> None:
    """Take what happens after the screen is gone."""
