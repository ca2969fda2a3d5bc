"""A screen that tells its user what goes on, and does what takes a while or may fail."""

import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

from textual.notifications import SeverityLevel
from textual.screen import Screen

from tchat.domain.errors import TchatError
from tchat.domain.text import printable

_NOTE_SECONDS = 5.0
_TROUBLE_SECONDS = 12.0


class SpeakingScreen(Screen[None]):
    """Notes and errors come up in a corner, never as markup and without what would command the terminal."""

    _doing = 0
    """How many things are being done."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}
        """The notes that can be seen, and until when."""

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """Tell the user something in passing."""
        self._tell(text, severity, _NOTE_SECONDS)

    def trouble(self, error: TchatError) -> None:
        """Tell what went wrong and what to do."""
        self._tell(error.in_full, "error", _TROUBLE_SECONDS)

    def _tell(self, text: str, severity: SeverityLevel, lasts: float) -> None:
        """Show a note, unless the same one is still there."""
        now = time.monotonic()
        self._told = {said: until for said, until in self._told.items() if until > now}
        if text not in self._told:
            self._told[text] = now + lasts
            self.notify(printable(text), severity=severity, markup=False, timeout=lasts)

    def do(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do something that may take a while or fail, and tell if it did."""
        self.run_worker(partial(self._done, work), group="doing")

    async def _done(self, work: Callable[[], Awaitable[None]]) -> None:
        self._doing += 1
        try:
            await work()
        except TchatError as error:
            self.trouble(error)
        finally:
            self._doing -= 1
