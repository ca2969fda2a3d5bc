"""What the transcript tells: what is to be done, what was clicked, and what was typed after leaving it."""

from textual import events
from textual.message import Message

from tchat.tui.entry import Entry
from tchat.tui.widgets.line_scrollbar import LineScrollView


class TranscriptMessages(LineScrollView):
    """The transcript's messages; all bubble up to the screen."""

    class Acted(Message):
        """The user wants something done with the chosen message."""

        def __init__(self, control: "TranscriptMessages", action: str, entry: Entry) -> None:
            super().__init__()
            self.transcript = control
            self.action = action
            """One of the names in the bindings: `copy`, `edit`, `again`, …"""
            self.entry = entry

    class Left(Message):
        """The user goes back to writing."""

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
        """An attachment was clicked: its name or what it looks like."""

        def __init__(self, entry: Entry, number: int) -> None:
            super().__init__()
            self.entry = entry
            self.number = number
            """The attachment's place in the message."""
