"""What takes the whole terminal for a while, as an editor does.

Law: tchat comes back, whatever becomes of it. Textual's own way back is left out where something is raised on the way,
and Ctrl-C, which a terminal sends to everything that is in front, is the other program's alone.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from textual.app import App

from tchat.threads import in_background

Outcome = TypeVar("Outcome")


async def while_suspended(app: App[Any], work: Callable[[], Outcome]) -> Outcome:
    """Do something in a thread, the terminal being its own, and return or raise what it does."""
    with app.batch_update(), app.suspend(), _deaf_to_interrupts():
        (outcome,) = await asyncio.gather(in_background(work), return_exceptions=True)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


@contextlib.contextmanager
def _deaf_to_interrupts() -> Generator[None]:
    """Take Ctrl-C and do nothing; what is started meanwhile takes it as usual, as it would not were it ignored."""
    before = signal.signal(signal.SIGINT, lambda _, __: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
