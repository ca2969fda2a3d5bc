"""A loop for state machines, whose rules are no coroutines."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tchat.domain.ids import id_maker
from tchat.store.conversations import Conversations
from tchat.store.database import Database

Value = TypeVar("Value")


class Loop:
    """Runs coroutines one after the other."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Wait for a coroutine."""
        return self._runner.run(work)

    async def open_store(self, clock: Callable[[], float]) -> Conversations:
        """Return a store in memory."""
        return Conversations(await Database.open(None), id_maker(), clock)

    def close(self, store: Conversations) -> None:
        """Close a store, and the loop."""
        self.run(store.aclose())
        self._runner.close()
