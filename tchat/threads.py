"""Blocking work beside the event loop, in threads that never keep the program from ending."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def in_background(work: Callable[[], Result]) -> Result:
    """Return what `work` returns or raises; when the caller is cancelled, the thread is left behind.

    Unlike `asyncio.to_thread`, whose threads are waited for at the end: a read from a silent pipe would hang Ctrl-C.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def settle(set_outcome: Callable[[], None]) -> None:
        if not outcome.done():
            set_outcome()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001  # it is raised where the work is awaited
            failure = error
            deliver = lambda: settle(lambda: outcome.set_exception(failure))  # noqa: E731
        else:
            deliver = lambda: settle(lambda: outcome.set_result(result))  # noqa: E731
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver)

    threading.Thread(target=run, daemon=True).start()
    return await outcome
