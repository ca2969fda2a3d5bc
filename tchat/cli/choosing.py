"""From the words of the command line to templates: files, folders, names; and names for the shell to complete."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem
from msgspec import Struct

from tchat.domain.errors import UsageError
from tchat.domain.text import one_line
from tchat.paths import find_paths
from tchat.templates.library import SUFFIX, Library, open_library
from tchat.templates.naming import quoted

if TYPE_CHECKING:
    from tchat.templates.format import Template


class Chosen(Struct, frozen=True):
    """A template that the command line means."""

    name: str
    """Its name in the library; of a file, its name without the ending, and of one in a folder, the way to it."""
    path: Path


def library_in_sight() -> Library:
    """Return the templates that this user sees in the working folder."""
    return open_library(find_paths(os.environ), Path.cwd())


def choose(library: Library, words: Sequence[str]) -> tuple[Chosen, ...]:
    """Return the templates that words mean, each once: every one of a folder, below it too; without words, all.

    Raises:
        UsageError: a word means none.
    """
    if not words:
        return tuple(Chosen(name, path) for name, path in sorted(library.files().items()))
    found: dict[Path, Chosen] = {}
    for word in words:
        for chosen in _meant(library, word):
            found.setdefault(chosen.path.resolve(), chosen)
    return tuple(found.values())


def load(library: Library, chosen: Chosen) -> "Template":
    """Return a chosen template.

    Raises:
        TemplateError: there is something wrong with it.
    """
    from tchat.templates.loading import load_file  # what completing and listing need not wait for

    return load_file(chosen.path, name=one_line(chosen.name), find=library.find_used)


def complete_template(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of templates that begin with what was typed, in full or without their folder."""
    names = library_in_sight().files()
    plain = [name.rpartition("/")[2] for name in names]
    known = [*names, *(name for name in plain if plain.count(name) == 1 and name not in names)]
    files = [CompletionItem(incomplete, type="file")] if incomplete[:1] in (".", "/", "~") else []
    return files or [CompletionItem(name) for name in known if name.startswith(incomplete)]


def _meant(library: Library, word: str) -> tuple[Chosen, ...]:
    path = Path(word)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError as error:
        raise UsageError(f"cannot look at {quoted(word)}: {error.strerror}") from error
    if is_folder:
        files = sorted(file for file in path.rglob(f"*{SUFFIX}") if not _is_hidden(file.relative_to(path)))
        if not files:
            raise UsageError(f"there is no template in {quoted(word)}", hint=f"templates end in {SUFFIX}")
        return tuple(Chosen(file.relative_to(path).with_suffix("").as_posix(), file) for file in files)
    if is_file:
        return (Chosen(path.stem, path),)
    name, file = library.locate(word)
    return (Chosen(name, file),)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
