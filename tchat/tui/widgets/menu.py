"""One of a few values: the one that holds, and, as long as one is being chosen, all of them below it.

Law: keys act in the order in which they are pressed. The list takes no keys, and is there only while it is open: a
form with menus is as quick to open as one with lines.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tchat.tui.key_order import act_in_order
from tchat.tui.wrapping import cut

ARROW = "▼"
"""Stands at the right of what can be chosen."""


class MenuList(Static):
    """The values to choose from; the menu says which."""

    class Picked(Message):
        """A row was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def on_click(self, event: events.Click) -> None:
        """Take the row under the mouse."""
        event.stop()
        self.post_message(self.Picked(event.y))


class Menu(Widget, can_focus=True):
    """Shows a value and lets another one be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "take", "Choose", id="menu.take", tooltip="Open the list, or take what is chosen in it"),
        Binding("up", "move(-1)", "Value above", id="menu.up", tooltip="Open the list, or go up in it"),
        Binding("down", "move(1)", "Value below", id="menu.down", tooltip="Open the list, or go down in it"),
        Binding("escape", "decline", "Close", id="menu.decline", tooltip="Close the list and leave the value as it is"),
    ]

    value: reactive[str] = reactive("")
    """The value that holds."""

    class Changed(Message):
        """Another value holds."""

        def __init__(self, menu: "Menu") -> None:
            super().__init__()
            self.menu = menu

        @property
        def control(self) -> "Menu":
            """The menu."""
            return self.menu

    def __init__(self, options: Sequence[tuple[str, str]], *, id: str) -> None:  # noqa: A002  # Textual's own name
        """Offer options, each by its name and with its value; the first one holds."""
        super().__init__(id=id)
        self._options = tuple(options)
        self._list: MenuList | None = None
        self._cursor = 0
        self.set_reactive(Menu.value, self._options[0][1])

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen: names and values."""
        return self._options

    def offer(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """Offer other options, one of which holds."""
        self._options = tuple(options)
        self._close()
        self.value = value
        self.refresh()

    def watch_value(self, before: str, value: str) -> None:
        """Tell of another value."""
        if before != value:
            self.post_message(self.Changed(self))

    def render(self) -> Content:
        """Return the name of the value, and the arrow at the right."""
        room = max(0, self.size.width - 2)
        name = cut(next((name for name, value in self._options if value == self.value), self.value), room)
        return Content.assemble(name, " " * (room - cell_len(name)), (f" {ARROW}", "$foreground-muted"))

    # --- choosing

    def action_take(self) -> None:
        """Open the list, or take what stands out in it."""
        if self._list is None:
            self._open()
        else:
            self._take(self._cursor)

    def action_move(self, step: int) -> None:
        """Open the list, or go up or down in it."""
        if self._list is None:
            self._open()
        else:
            self._cursor = (self._cursor + step) % len(self._options)
            self._draw(self._list)

    def action_decline(self) -> None:
        """Close the list and leave the value as it is."""
        if self._list is None:
            raise SkipAction
        self._close()

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event)

    def on_click(self) -> None:
        """Open the list, or close it."""
        if self._list is None:
            self._open()
        else:
            self._close()

    def on_blur(self) -> None:
        """Close the list: keys go elsewhere."""
        self._close()

    def on_menu_list_picked(self, event: MenuList.Picked) -> None:
        """Take the row that was clicked."""
        event.stop()
        self._take(event.place)

    def _open(self) -> None:
        self._cursor = next((place for place, (_, value) in enumerate(self._options) if value == self.value), 0)
        self._list = MenuList(markup=False)
        self._draw(self._list)
        self.mount(self._list)

    def _take(self, place: int) -> None:
        self._close()
        if place < len(self._options):
            self.value = self._options[place][1]

    def _close(self) -> None:
        if self._list is not None:
            self._list.remove()
            self._list = None

    def _draw(self, shown: MenuList) -> None:
        width = self.size.width
        rows = [f"{name}{' ' * (width - cell_len(name))}" for name in (cut(name, width) for name, _ in self._options)]
        styled = (
            Content.styled(row, "$accent reverse" if place == self._cursor else "") for place, row in enumerate(rows)
        )
        shown.update(Content("\n").join(styled))
