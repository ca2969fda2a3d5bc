"""The text that is being written, and the keys that write it.

Law: keys act in the order in which they were pressed. Textual runs a binding only after its key has travelled up to
the app, while letters act at once; here every key of the composer acts before the next one is looked at.
"""

from typing import ClassVar, Protocol

from textual import events
from textual.actions import SkipAction
from textual.binding import BindingType

from tchat.tui.pastes import Pastes, cleaned
from tchat.tui.recall import Recall
from tchat.tui.widgets.composer_keys import TEXT_KEYS
from tchat.tui.widgets.marked_area import MarkedArea

_CHORDS = ("alt+", "super+", "hyper+", "meta+")


class Desk(Protocol):
    """What the text lies on: it is told of keys, pastes and edits at once."""

    async def press(self, key: str) -> bool:
        """Act on a key that is no letter; return whether there was anything to do."""
        ...

    def passes_on(self, key: events.Key) -> bool:
        """Hand a key to another part if keys belong there by now; return whether they do."""
        ...

    async def receive(self, text: str) -> None:
        """Take in what the terminal pasted."""
        ...

    def edited(self) -> None:
        """Notice that the text has changed."""
        ...


class PromptArea(MarkedArea, inherit_bindings=False):
    """A text area whose keys leave the app's keys alone."""

    BINDINGS: ClassVar[list[BindingType]] = TEXT_KEYS

    def __init__(self, desk: Desk, pastes: Pastes) -> None:
        self._desk = desk
        self.recall = Recall()
        """Earlier prompts, among which this text stands."""
        self._recalled = ""
        super().__init__(pastes, placeholder="Type a message…")

    # --- keys and pastes, in their order

    async def _on_key(self, event: events.Key) -> None:
        if self._desk.passes_on(event):
            event.stop()
            event.prevent_default()
        elif event.is_printable:
            if event.key.startswith(_CHORDS) and await self._desk.press(event.key):
                event.stop()
            if event.key.startswith(_CHORDS):
                event.prevent_default()  # Alt with a letter is no letter
        elif await self._desk.press(event.key.replace("\r", "enter")):
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        await self._desk.receive(event.text)

    def update_suggestion(self) -> None:
        """Tell of an edit: Textual calls this after each, undone ones included."""
        self._desk.edited()

    # --- what it holds

    @property
    def is_empty(self) -> bool:
        """Whether there is not one character."""
        return self.document.end == (0, 0)

    @property
    def is_on_first_row(self) -> bool:
        """Whether the cursor is on the uppermost row that is drawn, lines being wrapped."""
        return self.navigator.is_first_wrapped_line(self.cursor_location)

    @property
    def is_on_last_row(self) -> bool:
        """Whether the cursor is on the lowest row."""
        return self.navigator.is_last_wrapped_line(self.cursor_location)

    @property
    def stands_recalled(self) -> bool:
        """Whether this is an earlier prompt that was not edited."""
        return self.recall.is_back and self.text == self._recalled

    def begin(self, text: str) -> None:
        """Hold another text, the cursor at its end and nothing to undo."""
        self.recall.begin_anew()
        self.load_text(text)
        self.move_cursor(self.document.end)

    def write(self, text: str) -> None:
        """Put text in place of the selection, as one step of undo."""
        self.history.checkpoint()
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)

    def rewrite(self, text: str) -> None:
        """Put another text in place of all, as one step of undo."""
        self.history.checkpoint()
        self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)
        self.history.checkpoint()

    def replace_word(self, start: int, text: str) -> None:
        """Put text in place of what stands between a column of the cursor's line and the cursor."""
        row, column = self.cursor_location
        self.history.checkpoint()
        self.replace(text, (row, start), (row, column), maintain_selection_offset=False)

    def begin_line(self, *, after_backslash: bool = False) -> bool:
        """Begin a new line; `after_backslash` only in place of a backslash that ends the line. Return whether."""
        row, column = self.cursor_location
        if not after_backslash:
            self._replace_via_keyboard("\n", *self.selection)
            return True
        line = self.document.get_line(row)
        if not (self.selection.is_empty and column == len(line) and line.endswith("\\")):
            return False
        self._replace_via_keyboard("\n", (row, column - 1), (row, column))
        return True

    def recall_older(self) -> None:
        """Recall the prompt before the one that stands here; in a long text of one's own go to its start first."""
        if not (self.is_on_first_row or self.stands_recalled):
            self.move_cursor((0, 0))
        elif (text := self.recall.older(self.text)) is not None:
            self._show_recalled(text)
            self.move_cursor((0, len(self.document.get_line(0))))

    def recall_newer(self) -> None:
        """Recall the prompt after the one that stands here; in a long text of one's own go to its end first."""
        if not (self.is_on_last_row or self.stands_recalled):
            self.move_cursor(self.document.end)
        elif (text := self.recall.newer(self.text)) is not None:
            self._show_recalled(text)

    def _show_recalled(self, text: str) -> None:
        self._recalled = self._pastes.fold_long_lines(cleaned(text))
        self.rewrite(self._recalled)

    # --- actions

    def action_cursor_page_up(self) -> None:
        """Go up by a page where there is more than one, else leave the key to the screen."""
        self._skip_unless_scrolling()
        super().action_cursor_page_up()

    def action_cursor_page_down(self) -> None:
        """Go down by a page where there is more than one, else leave the key to the screen."""
        self._skip_unless_scrolling()
        super().action_cursor_page_down()

    def _skip_unless_scrolling(self) -> None:
        if not self.max_scroll_y:
            raise SkipAction
