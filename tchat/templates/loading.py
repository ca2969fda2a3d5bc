"""Reads templates: TOML text in, a `Template` or one error that lists everything that is wrong with the file."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import NotFound, TemplateError, UsageError
from tchat.domain.text import one_line
from tchat.templates.cases import read_tests
from tchat.templates.declarations import read_inputs, read_limits
from tchat.templates.deeds import Shared
from tchat.templates.files import decoded, find_beside, read_bytes
from tchat.templates.format import Input, Template
from tchat.templates.naming import quoted
from tchat.templates.positions import Positions, find_positions
from tchat.templates.reading import Findings, Table
from tchat.templates.scope import check_scope, mentions_name
from tchat.templates.steps import read_steps
from tchat.templates.values import DEEPEST
from tchat.templates.vocabulary import ABOUT, AT_TOP, CALL, STEP, TABLES, TEST

Find = Callable[[str, Path | None], Path]
"""Finds another template by its name, beside a folder first; raises `NotFound` or `UsageError`."""

_FORMAT = 1
_IMPLICIT = Input(name="input", type="text", stdin=True)
"""The input of a template that declares none."""
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_NAME = re.compile(r"\w[\w-]*(?:/\w[\w-]*)*")
_LONGEST_CHAIN = 10
"""How many templates may use each other in a row."""


def load_file(path: Path, *, name: str | None = None, find: Find | None = None) -> Template:
    """Return the template in a file, with the templates that it uses.

    Args:
        path: the file.
        name: what the library calls it.
        find: finds the templates that it uses; without it they stand beside it or below.

    Raises:
        TemplateError: the file cannot be read, or something in it or in a template that it uses is wrong.
    """
    return _Loading(find or _find_beside).file(path, name or path.stem, ())


def load_text(
    source: str, *, file: str, name: str = "", folder: Path | None = None, find: Find | None = None
) -> Template:
    """Return the template that `source` holds, with the templates that it uses.

    Args:
        source: TOML.
        file: what messages call it.
        name: what it is called in the library.
        folder: where the files are that it names; None if it may name none.
        find: finds the templates that it uses; without it they stand in `folder` or below.

    Raises:
        TemplateError: something is wrong; the message lists all of it, one `file:line: problem` a line.
    """
    content = source.encode(errors="surrogatepass")
    whole = _Source(text=source, content=content, file=file, name=name, folder=folder)
    return _Loading(find or _find_beside).template(whole, ())


def _find_beside(name: str, folder: Path | None) -> Path:
    try:
        return find_beside(folder, f"{name}.toml")
    except UsageError as error:
        raise NotFound(f"there is no template {quoted(name)} beside this one") from error


class _Source(Struct, frozen=True, kw_only=True):
    """The text of a template, and what is known of its file."""

    text: str
    content: bytes
    file: str
    name: str
    folder: Path | None


class _Link(Struct, frozen=True):
    """A template that is being read, because the one before uses it."""

    path: Path
    name: str


class _Loading:
    """One reading of a file and of the templates that it uses, each of them read once."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._loaded: dict[Path, Template | TemplateError] = {}
        self._circles: list[tuple[_Link, ...]] = []
        """Templates that lead back to the first of them."""

    def file(self, path: Path, name: str, chain: tuple[_Link, ...]) -> Template:
        """Return the template in a file that the last of `chain` uses."""
        try:
            content = read_bytes(path)
            text = decoded(content, path)
        except UsageError as error:
            raise TemplateError(error.message) from error
        source = _Source(text=text, content=content, file=one_line(str(path)), name=name, folder=path.parent)
        return self.template(source, (*chain, _Link(path.resolve(), name)))

    def template(self, source: _Source, chain: tuple[_Link, ...]) -> Template:
        """Return the template that a text holds; `chain` ends with it if it is a file."""
        document = _parse(source.text.replace("\r\n", "\n"), source.file)
        findings = Findings()
        used: dict[str, str] = {}

        def use(name: str) -> Template:
            template = self._use(name, source.folder, chain)
            used.setdefault(template.file, template.digest)
            return template

        template = _read(Table(document.values, (), document.positions, findings), source, use)
        said = [f"{source.file}:{problem.line}: {problem.text}" for problem in sorted(findings.problems)]
        if said:
            raise TemplateError("\n".join([*said, *findings.others]))
        return replace(template, digest=_digest(source.content, used.values()))

    def _use(self, name: str, folder: Path | None, chain: tuple[_Link, ...]) -> Template:
        if not _NAME.fullmatch(name):
            raise UsageError(f'"use" is the name of a template, such as "handlers/last-letter", not {quoted(name)}')
        path = self._find(name, folder)
        resolved = path.resolve()
        links = [link.path for link in chain]
        if resolved in links:
            self._circles.append(chain[links.index(resolved) :])
            raise UsageError(_way_round(self._circles[-1]))
        if len(chain) >= _LONGEST_CHAIN:
            raise UsageError(f"templates may use each other {_LONGEST_CHAIN} deep, and this is deeper")
        try:
            return self._once(path, resolved, name, chain)
        except TemplateError as error:
            circle = next((circle for circle in self._circles if chain and chain[-1] in circle), None)
            if circle is None:
                raise
            raise UsageError(_way_round(circle)) from error

    def _once(self, path: Path, resolved: Path, name: str, chain: tuple[_Link, ...]) -> Template:
        loaded = self._loaded.get(resolved)
        if loaded is None:
            try:
                loaded = self.file(path, name, chain)
            except TemplateError as error:
                loaded = error
            self._loaded[resolved] = loaded
        if isinstance(loaded, TemplateError):
            raise loaded
        return loaded


def _way_round(circle: tuple[_Link, ...]) -> str:
    names = [link.name for link in (*circle, circle[0])]
    return f"a template cannot reach itself: {' → '.join(names)}"


def _digest(content: bytes, used: Iterable[str]) -> str:
    digest = hashlib.sha256(content)
    for other in used:
        digest.update(bytes.fromhex(other))
    return digest.hexdigest()


class _Document(Struct, frozen=True):
    values: dict[str, Any]
    positions: Positions


def _parse(source: str, file: str) -> _Document:
    try:
        source.encode()
        values = tomllib.loads(source)
        positions = find_positions(source)
    except UnicodeEncodeError as error:
        raise TemplateError(f"{file}:1: not UTF-8 text") from error
    except ValueError as error:  # TOMLDecodeError, and a number with too many digits
        text = str(error)
        place = _PLACE.search(text)
        line = (place[1] if place else None) or (source.count("\n") + 1 if place else 1)
        raise TemplateError(f"{file}:{line}: not valid TOML: {one_line(_PLACE.sub('', text))}") from error
    except RecursionError as error:
        raise TemplateError(f"{file}:1: lists or tables are nested more than {DEEPEST} levels deep") from error
    return _Document(values, positions)


def _read(top: Table, source: _Source, use: Callable[[str], Template]) -> Template:
    _check_top(top)
    declared = read_inputs(top, source.folder)
    inputs = declared or ()
    names = _declared_names(top)
    shared = Shared(
        inputs=inputs,
        folder=source.folder,
        use=use,
        taken=dict.fromkeys([*names, *(spec.name for spec in inputs)], "an input"),
    )
    template = Template(
        name=source.name,
        file=source.file,
        folder=source.folder,
        title=top.string("title") or "",
        about=top.string("about") or "",
        technique=top.string("technique") or "",
        paper=top.string("paper") or "",
        tags=top.strings("tags"),
        source=top.string("source") or "",
        steps=read_steps(top, shared),
        output=top.text("output"),
        limits=read_limits(top),
    )
    if declared is None and mentions_name(template, _IMPLICIT.name):
        inputs, names = (_IMPLICIT,), [_IMPLICIT.name]
    template = replace(template, inputs=inputs, tests=read_tests(top, inputs, names, template.steps))
    check_scope(template, names if declared is not None else [_IMPLICIT.name], top.findings)
    if not template.steps and not top.findings.problems:
        top.findings.add(1, 'there is nothing to do: a template has a "prompt" at its top, or [[step]] tables')
    return template


def _declared_names(top: Table) -> list[str]:
    """Return every name in `[inputs]`, those with a wrong declaration included."""
    table = top.table("inputs")
    return list(table.values) if table else []


def _check_top(top: Table) -> None:
    version = top.integer("format")
    if version is not None and version > _FORMAT:
        top.note("format", f"format {version} is newer than this version of tchat, which reads format {_FORMAT}")
    if version is not None and version < _FORMAT:
        top.note("format", f"there is no format {version}: this version of tchat reads format {_FORMAT}")
    is_list = "step" in top.values
    here = {*ABOUT, *TABLES, *(("prompt", *CALL, "examples", "shots") if is_list else AT_TOP)}
    for key in top.values:
        if (near := _meant_table(top, key)) is not None:
            top.note(key, f"{quoted(key)} is not a key of a template (did you mean {quoted(near)}?)")
        elif key in here:
            continue
        elif key in STEP:
            top.note(key, f"{quoted(key)} belongs to a [[step]]{_as_header(top, key)}")
        elif key in TEST:
            top.note(key, f"{quoted(key)} belongs to a [[test]]")
    top.close("a template", {*here, *STEP, *TEST})


def _meant_table(top: Table, key: str) -> str | None:
    """Return the table of the file that a table's name was to be, where the name is that of a number of a step."""
    return "limits" if key == "limit" and isinstance(top.values[key], dict) else None


def _as_header(top: Table, key: str) -> str:
    """Return how a table of a step is written that was written as one of the file."""
    match top.values[key]:
        case dict():
            return f": write [step.{key}]"
        case list() if (key, 0) in top.positions.headers:
            return f": write [[step.{key}]]"
        case _:
            return ""
