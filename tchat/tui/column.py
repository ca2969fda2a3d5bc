"""Entries one below the other: how high each is, and which stands on which line.

Heights may be estimates until an entry is rendered; nothing here knows what an entry is.
"""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple


class Spot(NamedTuple):
    """A line of an entry."""

    entry: int
    line: int
    """Lines below the entry's first one, from 0."""


class Column:
    """Heights in lines, top to bottom."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._exact = [False] * len(self._heights)
        self._bottoms: list[int] | None = None

    def __len__(self) -> int:
        return len(self._heights)

    @property
    def height(self) -> int:
        """All lines."""
        return self._ends()[-1] if self._heights else 0

    def append(self, height: int) -> None:
        """Put an entry of an estimated height below the others."""
        self._heights.append(height)
        self._exact.append(False)
        self._bottoms = None

    def is_exact(self, entry: int) -> bool:
        """Whether an entry's height is known, not estimated."""
        return self._exact[entry]

    def measure(self, entry: int, height: int) -> bool:
        """Take the true height of an entry and return whether lines below it moved."""
        self._exact[entry] = True
        if self._heights[entry] == height:
            return False
        self._heights[entry] = height
        self._bottoms = None
        return True

    def top(self, entry: int) -> int:
        """Return the line on which an entry begins; for the number of entries, the line below the last."""
        return self._ends()[entry - 1] if entry else 0

    def height_of(self, entry: int) -> int:
        """Return the height of an entry."""
        return self._heights[entry]

    def at(self, line: int) -> Spot:
        """Return what stands on a line; lines outside are the nearest one inside.

        Raises:
            IndexError: there are no entries.
        """
        inside = max(0, min(line, self.height - 1))
        entry = min(bisect_right(self._ends(), inside), len(self._heights) - 1)
        return Spot(entry, inside - self.top(entry))

    def line_of(self, spot: Spot) -> int:
        """Return the line of a spot, kept inside its entry."""
        return self.top(spot.entry) + max(0, min(spot.line, self._heights[spot.entry] - 1))

    def between(self, start: int, end: int) -> range:
        """Return the entries that have a line in `start` … `end` (exclusive)."""
        if not self._heights or end <= start or end <= 0 or start >= self.height:
            return range(0)
        return range(self.at(start).entry, self.at(end - 1).entry + 1)

    def _ends(self) -> list[int]:
        if self._bottoms is None:
            self._bottoms = list(accumulate(self._heights))
        return self._bottoms
