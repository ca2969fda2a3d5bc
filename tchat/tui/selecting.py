"""Text that is selected with the mouse over a virtual list.

A place is a character of a line; its line is numbered `entry * LINES + line`, so that it stays the same place when
entries above it turn out to be higher or lower.
"""

import re

from rich.cells import cell_len
from textual.geometry import Offset
from textual.selection import Selection

from tchat.markdown.line import Line
from tchat.tui.viewport import Row, Viewport

LINES = 1 << 24
"""More than any entry has."""


_END = 1 << 30
"""More than any line has."""
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


def word_at(row: Row, cell: int, bar: int) -> Selection | None:
    """Return the word of a line that a cell belongs to, the first of the line's own being `bar`; None between words."""
    text = row.content.text
    at, cells = 0, bar
    while at < len(text) and cells + cell_len(text[at]) <= cell:
        cells += cell_len(text[at])
        at += 1
    word = next((found for found in _WORD.finditer(text) if found.start() <= at < found.end()), None)
    if word is None or cell < bar:
        return None
    y = row.entry * LINES + row.line
    return Selection(Offset(word.start() + bar, y), Offset(word.end() + bar, y))


def paragraph_at(view: Viewport, row: Row) -> Selection | None:
    """Return the lines around one up to the next blank ones; None for a blank one, and for that of who speaks."""
    lines = view.lines(row.entry)
    if row.line == 0 or not row.content.text:
        return None
    first = last = row.line
    while first > 1 and lines[first - 1].text:
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].text:
        last += 1
    return Selection(Offset(0, row.entry * LINES + first), Offset(_END, row.entry * LINES + last))


def selected_text(view: Viewport, selection: Selection, bar: int) -> str:
    """Return the text of a selection as it was written: wrapped lines joined, decoration left out.

    Args:
        view: the entries.
        selection: in places as above, `bar` characters to the right of the lines' own.
        bar: characters that stand before each line.
    """
    if not view.entries:
        return ""
    start = selection.start or Offset(0, 0)
    end = selection.end or Offset(_END, len(view.entries) * LINES - 1)
    first, last = start.y // LINES, min(end.y // LINES, len(view.entries) - 1)
    pieces: list[str] = []
    for entry in range(first, last + 1):
        if first < entry < last:
            pieces.append(view.entries[entry].text + "\n\n")
            continue
        lines = view.lines(entry)
        begin = (start.y % LINES, start.x - bar) if entry == first else (0, 0)
        stop = (end.y % LINES, end.x - bar) if entry == end.y // LINES else (len(lines), 0)
        pieces.append(_joined(lines, begin, stop))
    return "".join(pieces).rstrip("\n")


def _joined(lines: list[Line], begin: tuple[int, int], stop: tuple[int, int]) -> str:
    out: list[str] = []
    for number, line in enumerate(lines):
        if not begin[0] <= number <= stop[0]:
            continue
        from_ = max(line.margin, begin[1]) if number == begin[0] else line.margin
        is_last = number == stop[0]
        out.append(line.text[from_ : max(from_, stop[1])] if is_last else line.text[from_:] + line.glue)
    return "".join(out)
