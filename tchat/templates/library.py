"""Finds templates: by path, or by name in the project's `prompts`, the user's folder and the shipped one."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tchat.domain.errors import NotFound, TemplateError, UsageError
from tchat.paths import Paths, shipped_prompts
from tchat.templates.format import Template
from tchat.templates.loading import load_file
from tchat.templates.naming import did_you_mean, listed

SUFFIX = ".toml"


class Entry(Struct, frozen=True, kw_only=True):
    """A template as the library lists it."""

    name: str
    """`folder/name`, or `name` for one that stands in no folder."""
    path: Path
    title: str = ""
    about: str = ""
    technique: str = ""
    tags: tuple[str, ...] = ()
    problem: str | None = None
    """Why it cannot be used, if it cannot."""


class Library:
    """The templates in some folders; in each they stand directly or one folder down."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders

    def find(self, name: str, *, beside: Path | None = None) -> Path:
        """Return the file of a template.

        Args:
            name: a path (one that ends in `.toml`, is absolute or begins with `.`), `folder/name` or `name`.
            beside: a folder to look in before all others.

        Raises:
            NotFound: there is none; the hint has the nearest names.
            UsageError: the plain `name` stands in several folders of one place.
        """
        return self._locate(name, beside)[1]

    def load(self, name: str, *, beside: Path | None = None) -> Template:
        """Return a template, by name or path.

        Raises:
            NotFound: there is none.
            UsageError: the plain `name` stands in several folders of one place.
            TemplateError: there is something wrong with it.
        """
        full, path = self._locate(name, beside)
        return load_file(path, name=full)

    def _locate(self, name: str, beside: Path | None) -> tuple[str, Path]:
        """Return a template's full name and its file."""
        path = Path(name)
        is_path = name.endswith(SUFFIX) or path.is_absolute() or name.startswith(".")
        if is_path and path.exists() and not path.is_dir():
            return path.stem, path
        for folder in (beside, *self._folders) if beside else self._folders:
            found = dict(_templates(folder))
            plain = [other for other in found if other.rpartition("/")[2] == name]
            if name.removesuffix(SUFFIX) in found:
                plain = [name.removesuffix(SUFFIX)]
            if len(plain) > 1:
                raise UsageError(f"there are several templates {name!r}", hint=f"say {listed(plain)}")
            if plain:
                return plain[0], found[plain[0]]
        raise NotFound(f"no template {name!r}{self._near(name)}", hint="`tchat run` lists them")

    def entries(self) -> tuple[Entry, ...]:
        """Return every template by name; one in an earlier folder hides its namesakes in later ones."""
        return tuple(_entry(name, path) for name, path in sorted(self._all().items()))

    def _all(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for folder in self._folders:
            for name, path in _templates(folder):
                found.setdefault(name, path)
        return found

    def _near(self, name: str) -> str:
        names = self._all()
        plain = {full.rpartition("/")[2]: full for full in names}
        return did_you_mean(name, names) or did_you_mean(name, plain)


def open_library(paths: Paths, cwd: Path) -> Library:
    """Return the library as a user in the folder `cwd` sees it."""
    return Library((cwd / "prompts", paths.prompts, shipped_prompts()))


def _templates(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted((*folder.glob(f"*{SUFFIX}"), *folder.glob(f"*/*{SUFFIX}"))):
        yield path.relative_to(folder).with_suffix("").as_posix(), path


def _entry(name: str, path: Path) -> Entry:
    try:
        template = load_file(path)
    except TemplateError as error:
        return Entry(name=name, path=path, problem=error.message)
    return Entry(
        name=name,
        path=path,
        title=template.title,
        about=template.about,
        technique=template.technique,
        tags=template.tags,
    )
