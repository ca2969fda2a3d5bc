"""JSON Schemas as providers take them: with an object at the root, so that a list goes as the one field of a table."""

from typing import Any, cast

_FIELD = "items"


def as_object(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose root is an object: the schema itself, or a table with what it describes in `items`."""
    if _is_object(schema):
        return schema
    return {"type": "object", "properties": {_FIELD: schema}, "required": [_FIELD], "additionalProperties": False}


def unwrapped(value: object, schema: dict[str, Any]) -> object:
    """Return what `as_object` was wrapped around, where a model has kept to the wrapping."""
    if _is_object(schema) or not isinstance(value, dict):
        return value
    table = cast("dict[str, object]", value)
    return table[_FIELD] if list(table) == [_FIELD] else table


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type") in ("object", None)
