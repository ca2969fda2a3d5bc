"""Lines of the transcript as strips.

Law: a line that shows the same is the same strip, wherever in the view it stands.
"""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tchat.markdown.line import Line
from tchat.tui.palette import Palette
from tchat.tui.viewport import Row

BAR = "▌ "
"""Stands before the lines of the message under the cursor."""
SIDES = len(BAR) + 1
"""Cells beside a line of text: the bar before it, and one that stays free behind it."""
MORE = " ↓ new text "
_KEPT = 400
"""Strips that are kept; some screens full."""


class Painter:
    """Draws with the styles of one palette."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._width = 0
        self._blank = Strip([])
        self._strips: dict[tuple[int, int, bool], tuple[Line, Strip]] = {}

    def line(self, row: Row, width: int, *, is_chosen: bool) -> Strip:
        """Return a line in `width` cells beside the bar."""
        self._take_width(width)
        key = (row.entry, row.line, is_chosen)
        kept = self._strips.get(key)
        if kept is not None and (kept[0] is row.content or kept[0] == row.content):
            return kept[1]
        if len(self._strips) >= _KEPT:
            self._strips.clear()
        strip = self._drawn(row.content, is_chosen=is_chosen)
        self._strips[key] = (row.content, strip)
        return strip

    def selected(self, row: Row, width: int, span: tuple[int, int] | None, *, is_chosen: bool) -> Strip:
        """Return a line whose characters from the first to the second of `span` (-1: all) are selected."""
        self._take_width(width)
        strip = self._drawn(row.content, is_chosen=is_chosen)
        return strip if span is None else _emphasised(strip, span[0], span[1])

    def more(self, strip: Strip) -> Strip:
        """Return a line with the mark that there is more below."""
        mark = Segment(MORE, self._palette.accent + Style(reverse=True, meta={"more": True}))
        return Strip([*strip.crop(0, self._width + SIDES - len(MORE)), mark], self._width + SIDES)

    def blank(self, width: int) -> Strip:
        """Return an empty line."""
        self._take_width(width)
        return self._blank

    def _take_width(self, width: int) -> None:
        if width != self._width:
            self._width = width
            self._strips.clear()
            self._blank = Strip.blank(width + SIDES, self._palette.base)

    def _drawn(self, content: Line, *, is_chosen: bool) -> Strip:
        bar = Segment(BAR, self._palette.accent) if is_chosen else Segment(" " * len(BAR), self._palette.base)
        return Strip([bar, *content.segments]).extend_cell_length(self._width + SIDES, self._palette.base)


def _emphasised(strip: Strip, start: int, end: int) -> Strip:
    """Return a strip whose characters from `start` to `end` (-1: all) are reversed."""
    segments: list[Segment] = []
    at = 0
    reverse = Style(reverse=True)
    for text, style, _ in strip:
        stop = len(text) if end < 0 else max(0, min(len(text), end - at))
        begin = max(0, min(stop, start - at))
        for piece, is_selected in ((text[:begin], False), (text[begin:stop], True), (text[stop:], False)):
            if piece:
                segments.append(Segment(piece, (style or Style()) + reverse if is_selected else style))
        at += len(text)
    return Strip(segments, strip.cell_length)
