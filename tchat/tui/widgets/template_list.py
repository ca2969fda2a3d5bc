"""The rows of the library, drawn line by line: only what is seen costs anything."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tchat.domain.text import one_line
from tchat.templates.library import Entry
from tchat.tui.fuzzy import Query
from tchat.tui.templates.library_rows import Row, Section, plain_name
from tchat.tui.widgets.row_list import RowList
from tchat.tui.wrapping import cut

WRONG = "!"
"""Stands before a template that cannot be used."""
_MARKS = 2


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"templates.{name}", tooltip=tooltip)


class TemplateList(RowList[Row], can_focus=True):
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

    class Highlighted(Message):
        """Another template is under the cursor."""

        def __init__(self, entry: Entry | None) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
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
        self._query, self._notice = Query(words), notice
        names = [row.name if isinstance(row, Entry) else None for row in rows]
        self.fill(rows, names.index(stay_at) if stay_at is not None and stay_at in names else None)

    def is_heading(self, row: Row) -> bool:
        """Whether a row cannot be chosen."""
        return isinstance(row, Section)

    def tell(self) -> None:
        """Tell once that another template is under the cursor."""
        if self.chosen != self._told:
            self._told = self.chosen
            self.post_message(self.Highlighted(self.chosen))

    def action_edge(self, direction: int) -> None:
        """Go to the first template, or to the last one."""
        self.move(direction * len(self.rows))

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        width, place = self.scrollable_content_region.width, y + round(self.scroll_y)
        if not self.rows and y == 0:
            return self.plain(f"{' ' * _MARKS}{self._notice}", width, self._style("templates--heading"))
        if place >= len(self.rows):
            return Strip.blank(self.size.width, self.rich_style)
        row = self.rows[place]
        if isinstance(row, Section):
            return self.plain(one_line(row.title), width, self._style("templates--heading"))
        style = self._style("templates--cursor") if place == self.cursor else self.rich_style
        is_wrong = row.problem is not None
        mark = Segment(f"{WRONG} " if is_wrong else " " * _MARKS, style if place == self.cursor else self._wrong)
        shown = cut(one_line(plain_name(row)), width - _MARKS)
        room = width - _MARKS - cell_len(shown)
        folder = one_line(row.name.rpartition("/")[0]) if self._query.words else ""
        around = set_cell_size(cut(f"  {folder}", room), room) if room > 0 else ""
        quiet = style if place == self.cursor else self._style("templates--heading")
        places = self._query.places(shown.lower()) if self._query.words else frozenset[int]()
        strip = Strip([mark, *self.marked(shown, places, style), Segment(around, quiet)])
        return strip.adjust_cell_length(width, style)

    @property
    def _wrong(self) -> Style:
        return self._style("templates--wrong")

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)
