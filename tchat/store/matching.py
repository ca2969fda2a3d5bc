"""What was typed into a search: as an expression for FTS5, as a test of a text, and as a passage of it.

Laws: whatever is typed is a query; operators, quotes and brackets mean nothing. The test takes texts apart as FTS5's
`unicode61` does, and so finds what FTS5 finds; in scripts that put no blanks between words it finds more than that,
since there a word may stand anywhere.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from tchat.domain.text import encodable

_MOST_WORDS = 32
"""Words of a query that count; a pasted page stays a query."""
_VAGUE = 3
"""Letters up to which a beginning is that of very many words."""
_WIDTH = 160
"""Characters of a passage."""
_LEAD = 40
"""Characters of a passage before its first match, at most."""
_READ = 50_000
"""Characters of a text from which its passage is taken."""
_ANCHORS = 40
"""Places of a text that are compared to find the best passage."""
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_CUT = "…"
_MARK = "\u0300"
"""Stands for every accent that is a character of its own."""
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean."""


class Piece(Struct, frozen=True):
    """A stretch of a passage."""

    text: str
    is_match: bool


class Matcher:
    """Tells which texts a query finds, and where."""

    def __init__(self, query: str) -> None:
        self._folding = _Folding()
        typed = encodable(query).replace("\0", " ").split()
        self._words = tuple(word for word in typed if any(map(str.isalnum, word)))[:_MOST_WORDS]
        whole = [_Word.of(self._folded(word), is_whole=True) for word in self._words[:-1]]
        begun = [_Word.of(self._folded(word), is_whole=False) for word in self._words[-1:]]
        self._looked_for = tuple(dict.fromkeys(whole + begun))
        self._patterns = [re.compile(word.pattern) for word in self._looked_for]
        self._marked = [re.compile(word.marked) for word in self._looked_for]

    @property
    def expression(self) -> str:
        """The query as FTS5 takes it (https://sqlite.org/fts5.html); empty if it has no word."""
        phrases = [word.replace('"', '""') for word in self._words]
        return " ".join(f'"{phrase}"' for phrase in phrases) + "*" if phrases else ""

    @property
    def whole(self) -> str:
        """The same of all words but the last, which may be the beginning of one; empty if there is no other."""
        return " ".join(f'"{word.replace(chr(34), chr(34) * 2)}"' for word in self._words[:-1])

    @property
    def is_vague(self) -> bool:
        """Whether so many words may begin like the last one that FTS5 takes long to bring their rows together."""
        return bool(self._words) and len(self._looked_for[-1].needles[-1].strip()) <= _VAGUE

    @property
    def unspaced(self) -> tuple[str, ...]:
        """What was typed in scripts that put no blanks between words, which FTS5 takes for the beginning of a word."""
        return tuple(found.group() for word in self._words for found in _UNSPACED.finditer(word))

    def matches(self, text: str) -> bool:
        """Whether a text holds every word, the last one as the beginning of a word."""
        folded = f" {self._folded(text).replace(_MARK, '')} "
        return all(word.is_in(folded) for word in self._looked_for)

    def passage(self, text: str) -> tuple[Piece, ...]:
        """Return where a text holds the most of the query, cut to one or two lines; its beginning if it holds none."""
        folded = self._folded(text[:_READ])
        anchor = self._anchor(folded)
        begin, end = _window(text, anchor)
        patterns = self._patterns_for(folded)
        spans = _joined([found.span() for pattern in patterns for found in pattern.finditer(folded, begin, end)])
        pieces = [Piece(_CUT, is_match=False)] if begin else []
        for first, last in spans:
            pieces += [Piece(text[begin:first], is_match=False), Piece(text[first:last], is_match=True)]
            begin = last
        pieces.append(Piece(text[begin:end] + (_CUT if end < len(text) else ""), is_match=False))
        return tuple(piece for piece in pieces if piece.text)

    def _anchor(self, folded: str) -> int:
        """Return where the first of the most words begins that stand close together."""
        starts = [[found.start() for found in pattern.finditer(folded)] for pattern in self._patterns_for(folded)]
        each = 1 + _ANCHORS // len(starts) if len(starts) > 1 else 1

        def near(start: int) -> int:
            return sum(bisect_left(places, start) < bisect_left(places, start + _WIDTH - _LEAD) for places in starts)

        return max(sorted(start for places in starts for start in places[:each]), key=near, default=0)

    def _patterns_for(self, folded: str) -> Sequence[re.Pattern[str]]:
        return self._marked if _MARK in folded else self._patterns

    def _folded(self, text: str) -> str:
        """Return a text of the same length in small letters without accents, everything else as blanks."""
        if not text.isascii():  # few signs beyond ASCII are rare ones, and what is ASCII is translated ten times faster
            text = _BEYOND_ASCII.sub(lambda found: found.group().translate(self._folding), text)
        return text.translate(self._folding)


class _Word(Struct, frozen=True, kw_only=True):
    """One word of a query, which may have parts that FTS5 takes for words: `frame-of`."""

    pattern: str
    """A regular expression that finds it in a folded text without accents, all of its parts in a row."""
    marked: str
    """One that finds it in any folded text."""
    needles: tuple[str, ...]
    """What a folded text holds, with a blank at either end and without accents, if it holds every part."""

    @classmethod
    def of(cls, folded: str, *, is_whole: bool) -> "_Word":
        """Take a folded word; it may be the beginning of one, unless it `is_whole`."""
        parts = folded.replace(_MARK, "").split()
        row = " +".join(map(re.escape, parts))
        marked = " +".join(f"{_MARK}*".join(map(re.escape, part)) + f"{_MARK}*" for part in parts)
        if _UNSPACED.search(folded):
            return cls(pattern=row, marked=marked, needles=tuple(parts))
        first, end = re.escape(parts[0]), r"(?!\S)" if is_whole else r"\S*"
        begun = f"{first}(?<!\\S{first})"  # a pattern that begins with letters is found much faster
        *inner, last = parts
        return cls(
            pattern=f"{begun}{row.removeprefix(first)}{end}",
            marked=rf"(?<!\S){marked}{end}",
            needles=(*(f" {part} " for part in inner), f" {last} " if is_whole else f" {last}"),
        )

    def is_in(self, folded: str) -> bool:
        """Whether a folded text holds it, with a blank at either end and without accents."""
        if not all(needle in folded for needle in self.needles):
            return False
        return len(self.needles) == 1 or re.search(self.pattern, folded) is not None


class _Folding(dict[int, str]):
    """Every character as what it counts as, by its code; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(character: str) -> str:
    if "\u0300" <= character <= "\u036f":
        return _MARK
    if unicodedata.category(character)[0] not in "LN" and unicodedata.category(character) != "Co":
        return " "
    small = min(character.casefold(), character.lower(), key=len)[:1]
    base = unicodedata.normalize("NFD", small)[0]
    return base if base.isascii() else small


def _window(text: str, anchor: int) -> tuple[int, int]:
    """Return where a passage around a place begins and ends, on blanks where there are any."""
    begin = max(0, anchor - _LEAD)
    if begin:
        begin = text.find(" ", begin, anchor) + 1 or begin
    end = min(begin + _WIDTH, len(text))
    if end < len(text):
        end = max(text.rfind(" ", anchor, end), begin + _WIDTH // 2)
    return begin, end


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
