"""Reads `[[test]]`: its inputs and replies must be of inputs and steps that exist."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tchat.domain.errors import UsageError
from tchat.templates.answers import read_check
from tchat.templates.format import Case, Command, Do, Evaluate, Input, Prompt, Render, Step, Use
from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.patterns import each_text, named
from tchat.templates.reading import Table
from tchat.templates.values import from_plain
from tchat.templates.vocabulary import TEST

_OF_DATA = ("map", "limit", "repeat")


def read_tests(top: Table, inputs: Sequence[Input], names: Collection[str], steps: Sequence[Step]) -> tuple[Case, ...]:
    """Read every `[[test]]`.

    Args:
        top: the top of the file.
        inputs: the inputs that could be read.
        names: the names of all inputs, those with a wrong declaration included.
        steps: the steps that could be read.
    """
    if "test" not in top.values:
        return ()
    said = replied(steps)
    return tuple(_read_test(table, {**dict.fromkeys(names), **_named(inputs)}, said) for table in top.tables("test"))


def replied(steps: Sequence[Step]) -> dict[str, bool]:
    """Return the names that `replies` may have, and whether the names below each are not all known."""
    names: dict[str, bool] = {}
    for step in steps:
        match step.deed:
            case Prompt() | Command():
                names[step.name] = False
            case Do(inner):
                names |= replied(inner)
            case Use(template=template):
                names[step.name] = not template.steps
                names |= {f"{step.name}.{name}": is_open for name, is_open in replied(template.steps).items()}
            case Render() | Evaluate():
                pass
        if step.sampling is not None and step.sampling.judge is not None:
            names[f"{step.name}.judge"] = False
    return names


def _named(inputs: Sequence[Input]) -> dict[str, Input]:
    return {spec.name: spec for spec in inputs}


def _read_test(table: Table, inputs: Mapping[str, Input | None], steps: Mapping[str, bool]) -> Case:
    table.close("a test", TEST)
    case = Case(
        name=table.string("name") or f"line {table.line}",
        line=table.line,
        inputs=_read_inputs(table, inputs),
        replies=_read_replies(table, steps),
        expect=read_check(table, "expect"),
        calls=table.integer("calls", 0),
        data=table.string("data"),
        map=_read_map(table),
        limit=table.integer("limit", 1),
        repeat=table.integer("repeat", 1),
    )
    if "data" in table.values:
        _check_map(table, case, inputs)
        return case
    for key in _OF_DATA:
        if key in table.values:
            table.note(key, f'{quoted(key)} has no meaning without "data"')
    for spec in inputs.values() if all(name in inputs for name in case.inputs) else ():
        if spec and spec.required and spec.default is None and spec.name not in case.inputs:
            table.findings.add(table.line, f"the test gives no {quoted(spec.name)}, which the template needs")
    return case


def _read_inputs(table: Table, inputs: Mapping[str, Input | None]) -> dict[str, Any]:
    inner = table.table("inputs")
    if inner is None:
        return {}
    for name, value in inner.values.items():
        if name not in inputs:
            told = inner.stray(name) or f"{quoted(name)} is not an input{did_you_mean(name, inputs)}"
            inner.note(name, told)
        spec = inputs.get(name)
        if inner.plain(name) and spec is not None and (spec.choices or spec.type != "choice"):
            try:
                from_plain(spec, value)
            except UsageError as error:
                inner.note(name, f"{quoted(name)} is wrong: {error.message}")
    return dict(inner.values)


def _read_replies(table: Table, steps: Mapping[str, bool]) -> dict[str, tuple[str, ...]]:
    inner = table.table("replies")
    if inner is None:
        return {}
    opened = tuple(f"{name}." for name, is_open in steps.items() if is_open)
    replies: dict[str, tuple[str, ...]] = {}
    for name in inner.values:
        if name not in steps and not name.startswith(opened):
            told = f"{quoted(name)} is not a step that asks a model or runs a program{did_you_mean(name, steps)}"
            inner.note(name, inner.stray(name) or told)
        replies[name] = inner.strings(name, or_one=True)
        if inner.values[name] == []:
            inner.note(name, f"{quoted(name)} has no replies")
    return replies


def _read_map(table: Table) -> dict[str, str]:
    inner = table.table("map")
    if inner is None:
        return {}
    return {name: column for name in inner.values if (column := inner.string(name)) is not None}


def _check_map(table: Table, case: Case, inputs: Collection[str]) -> None:
    """Note the names of `map` that nothing takes."""
    inner = table.table("map")
    wanted = {*inputs}
    for pattern in case.expect.values():
        each_text(pattern, lambda text: wanted.update(named(text)))
    for name in inner.values if inner else ():
        if inner and name not in wanted:
            told = f"{quoted(name)} is not an input, and not used by expect{did_you_mean(name, wanted)}"
            inner.note(name, inner.stray(name) or told)
