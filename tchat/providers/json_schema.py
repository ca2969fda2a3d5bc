"""What of a JSON Schema matters to a provider."""

from typing import Any, cast


def is_closed(schema: object) -> bool:
    """Whether every object of a schema names all that it has, which the strict modes of providers insist on."""
    if isinstance(schema, list):
        return all(is_closed(item) for item in cast("list[object]", schema))
    if not isinstance(schema, dict):
        return True
    fields = cast("dict[str, Any]", schema)
    properties = fields.get("properties")
    if fields.get("type") == "object" or isinstance(properties, dict):
        names = set(cast("dict[str, Any]", properties)) if isinstance(properties, dict) else set[str]()
        if fields.get("additionalProperties") is not False or set(fields.get("required") or ()) != names:
            return False
    return all(is_closed(value) for value in fields.values())
