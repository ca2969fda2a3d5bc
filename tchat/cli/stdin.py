"""Standard input: read only when it is a pipe or a file, and never waited for when nobody writes to it.

An inherited pipe that stays open and silent (a daemon, a `subprocess` without input) must not hang a question that
stands on the command line. A pipe that another program of the pipeline writes to is waited for, however slow it is.
"""

import os
import select
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from tchat.domain.errors import UsageError
from tchat.media.attachment import LARGEST

SILENCE = 1.0
"""Seconds that a pipe may be silent before its writer is looked for."""
PATIENCE = 10.0
"""Seconds to wait where the writer cannot be found out."""
_BLOCK = 1 << 16


def is_piped() -> bool:
    """Whether standard input is a pipe, a file or a socket: something to read without a person typing."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def read_piped(note: Callable[[str], None], *, wait: bool) -> bytes:
    """Return everything on standard input; empty if it stays silent and need not be waited for.

    Args:
        note: tells the user why the program waits, or why it does not.
        wait: whether the input is needed, so that silence is waited out.

    Raises:
        UsageError: standard input is closed, or has more than anything takes.
    """
    try:
        if not wait and not _has_bytes(note):
            return b""
        blocks: list[bytes] = []
        size = 0
        while block := os.read(0, _BLOCK):
            blocks.append(block)
            size += len(block)
            if size > LARGEST:
                raise UsageError(
                    f"standard input has more than {LARGEST:,} bytes", hint="pipe in less, or attach a file with -a"
                )
    except OSError as error:
        raise UsageError(f"cannot read standard input: {error.strerror}") from error
    return b"".join(blocks)


def _has_bytes(note: Callable[[str], None]) -> bool:
    if _readable(SILENCE):
        return True
    if _written_by_pipeline():
        note("waiting for standard input")
        return True
    if _readable(0.0 if sys.platform == "linux" else PATIENCE):
        return True  # on Linux: its writer wrote and ended while it was looked for
    note("standard input is open but silent: going on without it (`-` waits for it)")
    return False


def _readable(seconds: float) -> bool:
    if not stat.S_ISFIFO(os.fstat(0).st_mode) and not stat.S_ISSOCK(os.fstat(0).st_mode):
        return True
    return bool(select.select([0], [], [], seconds)[0])


def _written_by_pipeline() -> bool:
    """Whether a process that did not start this one holds the pipe's other end (Linux only)."""
    proc = Path("/proc")
    try:
        pipe = (proc / "self/fd/0").readlink()
    except OSError:
        return False
    ancestors = _ancestors(proc)
    for process in proc.iterdir():
        if process.name.isdigit() and int(process.name) not in ancestors and _writes_to(process, pipe):
            return True
    return False


def _ancestors(proc: Path) -> set[int]:
    process, found = os.getpid(), set[int]()
    while process > 0:
        found.add(process)
        try:
            fields = (proc / str(process) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            break
        process = int(fields[1])
    return found


def _writes_to(process: Path, pipe: Path) -> bool:
    try:
        for descriptor in (process / "fd").iterdir():
            if descriptor.readlink() == pipe:
                flags = (process / "fdinfo" / descriptor.name).read_text().split("flags:")[1].split()[0]
                if int(flags, 8) & os.O_ACCMODE != os.O_RDONLY:
                    return True
    except OSError:
        return False  # another user's process, or one that has just ended
    return False
