"""Blocks that hold text, while they are open: each takes lines and gives pieces as soon as they are final."""

import re
from copy import copy
from typing import Self

from tchat.markdown.cursor import Cursor
from tchat.markdown.pieces import (
    Align,
    CodeHead,
    CodeLines,
    CodeTail,
    Formula,
    LiteralLines,
    Piece,
    TableHead,
    TableRow,
    Text,
)

LONG_PARAGRAPH = 4_000
"""Characters after which a paragraph is continued as a piece of its own, from the next line or the next cut on."""
CODE_LINES, MOST_CODE_LINES, MOST_CODE = 40, 80, 3_000
"""Lines after which code is cut at a blank line, and lines and characters after which it is cut anywhere."""
FITTED_ROWS = 40
"""Rows that a table's columns are fitted to."""

_DELIMITER = re.compile(r":?-+:?")
_PIPE = re.compile(r"(?<!\\)\|")


class Paragraph:
    """Lines of text."""

    def __init__(self, *, follows: bool = False) -> None:
        self.lines: list[str] = []
        self.size = 0
        self.follows = follows

    def copy(self) -> Self:
        """Return the same state, to be continued apart."""
        other = copy(self)
        other.lines = self.lines.copy()
        return other

    def add(self, text: str, *, is_cut: bool = False) -> list[Piece]:
        """Take a line, or, if it `is_cut`, a piece of one that the next piece continues."""
        pieces = self._part(" ") if self.size >= LONG_PARAGRAPH else []
        self.lines.append(text)
        self.size += len(text)
        if is_cut:
            pieces += self._part(" " if text.endswith(" ") else "")
        return pieces

    def _part(self, glue: str) -> list[Piece]:
        """Give away what there is so far."""
        part = Text(text=self._text(), follows=self.follows, glue=glue)
        self.lines, self.size, self.follows = [], 0, True
        return [part]

    def finish(self) -> list[Piece]:
        """Return what has not been given yet, now that no line follows."""
        return [Text(text=self._text(), follows=self.follows)] if self.lines else []

    def heading(self, level: int) -> list[Piece]:
        """Return the paragraph as a heading."""
        return [Text(text=self._text(), heading=level)]

    def _text(self) -> str:
        return "".join(line.lstrip(" \t") for line in self.lines).rstrip(" \t\n")


class Code:
    """A code block, fenced or indented."""

    def __init__(self, number: int, info: str = "", *, fence: str = "", indent: int = 0) -> None:
        """Begin the block of that number; without a `fence` it is an indented one."""
        self.head = CodeHead(number, info)
        self.fence = fence
        self.indent = indent
        """Columns of white space that lines lose, as the fence has them."""
        self.lines: list[str] = []
        self.size = 0
        self.blanks: list[str] = []

    def copy(self) -> Self:
        """Return the same state, to be continued apart."""
        other = copy(self)
        other.lines, other.blanks = self.lines.copy(), self.blanks.copy()
        return other

    def is_closed_by(self, cursor: Cursor) -> bool:
        """Whether a line is the closing fence."""
        ahead = cursor.ahead.rstrip(" \t")
        return cursor.indent < 4 and len(ahead) >= len(self.fence) and ahead == self.fence[0] * len(ahead)  # noqa: PLR2004

    def add(self, text: str) -> list[Piece]:
        """Take a line."""
        if not text.strip(" \t\n"):
            self.blanks.append(text)
            return []
        pieces: list[Piece] = []
        count = len(self.lines)
        if (count >= CODE_LINES and self.blanks) or count >= MOST_CODE_LINES or self.size >= MOST_CODE:
            pieces = self._flush()
        self.lines += [*self.blanks, text]
        self.size += len(text)
        self.blanks.clear()
        return pieces

    def finish(self) -> list[Piece]:
        """Return what has not been given yet, now that no line follows."""
        return [*self._flush(), CodeTail(tuple(self.blanks) if self.fence else ())]

    def _flush(self) -> list[Piece]:
        pieces: list[Piece] = [CodeLines(info=self.head.info, lines=tuple(self.lines))] if self.lines else []
        self.lines, self.size = [], 0
        return pieces


class Html:
    """Lines that look like HTML; each is final at once."""

    def __init__(self, end: re.Pattern[str] | None) -> None:
        """Begin a block that ends with a line in which `end` is found; without it, at a blank line."""
        self.end = end
        self.blanks: list[str] = []
        self.follows = False

    def copy(self) -> Self:
        """Return the same state, to be continued apart."""
        other = copy(self)
        other.blanks = self.blanks.copy()
        return other

    def add(self, text: str) -> list[Piece]:
        """Take a line."""
        if not text.strip(" \t\n"):
            self.blanks.append(text)
            return []
        lines = LiteralLines((*self.blanks, text), follows=self.follows)
        self.blanks.clear()
        self.follows = True
        return [lines]

    def finish(self) -> list[Piece]:
        """Return what has not been given yet, now that no line follows."""
        return []


class Display:
    """A formula on lines of its own, until what closes it; without that it is a paragraph."""

    def __init__(self, closing: str) -> None:
        self.closing = closing
        self.lines: list[str] = []

    def copy(self) -> Self:
        """Return the same state, to be continued apart."""
        other = copy(self)
        other.lines = self.lines.copy()
        return other

    @property
    def is_closed(self) -> bool:
        """Whether what closes it has come."""
        text = "".join(self.lines).strip()
        return len(text) >= 2 * len(self.closing) and text.endswith(self.closing)

    @property
    def is_long(self) -> bool:
        """Whether it is longer than a formula can be."""
        return sum(map(len, self.lines)) >= LONG_PARAGRAPH

    def add(self, text: str) -> list[Piece]:
        """Take a line."""
        self.lines.append(text)
        return []

    def finish(self) -> list[Piece]:
        """Return what has not been given yet, now that no line follows."""
        text = "".join(self.lines).strip()
        return [Formula(text) if self.is_closed else Text(text=text)]


class Table:
    """A table."""

    def __init__(self, header: tuple[str, ...], aligns: tuple[Align, ...]) -> None:
        self.header = header
        self.aligns = aligns
        self.rows: list[tuple[str, ...]] = []
        self.is_fitted = False

    def copy(self) -> Self:
        """Return the same state, to be continued apart."""
        other = copy(self)
        other.rows = self.rows.copy()
        return other

    def add(self, text: str) -> list[Piece]:
        """Take a line."""
        row = cells(text)
        wide = len(self.header)
        row = (*row[: wide - 1], " | ".join(row[wide - 1 :])) if len(row) > wide else (*row, *[""] * (wide - len(row)))
        if self.is_fitted:
            return [TableRow(row)]
        self.rows.append(row)
        return self.finish() if len(self.rows) >= FITTED_ROWS else []

    def finish(self) -> list[Piece]:
        """Return what has not been given yet, now that no line follows."""
        if self.is_fitted:
            return []
        self.is_fitted = True
        head = TableHead(header=self.header, aligns=self.aligns, rows=tuple(self.rows))
        self.rows = []
        return [head]


Leaf = Paragraph | Code | Html | Display | Table


def cells(line: str) -> tuple[str, ...]:
    """Return the cells of a table's line."""
    inside = line.strip()
    parts = [part.replace("\\|", "|").strip() for part in _PIPE.split(inside)]
    if parts and not parts[0]:
        parts.pop(0)
    if parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def table_from(header: str, line: str) -> Table | None:
    """Return the table that two lines begin: its header, and the line of dashes under it; None if they do not."""
    if "-" not in line or "|" not in header or not ("|" in line or ":" in line) or line.strip(" \t|:-\n"):
        return None
    columns = [part.strip() for part in line.strip().removeprefix("|").removesuffix("|").split("|")]
    if not all(_DELIMITER.fullmatch(column) for column in columns):
        return None
    names = cells(header)
    if len(names) != len(columns):
        return None
    return Table(names, tuple([_align(column) for column in columns]))


def _align(dashes: str) -> Align:
    if dashes.endswith(":"):
        return "center" if dashes.startswith(":") else "right"
    return "left"
