"""What the mouse does on the messages: it chooses them and what they show, and selects their text."""

from abc import abstractmethod

from textual import events
from textual.selection import Selection

from tchat.tui.entry import Entry
from tchat.tui.painting import BAR
from tchat.tui.selecting import paragraph_at, selected_text, word_at
from tchat.tui.viewport import Viewport
from tchat.tui.widgets.transcript_messages import TranscriptMessages


class TranscriptMouse(TranscriptMessages):
    """Takes clicks, and keeps what is selected."""

    @property
    @abstractmethod
    def view(self) -> Viewport:
        """What is seen of the entries."""

    @property
    @abstractmethod
    def entries(self) -> list[Entry]:
        """What is shown, top to bottom."""

    @abstractmethod
    def follow(self) -> None:
        """Go to the end and stay there while text comes."""

    @abstractmethod
    def choose_seen(self, index: int) -> None:
        """Choose a message that is seen, where it stands."""

    @abstractmethod
    def place(self) -> None:
        """Bring the screen to where the view is."""

    async def on_click(self, event: events.Click) -> None:
        """Choose the message under the mouse, or what it shows there; twice selects a word, three times a paragraph."""
        meta = event.style.meta
        if event.chain > 1:
            event.prevent_default()  # Textual selects everything
            self._select_at(event)
            return
        if self.text_selection is not None:
            return
        if "more" in meta:
            self.follow()
        elif "url" in meta:
            self.post_message(self.LinkChosen(str(meta["url"])))
        elif (row := self.view.row(event.y)) is not None:
            entry = self.entries[row.entry]
            if "code" in meta:
                self.post_message(self.CodeChosen(entry, int(meta["code"])))
            elif "attachment" in meta:
                self.post_message(self.AttachmentChosen(entry, int(meta["attachment"])))
            elif "picture" in meta:
                digests = [part.digest for part in entry.attachments]
                self.post_message(self.AttachmentChosen(entry, digests.index(str(meta["picture"]))))
            else:
                self.choose_seen(row.entry)

    def _select_at(self, event: events.Click) -> None:
        row = self.view.row(event.y)
        if row is not None:
            is_word = event.chain == 2  # noqa: PLR2004
            found = word_at(row, event.x, len(BAR)) if is_word else paragraph_at(self.view, row)
            self.screen.selections = {} if found is None else {self: found}

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        del selection
        self.place()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, wrapped lines joined."""
        return selected_text(self.view, selection, len(BAR)), "\n"
