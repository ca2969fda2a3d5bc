"""What the transcript is made of: one message each, as lines at a width."""

from abc import ABC, abstractmethod

from tchat.domain.message import Attachment
from tchat.markdown.line import Line
from tchat.tui.palette import Palette


class Entry(ABC):
    """One message in the transcript."""

    def __init__(self, key: str, number: int) -> None:
        """Take the message's id and its place in the branch, from 1."""
        self.key = key
        self.number = number
        self.shows_reasoning = False
        """Whether the reasoning is unfolded."""

    @property
    def can_be_edited(self) -> bool:
        """Whether another wording of it can be sent."""
        return False

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What it holds beside its text."""
        return ()

    @property
    @abstractmethod
    def text(self) -> str:
        """What copying the whole message gives."""

    @abstractmethod
    def estimate(self, width: int) -> int:
        """Return about how many lines it takes, without rendering."""

    @abstractmethod
    def lines(self, width: int, palette: Palette) -> list[Line]:
        """Return its lines, an empty one last."""
