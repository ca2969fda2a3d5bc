"""What the composer tells the screen."""

from collections.abc import Sequence
from pathlib import Path

from textual.containers import Vertical
from textual.message import Message

from tchat.domain.draft import Draft
from tchat.domain.message import Attachment
from tchat.tui.widgets.chips import Way


class ComposerMessages(Vertical):
    """The composer's messages; all bubble up to the screen."""

    class Sent(Message):
        """A message is to be sent; `take` takes it away here."""

        def __init__(self, draft: Draft, written: Draft) -> None:
            super().__init__()
            self.draft = draft
            """Without a queue."""
            self.written = written
            """As it stood here."""

    class SentNothing(Message):
        """Enter was pressed, and there is nothing to send."""

    class DraftChanged(Message):
        """What is being written is another, queue included."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class CommandGiven(Message):
        """A known command is to be carried out; it is no longer in the text."""

        def __init__(self, name: str, argument: str) -> None:
            super().__init__()
            self.name = name
            self.argument = argument
            """Pastes in place of their marks; empty if there was none."""

    class Refused(Message):
        """What was asked for cannot be done; nothing has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text
            """Why, for a notice."""

    class FilesChosen(Message):
        """Files were named to be attached."""

        def __init__(self, paths: Sequence[Path]) -> None:
            super().__init__()
            self.paths = paths

    class TemplateChosen(Message):
        """A template was named; its word is no longer in the text."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class PathsPasted(Message):
        """Existing pictures, PDFs, audio or video files were pasted or dropped by their paths."""

        def __init__(self, paths: Sequence[Path]) -> None:
            super().__init__()
            self.paths = paths

    class ClipboardPasted(Message):
        """The clipboard is to be looked at: for a picture, then for text."""

    class AttachmentOpened(Message):
        """An attachment is to be seen."""

        def __init__(self, parts: Sequence[Attachment], index: int, way: Way) -> None:
            super().__init__()
            self.parts = parts
            """All that there are."""
            self.index = index
            self.way: Way = way

    class EditorAsked(Message):
        """The draft is to be written in the user's own editor."""

    class Stopped(Message):
        """Escape was pressed, and there was nothing to close here."""

    class CursorLeftUp(Message):
        """The cursor went up out of an empty composer."""
