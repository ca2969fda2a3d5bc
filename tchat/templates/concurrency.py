"""Work that goes on side by side: where one part fails, the others come to their end, and nothing is left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar

T = TypeVar("T")


class Halted(Exception):
    """Nothing new is to begin, since the run has failed or was stopped."""


async def settle(tasks: Collection["asyncio.Task[Any]"]) -> None:
    """Wait until all are done; if the waiting is cancelled, so are they.

    Raises:
        Exception: the first failure, in their order, that is not `Halted`; else `Halted` if there was one.
    """
    if not tasks:
        return
    try:
        await asyncio.wait(tasks)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    failures = [failure for task in tasks if (failure := task.exception()) is not None]
    failures.sort(key=lambda failure: isinstance(failure, Halted))
    if failures:
        raise failures[0]


async def spread(count: int, jobs: int, work: Callable[[int], Awaitable[T]]) -> list[T]:
    """Return `work(0)` to `work(count - 1)` in order, with at most `jobs` of them under way.

    With one job they are done one after the other.

    Raises:
        Exception: the first failure; see `settle`.
    """
    done: dict[int, T] = {}
    numbers = iter(range(count))

    async def go_through() -> None:
        for number in numbers:
            done[number] = await work(number)

    await settle([asyncio.create_task(go_through()) for _ in range(min(jobs, count))])
    return [done[number] for number in range(count)]
