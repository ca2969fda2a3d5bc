"""Pieces of Markdown as lines of a width, one after the other."""

from copy import copy
from typing import NamedTuple, Self

from rich.segment import Segment
from rich.style import Style

from tchat.markdown.drawing import Drawing
from tchat.markdown.line import Line
from tchat.markdown.look import Look
from tchat.markdown.pieces import CodeLines, Container, Item, LiteralLines, Piece, Placed, Quote, TableRow, Text
from tchat.markdown.wrapping import Row, Spans

BAR = "▎ "
NARROWEST = 10
"""Cells below which no text is laid out."""


class _Edge(NamedTuple):
    """What stands to the left of a piece."""

    first: tuple[Segment, ...]
    rest: tuple[Segment, ...]
    cells: int
    lead: Spans
    """The marks of items for which there is no room beside the text, so that they begin it."""


class Layout:
    """Lays out a text's pieces in order."""

    def __init__(self, look: Look, width: int) -> None:
        """Lay out in `width` cells, at least ten."""
        self._look = look
        self._width = max(NARROWEST, width)
        self._path: tuple[Container, ...] | None = None
        """What was around the last piece; None before the first."""
        self._drawing = Drawing(look)

    def draft(self) -> Self:
        """Return the same state, to lay out what is not final."""
        other = copy(self)
        other._drawing = self._drawing.draft()  # noqa: SLF001  # its own class
        return other

    def take(self, placed: Placed) -> list[Line]:
        """Return the lines of the next piece, an empty one before it where blocks stand apart."""
        edge = self._edge(placed.path)
        rows = self._drawing.rows(placed.piece, edge.lead, self._base(placed.path), self._width - edge.cells)
        if edge.first == edge.rest and not any(map(_is_seen, rows)):
            return []
        lines = [] if _follows(placed.piece) else self._gap(placed)
        self._path = placed.path
        for number, row in enumerate(rows or [Row(())]):
            side = edge.rest if number else edge.first
            lines.append(_line((*side, *row.segments), edge.cells + row.margin, row.glue))
        return lines

    # --- around a piece

    def _gap(self, placed: Placed) -> list[Line]:
        if self._path is None:
            return []
        common = 0
        for ours, theirs in zip(self._path, placed.path, strict=False):
            if ours is not theirs:
                break
            common += 1
        following = placed.path[common] if common < len(placed.path) else None
        is_tight = (common and isinstance(placed.path[common - 1], Item)) or (
            isinstance(following, Item) and not following.is_first
        )
        if is_tight and not placed.is_spaced:
            return []
        edge = self._edge(placed.path[:common])
        return [_line(edge.rest, edge.cells, "\n")]

    def _edge(self, path: tuple[Container, ...]) -> _Edge:
        first: list[Segment] = []
        rest: list[Segment] = []
        lead: Spans = []
        known = self._path or ()
        for depth, container in enumerate(path):
            is_shown = depth < len(known) and known[depth] is container
            if isinstance(container, Quote):
                first.append(Segment(BAR, self._look.quote))
                rest.append(first[-1])
                continue
            mark = container.marker + " "
            rest.append(Segment(" " * len(mark), self._look.text))
            first.append(rest[-1] if is_shown else Segment(mark, self._look.marker))
            if not is_shown:
                lead.append((mark, self._look.marker))
        cells = sum(len(segment.text) for segment in rest)
        most = self._width - max(NARROWEST // 2, self._width // 3)
        if cells <= most:
            return _Edge(tuple(first), tuple(rest), cells, [])
        bars = _cropped(rest, most)
        return _Edge(bars, bars, sum(len(segment.text) for segment in bars), lead)

    def _base(self, path: tuple[Container, ...]) -> Style:
        return self._look.quote if any(isinstance(container, Quote) for container in path) else self._look.text


def _follows(piece: Piece) -> bool:
    """Whether a piece continues the one before it."""
    return isinstance(piece, CodeLines | TableRow) or (isinstance(piece, Text | LiteralLines) and piece.follows)


def _is_seen(row: Row) -> bool:
    return any(segment.text.strip(" ") for segment in row.segments)


def _line(segments: tuple[Segment, ...], margin: int, glue: str) -> Line:
    """Return a line without the blanks at its end."""
    kept = list(segments)
    while kept:
        text, style, _ = kept[-1]
        if not text.endswith(" "):
            break
        kept.pop()
        if shown := text.rstrip(" "):
            kept.append(Segment(shown, style))
    return Line(tuple(kept), margin, glue)


def _cropped(segments: list[Segment], cells: int) -> tuple[Segment, ...]:
    """Return the first cells of what is one cell a character."""
    kept: list[Segment] = []
    for text, style, _ in segments:
        if cells > 0:
            kept.append(Segment(text[:cells], style))
        cells -= len(text)
    return tuple(kept)
