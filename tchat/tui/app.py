"""The application: themes, the command palette, and the outermost frame around everything on the screen."""

import contextlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar, cast

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.worker import WorkerFailed

from tchat import collecting
from tchat.domain.errors import TchatError
from tchat.runtime import Runtime
from tchat.tui import responding
from tchat.tui.ending import ended_by_signals
from tchat.tui.graphic_app import GraphicApp
from tchat.tui.hanging_up import outliving
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.chat_keys import OPENING
from tchat.tui.themes import DARK, THEMES


class TchatApp(GraphicApp):
    """tchat on a terminal."""

    TITLE = "tchat"
    CSS_PATH: ClassVar[list[str]] = [  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
        "app.tcss",
        "screens/chat.tcss",
        "widgets/composer.tcss",
        "widgets/meters.tcss",
        "widgets/sidebar.tcss",
        "widgets/title_bar.tcss",
        "widgets/transcript.tcss",
        "widgets/welcome.tcss",
    ]
    """The main screen's styles are the application's: Textual does not load those of a default screen."""
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="everywhere.quit", tooltip="Leave; the draft is kept", priority=True),
    ]

    def __init__(self, runtime: Runtime, opening: Opening, *, when_warm: Callable[[], None] | None = None) -> None:
        """Open with what was asked for; `when_warm` is called once nothing of the start is left to do."""
        super().__init__()
        self.runtime = runtime
        self._when_warm = when_warm
        self.failure: Exception | None = None
        """The fault of this program that ended it."""
        self._is_warned = False
        """Whether the user was told that leaving loses what is written."""
        self._is_leaving = False
        self._opening = opening
        for theme in THEMES:
            self.register_theme(theme)
        wanted = runtime.config.theme
        self.theme = wanted if wanted in self.available_themes else DARK.name
        self.stylesheet.set_variables(self.get_css_variables())

    def get_driver_class(self) -> type[Driver]:
        """Return what speaks to the terminal."""
        return outliving(super().get_driver_class())

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return ChatScreen(self.runtime, self._opening)

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002  # Textual's signature
        """Parse the styles again in other colours; those of the first theme are what they are parsed in anyway."""
        before = self.theme_variables
        if self.get_css_variables() != before:
            super().refresh_css(animate)

    def on_chat_screen_warmed(self) -> None:
        """Tell whoever waits for the end of the start."""
        if self._when_warm is not None:
            self._when_warm()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return what the command palette offers."""
        if not isinstance(screen, ChatScreen):
            return
        from tchat.tui.offering import offers

        for offer in offers(screen):
            yield SystemCommand(offer.title, offer.summary, offer.run)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        from tchat.tui.screens.command_palette import Palette

        if not Palette.is_open(cast("App[object]", self)):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Have a theme chosen."""
        from tchat.tui.screens.command_palette import Palette, Themes

        self.push_screen(Palette(providers=[Themes], placeholder="Search for themes…", id="--command-palette"))

    async def on_event(self, event: events.Event) -> None:
        """Let the main screen catch up before a key opens something there; the next key is looked at after that."""
        if isinstance(event, events.Key) and not event.is_forwarded and event.key in OPENING:
            screen = self.screen
            if isinstance(screen, ChatScreen):
                await screen.caught_up()
            if self._is_leaving:
                return  # what opens now would be closed before it is there
        await super().on_event(event)

    async def action_quit(self) -> None:
        """Leave; what is written and what has arrived is kept. Where it cannot be, only if this is asked for twice."""
        screen = self.screen_stack[0]
        self._is_leaving = True
        if isinstance(screen, ChatScreen):
            try:
                await screen.leave()
            except TchatError as error:
                if not self._is_warned:
                    self._is_leaving = False
                    self._is_warned = True
                    self.clear_notifications()
                    screen.say(
                        f"{error.message}\nwhat you are writing cannot be kept: Ctrl+Q again leaves without it", "error"
                    )
                    return
        self.exit()

    async def leave(self, code: int) -> None:
        """Leave with an exit code, and keep what can be kept."""
        screen = self.screen_stack[0]
        if isinstance(screen, ChatScreen):
            with contextlib.suppress(TchatError):
                await screen.leave()
        self.exit(return_code=code)

    def _fatal_error(self) -> None:
        """End after a fault of this program, which whoever runs it is to report."""
        error = self._exception
        if isinstance(error, WorkerFailed):
            error = error.error
        if isinstance(error, Exception):
            self.failure = error
        self._close_messages_no_wait()


async def show(runtime: Runtime, opening: Opening, *, mouse: bool = True) -> TchatApp:
    """Run the interface until the user leaves it, and return it."""
    responding.prepare()
    app = TchatApp(runtime, opening, when_warm=collecting.resume)
    with ended_by_signals(partial(app.call_later, app.leave)):
        try:
            await app.run_async(mouse=mouse)
        finally:
            await runtime.aclose()
    return app
