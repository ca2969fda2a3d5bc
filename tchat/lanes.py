"""The way of many calls at once to a server: each has a connection to itself, the one that rested last if there is one.

The pools of httpx and httpx2 look at every connection for every request, and give one that rests to several requests
that come at the same moment, all but one of which have to come again: with 50 calls at once that takes as long as the
calls themselves. How many calls there may be at once is the engine's to say.
"""

import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self

from msgspec import Struct

KEPT_SECONDS = 5.0
"""How long a connection is kept that nobody uses."""


class Lane(Protocol):
    """A transport of httpx or httpx2 that is used for one request at a time."""

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401  # a request and a response of one library
        """Send a request and return the response, its body unread."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class Body(Protocol):
    """The body of a response."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None:
        """Read no more of it."""
        ...


class _Resting(Struct, frozen=True):
    lane: Lane
    since: float


class Lanes:
    """A transport for the clients of one library.

    Args:
        http: httpx or httpx2.
        make: makes a lane.
        clock: seconds.

    Raises:
        Exception: whatever `make` raises: one lane is made at once, so that settings that cannot be used are told of.
    """

    def __init__(self, http: ModuleType, make: Callable[[], Lane], clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._clock = clock
        self._body: Callable[[Body, Callable[[], Awaitable[None]]], Body] = type(
            "LaneBody", (_LaneBody, http.AsyncByteStream), {}
        )
        first = make()
        self._lanes = {first}
        self._resting = deque([_Resting(first, clock())])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401  # see Lane
        """Send a request on a lane of its own, which rests once the body of the response is closed."""
        lane = self._resting.pop().lane if self._resting else self._new()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._rest(lane)
            raise

        async def give_back() -> None:
            self._rest(lane)
            await self._close_unused()

        response.stream = self._body(response.stream, give_back)
        return response

    async def aclose(self) -> None:
        """Close every connection, whatever is under way."""
        lanes, self._lanes = self._lanes, set[Lane]()
        self._resting.clear()
        for lane in lanes:
            await lane.aclose()

    def _new(self) -> Lane:
        lane = self._make()
        self._lanes.add(lane)
        return lane

    def _rest(self, lane: Lane) -> None:
        if lane in self._lanes:
            self._resting.append(_Resting(lane, self._clock()))

    async def _close_unused(self) -> None:
        """Close what has rested for long: it stands at the front, since the lane that rested last is taken first."""
        while self._resting and self._resting[0].since < self._clock() - KEPT_SECONDS:
            lane = self._resting.popleft().lane
            self._lanes.remove(lane)
            await lane.aclose()


class _LaneBody:
    """The body of a response, whose end gives its lane back, once."""

    def __init__(self, body: AsyncIterable[bytes], give_back: Callable[[], Awaitable[None]]) -> None:
        self._body: Any = body
        self._give_back: Callable[[], Awaitable[None]] | None = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        give_back, self._give_back = self._give_back, None
        try:
            await self._body.aclose()
        finally:
            if give_back is not None:
                await give_back()
