"""The attachments of a message, one at a time: what they look like, what they are, and what they cost to read."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.domain.errors import TchatError
from tchat.domain.message import Attachment, ImagePart
from tchat.domain.text import one_line, printable
from tchat.tui.attached import facts_of, names_of
from tchat.tui.widgets.picture_pane import Motif, PicturePane

if TYPE_CHECKING:
    from PIL.Image import Image


class Handling(Struct, frozen=True, kw_only=True):
    """What can be done with an attachment."""

    load: "Callable[[Attachment], Awaitable[Image | None]]"
    """Returns what it looks like; None for what has no looks. May raise a TchatError."""
    reading: Callable[[Attachment], str]
    """Returns what it is read as, and by which model."""
    patches: Callable[[ImagePart], None]
    """Opens the patch view."""
    save: Callable[[Attachment], None]
    """Writes it to a file."""
    remove: Callable[[Attachment], None] | None = None
    """Takes it off the message; None where that is sent already."""


class PreviewScreen(ModalScreen[None]):
    """Shows attachments.

    Args:
        parts: the attachments.
        index: the one that is shown first.
        handling: what can be done with them.
    """

    CSS_PATH: ClassVar[str] = "preview.tcss"  # pyright: ignore[reportIncompatibleVariableOverride]  # one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1)", "Before", id="preview.before", tooltip="The attachment before"),
        Binding("right,tab", "go(1)", "Next", id="preview.next", tooltip="The next attachment"),
        Binding("p", "patches", "Patches", id="preview.patches", tooltip="See the picture as a model reads it"),
        Binding("s", "save", "Save", id="preview.save", tooltip="Write it to a file"),
        Binding("delete,backspace", "remove", "Remove", id="preview.remove", tooltip="Take it off the message"),
        Binding("escape,enter,q", "close", "Close", id="preview.close", tooltip="Go back"),
    ]

    def __init__(self, parts: Sequence[Attachment], index: int, handling: Handling) -> None:
        super().__init__()
        self._parts = list(parts)
        self._index = index
        self._handling = handling

    def compose(self) -> ComposeResult:
        """Put the facts above the picture."""
        with Vertical(id="preview"):
            yield Static(id="preview-title", markup=False)
            yield Static(id="preview-facts", markup=False)
            yield PicturePane(id="preview-picture")
            yield Static(id="preview-note", markup=False)
            yield Static(id="preview-keys", markup=False)

    def on_mount(self) -> None:
        """Show the first one."""
        self._show()

    @property
    def part(self) -> Attachment:
        """What is shown."""
        return self._parts[self._index]

    def _show(self) -> None:
        part = self.part
        name = one_line(part.name)
        which = names_of(self._parts)[self._index]
        place = f"   {self._index + 1} of {len(self._parts)}" if len(self._parts) > 1 else ""
        title = Content.assemble((which, "bold $accent"), (f"  {name}", "bold"), (place, "$foreground-muted"))
        self.query_one("#preview-title", Static).update(title)
        facts = " · ".join(text for text in (facts_of(part), self._handling.reading(part)) if text)
        self.query_one("#preview-facts", Static).update(Content(printable(facts)))
        self.query_one("#preview-keys", Static).update(self._keys())
        self.run_worker(partial(self._load, part), group="preview", exclusive=True)

    async def _load(self, part: Attachment) -> None:
        pane, note = self.query_one(PicturePane), self.query_one("#preview-note", Static)
        said = ""
        try:
            picture = await self._handling.load(part)
        except TchatError as error:
            picture, said = None, f"no preview: {error.message}"
        if picture is not None:
            pane.show(Motif(picture=picture))
        elif not said:
            said = "There is nothing to see of it."
        pane.display = picture is not None
        note.display = picture is None
        note.update(Content(printable(said)))

    def _keys(self) -> Content:
        keys = [
            *([("←→", "others")] if len(self._parts) > 1 else []),
            *([("p", "patches")] if isinstance(self.part, ImagePart) else []),
            ("s", "save"),
            *([("Del", "remove")] if self._handling.remove is not None else []),
            ("Esc", "close"),
        ]
        return Content.assemble(
            *(piece for key, name in keys for piece in ((f"{key} ", "bold $foreground"), (f"{name}   ", "")))
        )

    # --- actions

    def action_go(self, step: int) -> None:
        """Show another one."""
        self._index = (self._index + step) % len(self._parts)
        self._show()

    def action_patches(self) -> None:
        """See the picture as a model does."""
        if isinstance(self.part, ImagePart):
            self._handling.patches(self.part)

    def action_save(self) -> None:
        """Write it to a file."""
        self._handling.save(self.part)

    def action_remove(self) -> None:
        """Take it off the message; go back after the last one."""
        if self._handling.remove is None:
            return
        self._handling.remove(self._parts.pop(self._index))
        if not self._parts:
            self.dismiss()
            return
        self._index = min(self._index, len(self._parts) - 1)
        self._show()

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()
