"""Entries of plain text, for tests of what shows entries."""

from rich.segment import Segment
from rich.style import Style

from tchat.markdown.line import Line
from tchat.tui.entry import Entry
from tchat.tui.palette import Palette
from tchat.tui.wrapping import wrapped


class Plain(Entry):
    """An entry of plain text whose estimate is as wrong as the test wants."""

    def __init__(self, key: str, text: str, guess: int) -> None:
        super().__init__(key, 1)
        self.words = text
        self._guess = guess
        self.rendered = 0

    @property
    def text(self) -> str:
        """The text."""
        return self.words

    def estimate(self, width: int) -> int:
        """Return the wrong height."""
        del width
        return self._guess

    def lines(self, width: int, palette: Palette) -> list[Line]:
        """Return the text, an empty line last."""
        self.rendered += 1
        return [*wrapped(self.words, width, palette.base), Line((Segment("", Style()),))]
