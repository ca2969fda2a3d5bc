"""Styled text as rows of a width, broken at blanks, between wide characters, and in words longer than a row."""

from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style

from tchat.markdown.cursor import TAB

Spans = list[tuple[str, Style]]

_WIDE = 2
_NEVER_FIRST = frozenset("、。，．：；！？）］｝〕〉》」』】〙〗”’ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…")
_NEVER_LAST = frozenset("（［｛〔〈《「『【〘〖“‘")


class Row(NamedTuple):
    """One row of wrapped text."""

    segments: tuple[Segment, ...]
    glue: str = "\n"
    """What stands between it and the next row in the text."""
    margin: int = 0
    """Leading cells that are decoration."""


class _Cut(NamedTuple):
    """A row as a stretch of text."""

    start: int
    end: int
    glue: str


def wrapped(spans: Spans, width: int) -> list[Row]:
    """Return styled text as rows of at most `width` cells, newlines in it obeyed; at least one row."""
    text = "".join([part for part, _ in spans])
    cuts: list[_Cut] = []
    start = 0
    for line in text.split("\n"):
        cuts += _cuts(line.rstrip(" "), start, width)
        start += len(line) + 1
    return _styled(cuts, spans)


def chopped(spans: Spans, width: int) -> list[Row]:
    """Return one line of styled text as rows that are full, whatever it is made of."""
    text = "".join([part for part, _ in spans])
    if text.isascii():
        places = [*range(0, len(text), width), len(text)] if text else [0, 0]
    else:
        places = [0]
        filled = 0
        for start, _, cells in graphemes(text):
            if filled + cells > width:
                places.append(start)
                filled = 0
            filled += cells
        places.append(len(text))
    cuts = [_Cut(start, end, "") for start, end in pairwise(places)]
    cuts[-1] = cuts[-1]._replace(glue="\n")
    return _styled(cuts, spans)


def untabbed(text: str) -> str:
    """Return a line with blanks for tabs, which reach to the next multiple of four cells."""
    if "\t" not in text:
        return text
    if text.isascii():
        return text.expandtabs(TAB)
    first, *later = text.split("\t")
    for part in later:
        first += " " * (TAB - cell_len(first) % TAB) + part
    return first


def graphemes(text: str) -> list[tuple[int, int, int]]:
    """Return what a text shows as one character each: start, end, cells; the two letters of a flag are one."""
    joined: list[tuple[int, int, int]] = []
    is_half = False
    for start, end, cells in split_graphemes(text)[0]:
        is_letter = "\U0001f1e6" <= text[start] <= "\U0001f1ff"
        if is_letter and is_half:
            joined[-1] = (joined[-1][0], end, joined[-1][2] + cells)
            is_half = False
        else:
            joined.append((start, end, cells))
            is_half = is_letter
    return joined


def _cuts(line: str, start: int, width: int) -> list[_Cut]:
    """Return the rows of a line that begins at `start` of the text."""
    if line.isascii():
        if len(line) <= width:
            return [_Cut(start, start + len(line), "\n")]
        return _ascii_cuts(line, start, width)
    if cell_len(line) <= width:
        return [_Cut(start, start + len(line), "\n")]
    return _wide_cuts(line, start, width)


def _ascii_cuts(line: str, start: int, width: int) -> list[_Cut]:
    cuts: list[_Cut] = []
    at = 0
    while len(line) - at > width:
        blank = line.rfind(" ", at, at + width + 1)
        if blank <= at or not line[at:blank].strip():
            cuts.append(_Cut(start + at, start + at + width, ""))
            at += width
        else:
            cuts.append(_Cut(start + at, start + _stripped(line, at, blank), " "))
            at = _behind_blanks(line, blank)
    cuts.append(_Cut(start + at, start + len(line), "\n"))
    return cuts


def _stripped(line: str, start: int, end: int) -> int:
    while end > start and line[end - 1] == " ":
        end -= 1
    return end


def _behind_blanks(line: str, at: int) -> int:
    while at < len(line) and line[at] == " ":
        at += 1
    return at


def _wide_cuts(line: str, start: int, width: int) -> list[_Cut]:
    cuts: list[_Cut] = []
    begin = 0
    filled = 0
    rest: tuple[int, int, str] | None = None
    """The last place to break at: where the row ends, where the next one begins, and the glue."""
    filled_at_rest = 0
    before = ""
    for from_, to, cells in graphemes(line):
        character = line[from_] if to - from_ == 1 else line[from_:to].lstrip(" ")
        if character == " " and before not in {"", " "}:
            rest, filled_at_rest = (from_, from_ + 1, " "), filled + cells
        elif before and _may_break(before, character, cells):
            rest, filled_at_rest = (from_, from_, ""), filled
        if filled + cells > width and not (character == " " and filled <= width and rest and rest[0] == from_):
            if rest is None:
                rest, filled_at_rest = (from_, from_, ""), filled
            cuts.append(_Cut(start + begin, start + rest[0], rest[2]))
            begin = rest[1]
            filled -= filled_at_rest
            rest = None
        if from_ == begin and character == " " and cuts:
            begin += 1
            before = ""
            continue
        filled += cells
        before = character
    cuts.append(_Cut(start + min(begin, len(line)), start + len(line), "\n"))
    return cuts


def _may_break(before: str, character: str, cells: int) -> bool:
    """Whether a row may end between two characters that no blank stands between."""
    if character == " " or before == " " or character in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return cells == _WIDE or cell_len(before) == _WIDE


def _styled(cuts: list[_Cut], spans: Spans) -> list[Row]:
    """Return stretches of text with the styles that they have."""
    rows: list[Row] = []
    number, from_ = 0, 0
    for cut in cuts:
        segments: list[Segment] = []
        while number < len(spans) and from_ + len(spans[number][0]) <= cut.start:
            from_ += len(spans[number][0])
            number += 1
        place, offset = number, from_
        while place < len(spans) and offset < cut.end:
            part, style = spans[place]
            shown = part[max(0, cut.start - offset) : cut.end - offset]
            if shown:
                segments.append(Segment(shown, style))
            offset += len(part)
            place += 1
        rows.append(Row(tuple(segments), cut.glue))
    return rows
