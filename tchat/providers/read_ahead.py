"""A body read as fast as it comes, and taken in as few blocks as possible: one a network read, not one a chunk."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Self

BLOCK = 2**15
"""Bytes that are taken at once: taking them apart takes a millisecond or two."""
ENOUGH = 2**20
"""Bytes that are read before the reader is slower than the network."""
STRETCH = 2**14
"""Bytes after which everything else gets a turn, however many have arrived: taking them apart takes milliseconds."""
FEW = 2**12
"""Bytes of a chunk below which the next ones are let gather."""
PROMPT = 16
"""Chunks that are read as they come, before any are let gather: a short answer is never held up."""
GATHERING = 0.025
"""Seconds in which chunks gather: each read costs the same, be it of one token or of ten."""


class ReadAhead:
    """Reads `chunks` in a task of its own until it is closed.

    Law: nothing is waited for that has arrived already, and nothing that has arrived waits longer for more than chunks
    gather in a stream of many small ones.
    """

    def __init__(self, chunks: AsyncGenerator[bytes]) -> None:
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._reader = asyncio.create_task(self._read(chunks))
        self._reader.add_done_callback(_heard)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await asyncio.wait([self._reader])

    async def take(self, patience: float | None = None) -> bytes | None:
        """Return what arrived since the last call, a block of it at most, waiting if need be; None at the end.

        Args:
            patience: seconds to wait at most.

        Raises:
            TimeoutError: nothing arrived in `patience` seconds.
            Exception: whatever reading raised, after all that came before it was taken.
        """
        if not self._waiting and not self._reader.done():
            async with asyncio.timeout(patience):
                await self._arrived.wait()
        self._arrived.clear()
        if self._waiting:
            return self._block()
        await self._reader
        return None

    def _block(self) -> bytes:
        parts: list[bytes] = []
        room = BLOCK
        while self._waiting and room:
            part = self._waiting.popleft()
            if len(part) > room:
                self._waiting.appendleft(part[room:])
                part = part[:room]
            parts.append(part)
            room -= len(part)
        block = b"".join(parts)
        self._size -= len(block)
        self._taken.set()
        return block

    async def wait_for_end(self, patience: float) -> None:
        """Wait for the end of what is read, `patience` seconds at most after what gathers."""
        await asyncio.wait([self._reader], timeout=patience + GATHERING)

    async def _read(self, chunks: AsyncGenerator[bytes]) -> None:
        stretch, count = 0, 0
        try:
            async with aclosing(chunks):
                async for chunk in chunks:
                    if not chunk:
                        continue
                    self._waiting.append(chunk)
                    self._size += len(chunk)
                    self._arrived.set()
                    stretch += len(chunk)
                    if stretch >= STRETCH:
                        stretch = 0
                        await asyncio.sleep(0)
                    count += 1
                    if count > PROMPT and len(chunk) < FEW:
                        await asyncio.sleep(GATHERING)
                    if self._size > ENOUGH:
                        self._taken.clear()
                        await self._taken.wait()
        finally:
            self._arrived.set()


def _heard(reader: "asyncio.Task[None]") -> None:
    """Take note of how a reader ended, so that an end nobody waited for is no news."""
    if not reader.cancelled():
        reader.exception()
