"""What the engine and the store take of a core while a reply streams very fast."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from tchat.domain.events import Event, Finished, Started, TextDelta
from tchat.domain.ids import id_maker
from tchat.domain.message import user
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Request
from tchat.engine.budget import Budget, Limits
from tchat.engine.session import Ask, Connection, Engine, Surroundings
from tchat.providers.base import WireRequest
from tchat.store.conversations import Conversations
from tchat.store.database import Database

RATE = 5_000
"""Chunks a second."""
SECONDS = 4


class Flood:
    """A provider that sends a fixed number of chunks each second, in a burst every ten milliseconds."""

    name = "flood"

    async def stream(self, request: Request) -> AsyncGenerator[Event]:
        """Yield the chunks."""
        yield Started(model=request.model)
        began = time.perf_counter()
        for sent in range(RATE * SECONDS):
            if sent % (RATE // 100) == 0:
                await asyncio.sleep(max(0.0, began + sent / RATE - time.perf_counter()))
            yield TextDelta("token ")
        yield Finished("stop")

    async def wire(self, request: Request) -> WireRequest:
        """Show nothing: there is no network."""
        return WireRequest(api="script", method="PLAY", url=request.model, headers={}, body=None)

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return none: nothing is listed."""
        return ()

    async def warm(self) -> None:
        """Need nothing."""

    async def aclose(self) -> None:
        """Hold nothing."""


async def _stream(path: Path) -> float:
    async def connect(name: str) -> Connection:
        del name
        return Connection(provider=Flood(), slots=asyncio.Semaphore(1))

    log = Conversations(await Database.open(path), id_maker())
    engine = Engine(
        Surroundings(
            connect=connect,
            keyless=lambda _: Flood(),
            facts=lambda ref: ModelFacts(provider=ref.provider, name=ref.model),
            log=log,
            budget=Budget(Limits, log.usage),
        )
    )
    wall, cpu = time.perf_counter(), time.process_time()
    async with aclosing(engine.turn(Ask(ref=ModelRef("flood", "x"), message=user("go")))) as events:
        async for _ in events:
            pass
    share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    await log.aclose()
    return share


def engine_share(path: Path) -> float:
    """Return the share of a core that engine and store take at 5,000 chunks a second, 1 being all of it."""
    return asyncio.run(_stream(path))
