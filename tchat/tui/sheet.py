"""What is being written, and the conversation that it belongs to, however quickly others are turned to.

Law: what is typed after another conversation was asked for belongs to that one; if it cannot be turned to, all stays.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from msgspec.structs import replace

from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError
from tchat.tui.arriving import Arrival, Arrived
from tchat.tui.drafting import Drafting
from tchat.tui.talk import Talk
from tchat.tui.widgets.composer import Composer


class Leaving:
    """Another conversation is asked for."""

    def __init__(self, written: Draft) -> None:
        self.written = written
        """What belongs to the conversation that is left, or was asked for before and is not turned to yet."""
        self.has_failed = False
        self.home: str | None = None
        """What it belongs to, once another conversation is on the screen; None is a new one."""


class Sheet:
    """What stands in the composer, and what was put aside to edit a message.

    Args:
        talk: the conversation on the screen.
        composer: where one writes.
        drafting: keeps what is written.
        changed: called when other text than what was typed stands in the composer.
    """

    def __init__(self, talk: Talk, composer: Composer, drafting: Drafting, changed: Callable[[], None]) -> None:
        self._talk = talk
        self._composer = composer
        self._drafting = drafting
        self._changed = changed
        self._lock = asyncio.Lock()
        """Held while another conversation is turned to: first come, first served."""
        self._ready = asyncio.Event()
        """Set while what is written belongs to the conversation that is shown."""
        self._waiting: list[Leaving] = []
        """Conversations that were asked for and are not turned to yet, in order."""
        self.latest = Leaving(Draft())
        """What was asked for last; the beginning at first."""
        self.editing: str | None = None
        """The message whose other wording is being written."""
        self._set_aside = Draft()
        """What was being written before that."""
        self._arrivals: list[Arrival] = []
        """What is being read for what stands in the composer."""
        self._arrivals_aside: tuple[Arrival, ...] = ()
        """What is being read for what was put aside for an edited message."""

    # --- which conversation

    @property
    def is_ready(self) -> bool:
        """Whether the conversation is there that is written in."""
        return self._ready.is_set()

    @property
    def is_leaving(self) -> bool:
        """Whether another conversation is asked for, or being turned to."""
        return bool(self._waiting) or not self.is_ready

    async def ready(self) -> None:
        """Wait until what was asked for so far is turned to."""
        async with self._lock:
            await self._ready.wait()

    async def bring_back(self) -> None:
        """Have what was being written in this conversation before in the composer; what was typed since comes after it.

        Raises:
            StoreError: the database cannot be read.
        """
        self.give(await self._drafting.find(self._talk.conversation_id))

    def begin(self) -> None:
        """Let what is written belong to the conversation that is shown, the first one."""
        self._ready.set()

    def leave(self) -> Leaving:
        """Ask for another conversation, which what is typed from now on belongs to; `turning` turns to it."""
        leaving = self.latest = Leaving(self._composer.draft if self._waiting else self.written)
        self._waiting.append(leaving)
        for arrival in (*self.take_arrivals(), *self._take_aside()):
            arrival.belong(partial(self._set_down, leaving))
        self.editing, self._set_aside = None, Draft()
        self._put(Draft())
        return leaving

    @asynccontextmanager
    async def turning(self, leaving: Leaving, decided: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
        """Keep what is written where it is written, while another conversation is turned to.

        Args:
            leaving: what `leave` returned; it is turned in the order of that.
            decided: waits until all that was sent in this conversation is stored, or given back.
        """
        async with self._lock:
            await self._ready.wait()
            await decided()
            self._ready.clear()
            self._waiting.remove(leaving)
            left, page = self._talk.conversation_id, self._talk.page
            leaving.home = left
            self._drafting.write(left, leaving.written)
            try:
                await self._drafting.flush(left)
                yield
                await self.bring_back()
            except TchatError:
                if page == self._talk.page:
                    self.fail(leaving)
                    self.give(self._drafting.written(left))
                raise
            finally:
                self._ready.set()

    def fail(self, leaving: Leaving) -> None:
        """Have what was sent after another conversation was asked for come back, as that could not be turned to."""
        leaving.has_failed = True
        if leaving is self.latest:
            self.latest = Leaving(Draft())

    # --- what is written

    @property
    def written(self) -> Draft:
        """What is written in the conversation that is shown, also beside an edited message, without what was sent."""
        if self._waiting:
            return self._waiting[0].written
        draft = self._composer.draft
        return draft if self._set_aside.is_empty else self._set_aside.followed_by(draft, "\n\n")

    async def keep(self) -> None:
        """Store what is written.

        Raises:
            StoreError: it cannot be stored.
        """
        if self.is_ready:
            home = self._talk.conversation_id
            self._drafting.write(home, self.written)
            await self._drafting.flush(home)

    def give(self, draft: Draft) -> None:
        """Put a draft before what is written in the conversation that is shown."""
        if draft.is_empty:
            return
        if self._waiting:
            self._waiting[0].written = draft.followed_by(self._waiting[0].written)
        elif self.editing is not None:
            self._set_aside = draft.followed_by(self._set_aside)
        else:
            self._composer.put_before(draft)
            self._changed()

    def queue(self, draft: Draft) -> None:
        """Let a message wait behind those that wait already."""
        if self._waiting:
            self._waiting[0].written = self._waiting[0].written.followed_by(Draft(queued=(draft,)))
        else:
            self._composer.queue(draft)

    def _put(self, draft: Draft) -> None:
        """Have something else in the composer."""
        self._composer.restore(draft)
        self._changed()

    # --- what is being read to be attached

    def expect(self, *arrivals: Arrival) -> None:
        """Let something belong to what is written in the conversation that is shown, once it is read."""
        for arrival in arrivals:
            arrival.belong(partial(self._set_down, self._waiting[0]) if self._waiting else None)
        if not self._waiting:
            self._arrivals += arrivals

    def take_arrivals(self) -> tuple[Arrival, ...]:
        """Return what is being read for what stands in the composer; it belongs elsewhere from now on."""
        arrivals = tuple(arrival for arrival in self._arrivals if not arrival.is_over)
        self._arrivals.clear()
        return arrivals

    def add(self, home: str | None, arrived: Arrived) -> None:
        """Add what was read to what is written in a conversation; `keep` or another flush stores it."""
        if not self.is_ready or home != self._talk.conversation_id:
            self._drafting.write(home, arrived.added_to(self._drafting.written(home)))
        elif self._waiting:
            self._waiting[0].written = arrived.added_to(self._waiting[0].written)
        else:
            self._composer.add(arrived)

    def _take_aside(self) -> tuple[Arrival, ...]:
        """Return what is being read for what was put aside; it belongs elsewhere from now on."""
        aside, self._arrivals_aside = self._arrivals_aside, ()
        return tuple(arrival for arrival in aside if not arrival.is_over)

    def _add_aside(self, arrived: Arrived) -> None:
        self._set_aside = arrived.added_to(self._set_aside)

    def _set_down(self, leaving: Leaving, arrived: Arrived) -> None:
        """Add what was read to what was written before another conversation was asked for."""
        if leaving in self._waiting:
            leaving.written = arrived.added_to(leaving.written)
        else:
            self.add(leaving.home, arrived)

    # --- another wording of a message

    def edit(self, message_id: str, draft: Draft) -> None:
        """Write another wording of a message; what is being written comes back after that."""
        queued = self._composer.draft.queued
        if self.editing is None:
            self._set_aside, self._arrivals_aside = replace(self._composer.draft, queued=()), self.take_arrivals()
            for arrival in self._arrivals_aside:
                arrival.belong(self._add_aside)
        self.editing = message_id
        self._put(replace(draft, queued=queued))

    def leave_edit(self) -> bool:
        """Go on with what was being written before, and return whether a message was being edited."""
        if self.editing is None:
            return False
        aside, self._set_aside, self.editing = self._set_aside, Draft(), None
        self._put(replace(aside, queued=self._composer.draft.queued))
        self.expect(*self._take_aside())
        return True

    def take_edited(self) -> str | None:
        """Return the message whose other wording was sent, if it was one; what was put aside is back."""
        edited, aside = self.editing, self._set_aside
        self.editing, self._set_aside = None, Draft()
        self.give(aside)
        if edited is not None:
            self.expect(*self._take_aside())
            self._changed()
        return edited

    def give_back(self, draft: Draft, edited: str | None) -> None:
        """Put what could not be sent back where it was written."""
        if edited is None or self.editing is not None or self._waiting:
            self.give(draft)
        else:
            self.edit(edited, draft)
