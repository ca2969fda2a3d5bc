"""The user's own templates: new ones, and copies of others with the files that those name."""

import re
import shutil
import tomllib
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import cast

from msgspec import Struct

from tchat.config import write_private
from tchat.domain.errors import ConfigError, UsageError
from tchat.paths import shipped_prompts
from tchat.templates.files import find_beside, read_text
from tchat.templates.library import SUFFIX, Library
from tchat.templates.naming import quoted

_NAME = re.compile(r"\w[\w-]*(?:/\w[\w-]*)?")
_LONGEST = 200
"""Characters that the name of a file beside a template may have."""


class OwnPrompts(Struct, frozen=True, kw_only=True):
    """The folder of the user's templates, and what can be copied into it."""

    folder: Path
    library: Library
    """Where what is copied is looked for."""

    def free_place(self, name: str) -> Path:
        """Return the file for a new template.

        Raises:
            UsageError: that is no name, or there is one of that name.
        """
        name = name.removesuffix(SUFFIX)
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{quoted(name)} is no name for a template",
                hint="letters, digits, _ and -, and a folder before it if you like: folder/name",
            )
        path = self.folder / f"{name}{SUFFIX}"
        if path.exists():
            raise UsageError(
                f"there is a template {quoted(name)} of yours", hint=f"`tchat prompts edit {name}` opens it"
            )
        return path

    def write(self, path: Path, text: str) -> None:
        """Write a template.

        Raises:
            ConfigError: it cannot be written.
        """
        write_private(path, text)

    def editable(self, name: str, note: Callable[[str], None]) -> Path:
        """Return the file of a template that is the user's to change: a copy of one that comes with tchat.

        Args:
            name: its name in the library, or its path.
            note: is told of each file that is copied.

        Raises:
            NotFound: there is none.
            ConfigError: it cannot be copied.
        """
        full, path = self.library.locate(name)
        if not self._is_shipped(path):
            return path
        if (own := self.folder / f"{full}{SUFFIX}").exists():
            return own
        for copied in self.copy(name, None):
            note(f"copied to {copied}")
        return own

    def copy(self, name: str, new_name: str | None) -> list[Path]:
        """Copy a template and the files beside it that it names, and return what was written.

        Raises:
            UsageError: there is a template of that name, or that is no name.
            ConfigError: it cannot be written.
        """
        full, path = self.library.locate(name)
        place = self.free_place(new_name or full)
        copies = {place: path}
        for file in _named(path, {path.resolve()}):
            there = place.parent / file.relative_to(path.parent.resolve())
            if not there.exists():
                copies[there] = file
        try:
            for there, file in copies.items():
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, there)
        except OSError as error:
            raise ConfigError(f"cannot write to {self.folder}: {error.strerror}") from error
        return list(copies)

    def _is_shipped(self, path: Path) -> bool:
        """Whether a file is neither the user's nor the project's, but came with tchat."""
        resolved = path.resolve()
        shipped = shipped_prompts().resolve()
        return resolved.is_relative_to(shipped) and not resolved.is_relative_to(self.folder.resolve())


def _named(path: Path, seen: set[Path]) -> Generator[Path]:
    """Yield the files beside a template, or below, that it names, and those that they name."""
    folder = path.parent
    try:
        document = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for text in _texts(document):
        for name in (text, f"{text}{SUFFIX}"):
            file = _beside(folder, name)
            if file is None or file in seen:
                continue
            seen.add(file)
            yield file
            if file.suffix == SUFFIX:
                yield from (inner for inner in _named(file, seen) if inner.is_relative_to(folder.resolve()))


def _beside(folder: Path, name: str) -> Path | None:
    if not 0 < len(name) <= _LONGEST or "\n" in name:
        return None
    try:
        return find_beside(folder, name)
    except UsageError:
        return None


def _texts(value: object) -> Generator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in cast("list[object]", value):
                yield from _texts(item)
        case dict():
            for item in cast("Mapping[str, object]", value).values():
                yield from _texts(item)
        case _:
            pass
