"""What happens in the conversation, brought onto the transcript, entry by entry."""

from collections.abc import Sequence

from tchat.domain.conversation import BranchMessage
from tchat.domain.detail import Detail
from tchat.tui.attached import Attached
from tchat.tui.entries import LiveEntry, MessageEntry
from tchat.tui.pictures.gallery import Gallery
from tchat.tui.talk_events import (
    BranchShown,
    TurnBegan,
    TurnEnded,
    TurnGrew,
)
from tchat.tui.turns import LiveTurn
from tchat.tui.widgets.transcript import Transcript

_Reader = tuple[str, Detail | None]
"""A model by its name, empty for none, and how closely it looks at pictures."""
_NOBODY: _Reader = ("", None)


class Showing:
    """Keeps the transcript in step with the conversation."""

    def __init__(self, transcript: Transcript, gallery: Gallery) -> None:
        self._transcript = transcript
        self._gallery = gallery
        self._live: tuple[LiveTurn, LiveEntry] | None = None

    def show(self, event: BranchShown) -> None:
        """Show a branch, its last reply growing if it is under way."""
        self._live = None
        settled = event.branch[:-1] if event.live else event.branch
        entries = [
            self._entry(placed, number, _reader(event.branch, number)) for number, placed in enumerate(settled, 1)
        ]
        self._transcript.show(entries, stay=event.stays)
        if event.live is not None:
            self._begin(event.live, len(event.branch))

    def begin(self, event: TurnBegan, count: int) -> None:
        """Show what was said, and the reply that is awaited as the last of `count` messages."""
        if event.said is not None:
            model = event.turn.place.model if event.turn.place else ""
            self._transcript.append(self._entry(event.said, count - 1, (model, event.turn.ask.settings.detail)))
        is_shown = self._live is not None and self._live[0] is event.turn
        if not is_shown and not self._has_reply(event.turn):
            self._begin(event.turn, count)
        if event.said is None and self._transcript.has_focus:
            self._transcript.choose_last()

    def grow(self, event: TurnGrew) -> None:
        """Let the reply grow."""
        if self._live is None or self._live[0] is not event.turn:
            return
        entry = self._live[1]
        if event.text:
            entry.feed(event.text)
        if event.reasoning:
            entry.think(event.reasoning)
        self.tick()

    def tick(self) -> None:
        """Show how long the model has reasoned, and what it waits for."""
        if self._live is not None:
            turn, entry = self._live
            entry.status = turn.status
            entry.thinking_for = turn.thinking_for
            self._transcript.grown()

    def end(self, event: TurnEnded, count: int) -> None:
        """Show the reply as it is stored."""
        if event.reply is None or self._live is None or self._live[0] is not event.turn:
            return
        entry = self._live[1]
        self._live = None
        self._transcript.settle(self._entry(event.reply, count, _NOBODY, entry))

    def _entry(
        self, placed: BranchMessage, number: int, reader: _Reader, streamed: LiveEntry | None = None
    ) -> MessageEntry:
        return MessageEntry(placed, number, streamed, Attached(placed.stored.message.parts, self._gallery, *reader))

    def _has_reply(self, turn: LiveTurn) -> bool:
        """Whether the turn was over before it was shown, so that its reply stands there already."""
        place, last = turn.place, self._transcript.entries[-1:]
        return bool(place and last and last[0].key == place.reply_id)

    def _begin(self, turn: LiveTurn, number: int) -> None:
        place = turn.place
        assert place is not None  # noqa: S101  # a turn is shown once it is stored
        entry = LiveEntry(place.reply_id, number, place.model, turn.began_at)
        for text in turn.text:
            entry.feed(text)
        for thought in turn.reasoning:
            entry.think(thought)
        self._live = (turn, entry)
        self._transcript.append(entry)
        self.tick()


def _reader(branch: Sequence[BranchMessage], number: int) -> _Reader:
    """Return who answered the message of a number."""
    reply = branch[number].stored.reply if number < len(branch) else None
    return (reply.model, reply.settings.detail) if reply else _NOBODY
