"""A line for a key: what is typed is not shown, and is forgotten as soon as it was given."""

from collections.abc import Generator
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label

from tchat.tui.widgets.line_input import LineInput


class KeyPrompt(Widget):
    """Hidden until `ask`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="key.cancel", tooltip="Leave the key as it is"),
    ]

    class Given(Message):
        """A key was entered; its representation hides it."""

        def __init__(self, provider: str, value: str) -> None:
            super().__init__()
            self.provider = provider
            self.value = value

        def __rich_repr__(self) -> Generator[tuple[str, Any]]:
            """Say whose key it is."""
            yield "provider", self.provider

    class Cancelled(Message):
        """No key is given."""

    def __init__(self) -> None:
        super().__init__()
        self._provider = ""
        self.display = False

    def compose(self) -> ComposeResult:
        """Put the question above the line."""
        yield Label(markup=False)
        yield LineInput(password=True, compact=True)

    def ask(self, provider: str) -> None:
        """Ask for the key of a provider."""
        self._provider = provider
        self.query_one(Label).update(f"key for {provider} (Enter keeps it, Esc leaves all as it is)")
        self.display = True
        self.query_one(Input).focus()

    def close(self) -> None:
        """Forget what was typed and hide."""
        self.query_one(Input).clear()
        self.display = False

    @on(Input.Submitted)
    def _take_line(self, event: Input.Submitted) -> None:
        event.stop()
        value = event.value.strip()
        self.close()
        self.post_message(self.Given(self._provider, value) if value else self.Cancelled())

    @on(Input.Changed)
    def _keep_changes(self, event: Input.Changed) -> None:
        event.stop()

    def action_cancel(self) -> None:
        """Leave the key as it is."""
        self.close()
        self.post_message(self.Cancelled())
