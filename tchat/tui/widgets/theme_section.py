"""The themes to choose from, tchat's own first."""

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class ThemeSection(Vertical):
    """Shows themes, and says which one was chosen."""

    class Chosen(Message):
        """A theme is to be taken."""

        def __init__(self, theme: str) -> None:
            super().__init__()
            self.theme = theme

    def compose(self) -> ComposeResult:
        """Put a note below the list."""
        yield OptionList(markup=False, compact=True, id="themes")
        yield Static(markup=False, id="theme-note", classes="note")

    def show(self, themes: Iterable[str], current: str, note: str) -> None:
        """Show themes, the current one marked, and why it cannot be changed, where that is so."""
        names, rows = sorted(themes, key=lambda name: (not name.startswith("tchat-"), name)), self.query_one(OptionList)
        place = rows.highlighted
        rows.set_options(Option(Content(f"{'›' if name == current else ' '} {name}"), id=name) for name in names)
        rows.highlighted = names.index(current) if place is None else place
        self.query_one("#theme-note", Static).update(note)

    @on(OptionList.OptionSelected)
    def _take_chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(str(event.option_id)))
