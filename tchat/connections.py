"""The connections of one program run: opened when first needed, and closed once nobody uses them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tchat.domain.model import ModelFacts
from tchat.providers.base import Provider

if TYPE_CHECKING:
    from tchat.engine.session import Connection


class Connections:
    """One connection a provider.

    Args:
        connect: makes the connection of a provider, with so many calls at once; see `Runtime.provider` for the errors.
    """

    def __init__(self, connect: Callable[[str], Awaitable[tuple["Connection", int]]]) -> None:
        self._connect = connect
        self._opened: dict[str, _Opened] = {}
        self._made: list[Provider] = []
        self._retiring: set[asyncio.Task[None]] = set()
        self._settings = 0
        """How often they have changed."""
        self._locks: dict[str, asyncio.Lock] = {}
        """Held while the connection of a provider is made: one that waits for its key holds up no other."""

    async def get(self, name: str) -> "Connection":
        """Return the connection of a provider."""
        return (await self._open(name)).connection

    async def models(self, name: str) -> tuple[ModelFacts, ...]:
        """Ask a provider for its models.

        Raises:
            ProviderError: the list cannot be had.
        """
        opened = await self._open(name)
        async with opened.listing:
            return await opened.connection.provider.models()

    def renew(self, is_changed: Callable[[str], bool]) -> None:
        """Have the next call to each provider that has changed use a new connection, after what they are made of did.

        An old one is closed when nothing is under way; what is being made at the moment is made anew.
        """
        self._settings += 1
        for name in filter(is_changed, tuple(self._opened)):
            closing = asyncio.create_task(self._opened.pop(name).close_when_idle())
            self._retiring.add(closing)
            closing.add_done_callback(self._retiring.discard)

    async def aclose(self) -> None:
        """Close everything, whatever is under way."""
        retiring = tuple(self._retiring)
        for closing in retiring:
            closing.cancel()
        await asyncio.gather(*retiring, return_exceptions=True)
        async with AsyncExitStack() as open_ones:
            for provider in self._made:
                open_ones.push_async_callback(provider.aclose)

    async def _open(self, name: str) -> "_Opened":
        async with self._locks.setdefault(name, asyncio.Lock()):
            while name not in self._opened:
                settings = self._settings
                connection, concurrency = await self._connect(name)
                self._made.append(connection.provider)
                if settings == self._settings:
                    self._opened[name] = _Opened(connection, concurrency)
            return self._opened[name]


class _Opened(Struct):
    """A connection in use."""

    connection: "Connection"
    concurrency: int
    """How many slots it has."""
    listing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while models are listed, which takes no slot."""

    async def close_when_idle(self) -> None:
        """Wait until no call is under way and close it; a call that waits to be tried again opens it anew."""
        async with self.listing, AsyncExitStack() as held:
            for _ in range(self.concurrency):
                await held.enter_async_context(self.connection.slots)
            await self.connection.provider.aclose()
