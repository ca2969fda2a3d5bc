"""Telling of a changed draft soon, and not at every key.

Law: a change is told `DRAFT_SECONDS` after it at the latest, and a draft that is known is not told again.
"""

from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

from tchat.domain.draft import Draft

DRAFT_SECONDS = 0.3


class DraftTeller:
    """Watches over what the screen knows of a draft."""

    def __init__(self, pump: MessagePump, read: Callable[[], Draft], tell: Callable[[Draft], object]) -> None:
        self._pump = pump
        self._read = read
        self._tell = tell
        self._known = Draft()
        self._timer: Timer | None = None

    def changed(self) -> None:
        """Tell soon. This is cheap: the draft is not looked at."""
        if self._timer is None and self._pump.is_running:
            self._timer = self._pump.set_timer(DRAFT_SECONDS, self.tell_now)

    def tell_now(self) -> None:
        """Tell at once if there is anything to tell."""
        draft = self._read()
        if draft != self._known:
            self.know(draft)
            self._tell(draft)
        self._stop()

    def know(self, draft: Draft) -> None:
        """Take the draft as known."""
        self._known = draft
        self._stop()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
