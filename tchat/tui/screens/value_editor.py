"""The value of a step, to be changed by hand: as text, or as JSON where it is not a text."""

import json
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tchat.domain.text import one_line, printable
from tchat.templates.filters import as_json
from tchat.templates.format import Value
from tchat.templates.values import is_plain


class Edited(Struct, frozen=True):
    """The value as it is to be."""

    value: Value


class ValueEditor(ModalScreen[Edited | None]):
    """Gives the value that was written, or None.

    Args:
        place: whose value it is.
        value: what it is now.
    """

    CSS_PATH = "value_editor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+s,f9",
            "keep",
            "Run with it",
            id="value.keep",
            tooltip="Put this value in place of the one that was made, and run what depends on it",
        ),
        Binding("escape", "close", "Leave", id="value.close", tooltip="Leave the value as it is"),
    ]

    def __init__(self, place: str, value: Value) -> None:
        super().__init__()
        self._place = place
        self._is_text = isinstance(value, str)
        self._first = value if isinstance(value, str) else as_json(value, 2)

    def compose(self) -> ComposeResult:
        """Put the text below what it is."""
        kind = "text" if self._is_text else "JSON"
        with Vertical(id="value"):
            yield Static(f"{one_line(self._place)}  ·  {kind}", id="value-title", markup=False)
            yield TextArea(self._first, compact=True, soft_wrap=True, tab_behavior="focus", id="value-text")
            yield Static(id="value-said", markup=False)
            yield Static("F9 runs what depends on it · Esc leaves it as it is", id="value-keys", markup=False)

    def on_mount(self) -> None:
        """Be ready to write."""
        self.query_one(TextArea).focus()

    def action_keep(self) -> None:
        """Take the value, if it is one."""
        text = self.query_one(TextArea).text
        if self._is_text:
            self.dismiss(Edited(text))
            return
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            self._say(f"this is not JSON: {error}")
            return
        if is_plain(value):
            self.dismiss(Edited(value))
        else:
            self._say("this has a number that is too large, or too many levels")

    def _say(self, text: str) -> None:
        self.query_one("#value-said", Static).update(printable(text))

    def action_close(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)
