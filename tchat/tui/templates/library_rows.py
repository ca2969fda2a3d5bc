"""The library as the rows of a list: in groups, or what fits the words that were typed, the best first."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from tchat.templates.library import Entry
from tchat.tui.fuzzy import Query

Grouping = Literal["folder", "technique"]

OWN = "own"
"""Above templates that stand in no folder."""
NO_TECHNIQUE = "no technique named"
_FOLDERS = ("basics", "reasoning", "decompose", "check", "compare", "vision")
"""The shipped folders, in the order in which one meets them; others come before them."""
_IN_TEXT = 0.5
"""What a letter is worth that is found in the texts about a template, beside one in its name."""


class Section(NamedTuple):
    """The row above a group."""

    title: str


Row = Section | Entry


def rows_of(entries: Sequence[Entry], words: str, grouping: Grouping = "folder") -> tuple[Row, ...]:
    """Return the rows for what is typed: everything in groups, or what fits, the best first."""
    if words.strip():
        return matching(entries, words)
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_group(entry, grouping), []).append(entry)
    rows: list[Row] = []
    for title in sorted(groups, key=_rank):
        rows += [Section(title), *groups[title]]
    return tuple(rows)


def matching(entries: Iterable[Entry], words: str) -> tuple[Entry, ...]:
    """Return the templates in which every word is found: as letters in order in the name, or as it is in any text."""
    queries = [Query(word) for word in words.split()]
    scored = [(_score(entry, queries), place, entry) for place, entry in enumerate(entries)]
    return tuple(entry for score, _, entry in sorted(scored, key=lambda one: (-one[0], one[1])) if score)


def plain_name(entry: Entry) -> str:
    """Return a template's name without its folder."""
    return entry.name.rpartition("/")[2]


def _score(entry: Entry, queries: Sequence[Query]) -> float:
    head = f"{plain_name(entry)} {entry.name}".lower()
    rest = " ".join((entry.title, entry.technique, *entry.tags, entry.about, entry.problem or "")).lower()
    total = 0.0
    for query in queries:
        (word,) = query.words
        score = query.score(head) or (_IN_TEXT * len(word) if word in rest else 0.0)
        if not score:
            return 0.0
        total += score
    return total


def _group(entry: Entry, grouping: Grouping) -> str:
    if grouping == "technique":
        return entry.technique or NO_TECHNIQUE
    return entry.name.rpartition("/")[0] or OWN


def _rank(title: str) -> tuple[int, int, str]:
    if title == OWN:
        return (0, 0, title)
    if title in _FOLDERS:
        return (2, _FOLDERS.index(title), title)
    return (3 if title == NO_TECHNIQUE else 1, 0, title)
