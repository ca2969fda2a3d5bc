"""Reads how a step asks a model: the keys of a call, its pictures, its schema, and examples."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec.structs import replace

from tchat.domain.detail import DETAILS
from tchat.domain.effort import EFFORTS
from tchat.domain.errors import UsageError
from tchat.domain.request import Settings
from tchat.templates.files import find_beside, read_text
from tchat.templates.format import Call, Example, Input, Picture, Text
from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.reading import Table
from tchat.templates.schema_checking import schema_flaw
from tchat.templates.schemas import Flaw, is_json_schema, write_out
from tchat.templates.vocabulary import EXAMPLE, PICTURE

_GRID = re.compile(r"([1-9][0-9]?)x([1-9][0-9]?)")

Exchange = tuple[Example, Table]
"""An example, and the table that it was read from."""


def read_call(table: Table, base: Call, inputs: Sequence[Input], folder: Path | None) -> Call:
    """Read the keys of a call; `base` has what they are where the table does not say."""
    return Call(
        system=table.text("system") or base.system,
        model=table.text("model") or base.model,
        settings=_read_settings(table, base.settings, folder),
        images=_read_images(table, inputs) if "images" in table.values else base.images,
    )


def _read_settings(table: Table, below: Settings, folder: Path | None) -> Settings:
    stop = table.strings("stop", or_one=True) if "stop" in table.values else None
    schema = _read_schema(table, folder)
    return Settings(
        effort=table.word("effort", EFFORTS) or below.effort,
        temperature=_first(table.number("temperature", 0, 2), below.temperature),
        top_p=_first(table.number("top_p", 0, 1), below.top_p),
        detail=table.word("detail", DETAILS) or below.detail,
        max_tokens=table.integer("max_tokens", 1) or below.max_tokens,
        seed=_first(table.integer("seed"), below.seed),
        stop=below.stop if stop is None else stop,
        schema=below.schema if schema is None else schema,
    )


def _first(value: Any, otherwise: Any) -> Any:  # noqa: ANN401  # one setting's type
    return otherwise if value is None else value


def without_schema(call: Call) -> Call:
    """Return a call whose reply is no JSON."""
    return replace(call, settings=replace(call.settings, schema=None))


def judging(call: Call) -> Call:
    """Return what a judge takes of the defaults of the file: how to ask, and nothing of what is asked."""
    return Call(model=call.model, settings=replace(call.settings, schema=None, stop=()))


# --- pictures


def _read_images(table: Table, inputs: Sequence[Input]) -> tuple[Picture, ...]:
    value = table.take("images")
    if not isinstance(value, list):
        table.strings("images")
        return ()
    known = [spec.name for spec in inputs if spec.type == "image"]
    pictures: list[Picture] = []
    for index, item in enumerate(cast("list[object]", value)):
        picture = _read_picture(table, item, index)
        if picture is not None:
            pictures.append(picture)
            if picture.source not in known:
                line = table.positions.line((*table.path, "images", index))
                name = picture.source
                table.findings.add(line, f"{quoted(name)} is not an input of type image{did_you_mean(name, known)}")
    return tuple(pictures)


def _read_picture(table: Table, item: object, index: int) -> Picture | None:
    if isinstance(item, str):
        return Picture(source=item)
    if not isinstance(item, dict):
        table.note("images", '"images" is a list of inputs, or of tables such as { from = "chart", grid = "4x3" }')
        return None
    inner = table.inner(cast("dict[str, Any]", item), "images", index)
    inner.close("a picture", PICTURE)
    source = inner.string("from")
    if "from" not in inner.values:
        inner.findings.add(inner.line, 'a picture needs "from", an input of type image')
    picture = Picture(source=source or "", grid=_read_grid(inner), max_side=inner.integer("max_side", 1))
    return picture if source is not None else None


def _read_grid(table: Table) -> tuple[int, int] | None:
    value = table.string("grid")
    if value is None:
        return None
    found = _GRID.fullmatch(value)
    if found is None:
        table.note("grid", f'"grid" is columns and rows, each from 1 to 99, as in "4x3", not {quoted(value)}')
        return None
    return int(found[1]), int(found[2])


# --- schema


def _read_schema(table: Table, folder: Path | None) -> dict[str, Any] | None:
    value = table.take("schema")
    if value is None:
        return None
    try:
        return _schema_file(value, folder) if isinstance(value, str) else _schema(table, value)
    except UsageError as error:
        table.note("schema", error.message)
        return None


def _schema(table: Table, value: object) -> dict[str, Any] | None:
    if not isinstance(value, dict | list):
        table.note("schema", f'"schema" is a table, a list of one, or the name of a file, not {table.shown("schema")}')
        return None
    if not table.plain("schema"):
        return None
    if is_json_schema(cast("object", value)):
        return _meant(cast("dict[str, Any]", value), '"schema"')
    written = write_out(cast("object", value))
    for flaw in written.flaws:
        _note_flaw(table, flaw)
    return written.schema


def _note_flaw(table: Table, flaw: Flaw) -> None:
    names = [part for part in flaw.path if isinstance(part, str)]
    subject = f'{quoted(".".join(names))} in "schema"' if names else '"schema"'
    stray = table.inner({}, "schema").stray(names[0]) if len(flaw.path) == 1 and names else None
    line = table.positions.line((*table.path, "schema", *flaw.path))
    table.findings.add(line, stray or f"{subject} {flaw.text}")


def _schema_file(name: str, folder: Path | None) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(read_text(find_beside(folder, name)))
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{quoted(name)} is not JSON") from error
    if not is_json_schema(content):
        raise UsageError(f"{quoted(name)} is not a JSON Schema")
    return _meant(cast("dict[str, Any]", content), quoted(name))


def _meant(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a JSON Schema, if it is one.

    Raises:
        UsageError: it is not.
    """
    problem = schema_flaw(schema)
    if problem is not None:
        raise UsageError(f"{name} is not a JSON Schema: {problem}")
    return schema


# --- examples


def read_examples(table: Table) -> tuple[Exchange, ...]:
    """Read `[[examples]]` of a step or of the file."""
    if "examples" not in table.values:
        return ()
    return tuple(
        (Example({key: _field(inner, key) for key in inner.values}), inner) for inner in table.tables("examples")
    )


def _field(table: Table, key: str) -> Text:
    told = None if isinstance(table.values[key], str) else table.stray(key)
    if told:
        table.note(key, told)
        return Text("", (table.line,))
    return table.text(key) or Text("", (table.line,))


def check_sent(exchanges: Sequence[Exchange]) -> None:
    """Note the examples that cannot be sent as turns."""
    for example, table in exchanges:
        for key in EXAMPLE:
            if key not in example.fields:
                told = f'an example needs "user" and "assistant", and here is no {quoted(key)}'
                table.findings.add(table.line, told)
        for key in example.fields:
            if key not in EXAMPLE:
                told = table.stray(key) or (
                    f'{quoted(key)} is not sent: an example has "user" and "assistant", '
                    "and other keys only for a prompt that renders `examples` itself"
                )
                table.note(key, told)
