"""The start of the main screen: the conversation and the model that were asked for, and a question that came along."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError
from tchat.threads import in_background
from tchat.tui.choice import Choice
from tchat.tui.drafted import draft_of
from tchat.tui.opening import Opening

if TYPE_CHECKING:
    from tchat.tui.screens.chat import ChatScreen


class Starting:
    """Opens what was asked for, after the first paint."""

    def __init__(self, screen: "ChatScreen", opening: Opening) -> None:
        self._screen = screen
        self._opening = opening

    async def begin(self) -> None:
        """Open what was asked for; a question that came along stays in the composer where that fails.

        Raises:
            StoreError: what was written before cannot be read.
        """
        screen, sheet = self._screen, self._screen.sheet
        first = sheet.latest
        asked = draft_of(self._opening.message) if self._opening.message else Draft()
        try:
            await self._open()
        except TchatError as error:
            screen.trouble(error)
            sheet.fail(first)
            sheet.give(asked)
            asked = Draft()
        try:
            await sheet.bring_back()
        finally:
            if not asked.is_empty:
                screen.sending.send_first(asked)
            sheet.begin()

    async def _open(self) -> None:
        opening, talk, runtime = self._opening, self._screen.talk, self._screen.runtime
        ref = await in_background(lambda: runtime.resolve(opening.model))
        system = opening.system or runtime.config.system
        effort = opening.settings.effort or runtime.config.effort
        talk.choose(Choice(ref=ref, settings=replace(opening.settings, effort=effort), system=system))
        name = opening.conversation
        if opening.last and name is None:
            last = await (await runtime.store()).last()
            if last is None:
                self._screen.say("there is no conversation yet")
            name = last.id if last else None
        if name is None:
            await runtime.store()
            return
        await talk.open(name)
        if opening.model is not None:
            talk.choose(replace(talk.choice, ref=await in_background(lambda: runtime.resolve(opening.model))))
