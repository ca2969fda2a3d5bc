"""Ctrl-C while calls are under way: it may let them come to their end first."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Generator


@contextlib.contextmanager
def interrupts(take: Callable[[], bool]) -> Generator[None]:
    """Have every Ctrl-C taken by `take`; where it says so, the task is cancelled."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine that runs is a task's

    def interrupt() -> None:
        if take():
            task.cancel()

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except NotImplementedError:  # Windows has no signal handlers in the loop: Ctrl-C drops everything there
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
