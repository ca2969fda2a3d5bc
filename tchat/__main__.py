"""The program: `tchat` and `python -m tchat`."""

import os
import sys


def main() -> None:
    """Run the command line; what it costs to start is what the command itself needs."""
    _open_standard_streams()
    if sys.argv[1:] == ["--version"]:
        from tchat import __version__

        sys.stdout.write(f"tchat {__version__}\n")
        return
    from tchat import collecting

    collecting.pause()
    from tchat.cli.main import run

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


if __name__ == "__main__":
    main()
