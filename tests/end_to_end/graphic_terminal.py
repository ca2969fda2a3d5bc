"""A terminal that has graphics: it answers as kitty or as one with sixels, and keeps what it is told to draw."""

import os
import pty
import select
import struct
import time
from collections.abc import Callable
from contextlib import suppress

from tests.end_to_end.running import Shell
from tests.servers import ROOT

ANSWERS = {"kitty": b"\x1b_Gi=3407;OK\x1b\\\x1b[?62;c", "sixel": b"\x1b[?62;4;22c"}
_QUESTION = b"\x1b[c"
CELL = (9, 18)
"""Pixels."""
SIZE = (100, 30)
"""Columns and rows."""


class GraphicTerminal:
    """Runs tchat on a pseudo-terminal.

    Args:
        shell: where.
        answer: what it says when it is asked for its attributes.
        size: columns and rows.
        colours: what it is said to have, beside 256.
    """

    def __init__(self, shell: Shell, answer: bytes, size: tuple[int, int] = SIZE, colours: str = "truecolor") -> None:
        import fcntl
        import termios

        self._answer = answer
        self.drawn = b""
        """All that was written to it."""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(ROOT)
            words = shell.command()
            os.execve(  # noqa: S606  # a terminal's program
                words[0], words, {**shell.environ, "TERM": "xterm-256color", "COLORTERM": colours}
            )
        columns, rows = size
        pixels = (columns * CELL[0], rows * CELL[1])
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, *pixels))

    def write(self, text: str) -> None:
        """Press keys, as the bytes that they send."""
        os.write(self._terminal, text.encode())

    def wait_for(self, what: str, holds: Callable[[bytes], object], seconds: float = 30) -> bytes:
        """Return what was drawn since the last call once something holds of it.

        Raises:
            AssertionError: it does not in time.
        """
        seen, deadline = b"", time.monotonic() + seconds
        while not holds(seen):
            assert time.monotonic() < deadline, f"{what} does not come: {seen[-300:]!r}"
            if select.select([self._terminal], [], [], 0.1)[0]:
                seen += self._read()
        return seen

    def _read(self) -> bytes:
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:  # nobody is at the other end any more
            return b""
        self.drawn += data
        if _QUESTION in data:
            os.write(self._terminal, self._answer)
        return data

    def end(self) -> int:
        """Close the terminal and return how tchat ended."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if select.select([self._terminal], [], [], 0.05)[0]:
                self._read()
            done, status = os.waitpid(self._pid, os.WNOHANG)
            if done:
                os.close(self._terminal)
                return os.waitstatus_to_exitcode(status)
        with suppress(ProcessLookupError):
            os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._terminal)
        raise AssertionError("tchat does not end")
