"""The program: `tchat` and `python -m tchat`."""

import sys


def main() -> None:
    """Run the command line; what it costs to start is what the command itself needs."""
    if sys.argv[1:] == ["--version"]:
        from tchat import __version__

        sys.stdout.write(f"tchat {__version__}\n")
        return
    from tchat.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
