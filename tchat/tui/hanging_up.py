"""A terminal that may be closed at any moment: what is written to it then goes nowhere.

Textual writes in a thread, which an error ends; then the program waits for ever until there is room for the next frame.
"""

from contextlib import suppress
from typing import IO, Any

from textual.driver import Driver


class Terminal:
    """A terminal's file, which takes no offence when the terminal is gone."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write a text, if there is anybody to read it."""
        with suppress(OSError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Have it read at once."""
        with suppress(OSError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever else a file has
        return getattr(self._file, name)


def outliving(driver: type[Driver]) -> type[Driver]:
    """Return a driver that goes on when its terminal is gone, until the program ends by itself."""

    class Outliving(driver):
        """Writes to a `Terminal`."""

        def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # what the driver takes
            super().__init__(*arguments, **options)
            file = getattr(self, "_file", None)
            if file is not None:
                self._file = Terminal(file)

    return Outliving
