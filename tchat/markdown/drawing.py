"""A piece of Markdown as rows, whatever stands around it."""

from copy import copy
from typing import Self, assert_never

from rich.segment import Segment
from rich.style import Style

from tchat.markdown.highlighting import Sketch, highlighted
from tchat.markdown.inline import spans_of
from tchat.markdown.look import Look
from tchat.markdown.maths import readable
from tchat.markdown.pieces import (
    CodeHead,
    CodeLines,
    CodeTail,
    Formula,
    LiteralLines,
    Nothing,
    Piece,
    Rule,
    TableHead,
    TableRow,
    Text,
)
from tchat.markdown.tables import Cells, Grid
from tchat.markdown.wrapping import Row, Spans, chopped, untabbed, wrapped

CODE_MARGIN = 2
"""Cells before each line of code."""
_UPRIGHT_HEADINGS = 2
"""Levels of headings that stand upright; those below are slanted."""


class Drawing:
    """Draws a text's pieces in order."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._grid: Grid | None = None
        """The columns of the table that began last."""
        self._sketch = Sketch()
        self._highlight = highlighted

    def draft(self) -> Self:
        """Return the same state, to draw what is not final; code in it is highlighted more cheaply."""
        other = copy(self)
        other._highlight = self._sketch.highlighted  # noqa: SLF001  # its own class
        return other

    def rows(self, piece: Piece, lead: Spans, base: Style, room: int) -> list[Row]:
        """Return a piece in `room` cells, on top of the style `base`, after the text `lead`."""
        if isinstance(piece, Text):
            return self._text(piece, lead, base, room)
        if isinstance(piece, Formula):
            return wrapped([*lead, *self._formula(piece.source, base)], room)
        return [*(wrapped(lead, room) if lead else []), *self._standing(piece, base, room)]

    def _text(self, piece: Text, lead: Spans, base: Style, room: int) -> list[Row]:
        if piece.heading:
            base = self._look.heading
            if piece.heading > _UPRIGHT_HEADINGS:
                base += Style(italic=True)
        rows = wrapped([*lead, *spans_of(piece.text, base, self._look)], room)
        rows[-1] = rows[-1]._replace(glue=piece.glue)
        return rows

    def _formula(self, source: str, base: Style) -> Spans:
        shown = readable(source[2:-2])
        if shown is None:
            return [("\n".join(map(untabbed, source.split("\n"))), self._look.literal)]
        return [(shown, base)]

    def _standing(self, piece: Piece, base: Style, room: int) -> list[Row]:
        """Return what has lines of its own."""
        rows: list[Row] = []
        match piece:
            case CodeHead(number, info):
                rows = self._code_head(number, info, room)
            case CodeLines(info=info, lines=lines):
                rows = self._code(info, lines, room - CODE_MARGIN)
            case LiteralLines(lines):
                rows = [row for line in lines for row in self._literal(line, room)]
            case TableHead():
                rows = self._table(piece, base, room)
            case TableRow(row):
                assert self._grid is not None  # noqa: S101  # a table's head comes before its rows
                rows = self._grid.row(self._cells(row, base))
            case Rule():
                rows = [Row((Segment("─" * room, self._look.rule),), margin=room)]
            case CodeTail() | Nothing() | Text() | Formula():
                pass
            case _:
                assert_never(piece)
        return rows

    def _code_head(self, number: int, info: str, room: int) -> list[Row]:
        style = self._look.code_header + Style(meta={"code": number})
        rows = wrapped([(untabbed(info) or "code", style)], room)
        return [row._replace(glue="", margin=room) for row in rows]

    def _code(self, info: str, lines: tuple[str, ...], room: int) -> list[Row]:
        margin = Segment(" " * CODE_MARGIN, self._look.code_block)
        plain = tuple([untabbed(line.rstrip(" \t\n")) + "\n" for line in lines])
        rows: list[Row] = []
        for line, spans in zip(lines, self._highlight(plain, info, self._look), strict=True):
            pieces = chopped(spans, room)
            if not line.endswith("\n"):
                pieces[-1] = pieces[-1]._replace(glue=line[len(line.rstrip(" ")) :])
            rows += [Row((margin, *row.segments), row.glue, CODE_MARGIN) for row in pieces]
        return rows

    def _literal(self, line: str, room: int) -> list[Row]:
        rows = wrapped([(untabbed(line.removesuffix("\n")), self._look.literal)], room)
        if not line.endswith("\n"):
            rows[-1] = rows[-1]._replace(glue="")
        return rows

    def _table(self, piece: TableHead, base: Style, room: int) -> list[Row]:
        header = self._cells(piece.header, self._look.table_header)
        rows = [self._cells(row, base) for row in piece.rows]
        self._grid = Grid(header, piece.aligns, rows, width=room, look=self._look)
        return [*self._grid.head(), *(line for row in rows for line in self._grid.row(row))]

    def _cells(self, row: tuple[str, ...], base: Style) -> Cells:
        return [spans_of(cell, base, self._look) for cell in row]
