"""Lines to be read, each with the passages that are drawn otherwise: what a `LongText` shows."""

from collections.abc import Sequence

from tchat.domain.text import printable
from tchat.tui.widgets.long_text import Ink, Span

Piece = str | tuple[str, Ink]
"""A passage of a line, plain or in an ink."""


class Page:
    """Lines in the order in which they are added."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.cropped: set[int] = set()
        """Lines that are cut where the view ends, instead of folded."""
        self.hang = 0
        """Cells by which what is folded stands further right."""
        self._spans: dict[int, tuple[Span, ...]] = {}

    def add(self, *pieces: Piece) -> None:
        """Add one line of pieces that stand beside each other; without any, an empty line."""
        text, spans = "", list[Span]()
        for piece in pieces:
            words, ink = (piece, None) if isinstance(piece, str) else piece
            words = printable(words).replace("\n", " ").expandtabs(4)
            if ink is not None and words:
                spans.append(Span(len(text), len(text) + len(words), ink))
            text += words
        self.lines.append(text.rstrip())
        if spans:
            self._spans[len(self.lines) - 1] = tuple(spans)

    def add_text(self, text: str, ink: Ink | None = None) -> None:
        """Add a text of any number of lines."""
        for line in printable(text).split("\n"):
            self.add((line, ink) if ink is not None else line)

    def paint(self, number: int, _: str) -> Sequence[Span]:
        """Return how a line is drawn."""
        return self._spans.get(number, ())
