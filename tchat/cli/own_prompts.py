"""The user's own templates: new ones, and copies of others with the files that those name."""

import os
import re
import shutil
import tomllib
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import cast

from msgspec import Struct

from tchat.cli.choosing import library_in_sight
from tchat.config import write_private
from tchat.domain.errors import ConfigError, UsageError
from tchat.paths import find_paths
from tchat.templates.files import find_beside, read_text
from tchat.templates.library import SUFFIX, Library
from tchat.templates.naming import quoted
from tchat.templates.vocabulary import ABOUT, CALL, STEP

_NAME = re.compile(r"\w[\w-]*(?:/\w[\w-]*)?")
_LONGEST = 200
"""Characters that the name of a file beside a template may have."""
_SHOWN = ("technique", "paper", "tags")
_OPTIONAL = {"model": '"strong"', "effort": '"low"', "temperature": "0.7", "max_tokens": "500"}
_ANSWERS = {"extract": '"number"', "samples": "5", "vote": '"majority"'}


class OwnPrompts(Struct, frozen=True, kw_only=True):
    """The folder of the user's templates, and what can be copied into it."""

    folder: Path
    library: Library

    @classmethod
    def of_user(cls) -> "OwnPrompts":
        """Return those of this machine's user."""
        return cls(folder=find_paths(os.environ).prompts, library=library_in_sight())

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
        """Return the file of a template that is the user's to change: a copy of one that comes with tchat."""
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
        from tchat.paths import shipped_prompts

        resolved = path.resolve()
        shipped = shipped_prompts().resolve()
        return resolved.is_relative_to(shipped) and not resolved.is_relative_to(self.folder.resolve())


def starter(name: str) -> str:
    """Return a template to begin with, whose comments say what else there is."""
    lines = [
        "# A template: `tchat run` runs it, `tchat check` checks it, `tchat test` tests it without a model.",
        f'title = "{name}"',
        f'about = ""  # {ABOUT["about"]}',
        *(f"# {key} = {'[]' if key == 'tags' else chr(34) * 2}  # {ABOUT[key]}" for key in _SHOWN),
        'system = "You summarise faithfully."',
        *(f"# {key} = {value}  # {CALL[key]}" for key, value in _OPTIONAL.items()),
        *(f"# {key} = {value}  # {STEP[key]}" for key, value in _ANSWERS.items()),
        "prompt = '''",
        "Summarise this in {{ sentences }} sentences:",
        "",
        "{{ text | fence }}",
        "'''",
        "",
        "[inputs]",
        'text = { type = "text", stdin = true, help = "what to summarise" }',
        'sentences = { type = "int", default = 3, min = 1 }',
        "",
        "[[test]]",
        'name = "one call, whose reply is the output"',
        'inputs = { text = "Cats sleep a lot.", sentences = 1 }',
        'replies = { answer = "Cats sleep a great deal." }',
        'expect = { contains = "Cats", max_words = 20 }',
        "calls = 1",
    ]
    return "\n".join([*lines, ""])


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
