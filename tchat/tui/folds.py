"""Where long lines are folded at a width, and which row of the whole is which piece of which line.

Law: the rows of a line, put together, are the line; no row is wider than the width. Nothing is measured but lengths, so
that a hundred thousand lines take no time: a line with a character that may take two cells is folded at half the width.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import NamedTuple

_WIDE = re.compile(r"[\u1100-\u115f\u231a-\u27ff\u2b1b-\u2b55\u2e80-\uffff\U00010000-\U0010ffff]")
"""Among these are all characters that take two cells."""
_LONGEST = 4_000
"""Characters of a line in which blanks are looked for."""
_NARROWEST = 8


class Piece(NamedTuple):
    """A row: the part of a line from `start` to `end`, after so many blanks."""

    line: int
    start: int
    end: int
    indent: int


class Folds:
    """Lines as rows of one width, folded behind blanks where that is not too early.

    Args:
        lines: without line ends and tabs.
        width: cells; at least 8 are taken.
        cropped: the numbers of lines that have one row only, whatever their length.
        hang: cells by which a folded row stands further right than its line.
    """

    def __init__(self, lines: Sequence[str], width: int, cropped: Collection[int] = (), *, hang: int = 2) -> None:
        self._lines = lines
        self._width = max(_NARROWEST, width)
        self._hang = hang
        self._starts: dict[int, Sequence[int]] = {}
        """Where the rows of a folded line begin."""
        heights = [1] * len(lines)
        for number, line in enumerate(lines):
            if len(line) * 2 > self._width and number not in cropped:
                starts = self._folded(line)
                if len(starts) > 1:
                    self._starts[number] = starts
                    heights[number] = len(starts)
        self._ends = list(accumulate(heights))

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self._ends[-1] if self._ends else 0

    def at(self, row: int) -> Piece | None:
        """Return a row; None above the first and below the last."""
        if not 0 <= row < self.height:
            return None
        number = bisect_right(self._ends, row)
        line = self._lines[number]
        starts = self._starts.get(number)
        if starts is None:
            return Piece(number, 0, len(line), 0)
        place = row - self.top_of(number)
        end = starts[place + 1] if place + 1 < len(starts) else len(line)
        return Piece(number, starts[place], end, self._indent(line) if place else 0)

    def top_of(self, line: int) -> int:
        """Return the first row of a line."""
        return self._ends[line - 1] if line else 0

    def _folded(self, line: str) -> Sequence[int]:
        """Return where the rows of a line begin."""
        share = 2 if not line.isascii() and _WIDE.search(line) else 1
        first, rest = self._width // share, (self._width - self._indent(line)) // share
        if len(line) > _LONGEST:
            return range(0, len(line), rest)
        starts = [0]
        reach = first
        while len(line) - starts[-1] > reach:
            at = starts[-1]
            behind_blank = line.rfind(" ", at, at + reach) + 1
            starts.append(behind_blank if behind_blank - at > reach // 2 else at + reach)
            reach = rest
        return starts

    def _indent(self, line: str) -> int:
        return min(len(line) - len(line.lstrip(" ")) + self._hang, self._width // 2)
