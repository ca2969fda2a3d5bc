"""The list of templates: found by words, technique and tags, grouped by folder, as wide as the terminal."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from tchat.cli.layout import cut, padded, width_of
from tchat.cli.terminal import Terminal
from tchat.domain.text import one_line
from tchat.templates.library import Entry

_BOLD, _DIM, _RED, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"
_UNBOUNDED = 1_000
"""Cells of a line where there is no terminal."""


def found_by(words: Sequence[str], technique: str | None, tags: Sequence[str]) -> Callable[[Entry], bool]:
    """Return what tells whether a template has all words and all tags and is of the technique, in either case."""

    def is_wanted(entry: Entry) -> bool:
        text = " ".join((entry.name, entry.title, entry.about, entry.technique, entry.paper, *entry.tags)).casefold()
        its_tags = {tag.casefold() for tag in entry.tags}
        return (
            all(word.casefold() in text for word in words)
            and (technique is None or entry.technique.casefold() == technique.casefold())
            and all(tag.casefold() in its_tags for tag in tags)
        )

    return is_wanted


def row_of(entry: Entry) -> dict[str, Any]:
    """Return a template as `--json` has it."""
    return {
        "name": entry.name,
        "path": str(entry.path),
        "title": entry.title,
        "about": entry.about,
        "technique": entry.technique,
        "paper": entry.paper,
        "tags": list(entry.tags),
        "problem": entry.problem,
    }


def listed_entries(entries: Sequence[Entry], terminal: Terminal) -> list[str]:
    """Return the lines of the list, with techniques where there is room; without a terminal, nothing is cut."""
    lines: list[str] = []
    names = max((width_of(_plain_name(entry)) for entry in entries), default=0)
    titles = max((width_of(one_line(entry.title)) for entry in entries), default=0)
    techniques = max((width_of(one_line(entry.technique)) for entry in entries), default=0)
    room = (terminal.width - 1 if terminal.styled else _UNBOUNDED) - names - 4
    for folder, group in groupby(sorted(entries, key=_folder), key=_folder):
        lines += [*([""] if lines else []), _styled(f"{one_line(folder)}/" if folder else "./", _BOLD, terminal)]
        for entry in group:
            said = cut(one_line(entry.problem or entry.title), room)
            if entry.problem is not None:
                said = _styled(said, _RED, terminal)
            elif titles + techniques + 2 <= room:
                said = f"{padded(said, titles)}  {_styled(one_line(entry.technique), _DIM, terminal)}"
            lines.append(f"  {padded(_plain_name(entry), names)}  {said}".rstrip())
    return lines


def _folder(entry: Entry) -> str:
    return entry.name.rpartition("/")[0]


def _plain_name(entry: Entry) -> str:
    return one_line(entry.name.rpartition("/")[2])


def _styled(text: str, style: str, terminal: Terminal) -> str:
    return f"{style}{text}{_PLAIN}" if terminal.colour and text else text
