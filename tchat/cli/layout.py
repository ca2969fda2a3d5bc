"""Plain text in columns: as wide as a terminal shows it, cut where it has no room."""

import unicodedata
from collections.abc import Sequence

_ELLIPSIS = "…"
_GAP = "  "


def width_of(text: str) -> int:
    """Return how many cells of a terminal a line takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def cut(text: str, width: int) -> str:
    """Return as much of a line as `width` cells hold; what is left out shows as an ellipsis."""
    if width_of(text) <= width:
        return text
    kept, used = 0, 1
    while used + _cells(text[kept]) <= width:
        used += _cells(text[kept])
        kept += 1
    return text[:kept].rstrip() + _ELLIPSIS if width > 0 else ""


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return a line made `width` cells wide with blanks after it, or before it."""
    blanks = " " * max(width - width_of(text), 0)
    return blanks + text if right else text + blanks


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), gap: str = _GAP) -> list[str]:
    """Return rows as lines whose cells stand below each other; columns with a number in `right` end together."""
    count = max(map(len, rows), default=0)
    widths = [max((width_of(row[index]) for row in rows if index < len(row)), default=0) for index in range(count)]
    return [
        gap.join(padded(cell, widths[index], right=index in right) for index, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
