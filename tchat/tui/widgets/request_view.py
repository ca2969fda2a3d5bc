"""A request as it is on the wire: part by part or as JSON, with copies of it to be used elsewhere.

Law: what is shown is one request; a later one that is asked for takes its place, and no key is in either.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
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
"""Fetches a request."""

BROAD = 72
"""Columns from which on the text of a part has room beside its size."""
_REST = 4
"""How many times as long as spelling a request takes nothing is spelled then: in a long conversation that is work."""
_VIEWS = ("parts", "json")
_COPIES = (
    ("c", "curl", "a command that makes this request"),
    ("p", "Python", "a program that makes this request with the provider's SDK"),
    ("t", "template", "a tchat template that asks the same"),
    ("j", "JSON", "the body of this request"),
)
"""The keys that copy the request, what they copy it as, and what that is."""


class RequestView(Vertical):
    """Shows a request and has it copied.

    Args:
        is_beside: whether it stands beside something else that has the focus at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"copy({what!r})", f"Copy as {what}", id=f"sent.{what.lower()}", tooltip=f"Copy {form}")
            for key, what, form in _COPIES
        ),
        Binding(
            "s",
            "save",
            "Save files",
            id="sent.save",
            tooltip="Write the attachments, as they went out, into the folder you are in: copies read them there",
        ),
        Binding("escape", "leave", "Back", id="sent.leave", tooltip="Go back to where the request is from"),
        Binding(
            "left,right",
            "turn",
            "Parts or JSON",
            id="sent.turn",
            tooltip="Show the request part by part, or its body as JSON",
        ),
    ]

    class Copied(Message):
        """A form of the request belongs onto the clipboard."""

        def __init__(self, text: str, what: str) -> None:
            super().__init__()
            self.text = text
            self.what = what
            """What the form is called."""

    class SaveAsked(Message):
        """The attachments, as they went out, belong into the files that copies name."""

        def __init__(self, files: Sequence[FoldedFile]) -> None:
            super().__init__()
            self.files = tuple(files)

    class Unfocused(Message):
        """Keys go elsewhere, or to another part of it."""

    class Left(Message):
        """The user wants back to where they came from."""

    def __init__(self, *, is_beside: bool) -> None:
        super().__init__()
        self._is_beside = is_beside
        self._title = Static("What was sent", id="sent-title", markup=False)
        self._views = Static(id="sent-views", markup=False)
        self._message = Static("one moment …", id="sent-message", markup=False)
        self._parts, self._json = LongText(id="parts"), LongText(id="json")
        self._switcher = ContentSwitcher(self._parts, self._json, initial="parts")
        self._named_keys = Static(id="sent-keys", markup=False)
        self._way_in = "Tab"
        """The key that leads into it."""
        self._sent: Sent | None = None
        self._about = ""
        self._place: Hashable = None
        """What the request is about that is shown."""
        self._took = 0.0
        """Seconds that the last one took."""
        self._was_narrow = False
        """Whether the request is laid out for a narrow view."""
        self._sheet: Sheet | None = None

    def compose(self) -> ComposeResult:
        """Put the views below their names."""
        yield Horizontal(self._title, self._views, id="sent-head")
        yield self._message
        yield self._switcher
        yield self._named_keys

    def on_mount(self) -> None:
        """Say which keys there are."""
        self._name_views()
        self._name_keys()

    # --- what is shown

    def show(self, load: Load, about: str = "", *, after: float = 0.0, place: Hashable = None) -> None:
        """Fetch a request and show it in place of the one before.

        Args:
            load: fetches it.
            about: the number of the message that it is about; empty for what is not sent yet.
            after: seconds to wait for another one that is to be shown instead; more, where spelling one takes long.
            place: what it is about; a reader of the same stays at the line that is being read.
        """

        async def fetch() -> None:
            await asyncio.sleep(max(after, _REST * self._took) if after else 0)
            began = time.monotonic()
            try:
                sent = await load()
            except TchatError as error:
                if self.is_attached:
                    self._tell(error)
            else:
                self._sent, self._about = sent, about
                stays, self._place = place == self._place, place
                await self._draw(sent, stays=stays)
            self._took = time.monotonic() - began

        self.run_worker(fetch, group="sent", exclusive=True)

    def on_resize(self) -> None:
        """Lay the request out for another width."""
        sent = self._sent
        self._name_keys()
        if sent is not None and self._is_narrow != self._was_narrow:
            self.run_worker(partial(self._draw, sent, stays=True), group="drawing", exclusive=True)

    @property
    def _is_narrow(self) -> bool:
        return self.size.width < BROAD

    @property
    def view(self) -> str:
        """The name of the view that is open."""
        return self._switcher.current or _VIEWS[0]

    def name_way_in(self, key: str) -> None:
        """Say which key leads into it, while the focus is elsewhere."""
        if key != self._way_in:
            self._way_in = key
            self._name_keys()

    def enter(self) -> None:
        """Let keys go to the view that is open."""
        (self._json if self.view == "json" else self._parts).focus()

    async def _draw(self, sent: Sent, *, stays: bool) -> None:
        is_narrow = self._was_narrow = self._is_narrow
        sheet = await in_background(lambda: sheet_of(sent, is_narrow=is_narrow))
        if sent is not self._sent or not self.is_attached:
            return
        self._sheet = sheet
        self._message.display = False
        self._switcher.display = True
        title = "What will be sent next" if sent.is_next else " · ".join(filter(None, ("What was sent", self._about)))
        self._title.update(title)
        self._parts.show(sheet.parts, sheet.paint_part, cropped=sheet.cropped, hang=LABEL, stays=stays)
        self._json.show(sheet.body or ("This request cannot be spelled; the parts say why.",), paint_json, stays=stays)
        self._name_keys()

    def _tell(self, error: TchatError) -> None:
        """Say why there is no request."""
        self._sent = self._sheet = None
        self._message.update(Content(printable(error.in_full)))
        self._message.display = True
        self._switcher.display = False
        self._name_keys()

    def _name_views(self) -> None:
        shown = [("Parts", "parts"), ("JSON", "json")]
        names = [(f" {name} ", "bold reverse $foreground" if view == self.view else "") for name, view in shown]
        self._views.update(Content.assemble(*names))

    def _name_keys(self) -> None:
        named = Content("\n").join(_key_lines(self._keys(), self.size.width))
        self._named_keys.update(named)

    def _keys(self) -> list[tuple[str, str]]:
        """Return the keys that work now, and what they do."""
        if not self._is_beside:
            out = [("Esc", "close")]
        elif self.has_focus_within:
            out = [("Esc", "back"), ("F3", "close")]
        else:
            return [(self._way_in, "copies, JSON"), ("F3", "close")]
        copies = [("copy as", ""), *((key, what) for key, what, _ in _COPIES)] if self._sheet is not None else []
        saves = [("s", "save files")] if self._sheet is not None and self._sheet.files else []
        return [*copies, *saves, ("←→", "view"), *out]

    def on_descendant_focus(self) -> None:
        """Say which keys work."""
        self._name_keys()

    def on_descendant_blur(self) -> None:
        """Say which keys work, and that something else may be shown now."""
        self._name_keys()
        self.post_message(self.Unfocused())

    # --- actions

    def action_turn(self) -> None:
        """Show the other view."""
        other = _VIEWS[1 - _VIEWS.index(self.view)]
        self._switcher.current = other
        self.enter()
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
            self.notify(printable(error.in_full), severity="warning", markup=False)
        else:
            self.post_message(self.Copied(text, what))
            if sheet.files and what in ("curl", "Python"):
                self.notify("it reads the attachments from files: s writes them into the folder you are in")

    def action_leave(self) -> None:
        """Ask to be left."""
        self.post_message(self.Left())

    def action_save(self) -> None:
        """Have the attachments written to files."""
        if self._sheet is not None and self._sheet.files:
            self.post_message(self.SaveAsked(self._sheet.files))


def _key_lines(keys: Sequence[tuple[str, str]], width: int) -> list[Content]:
    """Return keys with what they do; a line ends between two of them."""
    rows: list[list[Content]] = [[]]
    for key, name in keys:
        told = Content.assemble((key, "bold $foreground" if name else ""), f" {name}" if name else "")
        if rows[-1] and sum(piece.cell_length + 2 for piece in rows[-1]) + told.cell_length > width:
            rows.append([])
        rows[-1].append(told)
    return [Content("  ").join(row) for row in rows]


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
