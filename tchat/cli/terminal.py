"""What an output stream can show, decided once."""

import importlib
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from msgspec import Struct


class Terminal(Struct, frozen=True, kw_only=True):
    """One output stream."""

    styled: bool
    """Whether lines may be redrawn and rendered: it is a terminal that understands it."""
    colour: bool
    """Whether colours may be used; never without `styled`."""
    width: int = 80
    height: int = 24

    @classmethod
    def of(cls, stream: IO[str], environ: Mapping[str, str]) -> "Terminal":
        """Return what a stream can show: nothing but text where it is no terminal, or a dumb one.

        `NO_COLOR` (https://no-color.org) takes the colours away, and nothing else.
        """
        styled = stream.isatty() and environ.get("TERM", "") not in {"", "dumb"}
        colour = styled and not environ.get("NO_COLOR")
        try:
            size = os.get_terminal_size(stream.fileno()) if styled else None
        except OSError:
            size = None
        if size is None or not size.columns or not size.lines:
            return cls(styled=styled, colour=colour)
        return cls(styled=styled, colour=colour, width=size.columns, height=size.lines)


def is_plain(stream: IO[str], environ: Mapping[str, str]) -> bool:
    """Whether a conversation goes line by line: a screen reader needs it (`ACCESSIBLE`), or no more can be shown."""
    return bool(environ.get("ACCESSIBLE")) or not Terminal.of(stream, environ).styled


def share_place(first: IO[str], second: IO[str]) -> bool:
    """Whether what is written to two streams stands in one place: a terminal, or a pipe or file that takes both."""
    try:
        places = [os.fstat(stream.fileno()) for stream in (first, second)]
    except (OSError, ValueError):  # one of them is no file
        return False
    return (places[0].st_dev, places[0].st_ino) == (places[1].st_dev, places[1].st_ino)


@contextmanager
def unechoed() -> Generator[None]:
    """Keep what is typed ahead from being shown in the middle of an answer; it is read, and shown, afterwards."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield
        return
    termios: Any = importlib.import_module("termios")
    before = termios.tcgetattr(0)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(0, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
