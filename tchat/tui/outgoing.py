"""One thing that was sent, from Enter until the store has it."""

import asyncio
from typing import TYPE_CHECKING

from tchat.domain.draft import Draft
from tchat.tui.arriving import Arrival, Arrived
from tchat.tui.sheet import Sheet
from tchat.tui.turns import LiveTurn

if TYPE_CHECKING:
    from tchat.engine.fitting_in import Fit


class Outgoing:
    """One thing that was sent.

    Args:
        draft: what comes back where it cannot be sent; empty if nothing was written for it.
        sheet: what it was written on.
        edited: the message that it is another wording of, if it is one.
    """

    def __init__(self, draft: Draft, sheet: Sheet, *, edited: str | None = None) -> None:
        self.draft = draft
        self.said = draft
        """What is said to the model."""
        self.edited = edited
        self.fit: Fit = "refuse"
        """What is done where it does not fit the model."""
        self.leaving = sheet.latest
        """The conversation that had been asked for last when it was sent."""
        self.page: int | None = None
        """Where it was sent; None while that is still being turned to."""
        self.home: str | None = None
        """The conversation that it was sent in; None is a new one."""
        self.is_turn = True
        """Whether a model is asked in the conversation."""
        self.turn: LiveTurn | None = None
        self.arrivals: tuple[Arrival, ...] = ()
        """What was still being read for it when it was sent."""
        self.is_whole = asyncio.Event()
        """Set once all of that is there, and what was sent before it is whole; or it is under way no more."""
        self.has_come_back = False
        """Whether it was not sent, and is where it was written."""
        self.has_started = asyncio.Event()
        """Set once there is a turn, or none will be."""

    @property
    def is_stored(self) -> bool:
        """Whether the store has it."""
        return self.turn is not None and self.turn.place is not None

    def add(self, arrived: Arrived) -> None:
        """Add what was read for it."""
        self.draft = self.said = arrived.added_to(self.draft)

    async def decided(self) -> None:
        """Wait until it is stored or has come back; or until something has to be done first that takes a while."""
        await self.has_started.wait()
        if self.turn is not None:
            await self.turn.is_decided.wait()
