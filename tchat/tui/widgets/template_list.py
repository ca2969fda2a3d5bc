"""The rows of the library, drawn line by line: only what is seen costs anything."""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tchat.domain.text import one_line
from tchat.templates.library import Entry
from tchat.tui.fuzzy import Query
from tchat.tui.templates.library_rows import Row, Section, plain_name
from tchat.tui.wrapping import cut

WRONG = "!"
"""Stands before a template that cannot be used."""
_MARKS = 2


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"templates.{name}", tooltip=tooltip)


class TemplateList(ScrollView, can_focus=True):
    """Shows rows, one of which is under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "templates--cursor",
        "templates--heading",
        "templates--wrong",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("home", "home", "edge(-1)", "First", "Go to the first template"),
        _bound("end", "end", "edge(1)", "Last", "Go to the last template"),
        _bound("fill", "enter", "screen.fill", "Fill in", "Go to the form of the template"),
        _bound("edit", "e", "screen.edit", "Edit", "Open the template in your editor, a shipped one as a copy"),
        _bound("find", "slash", "screen.find", "Find", "Go to the line in which words are typed"),
        _bound("group", "t", "screen.group", "Group", "Group by technique, or by folder"),
    ]

    cursor: reactive[int] = reactive(0)
    """The place of the row one is on."""

    class Highlighted(Message):
        """Another template is under the cursor."""

        def __init__(self, entry: Entry | None) -> None:
            super().__init__()
            self.entry = entry

    class Clicked(Message):
        """The template under the cursor was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.rows: tuple[Row, ...] = ()
        self._query = Query("")
        self._notice = ""
        self._told: Entry | None = None

    @property
    def chosen(self) -> Entry | None:
        """The template under the cursor."""
        row = self.rows[self.cursor] if self.cursor < len(self.rows) else None
        return None if isinstance(row, Section) else row

    def show(self, rows: Sequence[Row], words: str, *, stay_at: str | None, notice: str = "") -> None:
        """Show other rows.

        Args:
            rows: what to show.
            words: what was typed, to be marked in the names.
            stay_at: the name of the template to be on; the first one if it is not there.
            notice: what stands there instead of no rows.
        """
        self.rows, self._query, self._notice = tuple(rows), Query(words), notice
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        places = [number for number, row in enumerate(self.rows) if isinstance(row, Entry)]
        place = next((number for number in places if _name(self.rows[number]) == stay_at), None)
        self.set_reactive(TemplateList.cursor, place if place is not None else places[0] if places else 0)
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

    @property
    def page(self) -> int:
        """How many rows a page is."""
        return max(1, self.size.height - 1)

    def action_edge(self, direction: int) -> None:
        """Go to the first template, or to the last one."""
        self.move(direction * len(self.rows))

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
        """Choose the template that was clicked."""
        offset = event.get_content_offset(self)
        place = None if offset is None or event.button != 1 else offset.y + round(self.scroll_y)
        if place is not None and place < len(self.rows) and isinstance(self.rows[place], Entry):
            self.cursor = place
            self.post_message(self.Clicked())

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        width, place = self.scrollable_content_region.width, y + round(self.scroll_y)
        if not self.rows and y == 0:
            return self._plain(f"{' ' * _MARKS}{self._notice}", width, self._style("templates--heading"))
        if place >= len(self.rows):
            return Strip.blank(self.size.width, self.rich_style)
        row = self.rows[place]
        if isinstance(row, Section):
            return self._plain(one_line(row.title), width, self._style("templates--heading"))
        style = self._style("templates--cursor") if place == self.cursor else self.rich_style
        is_wrong = row.problem is not None
        mark = Segment(f"{WRONG} " if is_wrong else " " * _MARKS, style if place == self.cursor else self._wrong)
        shown = cut(one_line(plain_name(row)), width - _MARKS)
        room = width - _MARKS - cell_len(shown)
        folder = one_line(row.name.rpartition("/")[0]) if self._query.words else ""
        around = set_cell_size(cut(f"  {folder}", room), room) if room > 0 else ""
        quiet = style if place == self.cursor else self._style("templates--heading")
        strip = Strip([mark, *self._marked(shown, style), Segment(around, quiet)])
        return strip.adjust_cell_length(width, style)

    @property
    def _wrong(self) -> Style:
        return self._style("templates--wrong")

    def _marked(self, shown: str, style: Style) -> list[Segment]:
        """Return a name with the letters marked that were typed."""
        places = self._query.places(shown.lower()) if self._query.words else frozenset[int]()
        found = style + Style(underline=True, bold=True)
        runs = groupby(enumerate(shown), lambda numbered: numbered[0] in places)
        return [Segment("".join(letter for _, letter in run), found if is_found else style) for is_found, run in runs]

    def _plain(self, text: str, width: int, style: Style) -> Strip:
        return Strip([Segment(set_cell_size(cut(text, width), width), style)], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    def _tell(self) -> None:
        """Tell once that another template is under the cursor."""
        if self.chosen != self._told:
            self._told = self.chosen
            self.post_message(self.Highlighted(self.chosen))

    def _from(self, place: int, direction: int) -> int | None:
        while 0 <= place < len(self.rows):
            if isinstance(self.rows[place], Entry):
                return place
            place += direction
        return None

    def _reveal(self) -> None:
        """Scroll as little as needed for the cursor to be in sight, with a heading right above it."""
        height, top = self.scrollable_content_region.height, round(self.scroll_y)
        is_headed = (
            self.cursor > 0 and self.cursor <= len(self.rows) and isinstance(self.rows[self.cursor - 1], Section)
        )
        first = self.cursor - 1 if is_headed else self.cursor
        if first < top:
            self.scroll_to(y=first, animate=False)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)


def _name(row: Row) -> str | None:
    return row.name if isinstance(row, Entry) else None
