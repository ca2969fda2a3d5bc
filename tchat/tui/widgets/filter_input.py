"""The line above a list in which words are typed that its rows must hold."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tchat.tui.widgets.line_input import LineInput


class FilterInput(LineInput):
    """Posts what is typed as Textual's `Input` does, and where the user goes from here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "leave", "To the list", id="filter.down", tooltip="Go to the rows that were found"),
        Binding("escape", "give_up", "Show all", id="filter.escape", tooltip="Empty the filter and go to the list"),
    ]

    class Left(Message):
        """The user goes to the list."""

    def action_leave(self) -> None:
        """Go to the list."""
        self.post_message(self.Left())

    def action_give_up(self) -> None:
        """Empty the filter and go to the list."""
        self.value = ""
        self.post_message(self.Left())
