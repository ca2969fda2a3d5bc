"""Reads what a template declares beside its steps: `[inputs]` and `[limits]`."""

from pathlib import Path
from typing import Any, cast, get_args

from tchat.domain.errors import UsageError
from tchat.templates.files import find_beside, find_text_beside
from tchat.templates.format import Input, InputType, Limits
from tchat.templates.naming import listed, name_problem, quoted
from tchat.templates.reading import Table
from tchat.templates.values import from_plain
from tchat.templates.vocabulary import INPUT, LIMITS

INPUT_TYPES: tuple[InputType, ...] = get_args(InputType)


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
        problem = table.stray(name)
    problem = problem or name_problem(name)
    if problem:
        table.note(name, problem)
        return None
    if isinstance(value, dict):
        inner = table.inner(cast("dict[str, Any]", value), name)
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
    table.close("an input", INPUT)
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
        if spec.type == "file":
            find_text_beside(folder, spec.default)
        elif spec.type == "image":
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
    table.close("limits", LIMITS)
    return limits
