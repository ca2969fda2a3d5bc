"""The keys as a table in lines: a heading for each part of the screen, key, what it does, and the sentence about it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual.content import Content

from tchat.domain.text import one_line
from tchat.tui.key_rows import KeyRow
from tchat.tui.wrapping import wrapped

HERE = "what is here"
"""The heading above the facts."""
_INDENT, _GAP = "  ", "  "
_WIDEST_KEY, _WIDEST_NAME = 16, 20
_WIDE, _WIDEST_KEY_OF_WIDE = 100, 30
"""Cells from which on all keys that do the same stand on one line."""
_LEAST_SENTENCE = 20


def matching(rows: Iterable[KeyRow], words: str) -> tuple[KeyRow, ...]:
    """Return the rows in which every one of the words is found, in any case."""
    wanted = words.casefold().split()
    return tuple(row for row in rows if all(word in " ".join(row).casefold() for word in wanted))


def key_lines(rows: Sequence[KeyRow], width: int) -> Iterator[Content]:
    """Yield the lines of the table, in `width` cells as far as the names allow."""
    widest = _WIDEST_KEY if width < _WIDE else _WIDEST_KEY_OF_WIDE
    keys = min(widest, max((cell_len(row.key) for row in rows), default=0))
    names = min(_WIDEST_NAME, max((cell_len(row.description) for row in rows), default=0))
    room = max(_LEAST_SENTENCE, width - len(_INDENT) - keys - names - 2 * len(_GAP))
    for number, (group, members) in enumerate(groupby(rows, key=lambda row: row.group)):
        if number:
            yield Content()
        yield Content.styled(group, "bold $accent")
        for row in members:
            yield from _key_lines(row, keys, names, room)


def _key_lines(row: KeyRow, keys: int, names: int, room: int) -> Iterator[Content]:
    """Yield the lines of a row; a sentence that is no more than the name is not told twice."""
    tells_more = row.tooltip != row.description
    name_width = names if tells_more else names + len(_GAP) + room
    sentences = _wrap(row.tooltip, room) if tells_more else []
    for key, name, sentence in zip_longest(
        _wrap(row.key, keys), _wrap(row.description, name_width), sentences, fillvalue=""
    ):
        start = (set_cell_size(key, keys), "bold"), _GAP, set_cell_size(name, max(names, cell_len(name))), _GAP
        yield Content.assemble(_INDENT, *start, (sentence, "$foreground-muted"))


def fact_lines(facts: Sequence[tuple[str, str]], width: int) -> Iterator[Content]:
    """Yield what is to be known of this program: a name and a value below each other, under a heading."""
    if not facts:
        return
    yield from (Content(), Content.styled(HERE, "bold $accent"))
    names = max(cell_len(name) for name, _ in facts)
    room = max(_LEAST_SENTENCE, width - len(_INDENT) - names - len(_GAP))
    for name, value in facts:
        for label, text in zip_longest([name], _wrap(one_line(value), room), fillvalue=""):
            yield Content.assemble(_INDENT, (set_cell_size(label, names), "$foreground-muted"), _GAP, text)


def _wrap(text: str, width: int) -> list[str]:
    return [line.text for line in wrapped(text, width, Style())]
