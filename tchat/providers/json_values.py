"""JSON from strangers: read leniently, looked into without trust."""

import json
from typing import Any, cast

import msgspec

from tchat.domain.text import encodable


def decoded(data: bytes) -> object:
    """Return the value of a JSON text, also of one with broken UTF-8, raw control characters or lone surrogates.

    Raises:
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(data.decode("utf-8", "replace"), strict=False)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def table(value: object) -> dict[str, Any]:
    """Return a JSON object as it is, and anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def tables(value: object) -> list[dict[str, Any]]:
    """Return the objects of a JSON array; none of anything else."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def words(value: object) -> str:
    """Return a JSON string as it is, and anything else as an empty one."""
    return value if isinstance(value, str) else ""


def storable(value: object) -> Any:  # noqa: ANN401  # JSON values
    """Return a JSON value whose texts UTF-8 can hold: halves of surrogate pairs are joined or replaced."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.loads(encodable(json.dumps(value, ensure_ascii=False)))
    return value
