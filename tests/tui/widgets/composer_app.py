"""An app with nothing but a composer, which remembers what it was told."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

import tchat.tui.widgets.composer
from tchat.domain.draft import Draft
from tchat.domain.message import DocumentPart, ImagePart
from tchat.tui.commands import COMMANDS
from tchat.tui.widgets.composer import Composer
from tchat.tui.widgets.prompt_area import PromptArea

Told = TypeVar("Told", bound=Message)

PICTURE = ImagePart(digest="a" * 64, media_type="image/png", name="chart.png", width=1200, height=800)
PAPER = DocumentPart(digest="b" * 64, media_type="application/pdf", name="notes.pdf")
APP_KEYS = ("ctrl+e", "ctrl+o", "ctrl+t", "ctrl+f", "ctrl+p", "alt+e", "ctrl+end", "f1", "f2", "f6", "f7")
_PATIENCE = 10.0
"""Seconds; a law is broken if what it promises has not come by then."""


class ComposerApp(App[None]):
    """Takes what is sent unless `takes` is False."""

    CSS_PATH: ClassVar[list[str]] = [  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
        str(Path(tchat.tui.widgets.composer.__file__).with_suffix(".tcss"))
    ]
    CSS = "#above { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding(key, f"note('{key}')") for key in APP_KEYS]

    def __init__(self, *, takes: bool = True, folder: Path | None = None) -> None:
        super().__init__()
        self.composer = Composer(id="composer")
        self.composer.commands = COMMANDS
        self.composer.folder = folder or Path()
        self.told: list[Message] = []
        self.keys: list[str] = []
        self._takes = takes
        self._news = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Put the composer below something."""
        yield Static("above", id="above")
        yield self.composer

    def on_mount(self) -> None:
        """Begin writing."""
        self.composer.focus()

    @property
    def area(self) -> PromptArea:
        """The text."""
        return self.composer.query_one(PromptArea)

    @property
    def text(self) -> str:
        """What stands in the composer."""
        return self.composer.draft.text

    def action_note(self, key: str) -> None:
        """Remember that a key reached the app."""
        self.keys.append(key)

    @on(Composer.Sent)
    @on(Composer.DraftChanged)
    @on(Composer.CommandGiven)
    @on(Composer.Refused)
    @on(Composer.FilesChosen)
    @on(Composer.TemplateChosen)
    @on(Composer.PathsPasted)
    @on(Composer.ClipboardPasted)
    @on(Composer.EditorAsked)
    @on(Composer.Stopped)
    @on(Composer.CursorLeftUp)
    def _remember(self, message: Message) -> None:
        self.told.append(message)
        self._news.set()
        if isinstance(message, Composer.Sent) and self._takes:
            self.composer.take(message)

    def all(self, kind: type[Told]) -> list[Told]:
        """Return every message of a kind."""
        return [message for message in self.told if isinstance(message, kind)]

    async def next(self, kind: type[Told], where: Callable[[Told], bool] = lambda _: True) -> Told:
        """Return the first message of a kind for which something holds, now or when it comes."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                self._news.clear()
                for message in self.all(kind):
                    if where(message):
                        return message
                await self._news.wait()

    def shown(self, selector: str) -> str:
        """Return what a widget shows, line by line."""
        widget = self.query_one(selector)
        return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.size.height))

    @property
    def sent(self) -> list[Draft]:
        """What was sent."""
        return [message.draft for message in self.all(Composer.Sent)]
