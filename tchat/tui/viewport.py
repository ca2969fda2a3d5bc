"""The part of a conversation that is seen: which lines of which entries, and how that changes.

Laws: only entries that are seen, and their neighbours, are rendered; the line the reader looks at stays where it is,
whatever becomes known of the heights above it; a reader at the end stays at the end, a reader elsewhere is never moved.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tchat.markdown.line import Line
from tchat.tui.column import Column, Spot
from tchat.tui.entry import Entry
from tchat.tui.palette import Palette

KEPT = 80
"""Entries whose lines are kept; the heights of all others are remembered."""


class Place(NamedTuple):
    """A place in a message, whatever the width."""

    key: str
    """The message."""
    above: int
    """How many of its characters stand above."""


class Row(NamedTuple):
    """A line of the view."""

    entry: int
    line: int
    content: Line


class Viewport:
    """A window of `height` lines on entries that stand one below the other."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._width = 0
        self._height = 0
        self.entries: list[Entry] = []
        self._column = Column()
        self._spot = Spot(0, 0)
        """What stands on the first line, unless the view follows the end."""
        self._held: tuple[Spot, Place] | None = None
        """The first line since the last change of width, and the place it was found for.

        A line begins before the place that it holds: taking the place from the line each time would drift upwards.
        """
        self.follows = True
        """Whether the view stays at the end while entries grow."""
        self._rendered: OrderedDict[int, list[Line]] = OrderedDict()

    # --- what is there

    @property
    def total(self) -> int:
        """The height of everything, as far as it is known."""
        return self._column.height

    @property
    def height(self) -> int:
        """The lines of the view."""
        return self._height

    @property
    def top(self) -> int:
        """The line of the whole that stands on the first line of the view."""
        last = max(0, self.total - self._height)
        if self.follows or not self.entries:
            return last
        return min(self._column.line_of(self._spot), last)

    def row(self, y: int) -> Row | None:
        """Return what stands on line `y` of the view; None below the end."""
        line = self.top + y
        if not self._width or not 0 <= line < self.total:
            return None
        spot = self._column.at(line)
        lines = self._lines(spot.entry)
        return Row(spot.entry, spot.line, lines[spot.line]) if spot.line < len(lines) else None

    def rows(self) -> list[Row]:
        """Return what stands on the lines of the view, as far down as there is anything."""
        top, found = self.top, list[Row]()
        if self._width:
            for entry in self._column.between(top, top + self._height):
                above = self._column.top(entry)
                start, stop = max(0, top - above), top + self._height - above
                found += (Row(entry, start + at, line) for at, line in enumerate(self._lines(entry)[start:stop]))
        return found

    def lines(self, entry: int) -> list[Line]:
        """Return the lines of an entry."""
        return self._lines(entry)

    def height_of(self, entry: int) -> int:
        """Return how many lines an entry takes, as far as that is known."""
        return self._column.height_of(entry)

    def rows_of(self, entry: int) -> range:
        """Return the lines of the view that an entry takes; they may lie outside it."""
        start = self._column.top(entry) - self.top
        return range(start, start + self._column.height_of(entry))

    def seen(self) -> range:
        """Return the entries that have a line in the view."""
        return self._column.between(self.top, self.top + self._height)

    # --- what changes

    def show(self, entries: Iterable[Entry]) -> None:
        """Show other entries, from their end."""
        self.entries = list(entries)
        self._forget()
        self._held = None
        self.follows = True
        self._settle()

    def replace(self, entries: Iterable[Entry]) -> None:
        """Show other entries and stay where the reader is, if that entry is still there."""
        place = self._place()
        self.entries = list(entries)
        self._forget()
        self._restore(place)

    def append(self, entry: Entry) -> None:
        """Put an entry below the others."""
        self.entries.append(entry)
        self._column.append(entry.estimate(max(1, self._width)))
        self._settle()

    def swap(self, index: int, entry: Entry) -> None:
        """Put an entry in place of another one of the same message."""
        self.entries[index] = entry
        self.changed(index)

    def changed(self, index: int) -> None:
        """Take in that an entry has other lines now."""
        self._rendered.pop(index, None)
        if self._held is not None and self._held[0].entry == index:
            self._held = None
        if self._width:
            self._measure(index)
        self._settle()

    def resize(self, width: int, height: int) -> None:
        """Take another size; what stood on the first line stays there as well as it can."""
        if width == self._width:
            self._height = height
            self._settle()
            return
        place = self._place()
        self._width, self._height = width, height
        self._forget()
        self._restore(place)

    def repaint(self, palette: Palette) -> None:
        """Take other styles."""
        self._palette = palette
        self._rendered.clear()

    # --- where one looks

    def scroll_to(self, line: int) -> None:
        """Put a line of the whole, as far as heights are known, on the first line of the view."""
        if not self._has_room:
            return
        self.follows = line >= self.total - self._height
        self._spot = self._column.at(max(0, line))
        self._settle()

    def scroll_by(self, lines: int) -> None:
        """Move by exactly so many lines: what lies on the way is rendered first."""
        if not self._has_room:
            return
        if self.follows:
            self._spot = self._column.at(self.top)
            self.follows = False
        self.look_around(abs(lines))
        self.scroll_to(self.top + lines)

    def reveal(self, index: int) -> None:
        """Move as little as needed for an entry to be seen, its beginning if it is higher than the view."""
        if not self._has_room:
            return
        self.look_around(self._height)
        rows = self.rows_of(index)
        if rows.start < 0 or len(rows) > self._height:
            self.follows = False
            self._spot = Spot(index, 0)
            self._settle()
            self.follows = self.top >= self.total - self._height
        elif rows.stop > self._height:
            self.scroll_by(rows.stop - self._height)

    def look_at(self, index: int, line: int) -> None:
        """Move so that a line of an entry stands in the upper third of the view, unless it is seen already."""
        if self._has_room and not 0 <= self.rows_of(index).start + line < self._height:
            self._measure(index)
            self.scroll_to(self._column.top(index) + line - self._height // 3)

    def look_around(self, lines: int) -> None:
        """Render what lies so many lines above and below the view, which stays where it is."""
        if self._width:
            while self._measure_one(self.top - lines, self.top + self._height + lines):
                pass

    def look_ahead(self) -> bool:
        """Render one entry within a page of the view and return whether there may be more."""
        return bool(self._width) and self._measure_one(self.top - self._height, self.top + 2 * self._height)

    # --- inside

    @property
    def _has_room(self) -> bool:
        """Whether there is anything to show, and a size to show it in."""
        return bool(self.entries and self._width and self._height)

    def _measure_one(self, start: int, end: int) -> bool:
        for index in self._column.between(start, end):
            if not self._column.is_exact(index):
                self._measure(index)
                return True
        return False

    def _settle(self) -> None:
        """Render what is seen until its heights are known."""
        if self._has_room:
            while self._measure_one(self.top, self.top + self._height):
                pass

    def _measure(self, index: int) -> None:
        self._column.measure(index, len(self._lines(index)))

    def _lines(self, index: int) -> list[Line]:
        lines = self._rendered.get(index)
        if lines is None:
            lines = self._rendered[index] = self.entries[index].lines(self._width, self._palette)
            while len(self._rendered) > max(KEPT, self._height):
                self._rendered.popitem(last=False)
        else:
            self._rendered.move_to_end(index)
        return lines

    def _forget(self) -> None:
        self._rendered.clear()
        self._column = Column(entry.estimate(max(1, self._width)) for entry in self.entries)

    def _place(self) -> Place | None:
        """Return what stands on the first line; None at the end."""
        if self.follows or not self.entries or not self._width:
            return None
        spot = self._column.at(self.top)
        if self._held is not None and self._held[0] == spot:
            return self._held[1]
        return Place(self.entries[spot.entry].key, _characters(self._lines(spot.entry)[: spot.line]))

    def _restore(self, place: Place | None) -> None:
        self._held = None
        found = next((n for n, entry in enumerate(self.entries) if place and entry.key == place.key), None)
        if place is None or found is None or not self._width:
            self.follows = True
        else:
            self.follows = False
            self._measure(found)
            self._spot = Spot(found, _line_after(self._lines(found), place.above))
            self._held = (self._spot, place)
        self._settle()


def _characters(lines: Sequence[Line]) -> int:
    return sum(len(line.text) - line.margin + len(line.glue) for line in lines)


def _line_after(lines: Sequence[Line], characters: int) -> int:
    """Return the line that holds the character after so many."""
    passed = 0
    for number, line in enumerate(lines):
        passed += len(line.text) - line.margin + len(line.glue)
        if passed > characters:
            return number
    return max(0, len(lines) - 1)
