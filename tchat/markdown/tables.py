"""Tables as rows of cells that are aligned: columns are fitted to the width, and nothing in them is cut."""

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tchat.markdown.look import Look
from tchat.markdown.pieces import Align
from tchat.markdown.wrapping import Row, Spans, wrapped

NARROWEST = 3
"""Cells of a column below which a table is shown as lines of `header: value`."""
_BORDER = " │ "
_CROSSING = "─┼─"
_LONG_WORD = 16
"""Cells of a word that a column is kept wide enough for."""

Cells = list[Spans]


class Grid:
    """The columns of one table."""

    def __init__(self, header: Cells, aligns: tuple[Align, ...], rows: list[Cells], *, width: int, look: Look) -> None:
        """Fit the columns to the header and the first rows in `width` cells."""
        self._header = header
        self._aligns = aligns
        self._look = look
        self._width = width
        room = width - len(_BORDER) * (len(header) - 1)
        columns = [[header[number], *(row[number] for row in rows)] for number in range(len(header))]
        self._widths = _fitted(columns, room) if room >= NARROWEST * len(header) else None

    def head(self) -> list[Row]:
        """Return the header and the rule below it."""
        if self._widths is None:
            return []
        style = self._look.table_border
        rule = _CROSSING.join("─" * width for width in self._widths)
        return [*self.row(self._header), Row((Segment(rule, style),))]

    def row(self, cells: Cells) -> list[Row]:
        """Return a row, as high as its highest cell."""
        if self._widths is None:
            return self._lines(cells)
        blocks = [wrapped(cell, width) for cell, width in zip(cells, self._widths, strict=True)]
        return [
            self._line([block[at] if at < len(block) else _EMPTY for block in blocks])
            for at in range(max(map(len, blocks)))
        ]

    def _line(self, parts: list[Row]) -> Row:
        assert self._widths is not None  # noqa: S101  # only a grid that fits has lines
        segments: list[Segment] = []
        for number, (part, width, align) in enumerate(zip(parts, self._widths, self._aligns, strict=True)):
            if number:
                segments.append(Segment(_BORDER, self._look.table_border))
            spare = width - cell_len("".join(segment.text for segment in part.segments))
            before = spare if align == "right" else spare // 2 if align == "center" else 0
            after = spare - before if number < len(parts) - 1 else 0
            segments += [_blank(before, self._look.text), *part.segments, _blank(after, self._look.text)]
        return Row(tuple(segment for segment in segments if segment.text))

    def _lines(self, cells: Cells) -> list[Row]:
        """Return the cells below one another, each after its column's name."""
        rows: list[Row] = []
        for name, cell in zip(self._header, cells, strict=True):
            rows += wrapped([*name, (": ", self._look.table_header), *cell], self._width)
        return rows


_EMPTY = Row(())


def _blank(cells: int, style: Style) -> Segment:
    return Segment(" " * cells, style)


def _fitted(columns: list[Cells], room: int) -> list[int]:
    """Return a width for each column: what it needs, or a fair share, but not less than a word if that can be."""
    needs = [max(NARROWEST, *(_need(cell) for cell in column)) for column in columns]
    if sum(needs) <= room:
        return needs
    words = [
        min(need, max(NARROWEST, *(_word(cell) for cell in column)))
        for need, column in zip(needs, columns, strict=True)
    ]
    least = words if sum(words) <= room else [NARROWEST] * len(columns)
    widths = least.copy()
    spare = room - sum(widths)
    while spare:
        wanting = [number for number in range(len(columns)) if widths[number] < needs[number]]
        smallest = min(wanting, key=lambda number: widths[number])
        widths[smallest] += 1
        spare -= 1
    return widths


def _need(cell: Spans) -> int:
    return max((cell_len(line) for line in _text(cell).split("\n")), default=0)


def _word(cell: Spans) -> int:
    return min(_LONG_WORD, max((cell_len(word) for word in _text(cell).split()), default=0))


def _text(cell: Spans) -> str:
    return "".join(part for part, _ in cell)
