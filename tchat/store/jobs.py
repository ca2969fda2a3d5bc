"""Work for a database's thread: done in the order in which it was asked for, neighbouring writes together.

Law: whoever waits for work is told of its end exactly once, unless it has ceased to wait.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any

from msgspec import Struct

MOST_TOGETHER = 100
"""Writes that are done in one go: what is asked for behind them waits some milliseconds at most."""


class Job(Struct, frozen=True, kw_only=True, eq=False):
    """Work that was asked for."""

    work: Callable[[], object]
    is_write: bool = False
    """Whether it may be done in one transaction with the writes before and after it."""
    waiter: "asyncio.Future[Any] | None" = None
    """Who waits for it, if anybody does."""

    def done(self) -> "Outcome":
        """Do it and return what it has come to."""
        try:
            return Outcome(self, self.work())
        except BaseException as error:  # noqa: BLE001  # it is raised where the work is waited for
            return Outcome(self, error=error)


class Outcome(Struct, frozen=True, eq=False):
    """What a job has come to."""

    job: Job
    value: object = None
    error: BaseException | None = None


class Jobs:
    """Hands jobs to a thread.

    Args:
        do: does one job, or several neighbouring writes, and returns what each has come to; it raises nothing.
    """

    def __init__(self, do: Callable[[Sequence[Job]], Sequence[Outcome]]) -> None:
        self._do = do
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tchat-store")
        self._waiting = deque[Job]()
        self._lock = Lock()
        self._is_going = False

    def add(self, job: Job) -> None:
        """Have a job done after all that were added before.

        Raises:
            RuntimeError: it was shut down.
        """
        with self._lock:
            if not self._is_going:
                self._thread.submit(self._go)
                self._is_going = True
            self._waiting.append(job)

    def shut_down(self) -> None:
        """Take no more jobs."""
        self._thread.shutdown(wait=False)

    # --- on the thread

    def _go(self) -> None:
        while batch := self._next():
            _tell(self._do(batch))

    def _next(self) -> list[Job]:
        """Return the next job, with the writes that follow it if it is one."""
        batch: list[Job] = []
        with self._lock:
            while self._waiting and (not batch or _is_together(batch, self._waiting[0])):
                batch.append(self._waiting.popleft())
            self._is_going = bool(batch)
        return batch


def _is_together(batch: Sequence[Job], job: Job) -> bool:
    return batch[0].is_write and job.is_write and len(batch) < MOST_TOGETHER


def _tell(outcomes: Sequence[Outcome]) -> None:
    """Wake whoever waits: once for all of them, since waking an event loop costs more than most jobs."""
    loops: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.job.waiter is not None:
            loops.setdefault(outcome.job.waiter.get_loop(), []).append(outcome)
    for loop, told in loops.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, told)


def _settle(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        waiter = outcome.job.waiter
        if waiter is None or waiter.done():
            continue
        if outcome.error is not None:
            waiter.set_exception(outcome.error)
        else:
            waiter.set_result(outcome.value)
