"""A screen with a line to type in, which loses nothing that is typed while it opens."""

from textual import events
from textual.screen import Screen, ScreenResultType
from textual.widgets import Input
from textual.widgets.input import Selection


class QueryScreen(Screen[ScreenResultType]):
    """Stands before the kind of screen among the bases of a screen, which calls `begin_typing` when it is mounted."""

    _typed_ahead = ""

    def on_key(self, event: events.Key) -> None:
        """Keep what is typed before there is a line to type in."""
        if self.focused is None and event.is_printable:
            self._typed_ahead += event.character or ""
            event.stop()

    def begin_typing(self, line: Input, text: str = "") -> None:
        """Go to the line with what was typed meanwhile, or with a text that the next key replaces."""
        line.select_on_focus = False
        line.value = self._typed_ahead or text
        start = len(line.value) if self._typed_ahead else 0
        line.selection = Selection(start, len(line.value))
        self.set_focus(line)
