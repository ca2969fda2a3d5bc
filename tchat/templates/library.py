"""Finds templates: by path, or by name in the project's `prompts`, the user's folder and the shipped one.

What reads a template is imported with the first that is read: finding and listing need not wait for it.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from tchat.domain.errors import NotFound, TemplateError, UsageError
from tchat.paths import Paths, shipped_prompts
from tchat.templates.files import is_there, read_text
from tchat.templates.naming import did_you_mean, listed

if TYPE_CHECKING:
    from tchat.templates.format import Template

SUFFIX = ".toml"
PARTS = "handlers"
"""The folder of templates that others use, and that are not listed."""

_NAME = re.compile(r"[^/\\.][^/\\]*(?:/[^/\\.][^/\\]*)*")

_ABOUT = ("title", "about", "technique", "paper", "tags")
"""What a list has of a template."""


class Entry(Struct, frozen=True, kw_only=True):
    """A template as the library lists it."""

    name: str
    """`folder/name`, or `name` for one that stands in no folder."""
    path: Path
    title: str = ""
    about: str = ""
    technique: str = ""
    paper: str = ""
    tags: tuple[str, ...] = ()
    problem: str | None = None
    """Why it cannot be used, if it cannot."""


class Library:
    """The templates in some folders: those that are listed stand in one directly, or one folder down.

    Args:
        folders: the earlier ones go first.
        vouched: one whose templates are known to be well made, so that they are listed without being checked.
    """

    def __init__(self, folders: tuple[Path, ...], vouched: Path | None = None) -> None:
        self._folders = folders
        self._vouched = vouched

    def find(self, name: str, *, beside: Path | None = None) -> Path:
        """Return the file of a template.

        Args:
            name: a path (one that ends in `.toml`, is absolute or begins with `.`), `folder/name` or `name`.
            beside: a folder to look in before all others.

        Raises:
            NotFound: there is none; the hint has the nearest names.
            UsageError: the plain `name` stands in several folders of one place.
        """
        return self.locate(name, beside)[1]

    def load(self, name: str, *, beside: Path | None = None) -> "Template":
        """Return a template, by name or path.

        Raises:
            NotFound: there is none.
            UsageError: the plain `name` stands in several folders of one place.
            TemplateError: there is something wrong with it.
        """
        from tchat.templates.loading import load_file

        full, path = self.locate(name, beside)
        return load_file(path, name=full, find=self.find_used)

    def locate(self, name: str, beside: Path | None = None) -> tuple[str, Path]:
        """Return a template's full name and its file; see `find`."""
        path = Path(name)
        is_path = name.endswith(SUFFIX) or path.is_absolute() or name.startswith(".")
        if is_path and is_there(path):
            return path.stem, path
        missing = (
            f"no file {name!r}, and no template of that name" if name.endswith(SUFFIX) else f"no template {name!r}"
        )
        name = name.removesuffix(SUFFIX)
        if beside and (path := _exact(beside, name)):
            return name, path
        for folder in self._folders:
            found = _named(folder, name)
            if len(found) > 1:
                raise UsageError(f"there are several templates {name!r}", hint=f"say {listed(found)}")
            if found:
                return next(iter(found.items()))
        raise NotFound(f"{missing}{self._near(name)}", hint="`tchat prompts list` lists them")

    def find_used(self, name: str, beside: Path | None) -> Path:
        """Return the file of a template that another one uses."""
        return self.find(name, beside=beside)

    def entries(self) -> tuple[Entry, ...]:
        """Return every template by name; one in an earlier folder hides its namesakes in later ones."""
        return tuple(self._entry(name, path) for name, path in sorted(self.files().items()))

    def _entry(self, name: str, path: Path) -> Entry:
        is_vouched = self._vouched is not None and path.is_relative_to(self._vouched)
        return (is_vouched and _summary(name, path)) or self._checked(name, path)

    def _checked(self, name: str, path: Path) -> Entry:
        from tchat.templates.loading import load_file

        try:
            template = load_file(path, name=name, find=self.find_used)
        except TemplateError as error:
            return Entry(name=name, path=path, problem=error.message)
        return Entry(
            name=name,
            path=path,
            title=template.title,
            about=template.about,
            technique=template.technique,
            paper=template.paper,
            tags=template.tags,
        )

    def files(self) -> dict[str, Path]:
        """Return the file of every template by its name, without reading any; see `entries`."""
        found: dict[str, Path] = {}
        for folder in self._folders:
            for name, path in _templates(folder):
                found.setdefault(name, path)
        return found

    def _near(self, name: str) -> str:
        names = self.files()
        plain = {full.rpartition("/")[2]: full for full in names}
        return did_you_mean(name, names) or did_you_mean(name, plain)


def open_library(paths: Paths, cwd: Path) -> Library:
    """Return the library as a user in the folder `cwd` sees it."""
    shipped = shipped_prompts()
    return Library((cwd / "prompts", paths.prompts, shipped), vouched=shipped)


def _exact(folder: Path, name: str) -> Path | None:
    """Return the template of that full name in a folder; None if there is none."""
    path = folder / f"{name}{SUFFIX}"
    try:
        return path if _NAME.fullmatch(name) and path.is_file() else None
    except OSError:  # a name that no file can have
        return None


def _named(folder: Path, name: str) -> dict[str, Path]:
    """Return the templates in a folder that a name may mean: the one of that full name, else all of that plain name."""
    exact = _exact(folder, name)
    if exact is not None:
        return {name: exact}
    return {full: path for full, path in _templates(folder) if full.endswith(f"/{name}")}


def _templates(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the templates that are listed: those in a folder of `PARTS` are made for others to use."""
    for path in sorted((*folder.glob(f"*{SUFFIX}"), *folder.glob(f"*/*{SUFFIX}"))):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if not name.startswith(f"{PARTS}/"):
            yield name, path


def _summary(name: str, path: Path) -> Entry | None:
    """Return what a template that is well made says of itself, at a tenth of the time that it takes to check it."""
    try:
        document = _head(read_text(path))
        about = {key: document[key] for key in _ABOUT if key in document}
        return msgspec.convert({"name": name, "path": path, **about}, Entry)
    except (ValueError, RecursionError, msgspec.ValidationError, UsageError):  # a check says why
        return None


def _head(source: str) -> dict[str, object]:
    """Return the keys above the first table; where that is not where it seems to be, every key."""
    try:
        return tomllib.loads(source.partition("\n[")[0])
    except tomllib.TOMLDecodeError:  # the bracket stands in a text or a list
        return tomllib.loads(source)
