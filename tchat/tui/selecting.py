"""Text that is selected with the mouse over a virtual list.

A place is a character of a line; its line is numbered `entry * LINES + line`, so that it stays the same place when
entries above it turn out to be higher or lower.
"""

from textual.geometry import Offset
from textual.selection import Selection

from tchat.markdown.line import Line
from tchat.tui.viewport import Viewport

LINES = 1 << 24
"""More than any entry has."""


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
    end = selection.end or Offset(1 << 30, len(view.entries) * LINES - 1)
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
