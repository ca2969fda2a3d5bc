"""Runs tchat with a probe in its event loop: `python -m tests.benchmarks.lag REPORT [ARGUMENT…]`.

At the end the report holds what was seen as JSON: a `Report`. Nothing of it is in tchat itself.
"""

import asyncio
import gc
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from textual.drivers.linux_driver import LinuxDriver

from tchat.cli.main import run

WORTH_TELLING = 0.004
"""Seconds from which a step is told."""


class Step(Struct, frozen=True):
    """A step of the event loop: one callback, from its call to its return."""

    began: float
    """By `time.monotonic()`."""
    lasted: float
    """Seconds, those left out in which the machine had no core free for the loop's thread."""
    cpu: float
    """Seconds of processor time of the loop's thread."""
    collecting: float
    """Seconds of it in which garbage was collected."""
    name: str


class Report(Struct, frozen=True, kw_only=True):
    """What was seen."""

    steps: list[Step]
    """Those that took long."""
    writes: list[float]
    """When something was written to the terminal, by `time.monotonic()`."""

    def worst(self, start: float, end: float) -> float:
        """Return how long the longest step took that began in a stretch of time."""
        return max((step.lasted for step in self.steps if start <= step.began <= end), default=0.0)

    def busiest(self, start: float, end: float) -> int:
        """Return the most writes in any second of a stretch of time."""
        times = [moment for moment in self.writes if start <= moment <= end]
        return max((sum(first <= moment < first + 1 for moment in times) for first in times), default=0)


class Probe:
    """Takes the time of every step of every event loop of this process, and of every write to the terminal."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._writes: list[float] = []
        self._collecting = 0.0
        self._collection_began = 0.0
        self._schedule = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)

    def install(self) -> None:
        """Begin."""
        gc.callbacks.append(self._note_collection)
        plain_run, plain_write = asyncio.Handle._run, LinuxDriver.write  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]  # the stubs leave it out

        def timed_run(handle: asyncio.Handle) -> Any:  # noqa: ANN401  # as it is
            self._collecting = 0.0
            cpu, waited, began = time.thread_time(), self._waited(), time.monotonic()
            plain_run(handle)
            lasted = time.monotonic() - began - (self._waited() - waited)
            if lasted >= WORTH_TELLING:
                cpu = time.thread_time() - cpu
                self._steps.append(Step(began, lasted, cpu, self._collecting, _name(handle)))

        def timed_write(driver: LinuxDriver, data: str) -> None:
            self._writes.append(time.monotonic())
            plain_write(driver, data)

        asyncio.Handle._run = timed_run  # pyright: ignore[reportAttributeAccessIssue]
        LinuxDriver.write = timed_write  # pyright: ignore[reportAttributeAccessIssue]  # its first parameter has another name

    def report(self) -> Report:
        """Return what was seen so far."""
        return Report(steps=self._steps, writes=self._writes)

    def _waited(self) -> float:
        """Return the seconds in which the loop's thread was ready to run and none of the machine's cores was free."""
        return int(os.pread(self._schedule, 99, 0).split()[1]) / 1e9

    def _note_collection(self, phase: str, info: dict[str, int]) -> None:
        del info
        if phase == "start":
            self._collection_began = time.monotonic()
        else:
            self._collecting += time.monotonic() - self._collection_began


def _name(handle: asyncio.Handle) -> str:
    """Return the coroutine of a task's step, or the callback."""
    callback: object = handle._callback  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]  # the stubs leave it out
    tasks = [thing for thing in gc.get_referents(callback) if isinstance(thing, asyncio.Task)]
    name = getattr(tasks[0].get_coro() if tasks else callback, "__qualname__", repr(callback))
    return f"{name} {tasks[0].get_name()}" if tasks else name


def main(place: str, *arguments: str) -> int:
    """Run tchat and write the report."""
    probe = Probe()
    probe.install()
    try:
        return run([*arguments])
    finally:
        Path(place).write_bytes(msgspec.json.encode(probe.report()))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
