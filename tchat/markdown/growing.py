"""Markdown that grows, as lines of one width: what cannot change any more is laid out once."""

from tchat.markdown.blocks import Blocks
from tchat.markdown.layout import Layout
from tchat.markdown.line import Line
from tchat.markdown.look import Look
from tchat.markdown.source import Source


class Growing:
    """A text that is fed piece by piece.

    Law: once it is closed, its lines are those of `render`, however the text was cut.
    """

    def __init__(self, look: Look, width: int) -> None:
        """Lay out in `width` cells, at least ten."""
        self._fed: list[str] = []
        self._source = Source()
        self._blocks = Blocks()
        self._layout = Layout(look, width)
        self._lines: list[Line] = []
        self._is_fresh = True
        self._is_closed = False
        self.settled = 0
        """How many leading lines will never change; they stay the same objects."""

    @property
    def text(self) -> str:
        """What was fed so far."""
        if len(self._fed) > 1:
            self._fed = ["".join(self._fed)]
        return self._fed[0] if self._fed else ""

    def feed(self, text: str) -> None:
        """Take more of the text; this costs next to nothing."""
        self._fed.append(text)
        self._source.feed(text)
        self._is_fresh = False

    def lines(self) -> list[Line]:
        """Return the lines as they stand: always the same list, of which only what is not settled changes."""
        if not self._is_fresh:
            self._settle()
            self._draw()
            self._is_fresh = True
        return self._lines

    def close(self) -> None:
        """End the text: all its lines are settled."""
        if self._is_closed:
            return
        self._settle()
        self._end()
        self._is_closed = self._is_fresh = True

    def _settle(self) -> None:
        """Lay out for good what has become final."""
        for line in self._source.take():
            self._blocks.take(line)
        self._lay_out()

    def _end(self) -> None:
        rest = self._source.rest
        if rest is not None:
            self._blocks.take(rest)
        self._blocks.close()
        self._lay_out()

    def _lay_out(self) -> None:
        placed, self._blocks.placed = self._blocks.placed, []
        del self._lines[self.settled :]
        for piece in placed:
            self._lines += self._layout.take(piece)
        self.settled = len(self._lines)

    def _draw(self) -> None:
        """Lay out what is open, as if the text ended here."""
        blocks, layout = self._blocks.copy(), self._layout.draft()
        rest = self._source.rest
        if rest is not None and not blocks.would_close(rest):
            blocks.take(rest)
        blocks.close()
        for piece in blocks.placed:
            self._lines += layout.take(piece)
