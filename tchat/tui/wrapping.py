"""Plain text as lines of a width: what was typed stays as it was typed."""

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tchat.domain.text import printable, steady
from tchat.markdown.line import Line

TAB = 4


def cut(text: str, width: int) -> str:
    """Return one line in at most `width` cells, an ellipsis where something is left out."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""


def wrapped(text: str, width: int, style: Style) -> list[Line]:
    """Return a text wrapped at words, and in words that are longer than a line."""
    sources = steady(printable(text)).split("\n")
    return [line for source in sources for line in _wrap_line(source.expandtabs(TAB), width, style)]


def apart(parts: Sequence[str], width: int, style: Style) -> list[Line]:
    """Return short texts with dots between them; a line ends between two of them, wherever that is possible."""
    rows = [""]
    for part in parts:
        joined = f"{rows[-1]} · {part}" if rows[-1] else part
        if rows[-1] and cell_len(joined) > width:
            rows.append(part)
        else:
            rows[-1] = joined
    return [line for row in rows for line in wrapped(row, width, style)]


class GrowingText:
    """A plain text that grows, as lines of one width; lines of the source that are complete are wrapped once."""

    def __init__(self, width: int, style: Style) -> None:
        self._width = width
        self._style = style
        self._open = ""
        self._settled: list[Line] = []

    def feed(self, text: str) -> None:
        """Take more of the text."""
        *complete, self._open = (self._open + steady(printable(text))).split("\n")
        for source in complete:
            self._settled += _wrap_line(source.expandtabs(TAB), self._width, self._style)

    def lines(self) -> list[Line]:
        """Return the lines so far."""
        return [*self._settled, *_wrap_line(self._open.expandtabs(TAB), self._width, self._style)]


def _wrap_line(source: str, width: int, style: Style) -> list[Line]:
    lines: list[Line] = []
    rest = source
    reach = width * 4  # characters to look at for one line; combining ones take no cell
    while len(rest) > reach or cell_len(rest) > width:
        head = chop_cells(rest[:reach], width)[0]
        at = len(head) if rest[len(head) :].startswith(" ") else head.rfind(" ")
        if at <= 0 or not head[:at].strip():
            lines.append(Line((Segment(head, style),), glue=""))
            rest = rest[len(head) :]
        else:
            lines.append(Line((Segment(head[:at], style),), glue=" "))
            rest = rest[at + 1 :]
    lines.append(Line((Segment(rest, style),) if rest else ()))
    return lines
