"""Signals that end the interface: it leaves as it does when its user wants to, and tells by its code what ended it.

Law: it ends, also where something keeps it from leaving; what was written is on disk within a second anyway.
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Generator

_NAMES = ("SIGTERM", "SIGHUP")
"""A polite end, and the end of the terminal."""
PATIENCE = 20.0
"""Seconds in which it may leave: a program whose terminal is gone would read from it for ever."""
_OFFSET = 128
"""What shells add to the number of a signal."""


@contextlib.contextmanager
def ended_by_signals(leave: Callable[[int], object], *, patience: float = PATIENCE) -> Generator[None]:
    """Have a signal leave with its exit code, or end the process `patience` seconds later.

    It needs a running loop. Where there are no signals, nothing changes.
    """
    loop = asyncio.get_running_loop()
    taken: list[signal.Signals] = []
    deadlines: list[threading.Timer] = []

    def expect_end(number: int, frame: object) -> None:
        """Python calls this though the loop waits, be it for a terminal that takes nothing."""
        del frame
        deadline = threading.Timer(patience, os._exit, (_OFFSET + number,))
        deadline.daemon = True
        deadline.start()
        deadlines.append(deadline)

    with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows, and loops beside the main thread
        for number in (signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__):
            loop.add_signal_handler(number, leave, _OFFSET + number)
            signal.signal(number, expect_end)  # beside the loop's, which hears of signals in another way
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
        for deadline in deadlines:
            deadline.cancel()
