"""What was sent: the exact request of a turn, part by part and as JSON, and copies of it to be used elsewhere."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import ContentSwitcher, Static

from tchat.domain.errors import TchatError, UsageError
from tchat.domain.text import printable
from tchat.engine.sent import Sent
from tchat.providers.curl import as_curl
from tchat.providers.folding import FoldedFile, Folding
from tchat.providers.json_text import pretty
from tchat.providers.python_code import as_python
from tchat.templates.writing import template_of
from tchat.threads import in_background
from tchat.tui.request_sheet import LABEL, Sheet, paint_json, sheet_of
from tchat.tui.widgets.long_text import LongText

Load = Callable[[], Awaitable[Sent]]
"""Fetches the request."""
Copy = Callable[[str, str], None]
"""Takes what is copied, and what it is called."""
Save = Callable[[Sequence[FoldedFile]], None]
"""Writes attachments to files."""

_VIEWS = ("parts", "json")
_KEYS = (("c", "curl"), ("p", "Python"), ("t", "template"), ("j", "JSON"))


class SentScreen(ModalScreen[None]):
    """Shows one request; no key is in it.

    Args:
        load: fetches it.
        copy: puts a text onto the clipboard.
        save: writes attachments, as they went out, to the files that copies name.
    """

    CSS_PATH: ClassVar[list[str]] = ["sent.tcss", "../widgets/long_text.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "c",
            "copy('curl')",
            "Copy as curl",
            id="sent.curl",
            tooltip="Copy a command that makes this request",
        ),
        Binding(
            "p",
            "copy('Python')",
            "Copy as Python",
            id="sent.python",
            tooltip="Copy a program that makes this request with the provider's SDK",
        ),
        Binding(
            "t",
            "copy('template')",
            "Copy as template",
            id="sent.template",
            tooltip="Copy a tchat template that asks the same",
        ),
        Binding("j", "copy('JSON')", "Copy as JSON", id="sent.json", tooltip="Copy the body of this request"),
        Binding(
            "s",
            "save",
            "Save files",
            id="sent.save",
            tooltip="Write the attachments, as they went out, into the folder you are in: copies read them there",
        ),
        Binding(
            "tab,shift+tab,left,right",
            "turn",
            "Parts or JSON",
            id="sent.turn",
            tooltip="Show the request part by part, or its body as JSON",
        ),
        Binding("escape,f3", "close", "Close", id="sent.close", tooltip="Go back to the conversation"),
    ]

    def __init__(self, load: Load, copy: Copy, save: Save) -> None:
        super().__init__()
        self._load = load
        self._copy = copy
        self._save = save
        self._sent: Sent | None = None
        self._sheet: Sheet | None = None

    def compose(self) -> ComposeResult:
        """Put the views below their names."""
        with Vertical(id="sent"):
            with Horizontal(id="sent-head"):
                yield Static("What was sent", id="sent-title", markup=False)
                yield Static(id="sent-views", markup=False)
            yield Static("one moment …", id="sent-message", markup=False)
            with ContentSwitcher(initial="parts"):
                yield LongText(id="parts")
                yield LongText(id="json")
            yield Static(_key_line(()), id="sent-keys", markup=False)

    def on_mount(self) -> None:
        """Fetch the request."""
        self._name_views()
        self.run_worker(self._fetch, group="sent", exclusive=True)

    async def _fetch(self) -> None:
        try:
            sent = await self._load()
        except TchatError as error:
            self._tell(error)
            return
        self._sent = sent
        self._sheet = sheet = await in_background(lambda: sheet_of(sent))
        self.query_one("#sent-message", Static).display = False
        self.query_one("#sent-title", Static).update("What will be sent next" if sent.is_next else "What was sent")
        self.query_one("#sent-keys", Static).update(_key_line(sheet.files))
        self.query_one("#parts", LongText).show(sheet.parts, sheet.paint_part, cropped=sheet.cropped, hang=LABEL)
        body = sheet.body or ("This request cannot be spelled; the parts say why.",)
        self.query_one("#json", LongText).show(body, paint_json)
        self.query_one(f"#{self.view}", LongText).focus()

    @property
    def view(self) -> str:
        """The name of the view that is open."""
        return self.query_one(ContentSwitcher).current or _VIEWS[0]

    def _name_views(self) -> None:
        shown = [("Parts", "parts"), ("JSON", "json")]
        names = [(f" {name} ", "bold reverse $foreground" if view == self.view else "") for name, view in shown]
        self.query_one("#sent-views", Static).update(Content.assemble(*names))

    def _tell(self, error: TchatError) -> None:
        hint = f"\n{error.hint}" if error.hint else ""
        message = self.query_one("#sent-message", Static)
        message.update(Content(printable(f"{error.message}{hint}")))
        message.display = True

    # --- actions

    def action_turn(self) -> None:
        """Show the other view."""
        other = _VIEWS[1 - _VIEWS.index(self.view)]
        self.query_one(ContentSwitcher).current = other
        self.query_one(f"#{other}", LongText).focus()
        self._name_views()

    def action_copy(self, what: str) -> None:
        """Copy the request in one of its forms."""
        self.run_worker(partial(self._make_copy, what), group="copying", exclusive=True)

    async def _make_copy(self, what: str) -> None:
        sent, sheet = self._sent, self._sheet
        if sent is None or sheet is None:
            return
        try:
            text = await in_background(lambda: _copied(what, sent, sheet.folding))
        except UsageError as error:
            hint = f"\n{error.hint}" if error.hint else ""
            self.notify(printable(f"{error.message}{hint}"), severity="warning", markup=False)
        else:
            self._copy(text, what)
            if sheet.files and what in ("curl", "Python"):
                self.notify("it reads the attachments from files: s writes them into the folder you are in")

    def action_save(self) -> None:
        """Write the attachments to files."""
        if self._sheet is not None and self._sheet.files:
            self._save(self._sheet.files)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()


def _copied(what: str, sent: Sent, folding: Folding | None) -> str:
    """Return a request in one of its forms; takes its time for a long one.

    Raises:
        UsageError: the request has no such form.
    """
    if what == "template":
        return template_of(sent.request)
    if folding is None:
        raise UsageError("this request cannot be spelled", hint="it can be copied as a template")
    if what == "JSON":
        return pretty(folding.wire.body)
    return as_curl(folding) if what == "curl" else as_python(folding)


def _key_line(files: Sequence[FoldedFile]) -> Content:
    pieces: list[tuple[str, str]] = [("copy as", "")]
    for key, name in (*_KEYS, *([("s", "save files")] if files else []), ("Tab", "view"), ("Esc", "close")):
        pieces += [(f"  {key}", "bold $foreground"), (f" {name}", "")]
    return Content.assemble(*pieces)
