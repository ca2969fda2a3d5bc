"""tchat's interface, started and left in a terminal."""

import sys
import time
from pathlib import Path

from tests.benchmarks.homes import Home
from tests.benchmarks.terminal import Terminal, cpu_seconds

COMPOSER = "Type a message"
"""What an empty composer shows."""
TCHAT = (str(Path(sys.executable).parent / "tchat"),)
_IDLE = 0.1
"""Share of a core below which nothing is under way; the cursor blinks and the database is looked at."""


class Program:
    """tchat in a terminal, with somebody's files."""

    def __init__(self, pane: Terminal, home: Home, command: tuple[str, ...] = TCHAT) -> None:
        self.pane = pane
        self._home = home
        self._command = command

    def start(self, *arguments: str) -> float:
        """Start it and return when that was."""
        return self.pane.run([*self._command, *arguments], self._home.environ)

    def open(self, *arguments: str) -> None:
        """Start it and wait until it has done everything that it does by itself."""
        self.start(*arguments)
        self.pane.wait_for(COMPOSER)
        self.rest()

    def rest(self) -> None:
        """Wait until nothing is under way."""
        process = self.pane.process
        used = cpu_seconds(process)
        share = 1.0
        while share > _IDLE:
            time.sleep(0.5)
            before, used = used, cpu_seconds(process)
            share = (used - before) / 0.5

    def leave(self) -> None:
        """Leave it and wait until it is gone."""
        self.pane.press("C-q")
        self.pane.wait_until(lambda _: self.pane.is_over)
