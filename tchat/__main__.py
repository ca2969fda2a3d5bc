"""The program: `tchat` and `python -m tchat`."""

import contextlib
import io
import os
import sys
from typing import TextIO

_UNFORGIVING = frozenset({"strict", "surrogateescape"})
"""Ways of writing what an encoding has not that end in an error; any other one is somebody's wish."""


def main() -> None:
    """Run the command line; what it costs to start is what the command itself needs."""
    _open_standard_streams()
    if sys.argv[1:] == ["--version"]:
        from tchat import __version__

        with contextlib.suppress(OSError):  # the command line says what is wrong with the stream
            sys.stdout.write(f"tchat {__version__}\n")
            sys.stdout.flush()
            return
    try:
        from tchat import collecting

        collecting.pause()
        from tchat.cli.main import run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))


def _open_standard_streams() -> None:
    """Have streams that were closed before tchat was started lead nowhere: no file of ours takes their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        _let_all_through(stream)


def _let_all_through(stream: TextIO) -> None:
    """Have a stream take every character: a terminal shows `?` for those that it has not, a pipe has UTF-8."""
    if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
        if stream.isatty() or "PYTHONIOENCODING" in os.environ:
            if stream.errors in _UNFORGIVING:
                stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8")


if __name__ == "__main__":
    main()
