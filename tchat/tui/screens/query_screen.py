"""A screen with a line to type in, which loses nothing that is typed while it opens."""

from textual import events
from textual.screen import Screen, ScreenResultType
from textual.widgets import Input
from textual.widgets.input import Selection


class QueryScreen(Screen[ScreenResultType]):
    """Stands before the kind of screen among the bases of a screen, which calls `begin_typing` when it is mounted."""

    _typed_ahead = ""
    """What was typed before there was a line to type in."""
    _offered = ""
    """What stood in the line at first, for the next key to replace."""

    def on_key(self, event: events.Key) -> None:
        """Keep what is typed before there is a line to type in, also if it arrives when there is one.

        The line lets no character through: one that arrives here was on its way when the line took the focus.
        """
        if not event.is_printable or event.character is None:
            return
        if isinstance(self.focused, Input):
            self._put_ahead(self.focused, event.character)
            event.stop()
        elif self.focused is None:
            self._typed_ahead += event.character
            event.stop()

    def begin_typing(self, line: Input, text: str = "") -> None:
        """Go to the line with what was typed meanwhile, or with a text that the next key replaces."""
        line.select_on_focus = False
        self._offered = "" if self._typed_ahead else text
        line.value = self._typed_ahead or text
        line.selection = Selection(len(self._typed_ahead), len(line.value))
        self.set_focus(line)

    def _put_ahead(self, line: Input, character: str) -> None:
        """Put a character after those that were typed before it, and before those the line got itself."""
        value, cursor, place = line.value, line.cursor_position, len(self._typed_ahead)
        if self._offered and value == self._offered:
            value, cursor = "", 0
        self._typed_ahead += character
        self._offered = ""
        line.value = value[:place] + character + value[place:]
        line.cursor_position = cursor + 1
