"""Signals that end the interface: it leaves as it does when its user wants to, and tells by its code what ended it."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Generator

_NAMES = ("SIGTERM", "SIGHUP")
"""A polite end, and the end of the terminal."""
_OFFSET = 128
"""What shells add to the number of a signal."""


@contextlib.contextmanager
def ended_by_signals(leave: Callable[[int], object]) -> Generator[None]:
    """Have a signal leave with its exit code; needs a running loop. Where there are no signals, nothing changes."""
    loop = asyncio.get_running_loop()
    taken: list[signal.Signals] = []
    with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows, and loops beside the main thread
        for number in (signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__):
            loop.add_signal_handler(number, leave, _OFFSET + number)
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
