"""Where a passage that a search found stands in a message, which is shown in other words where it is Markdown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tchat.markdown.line import Line

if TYPE_CHECKING:
    from tchat.store.matching import Piece


def line_with(lines: Sequence[Line], passage: "Sequence[Piece]") -> int:
    """Return the first line that holds most of what was found, and of the words around it."""
    found = {piece.text.casefold() for piece in passage if piece.is_match}
    around = {word.casefold() for piece in passage for word in piece.text.split()}

    def likeness(line: Line) -> tuple[int, int]:
        text = line.text.casefold()
        return sum(word in text for word in found), sum(word in text for word in around)

    counts = [likeness(line) for line in lines]
    return counts.index(max(counts))
