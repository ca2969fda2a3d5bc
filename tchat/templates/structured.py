"""Tables and lists as replies: schemas as providers take them, and values as models write them.

Providers want an object at the root, so a list goes as the one field of a table. A model that is not held to its schema
leaves out what may be null.
"""

from typing import Any, cast

from tchat.templates.format import Value
from tchat.templates.json_finding import NoJson, find_json
from tchat.templates.schema_checking import schema_problems
from tchat.templates.schemas import subschemas

_FIELD = "items"
_OPENERS = {"object": ("{",), "array": ("[", "{")}
"""What a value of a type begins with; a list may stand in its table."""
_NO_JSON = "there is no complete JSON value in the reply"


def as_object(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose root is an object: the schema itself, or a table with what it describes in `items`."""
    if _is_object(schema):
        return schema
    return {"type": "object", "properties": {_FIELD: schema}, "required": [_FIELD], "additionalProperties": False}


def read_structured(text: str, schema: dict[str, Any]) -> tuple[Value, list[str]]:
    """Return the JSON in a reply, and what keeps it from being what `schema` asks for.

    It may stand in a fenced block or among other words, and a list may be in its table or not.

    Raises:
        TemplateError: `schema` is no JSON Schema.
    """
    value: Value = None
    problems = [_NO_JSON]
    for openers in _OPENERS.get(str(schema.get("type")), ("{[",)):
        try:
            found = find_json(text, openers)
        except NoJson:
            continue
        value = cast("Value", _with_nulls(_unwrapped(found, schema), schema))
        problems = schema_problems(value, schema)
        if not problems:
            break
    return value, problems


def _unwrapped(value: object, schema: dict[str, Any]) -> object:
    """Return what `as_object` was wrapped around, where a model has kept to the wrapping."""
    if _is_object(schema) or not isinstance(value, dict):
        return value
    table = cast("dict[str, object]", value)
    return table[_FIELD] if list(table) == [_FIELD] else table


def _with_nulls(value: object, schema: dict[str, Any]) -> object:
    """Return a value with null for each field that must be there, may be null, and is not there."""
    if isinstance(value, list):
        items = schema.get("items")
        inner = cast("dict[str, Any]", items) if isinstance(items, dict) else {}
        return [_with_nulls(item, inner) for item in cast("list[object]", value)]
    fields = subschemas(schema)
    if not isinstance(value, dict) or not fields:
        return cast("object", value)
    table = cast("dict[str, object]", value)
    needed = cast("list[str]", schema.get("required", []))
    missing = {name: None for name in needed if name not in table and {"type": "null"} in _either(fields.get(name, {}))}
    return {name: _with_nulls(item, fields.get(name, {})) for name, item in table.items()} | missing


def _either(schema: dict[str, Any]) -> list[Any]:
    found = schema.get("anyOf")
    return cast("list[Any]", found) if isinstance(found, list) else []


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type") in ("object", None)
