"""Markdown on a terminal while it streams, without flicker.

Finished blocks are rendered once and never touched again. The last block, which still grows, is shown in a live region
that is at most a screen high, and of which only the lines that change are written again.

Laws: however the text is cut into deltas, the same stands on the screen and in the scrollback in the end; no line is
wider than the terminal.
"""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from tchat.cli.rendering import Renderer
from tchat.domain.text import printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

FRAME = 1 / 30
"""Seconds between two redraws."""
LONG_BLOCK = 4_000
"""Characters from which on a growing block is shown as plain text, and looked at less often."""
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronised update: a terminal that knows it shows what is between them at once."""


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
        self._write = write
        self._clock = clock
        self._renderer = Renderer(width=width, colour=colour)
        self._height = max(2, height - 1)
        self._splitter = _Splitter()
        self._open = ""
        """The text of the blocks that are not finished."""
        self._live: list[str] = []
        """The lines of the live region, as they stand on the screen; the cursor is at the end of the last."""
        self._has_blocks = False
        self._drawn = -FRAME
        self._carriage = ""

    def feed(self, text: str) -> None:
        """Take more of the text and show it, at most thirty times a second."""
        text = self._carriage + text
        self._carriage = "\r" if text.endswith("\r") else ""
        self._open += printable(text.removesuffix("\r"))
        now = self._clock()
        if now - self._drawn >= FRAME:
            self._drawn = now
            self._draw()

    def close(self) -> None:
        """Render what is left for good, and end the last line."""
        blocks, rest = self._splitter.split(self._open, is_whole=True)
        self._open = rest
        self._show(self._rendered(blocks), [])

    def _draw(self) -> None:
        blocks, self._open = self._splitter.split(self._open)
        self._show(self._rendered(blocks), self._growing())

    def _rendered(self, blocks: list[str]) -> list[str]:
        """Return the lines of finished blocks, each after an empty line but for the very first."""
        lines: list[str] = []
        for block in blocks:
            rendered = self._renderer.markdown(block)
            if rendered:
                lines += ["", *rendered] if self._has_blocks else rendered
                self._has_blocks = True
        return lines

    def _growing(self) -> list[str]:
        """Return the lines of the growing block that fit the screen: its end."""
        if not self._open.strip():
            return []
        if len(self._open) > LONG_BLOCK:
            start = (len(self._open) // LONG_BLOCK - 1) * LONG_BLOCK  # moves seldom, so that lines stay as they are
            lines = self._renderer.plain(self._open[start:])
        else:
            lines = self._renderer.markdown(self._open)
        return [*([""] if self._has_blocks else []), *lines][-self._height :]

    def _show(self, finished: list[str], live: list[str]) -> None:
        """Put finished lines and a new live region in place of the live region that stands there."""
        lines = [*finished, *live]
        same = 0
        while same < min(len(lines), len(self._live)) and lines[same] == self._live[same]:
            same += 1
        if same == len(lines) < len(self._live):
            same = max(0, same - 1)  # the last line is written again, so that the cursor ends up behind it
        out = self._rewritten(lines, same)
        if not live and lines:
            out += "\r\n"
        self._live = live
        if out:
            self._write(f"{_BEGIN}{out}{_END}")

    def _rewritten(self, lines: list[str], same: int) -> str:
        """Return what turns the live region into `lines`, of which the first `same` stand there already."""
        up = len(self._live) - 1 - same
        out = ""
        if self._live and up >= 0:
            out = (f"\x1b[{up}A" if up else "") + "\r\x1b[J"
        elif self._live and len(lines) > same:
            out = "\r\n"
        return out + "\r\n".join(lines[same:])


class _Splitter:
    """Finds where blocks end. Only whole lines are judged: half a line may still become anything."""

    def __init__(self) -> None:
        self._parser: MarkdownIt | None = None
        self._looked_at = 0
        """Characters at the last look, for blocks that grow long."""

    def split(self, text: str, *, is_whole: bool = False) -> tuple[list[str], str]:
        """Return the finished blocks and the text of the one that may still grow; all of them if `is_whole`."""
        if not is_whole and LONG_BLOCK < len(text) < self._looked_at * 5 // 4:
            return [], text
        self._looked_at = len(text)
        lines = text.splitlines(keepends=True) if is_whole else text[: text.rfind("\n") + 1].splitlines(keepends=True)
        starts = self._starts("".join(lines))
        if is_whole:
            starts.append(len(lines))
        places = [0, *starts[1:]] if starts else [0]
        blocks = ["".join(lines[a:b]) for a, b in pairwise(places)]
        return blocks, text[sum(map(len, blocks)) :]

    def _starts(self, text: str) -> list[int]:
        """Return the lines on which top-level blocks begin."""
        if self._parser is None:
            from markdown_it import MarkdownIt

            self._parser = MarkdownIt("commonmark").enable("table")
        return sorted({token.map[0] for token in self._parser.parse(text) if token.level == 0 and token.map})
