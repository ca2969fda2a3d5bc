"""The rows of the model picker, drawn line by line: only what is seen costs anything."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tchat.domain.text import one_line
from tchat.tui.fuzzy import Query
from tchat.tui.model_rows import Candidate, Cells, Choice, Heading, Keyless, ModelRow, Typed, cells_of
from tchat.tui.widgets.row_list import RowList
from tchat.tui.wrapping import cut

CURRENT, FAVOURITE = "›", "*"
HEADS = Cells("context", "$/M in / out", "effort", "vision")
_WIDTHS = Cells(" " * 7, " " * 12, " " * 13, " " * 6)
"""As wide as each column is."""
_MARKS = 3
"""Cells in which the marks stand."""
_PROVIDER = 10
"""Cells for the name of a provider without a key."""
_LEAST_NAME = 24
"""Cells that a name keeps; columns at the right are left out for it."""


class Columns(NamedTuple):
    """How a line is divided."""

    name: int
    """Cells for the name, its marks not counted."""
    shown: int
    """How many of the columns there is room for."""


def columns_at(width: int) -> Columns:
    """Return the columns for so many cells."""
    for shown in range(len(_WIDTHS), -1, -1):
        name = width - _MARKS - sum(len(blank) + 2 for blank in _WIDTHS[:shown])
        if name >= _LEAST_NAME:
            return Columns(name, shown)
    return Columns(max(0, width - _MARKS), 0)


def columns_line(cells: Cells, columns: Columns) -> str:
    """Return the columns beside a name: figures to the right, words to the left."""
    line = ""
    for number, (cell, blank) in enumerate(zip(cells, _WIDTHS, strict=True)):
        if number < columns.shown:
            placed = cell.rjust(len(blank)) if number < 2 else cell.ljust(len(blank))  # noqa: PLR2004  # two of figures
            line += f"  {placed[: len(blank)]}"
    return line


class ModelHeads(Widget):
    """The line above the list that names its columns."""

    def render_line(self, y: int) -> Strip:
        """Return the line."""
        width = self.size.width
        columns = columns_at(width)
        text = " " * (_MARKS + columns.name) + columns_line(HEADS, columns)
        return Strip([Segment(set_cell_size(text if y == 0 else "", width), self.rich_style)], width)


class ModelList(RowList[ModelRow], can_focus=False):
    """Shows rows, one of which is under the cursor; keys are the screen's."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "models--cursor",
        "models--heading",
        "models--note",
        "models--mark",
    }

    class Highlighted(Message):
        """Another row is under the cursor."""

        def __init__(self, row: Choice | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self, current: str, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._current = current
        self._query = Query("")
        self._notice = ""
        self._told: str | None = None
        """The key of the row that was told of last."""

    @property
    def chosen(self) -> Choice | None:
        """The row under the cursor; None if there is none to choose."""
        row = self.rows[self.cursor] if self.cursor < len(self.rows) else None
        return None if isinstance(row, Heading) else row

    def show(self, rows: Sequence[ModelRow], query: str, *, stay_at: str | None, notice: str = "") -> None:
        """Show other rows.

        Args:
            rows: what to show.
            query: what was typed, to be marked in the names.
            stay_at: the key of the row to be on; the first row if there is none of it.
            notice: what stands there instead of no rows.
        """
        self._query, self._notice = Query(query), notice
        keys = [None if isinstance(row, Heading) else row.key for row in rows]
        self.fill(rows, keys.index(stay_at) if stay_at is not None and stay_at in keys else None)

    def is_heading(self, row: ModelRow) -> bool:
        """Whether a row cannot be chosen."""
        return isinstance(row, Heading)

    def tell(self) -> None:
        """Tell once that another row is under the cursor."""
        key = self.chosen.key if self.chosen else None
        if key != self._told:
            self._told = key
            self.post_message(self.Highlighted(self.chosen))

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        width, place = self.scrollable_content_region.width, y + round(self.scroll_y)
        if not self.rows and y == 0:
            return self.plain(f"   {self._notice}", width, self._style("models--note"))
        if place >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        row = self.rows[place]
        style = self._style("models--cursor") if place == self.cursor else self.rich_style
        match row:
            case Heading(title, note):
                heading = Segment(f" {title}  ", self._style("models--heading"))
                room = max(0, width - cell_len(heading.text))
                said = Segment(set_cell_size(cut(one_line(note), room), room), self._style("models--note"))
                return Strip([heading, said]).adjust_cell_length(width, self.rich_style)
            case Candidate():
                return self._candidate(row, width, style)
            case Keyless(provider, note):
                return self.plain(f"   {provider:{_PROVIDER}}  {note}", width, style)
            case Typed(text):
                return self.plain(f"   use {one_line(text)}", width, style)

    def _candidate(self, row: Candidate, width: int, style: Style) -> Strip:
        columns = columns_at(width)
        marks = (CURRENT if row.key == self._current else " ") + (FAVOURITE if row.is_favourite else " ") + " "
        names = " ".join(one_line(alias) for alias in row.aliases)
        aliases = f"  ← {names}" if names else ""
        is_grouped = not self._query.words and not row.is_favourite
        ref = row.facts.name if is_grouped else row.key
        is_cursor = style != self.rich_style
        room = max(columns.name - cell_len(ref), columns.name // 3)
        aliases = cut(aliases, room)
        shown = cut(ref, columns.name - cell_len(aliases))
        blank = " " * (columns.name - cell_len(shown) - cell_len(aliases))
        quiet = style if is_cursor else self._style("models--note")
        return Strip(
            [
                Segment(marks, style if is_cursor else self._style("models--mark")),
                *self.marked(shown, self._query.places(ref.lower()), style),
                Segment(aliases, quiet),
                Segment(blank + columns_line(cells_of(row.facts), columns), style),
            ]
        ).adjust_cell_length(width, style)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)
