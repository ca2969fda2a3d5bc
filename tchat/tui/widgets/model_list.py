"""The rows of the model picker, drawn line by line: only what is seen costs anything."""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tchat.domain.text import one_line
from tchat.tui.fuzzy import Query
from tchat.tui.model_rows import Candidate, Cells, Choice, Heading, Keyless, ModelRow, Typed, cells_of
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


class ModelList(ScrollView, can_focus=False):
    """Shows rows, one of which is under the cursor; keys are the screen's."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "models--cursor",
        "models--heading",
        "models--note",
        "models--mark",
    }

    cursor: reactive[int] = reactive(0)
    """The place of the row one is on."""

    class Highlighted(Message):
        """Another row is under the cursor."""

        def __init__(self, row: Choice | None) -> None:
            super().__init__()
            self.row = row

    class Clicked(Message):
        """A row was clicked, and is under the cursor."""

    def __init__(self, current: str, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.rows: tuple[ModelRow, ...] = ()
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
        self.rows, self._query, self._notice = tuple(rows), Query(query), notice
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        keys = [None if isinstance(row, Heading) else row.key for row in self.rows]
        place = keys.index(stay_at) if stay_at is not None and stay_at in keys else self._from(0, 1)
        self.set_reactive(ModelList.cursor, 0 if place is None else place)
        self._reveal()
        self.refresh()
        self._tell()

    def move(self, step: int) -> None:
        """Go up or down by so many rows, or as far as there are."""
        wanted = max(0, min(self.cursor + step, len(self.rows) - 1))
        direction = 1 if step > 0 else -1
        place = self._from(wanted, direction)
        if place is None:
            place = self._from(wanted, -direction)
        if place is not None:
            self.cursor = place

    def page(self, direction: int) -> None:
        """Go up or down by a page, one row of which stays."""
        self.move(direction * max(1, self.size.height - 1))

    def watch_cursor(self) -> None:
        """Bring the row into sight."""
        self._reveal()
        self.refresh()
        self._tell()

    def on_resize(self) -> None:
        """Take the new size."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        offset = event.get_content_offset(self)
        place = None if offset is None or event.button != 1 else offset.y + round(self.scroll_y)
        if place is not None and place < len(self.rows) and not isinstance(self.rows[place], Heading):
            self.cursor = place
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        width, place = self.scrollable_content_region.width, y + round(self.scroll_y)
        if not self.rows and y == 0:
            return self._plain(f"   {self._notice}", width, self._style("models--note"))
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
                return self._plain(f"   {provider:{_PROVIDER}}  {note}", width, style)
            case Typed(text):
                return self._plain(f"   use {one_line(text)}", width, style)

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
                *self._marked(shown, ref, style),
                Segment(aliases, quiet),
                Segment(blank + columns_line(cells_of(row.facts), columns), style),
            ]
        ).adjust_cell_length(width, style)

    def _marked(self, shown: str, ref: str, style: Style) -> list[Segment]:
        """Return a name with the letters marked that were typed."""
        places = self._query.places(ref.lower())
        found = style + Style(underline=True, bold=True)
        runs = groupby(enumerate(shown), lambda numbered: numbered[0] in places)
        return [Segment("".join(letter for _, letter in run), found if is_found else style) for is_found, run in runs]

    def _plain(self, text: str, width: int, style: Style) -> Strip:
        return Strip([Segment(set_cell_size(cut(text, width), width), style)], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    def _tell(self) -> None:
        """Tell once that another row is under the cursor."""
        key = self.chosen.key if self.chosen else None
        if key != self._told:
            self._told = key
            self.post_message(self.Highlighted(self.chosen))

    def _from(self, place: int, direction: int) -> int | None:
        """Return the nearest row from a place on that can be chosen."""
        while 0 <= place < len(self.rows):
            if not isinstance(self.rows[place], Heading):
                return place
            place += direction
        return None

    def _reveal(self) -> None:
        """Scroll as little as needed for the cursor to be in sight, with a heading right above it."""
        height = self.scrollable_content_region.height
        top = round(self.scroll_y)
        above = self.cursor - 1
        first = (
            above if above >= 0 and above < len(self.rows) and isinstance(self.rows[above], Heading) else self.cursor
        )
        if first < top:
            self.scroll_to(y=first, animate=False)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
