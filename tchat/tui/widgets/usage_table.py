"""A table of what was spent: its head and its sum stay where they are, the rows between them scroll."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tchat.domain.spending import Grouping, Spending, SpendingRow
from tchat.tui.usage_sheet import Sheet, sheet_of

MARK = "▌ "
"""Stands before the row under the cursor."""
_FIXED = 2
"""Lines that do not scroll: names and sum."""


class Table(Struct, frozen=True, kw_only=True):
    """What is shown."""

    by: Grouping
    rows: Sequence[SpendingRow]
    everything: Spending


class UsageTable(ScrollView, can_focus=False):
    """Shows rows; in one of conversations, one row is under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"usage--head", "usage--quiet", "usage--bar", "usage--sum", "usage--mark"}

    cursor: reactive[int] = reactive(0)
    """The place of the row one is on."""

    class Chosen(Message):
        """A row of a conversation was clicked."""

        def __init__(self, row: SpendingRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.table = Table(by="day", rows=(), everything=Spending())
        self._sheet: Sheet | None = None

    @property
    def has_cursor(self) -> bool:
        """Whether rows can be opened."""
        return self.table.by == "conversation" and bool(self.table.rows)

    @property
    def chosen(self) -> SpendingRow | None:
        """The row under the cursor."""
        return self.table.rows[self.cursor] if self.has_cursor else None

    @property
    def page(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.size.height - _FIXED)

    def show(self, table: Table) -> None:
        """Show another table from its first row."""
        self.table = table
        self._lay_out()
        self.scroll_to(y=0, animate=False, force=True)
        self.cursor = 0
        self.refresh()

    def move(self, step: int) -> None:
        """Go up or down by so many rows."""
        if self.has_cursor:
            self.cursor = max(0, min(self.cursor + step, len(self.table.rows) - 1))
        else:
            self.scroll_relative(y=step, animate=False, force=True)

    # --- Textual's events

    def watch_cursor(self) -> None:
        """Bring the row into sight."""
        top = round(self.scroll_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self.page:
            self.scroll_to(y=self.cursor - self.page + 1, animate=False, force=True)
        self.refresh()

    def on_resize(self) -> None:
        """Take the new size."""
        self._lay_out()
        if self.has_cursor:
            self.watch_cursor()

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1 or not self.has_cursor or not 0 < offset.y <= self.page:
            return
        place = offset.y - 1 + round(self.scroll_y)
        if place < len(self.table.rows):
            self.cursor = place
            self.post_message(self.Chosen(self.table.rows[place]))

    # --- drawing

    def _lay_out(self) -> None:
        self._sheet = None
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.table.rows) + _FIXED)
        self.refresh()

    def _sheet_for(self, width: int) -> Sheet:
        if self._sheet is None:
            table = self.table
            self._sheet = sheet_of(table.rows, table.by, table.everything, max(1, width - len(MARK) - 1))
        return self._sheet

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        width = self.scrollable_content_region.width
        sheet = self._sheet_for(width)
        seen = min(self.page, len(sheet.lines))
        if y == 0:
            return self._strip(sheet.header.text, "usage--head", width, bar=sheet.header.bar, bar_style="usage--head")
        if y == seen + 1:
            return self._strip(sheet.total.text, "usage--sum", width)
        place = y - 1 + round(self.scroll_y)
        if y > seen or place >= len(sheet.lines):
            return Strip.blank(width, self.rich_style)
        line = sheet.lines[place]
        is_chosen = self.has_cursor and place == self.cursor
        return self._strip(line.text, "usage--quiet" if line.is_quiet else "", width, bar=line.bar, is_chosen=is_chosen)

    def _strip(  # what a line has
        self,
        text: str,
        style: str,
        width: int,
        *,
        bar: str = "",
        bar_style: str = "usage--bar",
        is_chosen: bool = False,
    ) -> Strip:
        mark = Segment(MARK if is_chosen else " " * cell_len(MARK), self.get_component_rich_style("usage--mark"))
        main = Segment(text, self.get_component_rich_style(style) if style else self.rich_style)
        end = Segment(f"  {bar}" if bar else "", self.get_component_rich_style(bar_style))
        return Strip([mark, main, end]).adjust_cell_length(width, self.rich_style)
