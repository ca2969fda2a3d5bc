"""What is reached from the main screen: the other screens, the clipboard, the editor.

Each screen is imported when it is opened: the first paint does not wait for what may never be seen.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat import __version__
from tchat.config import write_private
from tchat.domain.errors import ConfigError
from tchat.domain.model import ModelRef
from tchat.domain.request import Settings
from tchat.domain.text import one_line
from tchat.threads import in_background
from tchat.tui.entry import Entry
from tchat.tui.links import is_web_address, opens
from tchat.tui.requests import request_of
from tchat.tui.side_panel import SidePanel
from tchat.tui.suspending import while_suspended

if TYPE_CHECKING:
    from tchat.providers.folding import FoldedFile
    from tchat.store.search import Hit
    from tchat.store.usage import Usages
    from tchat.tui.screens.chat import ChatScreen
    from tchat.tui.templates.desk import TemplateDesk

_ROUTES = {
    "native": "copied {what} to the clipboard",
    "tmux": "copied {what} through tmux",
    "terminal": "sent {what} to the terminal's clipboard (OSC 52)",
}


class Visiting:
    """Opens other screens and takes back what they give.

    Coroutines may raise a `TchatError`, which the screen shows.
    """

    def __init__(self, screen: "ChatScreen") -> None:
        self._screen = screen
        self._query = ""
        self._is_in_editor = False
        self.beside = SidePanel(screen)

    @cached_property
    def desk(self) -> "TemplateDesk":
        """The way to templates and their runs."""
        from tchat.tui.templates.desk import TemplateDesk

        return TemplateDesk(self._screen)

    # --- screens

    def pick_model(
        self, use: Callable[[ModelRef], Awaitable[None]], shift_effort: Callable[[ModelRef, int], str] | None = None
    ) -> None:
        """Have a model chosen, and an effort where it can be shifted."""
        from tchat.tui.screens.models import ModelPicker

        def chosen(ref: ModelRef | None) -> None:
            if ref is not None:
                self._screen.do(lambda: _run(use(ref)))

        screen = self._screen
        screen.app.push_screen(ModelPicker(screen.runtime, screen.talk.choice.ref, shift_effort), chosen)

    async def run_settings(self) -> None:
        """Show the settings of the next turn, or hide them: beside the conversation where there is room for both.

        Textual would lay the form out and draw it anew for every control that comes.
        """
        if self.beside.has_room:
            self._screen.do(self.beside.toggle_settings)
            return
        from tchat.tui.screens.run_settings import RunSettingsScreen

        talk = self._screen.talk
        choice = talk.choice
        form = RunSettingsScreen(talk.facts, choice.settings, choice.system, self.take_run_settings)
        with self._screen.app.batch_update():
            await self._screen.app.push_screen(form)

    def take_run_settings(self, settings: Settings, system: str | None) -> None:
        """Ask so from the next turn on."""
        talk = self._screen.talk
        talk.choose(replace(talk.choice, settings=settings, system=system))

    def sent(self) -> None:
        """Show the exact request of a turn, or hide it: beside the conversation where there is room for both."""
        if self.beside.has_room:
            self._screen.do(self.beside.toggle_request)
        else:
            self._open_sent(self._screen.transcript.chosen)

    def sent_of(self, entry: Entry) -> None:
        """Show the exact request of a message's turn, and let keys go to it."""
        if self.beside.has_room:
            self._screen.do(self.beside.enter_request)
        else:
            self._open_sent(entry)

    def _open_sent(self, entry: Entry | None) -> None:
        from tchat.tui.screens.sent import SentScreen

        self._screen.app.push_screen(SentScreen(*self.beside.subject(entry), self.copy_soon, self.save_sent))

    def copy_soon(self, text: str, what: str) -> None:
        """Have a text copied, and the route told."""
        self._screen.do(lambda: self.copy(text, what))

    def save_sent(self, files: "Sequence[FoldedFile]") -> None:
        """Have the attachments of a request written to files."""
        self._screen.do(lambda: self._screen.attaching.save_sent(files))

    def search(self, words: str = "") -> None:
        """Search everything that was said, and go to what was chosen."""
        from tchat.store.search import search
        from tchat.tui.screens.search import SearchScreen

        async def found(query: str) -> "tuple[Hit, ...]":
            self._query = query
            return await search((await self._screen.runtime.store()).database, query)

        def chosen(hit: "Hit | None") -> None:
            if hit is not None:
                self._screen.turn_to(hit.conversation_id, message_id=hit.message_id, passage=hit.pieces)

        self._screen.app.push_screen(SearchScreen(found, query=words or self._query), chosen)

    def usage(self) -> None:
        """Show what was spent, and go to a conversation that is chosen there."""
        from tchat.tui.screens.usage import UsageScreen

        screen = self._screen

        async def usages() -> "Usages":
            return (await screen.runtime.accounts()).usage

        def chosen(conversation_id: str | None) -> None:
            if conversation_id is not None:
                screen.turn_to(conversation_id)

        screen.app.push_screen(UsageScreen(usages, screen.runtime.config.budget, _today), chosen)

    async def settings(self, provider: str | None = None) -> None:
        """Show the settings; a provider's key is asked for at once."""
        from tchat.tui.screens.settings import SettingsScreen

        def left(_: None) -> None:
            self._screen.do(self._screen.take_settings)

        with self._screen.app.batch_update():
            await self._screen.app.push_screen(SettingsScreen(self._screen.runtime, provider), left)

    def help(self) -> None:
        """Show every key."""
        from tchat.tui.screens.help import HelpScreen, collect_rows

        paths = self._screen.runtime.paths
        facts = (("version", __version__), ("conversations", str(paths.database)), ("settings", str(paths.config_file)))
        self._screen.app.push_screen(HelpScreen(collect_rows(self._screen), facts))

    # --- clipboard, editor, templates

    async def open_link(self, url: str) -> None:
        """Open a web address in the browser; where there is none, copy it."""
        if not is_web_address(url):
            self._screen.say(f"{one_line(url)} is no web address; it was not opened", "warning")
        elif await in_background(lambda: opens(url)):
            self._screen.say(f"opening {one_line(url)}")
        else:
            await self.copy(url, "the address (no browser opens here)")

    async def copy(self, text: str, what: str) -> None:
        """Copy a text and say by which route."""
        from tchat.media.clipboard import TERMINAL_LIMIT, copy_text

        app = self._screen.app
        runtime = self._screen.runtime
        size = len(text.encode())
        route = await in_background(
            lambda: copy_text(text, runtime.environ, lambda said: app.call_from_thread(app.copy_to_clipboard, said))
        )
        said = _ROUTES[route].format(what=f"{what}, {len(text):,} characters,")
        if route == "terminal" and size > TERMINAL_LIMIT:
            self._screen.say(f"{said}; it is larger than many terminals take ({TERMINAL_LIMIT:,} bytes)", "warning")
        else:
            self._screen.say(said)

    async def use_editor(self) -> None:
        """Have the draft written in the user's own editor."""
        import click

        composer = self._screen.composer
        draft = composer.draft
        if self._is_in_editor:
            return
        self._is_in_editor = True
        try:
            text = await while_suspended(
                self._screen.app, lambda: click.edit(draft.full_text, extension=".md", require_save=False)
            )
        except click.ClickException as error:
            raise ConfigError(
                f"the editor failed: {error.format_message()}", hint="set VISUAL or EDITOR to another one"
            ) from error
        finally:
            self._is_in_editor = False
        if text is not None:
            came_back = composer.draft.full_text.removesuffix(draft.full_text).rstrip("\n")
            composer.rewrite("\n".join(filter(None, (came_back, text.rstrip("\n")))))

    async def make_template(self, entry: Entry) -> None:
        """Write a template of the conversation up to a message, beside the user's own ones."""
        from tchat.templates.writing import template_of

        sent = await request_of(self._screen.talk, entry.key)
        folder = self._screen.runtime.paths.prompts
        path = await in_background(lambda: _write_template(folder, template_of(sent.request)))
        self._screen.say(f"template written to {path}")


def _write_template(folder: Path, text: str) -> Path:
    """Write a template under the first free name, for its owner's eyes only, and return its path.

    Raises:
        ConfigError: it cannot be written.
    """
    number = next(n for n in count(1) if not (folder / f"conversation-{n}.toml").exists())
    path = folder / f"conversation-{number}.toml"
    write_private(path, text)
    return path


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


async def _run(work: Awaitable[None]) -> None:
    await work
