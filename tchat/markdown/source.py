"""A growing text as lines: the same ones, however the text arrives.

A line that is longer than any program should have to hold is cut into pieces, at a blank if there is one in reach.
"""

import unicodedata
from typing import NamedTuple

from tchat.domain.text import printable, steady

LONGEST = 4_000
"""Characters after which a line is cut at the next blank."""
_REACH = 400
"""How many characters further that blank is looked for."""
_SEPARATORS = str.maketrans("\u2028\u2029", "\n\n")
_JOINERS = {0x200D, 0xFE0E, 0xFE0F, 0x20E3}


class SourceLine(NamedTuple):
    """A line, or a piece of a long one, of printable text."""

    text: str
    """With its line end, which only the last piece of a line has; no other newline is in it."""
    continues: bool = False
    """Whether it is the second or a later piece."""
    is_cut: bool = False
    """Whether the next piece continues it."""


class Source:
    """Takes text in any pieces and gives lines."""

    def __init__(self) -> None:
        self._fed: list[str] = []
        self._carriage = ""
        self._open = ""
        self._continues = False

    def feed(self, text: str) -> None:
        """Take more of the text; this costs next to nothing."""
        self._fed.append(text)

    def take(self) -> list[SourceLine]:
        """Return the lines that have become complete."""
        if self._fed:
            text = self._carriage + "".join(self._fed)
            self._fed.clear()
            self._carriage = "\r" if text.endswith("\r") else ""
            self._open += steady(printable(text)).translate(_SEPARATORS)
        return self._cut()

    @property
    def rest(self) -> SourceLine | None:
        """The line that is not complete; None where there is none."""
        return SourceLine(self._open, self._continues) if self._open else None

    def _cut(self) -> list[SourceLine]:
        lines: list[SourceLine] = []
        *complete, last = self._open.split("\n")
        for line in complete:
            rest = self._pieces(line, lines)
            lines.append(SourceLine(rest + "\n", self._continues))
            self._continues = False
        self._open = self._pieces(last, lines)
        return lines

    def _pieces(self, line: str, lines: list[SourceLine]) -> str:
        """Add the pieces of a long line and return what is left of it."""
        start = 0
        while len(line) - start > LONGEST + _REACH:
            end = _place(line, start + LONGEST, start + LONGEST + _REACH)
            lines.append(SourceLine(line[start:end], self._continues, is_cut=True))
            self._continues = True
            start = end
        return line[start:]


def _place(line: str, first: int, last: int) -> int:
    """Return where a piece of a line ends: behind a blank, or else between two characters."""
    blank = line.find(" ", first, last)
    if blank >= 0:
        return blank + 1
    for place in range(first, last):
        if not (_joins(line[place]) or ord(line[place - 1]) in _JOINERS):
            return place
    return last


def _joins(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return ord(character) in _JOINERS or bool(unicodedata.combining(character))
