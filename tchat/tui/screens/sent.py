"""What was sent, over a screen that is too narrow to have it in it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tchat.providers.folding import FoldedFile
from tchat.tui.widgets.request_view import Load, RequestView

Copy = Callable[[str, str], None]
"""Takes what is copied, and what it is called."""
Save = Callable[[Sequence[FoldedFile]], None]
"""Writes attachments to files."""


class SentScreen(ModalScreen[None]):
    """Shows one request; no key is in it.

    Args:
        load: fetches it.
        about: the number of the message that it is about.
        copy: puts a text onto the clipboard.
        save: writes attachments, as they went out, to the files that copies name.
    """

    CSS_PATH: ClassVar[list[str]] = ["sent.tcss", "../widgets/request_view.tcss", "../widgets/long_text.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    AUTO_FOCUS: ClassVar[str | None] = "#parts"  # pyright: ignore[reportIncompatibleVariableOverride]  # Textual reads the class attribute
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "turn", "Parts or JSON", id="sent.tab", tooltip="Show the request in the other way"),
        Binding("escape,f3", "close", "Close", id="sent.close", tooltip="Go back to the conversation"),
    ]

    def __init__(self, load: Load, about: str, copy: Copy, save: Save) -> None:
        super().__init__()
        self._subject = (load, about)
        self._copy = copy
        self._save = save

    def compose(self) -> ComposeResult:
        """Show the request."""
        yield RequestView(is_beside=False)

    def on_mount(self) -> None:
        """Fetch the request."""
        self.query_one(RequestView).show(*self._subject)

    @on(RequestView.Copied)
    def _take_copy(self, event: RequestView.Copied) -> None:
        self._copy(event.text, event.what)

    @on(RequestView.SaveAsked)
    def _take_files(self, event: RequestView.SaveAsked) -> None:
        self._save(event.files)

    def action_turn(self) -> None:
        """Show the other view."""
        self.query_one(RequestView).action_turn()

    @on(RequestView.Left)
    def action_close(self) -> None:
        """Go back."""
        self.dismiss()
