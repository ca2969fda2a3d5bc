"""The short form of a schema, written out as a strict JSON Schema.

`{ answer = "text", score = "int, 0 to 10", kind = "bug | feature", tags = ["text"], "note?" = "text" }` is an object
with these keys and no others. A type is `text`, `int`, `number`, `bool`, or words between bars; numbers may have a
range, and what else follows a comma describes the value. A list holds the type of its items. Every key is required,
since strict providers take nothing else; one that ends in `?` may be null instead.
"""

import re
from typing import Any, cast

from msgspec import Struct, field

from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.positions import Path
from tchat.templates.values import is_plain

_TYPES = {"text": "string", "int": "integer", "number": "number", "bool": "boolean"}
_OTHER_NAMES = {
    "string": '"text"',
    "str": '"text"',
    "integer": '"int"',
    "float": '"number"',
    "boolean": '"bool"',
    "list": '["text"]',
    "array": '["text"]',
    "object": '{ name = "text" }',
    "table": '{ name = "text" }',
}
_KNOWN = f'{", ".join(map(quoted, _TYPES))}, or words such as "yes | no"'
_NUMBER = r"[-+]?[0-9]{1,15}(?:\.[0-9]{1,15})?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s+to\s+({_NUMBER})\s*")

_SCHEMA_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_SCHEMA_SHAPES = {"$ref": str, "anyOf": list, "oneOf": list, "allOf": list, "enum": list}


class Flaw(Struct, frozen=True):
    """Something wrong in a short form."""

    path: Path
    """The way to it within the short form."""
    text: str
    """What is to be said of it, without its name."""


class Written(Struct, frozen=True):
    """A JSON Schema, and what was wrong where it was read."""

    schema: dict[str, Any]
    flaws: list[Flaw] = field(default_factory=list[Flaw])


def is_json_schema(value: object) -> bool:
    """Tell a JSON Schema from the short form, in which every key is a field and every value its type in words."""
    if not isinstance(value, dict) or not is_plain(cast("object", value)):
        return False
    table = cast("dict[str, object]", value)
    types = table.get("type")
    named = cast("list[object]", types) if isinstance(types, list) else [types]
    if types is not None:
        return all(name in _SCHEMA_TYPES for name in named)
    return any(isinstance(table.get(key), shape) for key, shape in _SCHEMA_SHAPES.items())


def write_out(short: object) -> Written:
    """Return the JSON Schema that a short form stands for; `short` is a table or a list of plain values."""
    flaws: list[Flaw] = []
    return Written(_written(short, (), flaws), flaws)


def _written(short: object, path: Path, flaws: list[Flaw]) -> dict[str, Any]:
    match short:
        case str():
            return _type(short, path, flaws)
        case list():
            return _array(cast("list[object]", short), path, flaws)
        case dict():
            return _object(cast("dict[str, object]", short), path, flaws)
        case _:
            flaws.append(Flaw(path, f"is a type in words: {_KNOWN}"))
    return {}


def _array(items: list[object], path: Path, flaws: list[Flaw]) -> dict[str, Any]:
    if len(items) != 1:
        flaws.append(Flaw(path, 'is a list that holds the type of its items, once: ["text"]'))
    return {"type": "array", "items": _written(items[0], (*path, 0), flaws) if items else {}}


def _object(fields: dict[str, object], path: Path, flaws: list[Flaw]) -> dict[str, Any]:
    if not fields:
        flaws.append(Flaw(path, 'is a table with a key for each value: { answer = "text" }'))
    properties: dict[str, Any] = {}
    for key, short in fields.items():
        name = key.removesuffix("?").rstrip()
        if not name or name in properties:
            flaws.append(Flaw((*path, key), "is there twice" if name else "has no name"))
        written = _written(short, (*path, key), flaws)
        properties[name] = _or_null(written) if key.endswith("?") else written
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that null satisfies too; the description stays outside, where models look for it."""
    described = {"description": schema["description"]} if "description" in schema else {}
    inner = {key: value for key, value in schema.items() if key != "description"}
    return {"anyOf": [inner, {"type": "null"}], **described}


def _type(words: str, path: Path, flaws: list[Flaw]) -> dict[str, Any]:
    name, _, rest = (part.strip() for part in words.partition(","))
    if "|" in name:
        return _described(_choice(name, path, flaws), rest)
    if name not in _TYPES:
        flaws.append(Flaw(path, _unknown(name)))
        return {}
    schema: dict[str, Any] = {"type": _TYPES[name]}
    if name in ("int", "number"):
        bounds, rest = _range(name, rest, path, flaws)
        schema |= bounds
    return _described(schema, rest)


def _unknown(name: str) -> str:
    meant = _OTHER_NAMES.get(name.lower())
    near = f" (did you mean {meant}?)" if meant else did_you_mean(name, _TYPES)
    return f"is {_KNOWN}, not {quoted(name)}{near}"


def _choice(words: str, path: Path, flaws: list[Flaw]) -> dict[str, Any]:
    choices = [word.strip() for word in words.split("|")]
    if not all(choices) or len({*choices}) < len(choices):
        flaws.append(Flaw(path, f"has a word twice, or none between two bars: {quoted(words)}"))
    return {"type": "string", "enum": choices}


def _range(name: str, rest: str, path: Path, flaws: list[Flaw]) -> tuple[dict[str, Any], str]:
    """Return the bounds that the words after a type begin with, and the rest of them."""
    first, _, others = rest.partition(",")
    found = _RANGE.fullmatch(first)
    if found is None:
        return {}, rest
    least, most = (float(bound) for bound in found.groups())
    if least > most:
        flaws.append(Flaw(path, f"has an empty range: {quoted(first)}"))
    if name == "int" or (least.is_integer() and most.is_integer()):
        least, most = int(least), int(most)
    return {"minimum": least, "maximum": most}, others.strip()


def _described(schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {**schema, "description": words} if words else schema


def subschemas(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the schemas of the fields of an object; a field that may be anything, or nothing, has an empty one."""
    fields = cast("dict[str, object]", schema.get("properties") or {})
    return {name: cast("dict[str, Any]", inner) if isinstance(inner, dict) else {} for name, inner in fields.items()}
