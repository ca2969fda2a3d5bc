"""Laws of reading ahead of whoever reads."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tchat.providers.read_ahead import BLOCK, ENOUGH, PROMPT, ReadAhead


class Source:
    """Chunks that come when a test says so, in bursts."""

    def __init__(self, *bursts: list[bytes], error: Exception | None = None) -> None:
        self.bursts = bursts
        self.error = error
        self.next = asyncio.Semaphore(0)
        self.given = 0
        self.closed = False

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield a burst whenever `next` is released; then fail or end."""
        try:
            for burst in self.bursts:
                await self.next.acquire()
                for chunk in burst:
                    self.given += 1
                    yield chunk
            await self.next.acquire()
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True


async def test_read_ahead_takes_what_came_together_as_one() -> None:
    """Chunks that arrive without a pause between them are one block; nothing waits for the next burst."""
    source = Source([b"a", b"b", b""], [b"c"])
    async with ReadAhead(source.chunks()) as ahead:
        source.next.release()
        assert await ahead.take() == b"ab"
        source.next.release()
        assert await ahead.take() == b"c"
        source.next.release()
        assert await ahead.take() is None
        assert await ahead.take() is None


async def test_read_ahead_raises_a_failure_after_what_came_before_it() -> None:
    """What arrived is taken first."""
    source = Source([b"a"], error=ValueError("broken"))
    async with ReadAhead(source.chunks()) as ahead:
        source.next.release()
        source.next.release()
        assert await ahead.take() == b"a"
        with pytest.raises(ValueError, match="broken"):
            await ahead.take()


async def test_read_ahead_gives_up_waiting_but_not_reading() -> None:
    """After a timeout the next chunk can still be taken."""
    source = Source([b"a"])
    async with ReadAhead(source.chunks()) as ahead:
        with pytest.raises(TimeoutError):
            await ahead.take(0.01)
        source.next.release()
        assert await ahead.take(5) == b"a"


async def test_read_ahead_does_not_outrun_its_reader_for_ever() -> None:
    """A reader that is slow keeps the network waiting instead of filling the memory."""
    chunk = b"x" * (ENOUGH // 4)
    source = Source([chunk] * 12)
    async with ReadAhead(source.chunks()) as ahead:
        source.next.release()
        blocks = [await ahead.take() for _ in range(2)]
        assert source.given < 12
        source.next.release()
        while (block := await ahead.take()) is not None:
            blocks.append(block)
        assert b"".join(block for block in blocks if block) == chunk * 12
        assert max(len(block) for block in blocks if block) <= 2 * ENOUGH


@pytest.mark.parametrize("burst", [[], [b"x" * (ENOUGH + 1), b"never asked for"]])
async def test_read_ahead_closes_what_it_reads(burst: list[bytes]) -> None:
    """Leaving closes the source, whether it waits for the network or for its reader."""
    source = Source(burst)
    async with ReadAhead(source.chunks()):
        source.next.release()
        await asyncio.sleep(0)
    assert source.closed


async def test_what_arrived_is_taken_in_blocks() -> None:
    """However much came at once, no more is handed over than can be taken apart in a moment, and nothing is lost."""
    source = Source([b"x" * (2 * BLOCK), b"y" * BLOCK, b"z"])
    async with ReadAhead(source.chunks()) as ahead:
        source.next.release()
        source.next.release()
        blocks: list[bytes] = []
        while (block := await ahead.take()) is not None:
            blocks.append(block)
    assert max(map(len, blocks)) == BLOCK
    assert b"".join(blocks) == b"x" * (2 * BLOCK) + b"y" * BLOCK + b"z"


async def test_many_small_chunks_gather_before_they_are_read() -> None:
    """The first ones are read as they come; after those the network is left alone for a while."""
    source = Source([b"x"] * (PROMPT + 50))
    async with ReadAhead(source.chunks()) as ahead:
        source.next.release()
        assert await ahead.take()
        for _ in range(100):
            await asyncio.sleep(0)
        assert source.given == PROMPT + 1
