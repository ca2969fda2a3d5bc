"""What stands beside a broad conversation: the settings of the next turn, or the request of a turn; one at a time."""

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.errors import NotFound
from tchat.tui.drafted import message_of
from tchat.tui.entry import Entry
from tchat.tui.requests import next_request, request_of
from tchat.tui.warming import warm_up

if TYPE_CHECKING:
    from tchat.engine.sent import Sent
    from tchat.tui.screens.chat import ChatScreen
    from tchat.tui.widgets.request_view import Load, RequestView
    from tchat.tui.widgets.run_settings import RunSettings

BESIDE = 140
"""Columns from which on there is room for it."""
_PAUSE = 0.2
"""Seconds without a change after which another request is shown."""


class SidePanel:
    """Shows and hides it, and keeps it in step with the conversation."""

    def __init__(self, screen: "ChatScreen") -> None:
        self._screen = screen
        self._settings: RunSettings | None = None
        self._request: RequestView | None = None
        self._chosen: str | None = None
        """The message whose request is shown; None for what is written, or the last one."""
        self._changing = asyncio.Lock()
        """One panel comes or goes after the other, as their keys were pressed."""

    @property
    def has_room(self) -> bool:
        """Whether the conversation is broad enough."""
        return self._screen.size.width >= BESIDE

    # --- shown and hidden

    async def toggle_settings(self) -> None:
        """Show the settings of the next turn and let keys go to them, or hide them."""
        from tchat.tui.widgets.run_settings import RunSettings

        async with self._changing:
            was_shown = self._settings is not None
            await self._clear()
            if was_shown:
                return
            await warm_up(self._screen.app)
            talk = self._screen.talk
            panel = RunSettings(talk.facts, talk.choice.settings, talk.choice.system)
            with self._screen.app.batch_update():
                await self._screen.query_one("#body").mount(panel)
                panel.focus_first()
            self._settings = panel

    async def toggle_request(self) -> None:
        """Show the request of the chosen turn, of what is written, or of the last turn; or hide it."""
        async with self._changing:
            was_shown = self._request is not None
            await self._clear()
            if not was_shown:
                await self._show_request()

    async def enter_request(self) -> None:
        """Let keys go to the request of the chosen turn."""
        async with self._changing:
            if self._request is None:
                await self._clear()
                await self._show_request()
            if self._request is not None:
                self._request.enter()

    async def _show_request(self) -> None:
        from tchat.tui.widgets.request_view import RequestView

        await warm_up(self._screen.app)
        panel = RequestView(is_beside=True)
        await self._screen.query_one("#body").mount(panel)
        self._request = panel
        panel.watch(self._screen.transcript, "cursor", self.follow, init=False)
        self._show(panel)

    async def _clear(self) -> None:
        """Have nothing beside the conversation; who was in there goes on writing."""
        panels = [panel for panel in (self._settings, self._request) if panel is not None]
        self._settings = self._request = None
        for panel in panels:
            if panel.has_focus_within:
                self._screen.write()
            await panel.remove()

    # --- in step

    def take_choice(self) -> None:
        """Show what holds for the next turn."""
        if self._settings is not None:
            talk = self._screen.talk
            self._settings.show(talk.facts, talk.choice.settings, talk.choice.system)
        self.follow()

    def follow(self) -> None:
        """Show the request of what is chosen or written now, unless somebody is reading the one that is shown."""
        panel = self._request
        if panel is None or panel.has_focus_within or not self.has_room:
            return
        self._show(panel, after=_PAUSE)

    def _show(self, panel: "RequestView", after: float = 0.0) -> None:
        entry = self._screen.transcript.chosen
        self._chosen = entry.key if entry is not None else None
        panel.name_way_in("i" if self._chosen else "Tab")
        panel.show(*self.subject(entry), after=after, place=(self._screen.talk.page, self._chosen))

    def leave_request(self) -> None:
        """Let keys go to the message whose request is shown, or to what is written."""
        if self._chosen is None:
            self._screen.write()
        else:
            self._screen.transcript.focus()
            self._screen.transcript.go_to(self._chosen)

    def subject(self, entry: Entry | None) -> "tuple[Load, str]":
        """Return what fetches the request of a message's turn, and the message's number.

        For None it is that of what is written, else the last one.
        """
        talk, draft = self._screen.talk, replace(self._screen.composer.draft, queued=())
        if entry is not None:
            return lambda: request_of(talk, entry.key), f"#{entry.number}"
        if not draft.is_empty:
            editing = self._screen.sheet.editing
            return lambda: next_request(talk, message_of(draft), editing), ""
        if talk.branch:
            last = talk.branch[-1].stored.id
            return lambda: request_of(talk, last), f"#{len(talk.branch)}"
        return _nothing_asked, ""


async def _nothing_asked() -> "Sent":
    raise NotFound("nothing was asked yet", hint="write something first")
