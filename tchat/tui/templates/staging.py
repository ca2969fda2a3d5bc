"""One run of a template on the screen: begun, stopped, taken up again, with values put in by hand.

Law: however many things happen at once, the event loop is given back every few milliseconds.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Protocol

from msgspec.structs import replace

from tchat.domain.errors import TchatError
from tchat.domain.run import StoredCall
from tchat.running import RunRequest, start
from tchat.runtime import Runtime
from tchat.templates.format import Value
from tchat.templates.graph import dependents
from tchat.templates.happening import RunEvent
from tchat.templates.runner import Run
from tchat.tui.templates.board import Board, Node

_BREATH = 0.004
"""Seconds of events after which others get their turn."""


class Startable(Protocol):
    """A run that is stored and can be followed; see `tchat.running.StartedRun`."""

    @property
    def run_id(self) -> str:
        """Its id."""
        ...

    @property
    def run(self) -> Run:
        """What runs."""
        ...

    @property
    def perhaps_billed(self) -> tuple[StoredCall, ...]:
        """The calls of earlier attempts that were sent and never came to their end."""
        ...

    def events(self) -> AsyncGenerator[RunEvent]:
        """Run, once, and yield what happens."""
        ...


Start = Callable[[Runtime, RunRequest, str | None], Awaitable[Startable]]
"""Stores that a run begins, or, by its id, that it goes on."""


async def start_stored(runtime: Runtime, wanted: RunRequest, run_id: str | None) -> Startable:
    """Store that a run begins, or goes on, and return it.

    Raises:
        TchatError: it cannot be.
    """
    stored = None if run_id is None else await (await runtime.store()).runs.find(run_id)
    return await start(runtime, replace(wanted, resumed=stored))


class Staging:
    """Plays a run onto its board.

    Args:
        runtime: where models are asked.
        request: what runs.
        fail: takes a fault of this program.
        start: stores that a run begins or goes on, and returns it.
        clock: seconds, for the figures.
    """

    def __init__(
        self,
        runtime: Runtime,
        request: RunRequest,
        fail: Callable[[BaseException], None],
        *,
        start: Start = start_stored,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._request = request
        self._fail = fail
        self._start = start
        self.clock = clock
        self._given: dict[str, Value] = dict(request.given)
        self._started: Startable | None = None
        self._run_id: str | None = None
        self._task: asyncio.Task[None] | None = None
        self.board = Board(request.template, self._given)
        self.began = self.clock()
        self.ended: float | None = None
        self.perhaps_billed = 0
        """Calls of earlier attempts that were sent and never came to their end."""

    @property
    def request(self) -> RunRequest:
        """What runs."""
        return self._request

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way."""
        return self._task is None

    @property
    def seconds(self) -> float:
        """How long it has been going on, or took."""
        return (self.clock() if self.ended is None else self.ended) - self.began

    def begin(self) -> None:
        """Run; what earlier attempts at it have asked is taken again."""
        if self._task is not None:
            return
        self.board = Board(self._request.template, self._given)
        self.began, self.ended = self.clock(), None
        self._task = asyncio.create_task(self._play())
        self._task.add_done_callback(self._done)

    def stop(self) -> bool:
        """Begin nothing more; asked a second time, drop what is under way. Return whether anything was under way."""
        if self._task is None:
            return False
        if self._started is None or self.board.phase == "stopping":
            self._task.cancel()
        else:
            self.board.phase = "stopping"
            self._started.run.stop()
        self.board.changes += 1
        return True

    def to_ask(self, edited: str | None = None) -> frozenset[str]:
        """Return the template's own steps that may ask models when it goes on, or with another value at a place."""
        steps = self._request.template.steps
        if edited is None:
            return frozenset(name for name, node in self.board.roots.items() if not node.has_value)
        root = next(name for name, node in self.board.roots.items() if node in self.board.node(edited).lineage())
        return dependents(steps, {root}) | ({root} if root != edited else frozenset())

    def edit(self, place: str, value: Value) -> None:
        """Put a value in place of the one that was made, and run what depends on it."""
        self._given[place] = value
        self.begin()

    async def aclose(self) -> None:
        """Drop what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _play(self) -> None:
        try:
            wanted = replace(self._request, given=dict(self._given))
            self._started = started = await self._start(self._runtime, wanted, self._run_id)
            self._run_id = started.run_id
            self.perhaps_billed = len(started.perhaps_billed)
            rested = self.clock()
            async with aclosing(started.events()) as events:
                async for event in events:
                    self.board.take(event, now := self.clock())
                    if now - rested > _BREATH:
                        await asyncio.sleep(0)
                        rested = self.clock()
            self.board.end("stopped", None)
        except TchatError as error:
            self.board.end("failed", error)
        except asyncio.CancelledError:
            self.board.end("stopped", None)
            raise
        finally:
            self.ended = self.clock()
            self._started = None

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._task = None
        self.board.changes += 1
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.board.end("failed", None)
            self._fail(error)


def refusal_to_edit(node: Node, staging: Staging) -> str | None:
    """Return why the value at a place cannot be changed; None if it can."""
    if not staging.is_over:
        return "a value can be changed when the run is over; s stops it"
    if not node.has_value:
        return "there is no value here yet"
    last = node.place.removeprefix(node.parent.place) if node.parent is not None else node.place
    if not node.is_step and not last.startswith("["):
        return "only the value of a step, or of an item, can be changed"
    if any(each.is_sample or ".judge" in each.place for each in node.lineage()):
        return "only the value of a step, or of an item, can be changed"
    return None
