"""The rows of a run as lines of a width: name, what is said, state and figures in columns."""

from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tchat.domain.figures import dollars, seconds, short_count
from tchat.domain.text import one_line
from tchat.markdown.line import Line
from tchat.tui.palette import Palette
from tchat.tui.templates.board import Node, State
from tchat.tui.templates.board_rows import AnswerRow, BoardRow, NoteRow, PlaceRow, makes_calls, progress_of
from tchat.tui.wrapping import cut

SIGNS: dict[State, str] = {
    "waiting": "·",
    "running": "●",
    "done": "✓",
    "failed": "×",
    "reused": "=",
    "skipped": "–",
    "edited": "›",
    "stopped": "○",
}
FOLDED, UNFOLDED = "▸", "▾"
_INDENT = 2
_STATE, _TOKENS, _COST, _TIME = 7, 6, 8, 6
_FIGURES = _STATE + _TOKENS + _COST + _TIME + 3 * 2
_LEAST_NAME, _WIDEST_NAME = 12, 28
_LEAST_SAID = 8
_BAR = 20
"""Cells of the bar of the most frequent answer, where there is room."""
_FULL, _HALF = "━", "╸"


class Columns(NamedTuple):
    """How a row is divided."""

    name: int
    """Cells for signs and name, indented."""
    said: int
    """Cells for what is said; none where there is no room."""


def columns_at(width: int, widest_name: int) -> Columns:
    """Return the columns for so many cells, the widest name being so wide."""
    room = width - _FIGURES - 2
    name = max(_LEAST_NAME, min(widest_name, _WIDEST_NAME, room))
    said = room - name - 2
    return Columns(name, said) if said >= _LEAST_SAID else Columns(max(1, room), 0)


def widest_name(rows: list[BoardRow]) -> int:
    """Return the cells that the names of some rows take."""
    places = [row for row in rows if isinstance(row, PlaceRow)]
    return max((_INDENT * row.depth + 4 + cell_len(_named(row.node)) for row in places), default=_LEAST_NAME)


def heads_line(columns: Columns, palette: Palette) -> Line:
    """Return the names of the columns."""
    said = " " * (columns.said + 2 if columns.said else 0)
    figures = f"{'':{_STATE}}  {'tokens':>{_TOKENS}}  {'cost':>{_COST}}  {'time':>{_TIME}}"
    return Line((Segment(f"{'':{columns.name}}{said}  {figures}", palette.faint),))


def draw(row: BoardRow, columns: Columns, now: float, palette: Palette) -> Line:
    """Return a row as a line."""
    match row:
        case PlaceRow():
            return _place(row, columns, now, palette)
        case AnswerRow():
            return _answer(row, columns, palette)
        case NoteRow(_, depth, text, is_trouble):
            margin = " " * (_INDENT * depth + 4)
            room = columns.name + columns.said + _FIGURES - len(margin)
            return Line((Segment(margin + cut(text, room), palette.error if is_trouble else palette.muted),))


def _place(row: PlaceRow, columns: Columns, now: float, palette: Palette) -> Line:
    node, state = row.node, row.node.state
    ink = _ink(state, palette)
    sign = SIGNS[state]
    fold = " " if row.is_open is None else UNFOLDED if row.is_open else FOLDED
    margin = " " * (_INDENT * row.depth)
    room = columns.name - len(margin) - 4
    name = set_cell_size(cut(_named(node), room), max(0, room))
    progress = progress_of(node)
    is_quiet = state in ("waiting", "skipped")
    name_style = palette.muted if is_quiet else palette.name if row.depth == 0 else palette.base
    segments = [Segment(f"{margin}{fold} ", palette.faint), Segment(f"{sign} ", ink), Segment(name, name_style)]
    if columns.said:
        said = _said(node, progress)
        segments.append(Segment(f"  {set_cell_size(cut(said, columns.said), columns.said)}", palette.muted))
    segments += [Segment(f"  {state:{_STATE}}", ink if state in ("running", "failed") else palette.muted)]
    segments.append(Segment(_figures(node, now), palette.base if row.depth == 0 else palette.muted))
    return Line(tuple(segments))


def _answer(row: AnswerRow, columns: Columns, palette: Palette) -> Line:
    margin = " " * (_INDENT * row.depth + 4)
    label = max(6, columns.name - len(margin))
    bar_room = max(4, min(_BAR, columns.said)) if columns.said else 8
    bar = _bar(row.given / row.most, bar_room)
    is_first = row.given == row.most
    text = set_cell_size(cut(row.answer, label), label)
    share = f"{row.given / row.total:4.0%}".replace("%", " %")
    return Line(
        (
            Segment(f"{margin}{text}  ", palette.name if is_first else palette.muted),
            Segment(set_cell_size(bar, bar_room), palette.accent if is_first else palette.muted),
            Segment(f"  {row.given:>3}  {share}", palette.base if is_first else palette.muted),
        )
    )


def _bar(part: float, cells: int) -> str:
    halves = max(1, round(part * cells * 2))
    return _FULL * (halves // 2) + _HALF * (halves % 2)


def _said(node: Node, progress: str) -> str:
    if node.state == "waiting":
        return ""
    line = one_line(node.last_line()) if node.has_value or node.call is not None else ""
    return f"{progress}  {line}" if progress else line


def _figures(node: Node, now: float) -> str:
    if node.begun == 0:
        time = _time(node, now) if node.state == "running" and makes_calls(node) else ""
        return f"  {'':{_TOKENS}}  {'':{_COST}}  {time:>{_TIME}}"
    tokens = short_count(node.tokens) if node.finished else ""
    cost = dollars(node.cost) if node.finished else ""
    return f"  {tokens:>{_TOKENS}}  {cost:>{_COST}}  {_time(node, now):>{_TIME}}"


def _time(node: Node, now: float) -> str:
    call = node.call.done if node.call is not None else None
    if call is not None and node.begun == 1:
        return seconds(call.seconds)
    if node.began is None:
        return ""
    return seconds((now if node.ended is None else node.ended) - node.began)


def _named(node: Node) -> str:
    return one_line(node.label)


def _ink(state: State, palette: Palette) -> Style:
    match state:
        case "running" | "edited":
            return palette.accent
        case "failed":
            return palette.error
        case "waiting" | "skipped" | "stopped":
            return palette.faint
        case "done" | "reused":
            return palette.muted
