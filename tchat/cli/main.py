"""The outermost frame, which turns errors into messages and exit codes."""

import contextlib
import errno
import os
import sys

from tchat.cli import exit_codes
from tchat.cli.terminal import is_plain
from tchat.domain.errors import TchatError

COMPLETING = "_TCHAT_COMPLETE"
"""The environment variable by which click's scripts ask for completions."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors go to stderr."""
    try:
        return _call(arguments)
    except TchatError as error:
        return _say_error(error)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except OSError as error:
        return _say_full(error) if error.errno in _FULL and error.filename is None else _say_crash(error)
    except Exception as error:  # noqa: BLE001  # the outermost frame: whatever it is becomes a report and a code
        return _say_crash(error)


def _call(arguments: list[str]) -> int:
    """Run what the words name; where there are none, and a terminal, the interface starts without what reads words.

    A shell that completes words has none either; they are in the environment.
    """
    if not arguments and COMPLETING not in os.environ and sys.stdin.isatty() and not is_plain(sys.stderr, os.environ):
        from tchat.cli.interface import begin

        return begin()
    from tchat.cli.commands import call

    return call(arguments)


def _say_error(error: TchatError) -> int:
    from tchat.cli.narration import say_error

    say_error(error.message, error.hint)
    return exit_codes.code_of(error)


def _say_full(error: OSError) -> int:
    """Say that what was printed has no place any more; files of tchat's own are told of with their names."""
    from tchat.cli.narration import say_error

    with contextlib.suppress(OSError):
        sys.stdout.close()  # else the interpreter tries once more to write what is left
    say_error(f"cannot write to standard output: {error.strerror}")
    return exit_codes.CRASH


def _say_crash(error: Exception) -> int:
    from tchat.cli.narration import say_error
    from tchat.crashes import write_crash
    from tchat.paths import find_paths

    place = write_crash(find_paths(os.environ).crashes, error)
    say_error(
        f"tchat failed: {type(error).__name__}",
        f"this is a fault of tchat; a report is in {place}" if place else "this is a fault of tchat",
    )
    return exit_codes.CRASH
