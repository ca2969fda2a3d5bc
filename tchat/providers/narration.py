"""A reply's events in the making.

Laws: one `Started` first, one `Finished` last; neighbouring deltas of one kind are one event, none is empty and all
are UTF-8; `Metered` only when usage has grown.
"""

from tchat.domain.events import (
    Event,
    Finished,
    FinishReason,
    Metered,
    Pictured,
    ReasoningDelta,
    Sealed,
    Started,
    TextDelta,
)
from tchat.domain.text import encodable, one_line
from tchat.domain.usage import Usage


class Narration:
    """Takes what a reply says piece by piece, and gives it out as events."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._kind: type[TextDelta | ReasoningDelta] = TextDelta
        self._pieces: list[str] = []
        self._half = ""
        self._usage = Usage()
        self._metered = Usage()
        self._is_new_paragraph = False
        self.is_begun = False
        self.is_finished = False
        self.has_spoken = False
        """Whether there is any visible answer, in words or pictures."""
        self.has_thought = False
        """Whether there is any visible reasoning."""

    def begin(self, model: str, request_id: str | None) -> None:
        """Say which model answers; only the first call counts."""
        if not self.is_begun:
            self.is_begun = True
            self._events.append(Started(model=one_line(model), request_id=request_id and one_line(request_id)))

    def speak(self, text: object) -> None:
        """Add to the answer; what is no text adds nothing."""
        if isinstance(text, str) and text:
            self.has_spoken = True
            self._add(TextDelta, text)

    def think(self, text: object) -> None:
        """Add to the visible reasoning; what is no text adds nothing."""
        if isinstance(text, str) and text:
            if self._is_new_paragraph:
                text = f"\n\n{text}"
            self._is_new_paragraph = False
            self.has_thought = True
            self._add(ReasoningDelta, text)

    def draw(self, data: bytes, media_type: str) -> None:
        """Add a picture to the answer."""
        self._flush(more=False)
        self.has_spoken = True
        self._events.append(Pictured(data=data, media_type=one_line(media_type)))

    def part_reasoning(self) -> None:
        """Set the reasoning to come apart from what there is already."""
        self._is_new_paragraph = self.has_thought

    def meter(self, usage: Usage) -> None:
        """Take note of usage so far."""
        self._usage = self._usage.raised_to(usage)

    def finish(self, reason: FinishReason, detail: str | None = None, *, sealed: object = None) -> None:
        """End the reply; `sealed` is what is to be replayed in place of its text, if anything is."""
        self._flush(more=False)
        self._meter()
        if sealed is not None:
            self._events.append(Sealed(sealed))
        self._events.append(Finished(reason, encodable(detail) if detail else None))
        self.is_finished = True

    def take(self, *, more: bool) -> list[Event]:
        """Return the events since the last call; half a surrogate pair at their end waits if there is `more`."""
        if not self.is_finished:
            self._flush(more=more)
            self._meter()
        events, self._events = self._events, []
        return events

    def _add(self, kind: type[TextDelta | ReasoningDelta], text: str) -> None:
        if kind is not self._kind:
            self._flush(more=False)
            self._kind = kind
        self._pieces.append(text)

    def _flush(self, *, more: bool) -> None:
        text = self._half + "".join(self._pieces)
        self._pieces.clear()
        self._half = text[-1] if more and "\ud800" <= text[-1:] <= "\udbff" else ""
        text = encodable(text[:-1] if self._half else text)
        if text:
            self._events.append(self._kind(text))

    def _meter(self) -> None:
        if self._usage != self._metered:
            self._metered = self._usage
            self._events.append(Metered(self._usage))
