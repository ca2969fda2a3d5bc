"""How a run is going, on stderr: a step list that is redrawn in place on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Sequence
from typing import IO, Protocol

from tchat.cli.run_board import Board, lines, row_figures, top
from tchat.cli.terminal import Terminal
from tchat.domain.events import Notice, Retrying
from tchat.domain.text import one_line, printable
from tchat.templates.format import Step
from tchat.templates.happening import CallTurn, RunEvent, StepDone, StepSkipped, StepStarted

REDRAWN = 0.2
"""Seconds between two pictures at least: a list that changes more often cannot be read."""
_MARGIN = 4
"""Lines of the terminal that the list leaves to what stands above it."""
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


class Progress(Protocol):
    """What tells how a run is going."""

    def take(self, event: RunEvent) -> None:
        """Tell of an event."""
        ...

    def say(self, text: str) -> None:
        """Write whole lines that stay, of text that may be a model's."""
        ...

    def tick(self) -> None:
        """Show how time goes by."""
        ...

    def halt(self) -> None:
        """Tell that the run is over before its end."""
        ...

    def leave(self, answering: str | None = None) -> None:
        """Let the answer have the terminal from here on: nothing is redrawn any more.

        Args:
            answering: the step whose reply is the answer, if it comes from here on.
        """
        ...


class Silence:
    """Tells nothing: `-q`."""

    def take(self, event: RunEvent) -> None:
        """Tell nothing."""

    def say(self, text: str) -> None:
        """Write nothing."""

    def tick(self) -> None:
        """Show nothing."""

    def halt(self) -> None:
        """Tell nothing."""

    def leave(self, answering: str | None = None) -> None:
        """Have nothing to leave."""


class _Notices:
    """What models and the engine give notice of, each said once for a step."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()

    def new(self, event: RunEvent) -> str | None:
        """Return what is to be said of an event."""
        if not isinstance(event, CallTurn):
            return None
        match event.event:
            case Notice(text):
                said = text
            case Retrying(attempt=attempt, reason=reason):
                said = f"{reason}; attempt {attempt} follows"
            case _:
                return None
        key = (top(event.place), said)
        if key in self._said:
            return None
        self._said.add(key)
        return f"note: {event.place}: {one_line(said)}"


class PlainProgress:
    """One line for each step that begins or ends, without an escape sequence."""

    def __init__(self, stream: IO[str], steps: Sequence[Step], clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._board = Board(steps)
        self._clock = clock
        self._notices = _Notices()
        self._is_over = False

    def take(self, event: RunEvent) -> None:
        """Write a line where a step begins or ends."""
        now = self._clock()
        self._board.take(event, now)
        notice = self._notices.new(event)
        if notice is not None:
            self.say(notice)
        if self._is_over:
            return
        match event:
            case StepStarted() if "[" not in event.place:
                many = _many(event.items, "item") + _many(event.samples, "sample")
                self.say(f"{event.place}: begins{many}{f' ({event.note})' if event.note else ''}")
            case StepDone() if "[" not in event.place:
                row = self._board.rows.get(event.place)
                self.say(
                    " · ".join(
                        [f"{event.place}: {row.state if row else 'done'}", *(row_figures(row, now) if row else ())]
                    )
                )
            case StepSkipped() if "[" not in event.place:
                self.say(f"{event.place}: skipped")
            case _:
                pass

    def say(self, text: str) -> None:
        """Write whole lines."""
        self._stream.write(f"{printable(text)}\n")
        self._stream.flush()

    def tick(self) -> None:
        """Write nothing: lines stay."""

    def halt(self) -> None:
        """Write nothing: what ended the run is told by itself."""

    def leave(self, answering: str | None = None) -> None:  # noqa: ARG002  # its line would stand in the answer
        """Write no more of the steps: a line would stand in the middle of the answer."""
        self._is_over = True


def _many(count: int | None, what: str) -> str:
    return "" if count is None else f", {count} {what}{'' if count == 1 else 's'}"


class LiveProgress:
    """The step list of a terminal."""

    def __init__(
        self, stream: IO[str], terminal: Terminal, steps: Sequence[Step], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._terminal = terminal
        self._board = Board(steps)
        self._clock = clock
        self._notices = _Notices()
        self._drawn: list[str] = []
        self._drawn_at = float("-inf")
        self._is_over = False

    def take(self, event: RunEvent) -> None:
        """Take in an event, and redraw if the last picture is old enough."""
        now = self._clock()
        self._board.take(event, now)
        notice = self._notices.new(event)
        if notice is not None:
            self.say(notice)
        elif now - self._drawn_at >= REDRAWN:
            self.tick()

    def say(self, text: str) -> None:
        """Write whole lines above the list."""
        if self._is_over:
            self._stream.write(f"{printable(text)}\n")
            self._stream.flush()
            return
        self._paint(self._fresh(), above=printable(text).split("\n"))

    def tick(self) -> None:
        """Draw the list as it is now."""
        if self._is_over:
            return
        fresh = self._fresh()
        if fresh != self._drawn:
            self._paint(fresh)
        self._drawn_at = self._clock()

    def halt(self) -> None:
        """Mark the steps that were running."""
        self._board.halt(self._clock())

    def leave(self, answering: str | None = None) -> None:
        """Draw the list once more, and for good; the step that is answering is told by its answer."""
        if not self._is_over:
            self._board.rows.pop(answering or "", None)
            self._paint([*self._fresh(), ""])
            self._is_over = True

    def _fresh(self) -> list[str]:
        room = max(self._terminal.height - _MARGIN, 1)
        return lines(self._board, width=self._terminal.width - 1, height=room, now=self._clock())

    def _paint(self, fresh: list[str], above: Sequence[str] = ()) -> None:
        """Write the list over the one before, line by line: a screen that is wiped would be kept by some terminals."""
        dim, plain = (_DIM, _PLAIN) if self._terminal.colour else ("", "")
        written = [*above, *(f"{dim}{line}{plain}" if line else "" for line in fresh)]
        back = f"\x1b[{len(self._drawn)}A\r" if self._drawn else ""
        rest = "\x1b[J" if len(written) < len(self._drawn) else ""
        self._stream.write(back + "".join(f"{line}\x1b[K\n" for line in written) + rest)
        self._stream.flush()
        self._drawn = fresh
