"""What was clicked in the transcript, and what was typed there after the user went back to writing."""

from textual import events
from textual.message import Message

from tchat.tui.entry import Entry
from tchat.tui.widgets.line_scrollbar import LineScrollView


class TranscriptMessages(LineScrollView):
    """Some of the transcript's messages; all bubble up to the screen."""

    class TypedOn(Message):
        """A key was pressed after the user went back to writing, and before the focus did."""

        def __init__(self, key: events.Key) -> None:
            super().__init__()
            self.key = key

    class LinkChosen(Message):
        """A link was clicked."""

        def __init__(self, url: str) -> None:
            super().__init__()
            self.url = url

    class CodeChosen(Message):
        """The header of a code block was clicked."""

        def __init__(self, entry: Entry, number: int) -> None:
            super().__init__()
            self.entry = entry
            self.number = number
            """The block's number in the message, from 0."""

    class AttachmentChosen(Message):
        """The name of an attachment was clicked."""

        def __init__(self, entry: Entry, number: int) -> None:
            super().__init__()
            self.entry = entry
            self.number = number
            """The attachment's place in the message."""
