"""The rows of the list of conversations, drawn line by line: only what is seen costs anything."""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Literal

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

from tchat.domain.conversation import Conversation
from tchat.domain.text import one_line
from tchat.tui.key_order import act_in_order
from tchat.tui.rows import Heading, More, Row, first_conversation, followed, key_of
from tchat.tui.wrapping import cut

Wish = Literal[
    "open", "toggle", "fold", "unfold", "pin", "rename", "file", "archive", "delete", "undo", "filter", "leave"
]

OPEN = "› "
"""Stands before the conversation that is open."""
FOLDED, UNFOLDED = "▸ ", "▾ "
STREAMS = "●"
HAS_DRAFT = "*"
_AHEAD = 5
"""Lines below what is seen within which the next page is asked for."""


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"conversations.{name}", tooltip=tooltip)


class ConversationRows(ScrollView, can_focus=True):
    """Shows rows, one of which is under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--open", "rows--quiet", "rows--mark"}
    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("up", "up,k", "move(-1)", "Row above", "Go to the row above"),
        _bound("down", "down,j", "move(1)", "Row below", "Go to the row below"),
        _bound("page-up", "pageup", "page(-1)", "Page up", "Go up by a page"),
        _bound("page-down", "pagedown", "page(1)", "Page down", "Go down by a page"),
        _bound("home", "home", "edge(-1)", "First", "Go to the first row"),
        _bound("end", "end", "edge(1)", "Last", "Go to the last row"),
        _bound("open", "enter", "wish('open')", "Open", "Open the conversation; fold or unfold a group"),
        _bound("filter", "slash", "wish('filter')", "Filter", "Show only titles and folders with certain words"),
        _bound("fold", "left", "wish('fold')", "Fold", "Fold the group"),
        _bound("unfold", "right", "wish('unfold')", "Unfold", "Unfold the group"),
        _bound("toggle", "space", "wish('toggle')", "Fold or unfold", "Fold the group, or unfold it"),
        _bound("pin", "p", "wish('pin')", "Pin", "Pin the conversation to the top, or unpin it"),
        _bound("rename", "n", "wish('rename')", "Name", "Give the conversation another title"),
        _bound("file", "m", "wish('file')", "Move to folder", "Put the conversation into a folder, or take it out"),
        _bound("archive", "a", "wish('archive')", "Archive", "Archive the conversation, or bring it back"),
        _bound("delete", "d,delete", "wish('delete')", "Delete", "Delete the conversation; u brings it back"),
        _bound("undo", "u", "wish('undo')", "Undo", "Bring back what was deleted last"),
        _bound("leave", "escape", "wish('leave')", "Leave", "Show all again, or go back to writing"),
    ]

    cursor: reactive[int] = reactive(0)
    """The place of the row one is on."""
    shows_cursor: reactive[bool] = reactive(False)
    """Whether keys go to the list, so that the row one is on is worth showing."""

    class Wished(Message):
        """The user wants something done with a row."""

        def __init__(self, control: "ConversationRows", wish: Wish, place: int) -> None:
            super().__init__()
            self.rows = control
            self.wish: Wish = wish
            self.place = place
            """Of the row under the cursor."""

        @property
        def control(self) -> "ConversationRows":
            """The widget."""
            return self.rows

    class EndSeen(Message):
        """The row that stands for further pages is in sight, or soon will be."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        self._open: str | None = None
        self._marks: dict[str, str] = {}
        self._notice = ""
        self._has_told_end = False
        self._more: int | None = None
        """The place of the row that stands for further pages."""

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    # --- what is shown

    def mark(self, open_id: str | None, streaming: frozenset[str], drafts: frozenset[str]) -> None:
        """Say which conversation is open, which stream at the moment, and which hold a draft."""
        marks = {key: STREAMS * (key in streaming) + HAS_DRAFT * (key in drafts) for key in streaming | drafts}
        changed = {key for key, _ in self._marks.items() ^ marks.items()}
        if open_id != self._open:
            changed |= {key for key in (open_id, self._open) if key}
        self._open, self._marks = open_id, marks
        if changed:
            self._refresh_rows(place for place, row in self._seen() if key_of(row) in changed)

    def show(self, rows: Sequence[Row], notice: str) -> None:
        """Show other rows and stay on the one one is on; without any, show the notice."""
        if self.rows == tuple(rows) and self._notice == notice:
            return
        old, top = self.rows, round(self.scroll_y)
        cursor = min(self.cursor, max(0, len(old) - 1))
        sees_cursor = top <= cursor < top + self.size.height
        held = cursor if sees_cursor or not old else min(top, len(old) - 1)
        line = held - top
        self.rows, self._notice = tuple(rows), notice
        self._has_told_end = self._has_told_end and len(old) == len(rows)
        self._more = self.rows.index(More()) if More() in self.rows else None
        self.virtual_size = Size(self.scrollable_content_region.width, len(rows))
        self.set_reactive(ConversationRows.cursor, followed(old, cursor, self.rows))
        anchor = self.cursor if held == cursor else followed(old, held, self.rows)
        self.scroll_to(y=anchor - line if old else 0, animate=False, force=True)
        if sees_cursor:
            self._reveal()
        self._look_for_end()
        if old and self.rows and round(self.scroll_y) == top:
            cursors = {cursor, self.cursor}
            self._refresh_rows(
                place
                for place in self._places()
                if place in cursors or old[place : place + 1] != self.rows[place : place + 1]
            )
        else:
            self.refresh()

    def choose(self, key: str | None) -> None:
        """Go to the row of a key, or, for None, to the first conversation."""
        place = next((number for number, row in enumerate(self.rows) if key_of(row) == key), None)
        if place is not None:
            self.cursor = place
        elif key is None:
            self.cursor = first_conversation(self.rows)

    # --- Textual's events

    def watch_cursor(self, old: int, new: int) -> None:
        """Bring the row into sight."""
        self._reveal()
        self.refresh_line(old)
        self.refresh_line(new)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Look whether the end has come into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._look_for_end()

    def on_resize(self) -> None:
        """Take the new size."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.rows))
        self._reveal()
        self._look_for_end()

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event)

    def on_click(self, event: events.Click) -> None:
        """Open the conversation that was clicked; fold or unfold the group."""
        offset = event.get_content_offset(self)
        place = None if offset is None or event.button != 1 else offset.y + round(self.scroll_y)
        if place is not None and place < len(self.rows):
            self.cursor = place
            self.action_wish("open")

    # --- actions

    def action_move(self, step: int) -> None:
        """Go up or down by rows."""
        self.cursor = max(0, min(self.cursor + step, len(self.rows) - 1))

    def action_page(self, direction: int) -> None:
        """Go up or down by a page, one row of which stays."""
        self.action_move(direction * max(1, self.size.height - 1))

    def action_edge(self, direction: int) -> None:
        """Go to the first row, or to the last one."""
        self.action_move(direction * len(self.rows))

    def action_wish(self, wish: Wish) -> None:
        """Ask for something to be done with the row under the cursor."""
        self.post_message(self.Wished(self, wish, self.cursor))

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        width, place = self.scrollable_content_region.width, y + round(self.scroll_y)
        if not self.rows and y == 0:
            return Strip(
                [Segment(set_cell_size(cut(f"  {self._notice}", width), width), self._style("rows--quiet"))], width
            )
        if place >= len(self.rows):
            return Strip.blank(width, self._base)
        row = self.rows[place]
        is_open = isinstance(row, Conversation) and row.id == self._open
        text, mark = self._texts(row, width, is_open=is_open)
        if place == self.cursor and self.shows_cursor:
            style = self._style("rows--cursor") + Style(bold=is_open)
            return Strip([Segment(text + mark, style)], width)
        style = self._style("rows--open") if is_open else self._base
        if not isinstance(row, Conversation):
            style = self._style("rows--quiet")
        return Strip([Segment(text, style), Segment(mark, self._style("rows--mark"))], width)

    def _texts(self, row: Row, width: int, *, is_open: bool) -> tuple[str, str]:
        """Return the text of a row, as wide as there is room, and the marks to the right of it."""
        mark = ""
        match row:
            case Heading(group, is_folded):
                text = f"{FOLDED if is_folded else UNFOLDED}{group.name}"
            case More():
                text = "  more …"
            case Conversation() as conversation:
                text = f"{OPEN if is_open else '  '}{one_line(conversation.title) or 'untitled'}"
                if conversation.id in self._marks:
                    mark = f" {self._marks[conversation.id]} "
        room = max(0, width - cell_len(mark))
        return set_cell_size(cut(text, room), room), set_cell_size(mark, width - room)

    @property
    def _base(self) -> Style:
        """The style of a row; Textual's `rich_style` is the same, put together anew for each line."""
        return self.visual_style.rich_style

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    # --- inside

    def _places(self) -> range:
        """Return the places that are seen, those below the last row included."""
        top = round(self.scroll_y)
        return range(top, top + self.size.height)

    def _seen(self) -> Iterator[tuple[int, Row]]:
        """Return the rows that are seen, each with its place."""
        return ((place, self.rows[place]) for place in self._places() if place < len(self.rows))

    def _refresh_rows(self, places: Iterable[int]) -> None:
        for place in places:
            self.refresh_line(place)

    def _reveal(self) -> None:
        """Scroll as little as needed for the cursor to be in sight, with the heading above the first row of all."""
        height = self.scrollable_content_region.height
        top = round(self.scroll_y)
        first = 0 if self.cursor == 1 else self.cursor
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif height and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def _look_for_end(self) -> None:
        """Tell once, for so many rows, that the row for further pages comes near."""
        bottom = round(self.scroll_y) + self.size.height + _AHEAD
        if self._has_told_end or not self.size.height or self._more is None or self._more >= bottom:
            return
        if self._more and isinstance(self.rows[self._more - 1], Conversation):
            self._has_told_end = True
            self.post_message(self.EndSeen())
