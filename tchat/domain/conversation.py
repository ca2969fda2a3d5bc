"""Conversations as trees: every message has a parent, an edited or regenerated turn is a sibling."""

from typing import Literal

from msgspec import Struct

from tchat.domain.errors import TchatError
from tchat.domain.events import FinishReason
from tchat.domain.message import Message
from tchat.domain.model import Price
from tchat.domain.request import Settings
from tchat.domain.usage import Usage

ReplyState = Literal["streaming", "complete", "stopped", "interrupted", "failed"]
"""`stopped` by the user, `interrupted` by a dropped connection or a killed process, `failed` by the provider."""


class Failure(Struct, frozen=True, kw_only=True):
    """Why a reply is not complete, for the reader; never sent to a model."""

    kind: str
    """The name of the error's class."""
    message: str
    hint: str | None = None


def failure_of(error: TchatError) -> Failure:
    """Return what is kept of an error with the reply that it ended."""
    return Failure(kind=type(error).__name__, message=error.message, hint=error.hint)


class Reply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What only a model's message has: who answered, how, and what became of it."""

    provider: str
    model: str
    state: ReplyState
    settings: Settings = Settings()
    system: str | None = None
    """The system prompt that this turn was asked with."""
    answered_by: str | None = None
    """The model that answered, in the provider's words."""
    reasoning: str = ""
    finish: FinishReason | None = None
    failure: Failure | None = None
    usage: Usage = Usage()
    usage_final: bool = False
    """Whether the provider said the last word on usage."""
    usage_estimated: bool = False
    """Whether some of `usage` is tchat's estimate, because the provider never said it."""
    cost: float | None = None
    """US dollars; None if unknown."""
    price: Price | None = None
    """What the cost was computed from; None where the provider said it, or it is unknown."""
    expected_input: int | None = None
    """Tokens that the request was expected to have."""
    left_out: int = 0
    """Messages at the beginning of what would have been sent that were not, so that the rest fitted the model."""
    first_token_after: float | None = None
    """Seconds from the request to the first token, reasoning included."""
    first_text_after: float | None = None
    """Seconds from the request to the first token of the answer."""
    seconds: float | None = None
    """Seconds from the request to the end; None if nothing was sent, or if nobody knows."""

    @property
    def reasoning_seconds(self) -> float | None:
        """Seconds from the first token of the reasoning to the first one of the answer, or to where it broke off.

        None if it shows no reasoning.
        """
        end = self.seconds if self.first_text_after is None and self.state != "complete" else self.first_text_after
        if not self.reasoning or self.first_token_after is None or end is None:
            return None
        return end - self.first_token_after


class Summary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sent in place of the beginning of a conversation."""

    question: str
    """What tchat asked for it."""
    text: str
    provider: str
    model: str
    made_at: float
    """Unix time; what was asked before knew nothing of it."""
    usage: Usage = Usage()
    usage_final: bool = False
    cost: float | None = None
    """US dollars; None if unknown."""


class StoredMessage(Struct, frozen=True, kw_only=True):
    """A message in its place in the tree."""

    id: str
    conversation_id: str
    parent_id: str | None
    created_at: float
    """Unix time."""
    message: Message
    reply: Reply | None = None
    """None for what the user said."""
    summary: Summary | None = None
    """What is sent in place of this message and all before it, since that was made."""


class BranchMessage(Struct, frozen=True, kw_only=True):
    """A message of a branch, and what stands in its place on other branches."""

    stored: StoredMessage
    siblings: tuple[str, ...]
    """The ids of the message and of those with the same parent, oldest first."""


class Conversation(Struct, frozen=True, kw_only=True):
    """A tree of messages and the branch that is read."""

    id: str
    title: str
    created_at: float
    updated_at: float
    leaf_id: str | None = None
    """The last message of the branch that was read or written last."""
    source: str | None = None
    """The template that made it, if one did."""
    messages: int = 0
    """How many messages the tree has."""
    pinned: bool = False
    folder: str | None = None
    archived: bool = False
    """Whether it is kept out of the list."""


class CallMark(Struct, frozen=True, kw_only=True):
    """Which call of which run a turn is."""

    run_id: str
    place: str
    """Where in the run; see `tchat.templates.happening`."""
    digest: str
    """Fingerprint of the request."""


class NewTurn(Struct, frozen=True, kw_only=True):
    """What a model is about to be asked, and where in which tree that belongs."""

    provider: str
    model: str
    message: Message | None
    """What the user says; None answers the message `parent_id` again, as a sibling of its replies."""
    lead: tuple[Message, ...] = ()
    """Few-shot examples that a new branch begins with: stored before the message, each under the one before it."""
    conversation_id: str | None = None
    """The conversation to go on in; None takes that of the parent, and without a parent starts a new one."""
    parent_id: str | None = None
    """The message that this turn follows; None starts a branch of its own."""
    settings: Settings = Settings()
    system: str | None = None
    title: str | None = None
    """The title of a new conversation; None takes it from the message."""
    source: str | None = None
    """The template that asks, if one does; kept with a new conversation."""
    mark: CallMark | None = None
    """Which call of a run it is, if it is one; stored in the same moment."""
    cost: float | None = None
    """US dollars that the reply costs whatever becomes of it: 0 for a free model; None where that is to be seen."""
    is_aside: bool = False
    """Whether tchat itself asks, beside the conversation: the turn is on no branch that is read."""


class TurnIds(Struct, frozen=True, kw_only=True):
    """What a turn is known by once it is stored."""

    conversation_id: str
    message_id: str
    """The user's message."""
    reply_id: str
