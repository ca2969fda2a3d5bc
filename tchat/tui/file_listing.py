"""The files below a folder that can be named after `@`: bounded in number, depth and time, hidden ones last."""

import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from tchat.paths import user_path

_MOST = 5_000
"""Names."""
_DEEPEST = 8
"""Folders below the first."""
_SECONDS = 1.0
_SKIPPED = frozenset({"node_modules", "__pycache__"})
"""Folders that hold what nobody attaches; they are named and not entered, as are hidden ones."""


def scope_of(word: str) -> str:
    """Return the folder that a word names so far, with its slash: `src/` of `src/ma`, empty of `ma`."""
    return word[: word.rfind("/") + 1]


def resolved(folder: Path, name: str) -> Path:
    """Return the path that a name after `@` means, `~` being the user's home."""
    return folder / user_path(name)


def listed(folder: Path, scope: str) -> tuple[str, ...]:
    """Return the names that begin with `scope`, folders with a slash at their end, nearer ones first.

    Below `folder` whole trees are listed, elsewhere (`/`, `~/`, `../`) one folder at a time. What cannot be read is
    left out. This asks the disk for at most a second or so.
    """
    is_elsewhere = scope.startswith(("/", "~")) or ".." in scope.split("/")
    walk = _walk(resolved(folder, scope), deepest=0 if is_elsewhere else _DEEPEST)
    until = time.monotonic() + _SECONDS
    names: list[str] = []
    for name in walk:
        names.append(scope + name)
        if len(names) == _MOST or time.monotonic() > until:
            break
    return tuple(names)


def _walk(top: Path, *, deepest: int) -> Iterator[str]:
    """Yield names relative to `top`, breadth first; hidden ones after the others of their folder."""
    waiting = deque([(str(top), "", 0)])
    while waiting:
        path, prefix, depth = waiting.popleft()
        for entry, is_folder in _entries(path):
            yield f"{prefix}{entry.name}/" if is_folder else f"{prefix}{entry.name}"
            is_closed = entry.name.startswith(".") or entry.name in _SKIPPED or entry.is_symlink()
            if is_folder and not is_closed and depth < deepest:
                waiting.append((entry.path, f"{prefix}{entry.name}/", depth + 1))


def _entries(path: str) -> list[tuple[os.DirEntry[str], bool]]:
    try:
        with os.scandir(path) as entries:
            found = [(entry, _is_folder(entry)) for _, entry in zip(range(_MOST), entries, strict=False)]
    except OSError:
        return []
    return sorted(found, key=lambda pair: (pair[0].name.startswith("."), pair[0].name.lower()))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
