"""Markdown on a terminal while it streams, without flicker.

Lines that are settled are written once and never touched again. Below them stands a live region: the end of what may
still change, of which only the lines that differ are written anew. It is at most half a screen high and never cleared
in one stroke, because some terminals keep what is cleared in their scrollback.

Laws: however the text is cut into deltas, the same stands on the screen and in the scrollback in the end, once; no line
is wider than the terminal.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tchat.markdown.line import Line

FRAME = 1 / 30
"""Seconds between two redraws."""
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronised update: a terminal that knows it shows what is between them at once."""
_CLEAR = "\r\x1b[K"


class MarkdownStream:
    """Renders a text that grows."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        width: int,
        height: int,
        colour: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Write to a terminal of `width` columns and `height` lines, whose cursor is at the start of a line."""
        from tchat.markdown.growing import Growing
        from tchat.markdown.look import ANSI, MONOCHROME

        self._write = write
        self._clock = clock
        self._growing = Growing(ANSI if colour else MONOCHROME, width)
        self._most_live = max(1, height // 2)
        self._settled = 0
        """How many lines are written for good."""
        self._live: list[str] = []
        """The lines of the live region, as they stand on the screen; the cursor is at the end of the last."""
        self._drawn = -FRAME

    def feed(self, text: str) -> None:
        """Take more of the text and show it, at most thirty times a second."""
        self._growing.feed(text)
        now = self._clock()
        if now - self._drawn >= FRAME:
            self._drawn = now
            self._draw()

    def pause(self) -> None:
        """Take the live region away, so that something else can be written, in whole lines, where it began.

        It comes back below that with the next of the text.
        """
        self._show([], [])
        self._drawn = -FRAME

    def close(self) -> None:
        """Write what is left for good, and end the last line."""
        self._growing.close()
        self._draw()

    def _draw(self) -> None:
        lines = self._growing.lines()
        settled = self._growing.settled
        finished = list(map(_ansi, lines[self._settled : settled]))
        live = list(map(_ansi, lines[max(settled, len(lines) - self._most_live) :]))
        self._settled = settled
        self._show(finished, live)

    def _show(self, finished: list[str], live: list[str]) -> None:
        """Put finished lines and a new live region in place of the live region that stands there."""
        lines = [*finished, *live]
        out = _rewritten(self._live, lines) + ("\r\n" if lines and not live else "")
        self._live = live
        if out:
            self._write(f"{_BEGIN}{out}{_END}")


def _rewritten(old: list[str], new: list[str]) -> str:
    """Return what turns lines on the screen into others.

    The cursor is, before and after, behind the last line, or at the start of the first where there are none.
    """
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    if same == len(old):
        added = "\r\n".join(new[same:])
        return f"\r\n{added}" if old and added else added
    out = _up(len(old) - 1 - same) + "\r\n".join(_CLEAR + line for line in [*new[same:], *[""] * (len(old) - len(new))])
    if len(new) < len(old):
        out += _up(len(old) - max(1, len(new))) + (_CLEAR + new[-1] if new else "")
    return out


def _up(lines: int) -> str:
    return f"\x1b[{lines}A" if lines else ""


def _ansi(line: "Line") -> str:
    """Return a line with the sequences of its styles, in the sixteen colours of the terminal."""
    from rich.color import ColorSystem

    return "".join(
        style.render(text, color_system=ColorSystem.STANDARD) if style else text for text, style, _ in line.segments
    )
