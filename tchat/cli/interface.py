"""The verbs that start the terminal interface: `tchat`, `tchat open`, and a question with `--tui`."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from tchat.cli import exit_codes
from tchat.domain.errors import UsageError
from tchat.domain.message import Message
from tchat.runtime import Runtime
from tchat.tui.app import show
from tchat.tui.opening import Opening

if TYPE_CHECKING:
    from tchat.cli.asking import Wanted


def begin() -> int:
    """Begin a new conversation, and return the exit code."""
    return start(Runtime.open(), Opening())


def talk(runtime: Runtime, wanted: "Wanted", message: Message | None) -> int:
    """Open the interface with what the command line asks for; a message is sent at once."""
    opening = Opening(
        conversation=wanted.conversation,
        last=wanted.go_on,
        message=message,
        model=wanted.model,
        settings=wanted.settings,
        system=wanted.system,
    )
    return start(runtime, opening)


def start(runtime: Runtime, opening: Opening) -> int:
    """Run the interface until the user leaves it, and return the exit code.

    Raises:
        UsageError: there is no terminal.
    """
    if not sys.stderr.isatty():
        raise UsageError("the interface needs a terminal", hint='tchat "question" answers without one')
    if not sys.stdin.isatty():
        _take_terminal()
    app = asyncio.run(show(runtime, opening))
    if app.failure is not None:
        raise app.failure
    return app.return_code or exit_codes.DONE


def _take_terminal() -> None:
    """Read keys from the terminal where standard input was a pipe."""
    try:
        terminal = os.open(os.ttyname(sys.stderr.fileno()), os.O_RDWR)
    except (AttributeError, OSError) as error:
        raise UsageError("the interface needs a terminal to read keys from") from error
    os.dup2(terminal, 0)
    os.close(terminal)
