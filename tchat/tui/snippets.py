"""The passage that a search found, on one line: the first match is on it, however long the passage is."""

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells

from tchat.domain.text import printable
from tchat.store.search import Piece

_BLANKS = re.compile(r"\s+")
_CUT = "…"
_LEAD = 3
"""What stands before the match takes at most one part in so many."""


def snippet_line(pieces: Iterable[Piece], width: int) -> tuple[Piece, ...]:
    """Return the pieces, printable and in at most `width` cells, around the first match."""
    line = [Piece(_BLANKS.sub(" ", printable(piece.text)), piece.is_match) for piece in pieces]
    if _fits(line, width):
        return tuple(piece for piece in line if piece.text)
    first = next((number for number, piece in enumerate(line) if piece.is_match), 0)
    lead = _tail("".join(piece.text for piece in line[:first]), width, cell_len(line[first].text) if line else 0)
    return _head([Piece(lead, is_match=False), *line[first:]], width)


def _tail(lead: str, width: int, match: int) -> str:
    """Return the end of what stands before a match of so many cells, all of it if there is room."""
    if cell_len(lead) + match < width:
        return lead
    room = max(0, min(width // _LEAD, width - match) - len(_CUT))
    cells = start = 0
    for start in range(len(lead), 0, -1):
        cells += cell_len(lead[start - 1])
        if cells > room:
            break
    else:
        return lead
    kept = lead[start:]
    return _CUT + (kept.partition(" ")[2] or kept)


def _head(pieces: Sequence[Piece], width: int) -> tuple[Piece, ...]:
    """Return as much of the pieces as has room; an ellipsis if that is not all."""
    if _fits(pieces, width):
        return tuple(piece for piece in pieces if piece.text)
    kept: list[Piece] = []
    room = width - len(_CUT)
    for piece in pieces:
        text = _start(piece.text, room)
        if text:
            kept.append(Piece(text, piece.is_match))
        room -= cell_len(text)
        if text != piece.text:
            break
    return (*kept, Piece(_CUT, is_match=False)) if width > 0 else ()


def _start(text: str, room: int) -> str:
    """Return as much of a text as has room, characters left whole."""
    if cell_len(text) <= room:
        return text
    return next(iter(chop_cells(text, room)), "") if room > 0 else ""


def _fits(pieces: Iterable[Piece], width: int) -> bool:
    return cell_len("".join(piece.text for piece in pieces)) <= width
