"""Everything that is not the answer, on stderr: reasoning, notices, retries, usage and errors.

On a terminal it is dimmed and a countdown rewrites its line; elsewhere it is plain lines without an escape sequence.
"""

import os
import sys
from collections.abc import Mapping
from typing import IO

from tchat.cli.terminal import Terminal
from tchat.domain.conversation import Reply
from tchat.domain.errors import TchatError
from tchat.domain.events import (
    Finished,
    FinishReason,
    Notice,
    ReasoningDelta,
    Retrying,
    Started,
    Summarising,
    TextDelta,
    TurnEvent,
)
from tchat.domain.figures import oldest_turns, reply_parts
from tchat.domain.text import printable
from tchat.domain.usage import Usage

_DIM, _RED, _CYAN, _PLAIN = "\x1b[2m", "\x1b[31m", "\x1b[36m", "\x1b[0m"
_CLEAR_LINE = "\r\x1b[K"


_ENDINGS: dict[FinishReason, str] = {
    "length": "the reply was cut off at its greatest length",
    "filtered": "the provider filtered the reply",
    "refused": "the model refused",
}


class Narrator:
    """Tells the user what happens besides the answer."""

    def __init__(
        self,
        stream: IO[str],
        environ: Mapping[str, str],
        *,
        quiet: bool = False,
        reasoning: bool = True,
    ) -> None:
        """Write to `stream`; `quiet` leaves only errors, `reasoning` says whether reasoning is shown."""
        self._stream = stream
        self._terminal = Terminal.of(stream, environ)
        self._quiet = quiet
        self._reasons = reasoning and not quiet
        self._open = False
        """Whether reasoning stands on an unfinished line."""
        self._counting = 0
        """The attempt that is counted down to."""

    def take(self, event: TurnEvent) -> None:
        """Tell of an event."""
        match event:
            case ReasoningDelta(text):
                if self._reasons:
                    self._reason(text)
            case TextDelta() | Started():
                self.settle()
            case Notice(text):
                self.note(text)
            case Retrying():
                self._count_down(event)
            case Summarising(turns=turns, model=model):
                self.note(f"it does not fit: {model} summarises the {oldest_turns(turns)} first")
            case Finished(reason, detail):
                self._end(reason, detail)
            case _:
                pass

    def note(self, text: str) -> None:
        """Tell something that changes nothing."""
        if not self._quiet:
            self.settle()
            self._line(f"note: {text}", _DIM)

    def error(self, error: TchatError) -> None:
        """Tell what went wrong and what to do about it."""
        self.settle()
        self._label("error", _RED, error.message)
        if error.hint:
            self._label("hint", _CYAN, error.hint)

    def settle(self) -> None:
        """End the line of reasoning, if one is open, so that something else can be written."""
        if self._counting and self._terminal.styled:
            self._write(_CLEAR_LINE)
            self._counting = 0
        if self._open:
            self._write("\n\n" if self._terminal.styled else "\n")
            self._open = False

    def measure(self, reply: Reply, more: tuple[str, ...]) -> None:
        """Tell what a stored reply took, and `more` of it; nothing of one that took nothing."""
        if not self._quiet and reply.usage != Usage():
            self.settle()
            self._line(" · ".join([*reply_parts(reply), *more]), _DIM)

    def _count_down(self, event: Retrying) -> None:
        """Rewrite one line on a terminal; elsewhere say once that and when the request goes out again."""
        said = f"{event.reason}; retrying in {event.delay:.0f} s (attempt {event.attempt})"
        if self._terminal.styled and not self._quiet:
            shown = printable(f"note: {said}").replace("\n", " ")
            room = self._terminal.width - 1
            self._write(_CLEAR_LINE + self._styled(shown if len(shown) <= room else f"…{shown[-room + 1 :]}", _DIM))
            self._counting = event.attempt
        elif self._counting != event.attempt:
            self._counting = event.attempt
            self.note(said)

    def _end(self, reason: FinishReason, detail: str | None) -> None:
        said = _ENDINGS.get(reason)
        if said:
            self.note(f"{said}: {detail}" if detail else said)

    def _reason(self, text: str) -> None:
        self._open = True
        self._write(self._styled(printable(text), _DIM))

    def _label(self, label: str, style: str, text: str) -> None:
        first, *rest = printable(text).split("\n")
        self._write(f"{self._styled(f'{label}:', style)} {first}\n")
        for line in rest:
            self._write(f"  {line}\n")

    def _line(self, text: str, style: str) -> None:
        self._write(self._styled(printable(text), style) + "\n")

    def _styled(self, text: str, style: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._terminal.colour else text

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def say(text: str) -> None:
    """Tell something on stderr."""
    Narrator(sys.stderr, os.environ).note(text)


def say_error(message: str, hint: str | None = None) -> None:
    """Tell an error on stderr."""
    Narrator(sys.stderr, os.environ).error(TchatError(message, hint=hint))
