"""What goes on beside the screen, each to its end."""

import asyncio
from collections.abc import Callable, Coroutine

from tchat.domain.errors import TchatError


class Tasks:
    """Coroutines under way.

    Args:
        trouble: takes what one of them failed with.
        fail: takes what is a fault of this program.
    """

    def __init__(self, trouble: Callable[[TchatError], None], fail: Callable[[BaseException], None]) -> None:
        self._trouble = trouble
        self._fail = fail
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def are_over(self) -> bool:
        """Whether none is under way."""
        return not self._tasks

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Begin one."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def join(self) -> None:
        """Wait for the end of all."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TchatError):
            self._trouble(error)
        elif error is not None:
            self._fail(error)
