"""Reads templates: TOML text in, a `Template` or one error that lists everything that is wrong with the file."""

import re
import tomllib
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import TemplateError, UsageError
from tchat.domain.text import one_line
from tchat.templates.declarations import read_inputs, read_limits, read_tests
from tchat.templates.files import read_text
from tchat.templates.format import Input, PromptStep, Step, Template
from tchat.templates.naming import quoted
from tchat.templates.positions import Positions, find_positions
from tchat.templates.reading import Findings, Table
from tchat.templates.scope import check_scope, mentions_name
from tchat.templates.steps import read_steps
from tchat.templates.values import DEEPEST
from tchat.templates.vocabulary import STEP_KEYS, UNSUPPORTED_KEYS

_FORMAT = 1
_IMPLICIT = Input(name="input", type="text", stdin=True)
"""The input of a template that declares none."""
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load_file(path: Path, *, name: str | None = None) -> Template:
    """Return the template in a file; `name` is what the library calls it.

    Raises:
        TemplateError: the file cannot be read, or something in it is wrong.
    """
    try:
        source = read_text(path)
    except UsageError as error:
        raise TemplateError(error.message) from error
    return load_text(source, file=one_line(str(path)), name=name or path.stem, folder=path.parent)


def load_text(source: str, *, file: str, name: str = "", folder: Path | None = None) -> Template:
    """Return the template that `source` holds.

    Args:
        source: TOML.
        file: what messages call it.
        name: what it is called in the library.
        folder: where the files are that it names; None if it may name none.

    Raises:
        TemplateError: something is wrong; the message lists all of it, one `file:line: problem` a line.
    """
    document = _parse(source.replace("\r\n", "\n"), file)
    findings = Findings()
    template = _read(Table(document.values, (), document.positions, findings), file, folder)
    if findings.problems:
        raise TemplateError(
            "\n".join(f"{file}:{problem.line}: {problem.text}" for problem in sorted(findings.problems))
        )
    return replace(template, name=name)


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


def _read(top: Table, file: str, folder: Path | None) -> Template:
    declared = read_inputs(top, folder)
    inputs = declared or ()
    steps = read_steps(top, inputs, folder)
    template = Template(
        name="",
        file=file,
        folder=folder,
        title=top.string("title") or "",
        about=top.string("about") or "",
        technique=top.string("technique") or "",
        paper=top.string("paper") or "",
        tags=top.strings("tags"),
        source=top.string("source") or "",
        steps=steps,
        output=top.text("output"),
        limits=read_limits(top),
    )
    names = _declared_names(top)
    if declared is None and mentions_name(template, _IMPLICIT.name):
        inputs, names = (_IMPLICIT,), [_IMPLICIT.name]
    unclear = _unclear(top, steps)
    asking = None if unclear else [step.name for step in steps if isinstance(step, PromptStep)]
    tests = read_tests(top, names, asking)
    _check_top(top, steps)
    check_scope(template, names, unclear, top.findings)
    return replace(template, inputs=inputs, tests=tests)


def _declared_names(top: Table) -> list[str]:
    """Return every name in `[inputs]`, those with a wrong declaration included."""
    table = top.table("inputs")
    return list(table.values) if table else []


def _unclear(top: Table, steps: tuple[Step, ...]) -> list[str]:
    """Return the steps with keys that this version does not support: such keys may bring names of their own."""
    tables = top.tables("step") if "step" in top.values else [top]
    return [
        step.name
        for step, table in zip(steps, tables, strict=False)
        if any(key in table.values for key in UNSUPPORTED_KEYS)
    ]


def _check_top(top: Table, steps: tuple[Step, ...]) -> None:
    version = top.integer("format")
    if version is not None and version != _FORMAT:
        top.note("format", f"format {version} is newer than this version of tchat, which reads format {_FORMAT}")
    for key in top.left():
        if key in STEP_KEYS:
            top.take(key)
            top.note(key, f"{quoted(key)} belongs to a [[step]]")
    top.close("a template", UNSUPPORTED_KEYS)
    if not steps and not top.findings.problems:
        top.findings.add(1, 'there is nothing to do: a template has a "prompt" at its top, or [[step]] tables')
