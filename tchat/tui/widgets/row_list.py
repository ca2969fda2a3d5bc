"""A list that is drawn line by line, with headings among its rows: only what is seen costs anything."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Generic, TypeVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tchat.tui.wrapping import cut

Row = TypeVar("Row")


class RowList(ScrollView, Generic[Row]):
    """Shows rows, one of which is under the cursor; headings never are."""

    cursor: reactive[int] = reactive(0)
    """The place of the row one is on."""

    class Clicked(Message):
        """A row was clicked, and is under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.rows: tuple[Row, ...] = ()

    @abstractmethod
    def is_heading(self, row: Row) -> bool:
        """Whether a row cannot be chosen."""

    @abstractmethod
    def tell(self) -> None:
        """Tell once that another row is under the cursor."""

    @property
    def page(self) -> int:
        """How many rows a page is, one of which stays."""
        return max(1, self.size.height - 1)

    def fill(self, rows: Sequence[Row], place: int | None) -> None:
        """Show other rows, on that of a place; on the first one for None."""
        self.rows = tuple(rows)
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        if place is None:
            place = self._from(0, 1) or 0
        self.set_reactive(RowList.cursor, place)  # pyright: ignore[reportUnknownMemberType]
        self._reveal()
        self.refresh()
        self.tell()

    def move(self, step: int) -> None:
        """Go up or down by so many rows, or as far as there are."""
        wanted = max(0, min(self.cursor + step, len(self.rows) - 1))
        direction = 1 if step > 0 else -1
        place = self._from(wanted, direction)
        if place is None:
            place = self._from(wanted, -direction)
        if place is not None:
            self.cursor = place

    def watch_cursor(self) -> None:
        """Bring the row into sight."""
        self._reveal()
        self.refresh()
        self.tell()

    def on_resize(self) -> None:
        """Take the new size."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        offset = event.get_content_offset(self)
        place = None if offset is None or event.button != 1 else offset.y + round(self.scroll_y)
        if place is not None and place < len(self.rows) and not self.is_heading(self.rows[place]):
            self.cursor = place
            self.post_message(self.Clicked())

    # --- drawing

    def plain(self, text: str, width: int, style: Style) -> Strip:
        """Return a line of one style."""
        return Strip([Segment(set_cell_size(cut(text, width), width), style)], width)

    def marked(self, shown: str, places: Collection[int], style: Style) -> list[Segment]:
        """Return a name with the letters marked that were typed."""
        found = style + Style(underline=True, bold=True)
        runs = groupby(enumerate(shown), lambda numbered: numbered[0] in places)
        return [Segment("".join(letter for _, letter in run), found if is_found else style) for is_found, run in runs]

    # --- inside

    def _from(self, place: int, direction: int) -> int | None:
        """Return the nearest row from a place on that can be chosen."""
        while 0 <= place < len(self.rows):
            if not self.is_heading(self.rows[place]):
                return place
            place += direction
        return None

    def _reveal(self) -> None:
        """Scroll as little as needed for the cursor to be in sight, with a heading right above it."""
        height, top, above = self.scrollable_content_region.height, round(self.scroll_y), self.cursor - 1
        is_headed = 0 <= above < len(self.rows) and self.is_heading(self.rows[above])
        first = above if is_headed else self.cursor
        if first < top:
            self.scroll_to(y=first, animate=False)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
