"""Reads what a template declares beside its steps: `[inputs]`, `[limits]` and `[[test]]`."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, cast, get_args

from tchat.domain.errors import UsageError
from tchat.templates.files import find_beside
from tchat.templates.format import RESERVED, Case, Input, InputType, Limits
from tchat.templates.naming import did_you_mean, listed, quoted
from tchat.templates.reading import Table
from tchat.templates.values import from_plain, is_plain
from tchat.templates.vocabulary import EXPECT_KEYS, misplaced

INPUT_TYPES: tuple[InputType, ...] = get_args(InputType)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXPRESSION_WORDS = ("and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "loop", "self", "super")


def name_problem(name: str) -> str | None:
    """Return what is wrong with the name of an input or a step; None if nothing is."""
    if not _NAME.fullmatch(name):
        return f"{quoted(name)} cannot be used in a text: a name is made of letters, digits and _"
    if name in RESERVED or name.lower() in _EXPRESSION_WORDS:
        return f"{quoted(name)} is a reserved name"
    return None


def read_inputs(top: Table, folder: Path | None) -> tuple[Input, ...] | None:
    """Read `[inputs]`; None if there is none."""
    table = top.table("inputs")
    if table is None:
        return None
    inputs = tuple(spec for name in table.values if (spec := _read_input(table, name, folder)))
    for spec in [spec for spec in inputs if spec.stdin][1:]:
        table.note(spec.name, f"{quoted(spec.name)} cannot take stdin too: only one input can")
    return inputs


def _read_input(table: Table, name: str, folder: Path | None) -> Input | None:
    value = table.take(name)
    problem = None
    if not isinstance(value, dict) and value not in INPUT_TYPES:
        problem = misplaced(name, table.header)
    problem = problem or name_problem(name)
    if problem:
        table.note(name, problem)
        return None
    if isinstance(value, dict):
        inner = Table(cast("dict[str, Any]", value), (*table.path, name), table.positions, table.findings)
        return _read_declaration(inner, name, folder)
    input_type = table.word(name, INPUT_TYPES)
    if input_type == "choice":
        table.note(name, f'{quoted(name)} needs choices: {{ type = "choice", choices = ["…"] }}')
    return Input(name=name, type=input_type) if input_type else None


def _read_declaration(table: Table, name: str, folder: Path | None) -> Input | None:
    input_type = table.word("type", INPUT_TYPES)
    if "type" not in table.values:
        table.findings.add(table.line, f"{quoted(name)} needs a type: {listed(INPUT_TYPES)}")
    required = table.boolean("required")
    spec = Input(
        name=name,
        type=input_type or "json",
        default=table.take("default"),
        help=table.string("help") or "",
        choices=table.strings("choices"),
        min=table.number("min"),
        max=table.number("max"),
        stdin=table.boolean("stdin") or False,
        required=required is not False,
    )
    table.close("an input")
    if input_type is None:
        return None
    _check_declaration(table, spec)
    _check_default(table, spec, folder)
    return spec


def _check_declaration(table: Table, spec: Input) -> None:
    if spec.type == "choice" and not spec.choices:
        table.findings.add(table.line, f"{quoted(spec.name)} needs choices, a list of texts")
    if spec.type != "choice" and spec.choices:
        table.note("choices", f'"choices" is for inputs of type choice, and {quoted(spec.name)} is {spec.type}')
    if spec.type not in ("int", "number"):
        for key in ("min", "max"):
            if key in table.values:
                table.note(key, f'"{key}" is for inputs of type int and number, and {quoted(spec.name)} is {spec.type}')
    elif spec.min is not None and spec.max is not None and spec.min > spec.max:
        table.note("min", f'"min" is above "max" ({spec.min} > {spec.max})')
    if spec.stdin and spec.type == "image":
        table.note("stdin", "an image cannot be read from stdin")


def _check_default(table: Table, spec: Input, folder: Path | None) -> None:
    if spec.default is None or (spec.type == "choice" and not spec.choices):
        return
    try:
        from_plain(spec, spec.default)
        if spec.type in ("file", "image"):
            find_beside(folder, spec.default)
    except UsageError as error:
        table.note("default", f"the default of {quoted(spec.name)} is wrong: {error.message}")


def read_limits(top: Table) -> Limits:
    """Read `[limits]`."""
    table = top.table("limits")
    if table is None:
        return Limits()
    limits = Limits(
        max_calls=table.integer("max_calls", 0),
        max_cost=table.number("max_cost", 0),
        max_seconds=table.number("max_seconds", 0),
    )
    table.close("limits")
    return limits


def read_tests(top: Table, inputs: Collection[str], steps: Collection[str] | None) -> tuple[Case, ...]:
    """Read every `[[test]]`; its inputs and replies must be of inputs and steps that exist.

    `steps` are those that ask a model; None where they are not all known.
    """
    if "test" not in top.values:
        return ()
    return tuple(_read_test(table, inputs, steps) for table in top.tables("test"))


def _read_test(table: Table, inputs: Collection[str], steps: Collection[str] | None) -> Case:
    case = Case(
        name=table.string("name") or f"line {table.line}",
        line=table.line,
        inputs=_read_named(table, "inputs", inputs, "an input"),
        replies=_read_replies(table, steps),
        expect=_read_named(table, "expect", EXPECT_KEYS, "something to expect"),
        calls=table.integer("calls", 0),
        data=table.string("data"),
        map=_read_map(table),
        limit=table.integer("limit", 1),
        repeat=table.integer("repeat", 1),
    )
    table.close("a test")
    return case


def _read_named(table: Table, key: str, known: Collection[str], what: str) -> dict[str, Any]:
    inner = table.table(key)
    if inner is None:
        return {}
    for name, value in inner.values.items():
        if name not in known:
            inner.note(name, f"{quoted(name)} is not {what}{did_you_mean(name, known)}")
        if not is_plain(value):
            inner.note(name, f"{quoted(name)} holds a date, a number out of range, or too many levels of lists")
    return dict(inner.values)


def _read_replies(table: Table, steps: Collection[str] | None) -> dict[str, tuple[str, ...]]:
    inner = table.table("replies")
    if inner is None:
        return {}
    replies: dict[str, tuple[str, ...]] = {}
    for name in inner.values:
        if steps is not None and name not in steps:
            inner.note(name, f"{quoted(name)} is not a step that asks a model{did_you_mean(name, steps)}")
        replies[name] = inner.strings(name, or_one=True)
    return replies


def _read_map(table: Table) -> dict[str, str]:
    inner = table.table("map")
    if inner is None:
        return {}
    return {name: column for name in inner.values if (column := inner.string(name)) is not None}
