"""Which word before the cursor asks to be completed, and what fits it.

`/` at the start of the text asks for a command, `@` for a file, `#` for a template; the last two only where a word
begins, so that an address, a heading or "issue #3" is left alone. A path with spaces stands after `@"`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from tchat.tui.commands import Command

Kind = Literal["command", "file", "template"]
_KINDS: dict[str, Kind] = {"/": "command", "@": "file", "#": "template"}
_QUOTED = re.compile(r'(?<!\S)@"([^"]*)$')
_LONGEST = 256
"""Characters of a word that are looked at; a longer one is no name."""
_MOST = 200
"""Choices that are shown at all."""


class Asked(Struct, frozen=True, kw_only=True):
    """A word that asks to be completed."""

    kind: Kind
    word: str
    """What follows the mark."""
    start: int
    """Column of the mark."""

    @property
    def has_letter(self) -> bool:
        """Whether a name was begun, not only the mark set."""
        return any(map(str.isalpha, self.word))


class Choice(Struct, frozen=True, kw_only=True):
    """What a word may become."""

    name: str
    about: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether choosing it leads on into a folder."""
        return self.name.endswith("/")


def asked(line: str, column: int, *, is_first: bool) -> Asked | None:
    """Return the word that ends at a column of a line, if it asks to be completed.

    Args:
        line: the cursor's line.
        column: the cursor's column.
        is_first: whether the line is the first of the text.
    """
    before = line[max(0, column - _LONGEST) : column]
    quoted = _QUOTED.search(before)
    if quoted is not None:
        return Asked(kind="file", word=quoted[1], start=column - len(quoted[0]))
    words = before.split()
    if not words or before[-1].isspace():
        return None
    mark, word, start = words[-1][0], words[-1][1:], column - len(words[-1])
    kind = _KINDS.get(mark)
    if kind is None or len(words[-1]) == _LONGEST:
        return None
    if kind == "command" and not (is_first and start == 0 and "/" not in word):
        return None
    if kind == "template" and word[:1] and not word[0].isalpha():
        return None
    return Asked(kind=kind, word=word, start=start)


def begun(path: str) -> str:
    """Return what asks for what is in a folder."""
    return f'@"{path}' if any(map(str.isspace, path)) else f"@{path}"


def command_choices(word: str, commands: Iterable[Command]) -> tuple[Choice, ...]:
    """Return the commands that begin with a word, in their own order."""
    return tuple(
        Choice(name=command.name, about=f"{command.argument}  {command.summary}".strip())
        for command in commands
        if command.name.startswith(word.lower())
    )


def template_choices(word: str, templates: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
    """Return the templates with a part that begins with a word; those that begin with it themselves come first."""
    ranked = [
        (rank, Choice(name=name, about=about)) for name, about in templates if (rank := _rank(name, word)) < _NONE
    ]
    return tuple(choice for _, choice in sorted(ranked, key=lambda pair: pair[0]))


def file_choices(word: str, names: Sequence[str]) -> tuple[Choice, ...]:
    """Return the paths that fit a word: by their own name, by their folders', by any part; hidden ones last."""
    ranked = [(_is_hidden(name), rank, name) for name in names if (rank := _path_rank(name, word)) < _NONE]
    ranked.sort(key=lambda entry: entry[:2])
    return tuple(Choice(name=name) for _, _, name in ranked[:_MOST])


_NONE = 9


def _rank(name: str, word: str) -> int:
    name, word = name.lower(), word.lower()
    if name.startswith(word):
        return 0
    return 1 if any(f"{joint}{word}" in name for joint in "-_/. ") else _NONE


def _path_rank(path: str, word: str) -> int:
    path, word = path.lower(), word.lower()
    if path == word:
        return _NONE if path.endswith("/") else 0
    if path.rstrip("/").rpartition("/")[2].startswith(word):
        return 0
    if path.startswith(word):
        return 1
    if f"/{word}" in path:
        return 2
    return 3 if word in path else _NONE


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") and part.strip(".") for part in path.split("/"))
