"""What takes the whole terminal for a while, as an editor does.

Law: tchat comes back, whatever becomes of it: Textual's own way back is left out where something is raised on the way.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from textual.app import App

from tchat.threads import in_background

Outcome = TypeVar("Outcome")


async def while_suspended(app: App[Any], work: Callable[[], Outcome]) -> Outcome:
    """Do something in a thread, the terminal being its own, and return or raise what it does."""
    with app.batch_update(), app.suspend():
        (outcome,) = await asyncio.gather(in_background(work), return_exceptions=True)
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
