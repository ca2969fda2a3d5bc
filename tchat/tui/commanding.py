"""Commands that are typed or chosen from the palette, carried out."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.detail import DETAILS
from tchat.domain.effort import EFFORTS
from tchat.domain.errors import UsageError
from tchat.threads import in_background
from tchat.tui.commands import command_named
from tchat.tui.entry import Entry

if TYPE_CHECKING:
    from tchat.tui.screens.chat import ChatScreen


class Commanding:
    """Runs commands on the chat screen, which shows what goes wrong."""

    def __init__(self, screen: "ChatScreen") -> None:
        self._screen = screen

    def run(self, name: str, argument: str = "") -> None:
        """Run a command by its name, or the beginning of it."""
        self._screen.do(lambda: self._run(name, argument.strip()))

    async def _run(self, name: str, argument: str) -> None:
        command = command_named(name)
        if command is None:
            raise UsageError(f"no command /{name}", hint="/help lists them; // sends a text that begins with a slash")
        work = getattr(self, f"_{command.name}")
        await work(argument)

    @property
    def _chosen_or_last(self) -> Entry:
        """The message that a command of the palette is about; where one writes, none is chosen."""
        transcript = self._screen.transcript
        return transcript.chosen or transcript.entries[-1]

    async def _new(self, _: str) -> None:
        await self._screen.open(None)

    async def _model(self, name: str) -> None:
        if not name:
            self._screen.action_model()
            return
        runtime = self._screen.runtime
        await self._screen.use_model(await in_background(lambda: runtime.resolve(name)))

    async def _effort(self, level: str) -> None:
        talk = self._screen.talk
        if not level:
            self._screen.action_effort(1)
            return
        if level != "default" and level not in EFFORTS:
            raise UsageError(f"there is no effort {level!r}", hint=f"one of default, {', '.join(EFFORTS)}")
        effort = next((known for known in EFFORTS if known == level), None)
        talk.choose(replace(talk.choice, settings=replace(talk.choice.settings, effort=effort)))

    async def _detail(self, level: str) -> None:
        talk = self._screen.talk
        if not level:
            await self._screen.action_run_settings()
            return
        if level != "default" and level not in DETAILS:
            raise UsageError(f"there is no detail {level!r}", hint=f"one of default, {', '.join(DETAILS)}")
        detail = next((known for known in DETAILS if known == level), None)
        talk.choose(replace(talk.choice, settings=replace(talk.choice.settings, detail=detail)))

    async def _patches(self, _: str) -> None:
        self._screen.attaching.newest_patches()

    async def _system(self, text: str) -> None:
        talk = self._screen.talk
        if text:
            talk.choose(replace(talk.choice, system=text))
            self._screen.say("the system prompt holds from the next turn on")
        else:
            await self._screen.action_run_settings()

    async def _again(self, _: str) -> None:
        talk = self._screen.talk
        if not talk.branch:
            raise UsageError("nothing was asked yet")
        await self._screen.acting.act("again", self._chosen_or_last)

    async def _stop(self, _: str) -> None:
        if not self._screen.sending.stop():
            self._screen.say("no reply is under way")

    async def _prompts(self, name: str) -> None:
        self._screen.action_prompts(name.removeprefix("#"))

    async def _search(self, words: str) -> None:
        self._screen.action_search(words)

    async def _rename(self, title: str) -> None:
        conversation = self._screen.talk.conversation
        if conversation is None or not title:
            raise UsageError("there is nothing to rename" if title else "/rename takes a title")
        await self._screen.listing.rename(conversation.id, title)
        await self._screen.talk.reread()

    async def _conversations(self, _: str) -> None:
        self._screen.action_conversations()

    async def _fork(self, _: str) -> None:
        talk = self._screen.talk
        if not talk.branch:
            raise UsageError("there is nothing to fork yet")
        await self._screen.acting.act("fork", self._chosen_or_last)

    async def _delete(self, _: str) -> None:
        conversation = self._screen.talk.conversation
        if conversation is None:
            raise UsageError("there is nothing to delete yet")
        await self._screen.delete(conversation.id)

    async def _undo(self, _: str) -> None:
        await self._screen.undo()

    async def _copy(self, _: str) -> None:
        branch = self._screen.talk.branch
        reply = next((placed.stored for placed in reversed(branch) if placed.stored.reply), None)
        if reply is None:
            raise UsageError("there is no reply yet")
        await self._screen.visiting.copy(reply.message.text, "the last reply")

    async def _sent(self, _: str) -> None:
        self._screen.action_sent()

    async def _attach(self, name: str) -> None:
        if not name:
            raise UsageError("/attach takes the path of a file, an address, or `clipboard`")
        is_quoted = len(name) > 1 and name[0] == name[-1] and name[0] in "'\""
        self._screen.attaching.attach_named(name[1:-1] if is_quoted else name)

    async def _usage(self, _: str) -> None:
        self._screen.action_usage()

    async def _settings(self, _: str) -> None:
        await self._screen.action_settings()

    async def _theme(self, name: str) -> None:
        app = self._screen.app
        if not name:
            app.search_themes()
        elif name in app.available_themes:
            app.theme = name
        else:
            raise UsageError(f"there is no theme {name!r}", hint=f"there are {', '.join(sorted(app.available_themes))}")

    async def _help(self, _: str) -> None:
        self._screen.action_help()

    async def _quit(self, _: str) -> None:
        await self._screen.app.action_quit()
