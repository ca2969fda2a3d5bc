"""Long texts that stand in the composer as short marks.

Law: one mark stands for one text as long as the message is written, also where undo brings the mark back.
"""

import re
from collections.abc import Iterable

from tchat.domain.draft import Draft, Paste
from tchat.domain.text import one_line, printable

MOST_LINES = 20
"""Lines that a paste may have and still be shown as it is."""
MOST_CHARACTERS = 2_000
LONGEST_LINE = 8_000
"""Characters of a line that is edited: a longer one is wrapped anew too slowly at each key."""
_LONGEST_NAME = 40

Span = tuple[int, int]
"""Columns of a line: first and past the last."""


def cleaned(text: str) -> str:
    """Return pasted text without what would command a terminal, and with a newline for every kind of line end.

    Terminals paste a line end as a carriage return.
    """
    return printable(re.sub("\r\n?|[\u2028\u2029]", "\n", text))


def is_long(text: str) -> bool:
    """Whether a pasted text is better shown as a mark."""
    return len(text) > MOST_CHARACTERS or _lines(text) > MOST_LINES


def has_long_line(text: str) -> bool:
    """Whether a line is too long to be edited."""
    return len(text) > LONGEST_LINE and any(len(line) > LONGEST_LINE for line in text.split("\n"))


_DOCUMENT = re.compile(r'<document name="[^"\n]*">\n(.*)\n</document>\n*', re.DOTALL)
"""A file as it is sent."""


class Pastes:
    """The long texts of a message in the making, by their marks."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._number = 0
        self.labels: tuple[str, ...] = ()
        """Marks that stand for no text: those of attachments."""

    def fold(self, text: str, name: str = "pasted") -> str:
        """Return the mark that stands for `text`, for example `[pasted 143 lines #1]`; a file's own are counted."""
        document = _DOCUMENT.fullmatch(text)
        written = document[1] if document is not None else text
        many = _lines(written)
        size = f"{many:,} lines" if many > 1 else f"{len(written):,} characters"
        mark = self._free_mark(text, f"{_short(name)} {size}")
        self._texts[mark] = text
        return mark

    def fold_long_lines(self, text: str) -> str:
        """Return a text with a mark for each line that is too long to be edited."""
        if not has_long_line(text):
            return text
        lines = text.split("\n")
        return "\n".join(self.fold(self.whole(line)) if len(line) > LONGEST_LINE else line for line in lines)

    def whole(self, text: str) -> str:
        """Return a text with every paste in place of its mark."""
        return Draft(text=text, pastes=self.used_in(text)).full_text

    def adopt(self, text: str, pastes: Iterable[Paste]) -> str:
        """Return a draft's text, its marks renamed where they stand for another text already."""
        for paste in pastes:
            mark = paste.mark
            if self._texts.get(mark, paste.text) != paste.text:
                mark = self._free_mark(paste.text, re.sub(r"^\[| #\d+\]$|\]$", "", mark))
                text = text.replace(paste.mark, mark)
            self._texts[mark] = paste.text
            self._number = max(self._number, _number_of(mark))
        return text

    def begin_anew(self) -> None:
        """Number the marks from one again; texts are kept for undo."""
        self._number = 0

    def used_in(self, text: str) -> tuple[Paste, ...]:
        """Return the pastes whose marks stand in a text."""
        return tuple(Paste(mark, whole) for mark, whole in self._texts.items() if mark in text)

    def text_of(self, mark: str) -> str | None:
        """Return the text that a mark stands for; None if it stands for none."""
        return self._texts.get(mark)

    def spans(self, line: str) -> tuple[Span, ...]:
        """Return where marks stand in a line, from left to right."""
        if "[" not in line or not (self._texts or self.labels):
            return ()
        marks = re.compile("|".join(map(re.escape, (*self._texts, *self.labels))))
        return tuple(found.span() for found in marks.finditer(line))

    def _free_mark(self, text: str, content: str) -> str:
        while True:
            self._number += 1
            mark = f"[{content} #{self._number}]"
            if self._texts.get(mark, text) == text:
                return mark


def _lines(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n"))


def _short(name: str) -> str:
    name = one_line(name).replace("[", "(").replace("]", ")")
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _number_of(mark: str) -> int:
    found = re.search(r"#(\d+)\]$", mark)
    return int(found[1]) if found else 0
