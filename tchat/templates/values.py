"""Values of inputs: from what a user typed, and from what a TOML file or a form holds."""

import json
import math
import re
from typing import Any, NoReturn, cast

from tchat.domain.errors import UsageError
from tchat.templates.format import Input, Value
from tchat.templates.naming import did_you_mean, listed, quoted

DEEPEST = 100
"""How many levels of lists and tables a value may have."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_LARGEST = 2**63
"""Whole numbers that fit 64 bits are below it, as TOML has them."""


def from_text(spec: Input, text: str) -> Value:
    """Return the value that `text` means for an input.

    A list is a JSON list, one item a line, or items with commas between them. Images are not made from text here.

    Raises:
        UsageError: it means none; the message is about the value only.
    """
    match spec.type:
        case "text" | "file" | "image" | "choice":
            value: Value = text
        case "int":
            value = int(text) if _INTEGER.fullmatch(text.strip()) else _refuse(f"{quoted(text)} is not a whole number")
        case "number":
            value = _number(text)
        case "bool":
            found = _TRUTHS.get(text.strip().lower())
            value = found if found is not None else _refuse(f"{quoted(text)} is neither true nor false")
        case "list":
            value = _list(text)
        case "json":
            value = _json(text)
    return from_plain(spec, value)


def from_plain(spec: Input, value: object) -> Value:
    """Return `value` if it is one that the input takes: of its type, in its range, one of its choices.

    For `file` and `image` that is a string: the text of the file, the name of the image.

    Raises:
        UsageError: it is not; the message is about the value only.
    """
    if not _fits(spec, value):
        _refuse(f"{_shown(value)} is not of type {spec.type}")
    plain = cast("Value", value)
    if spec.type == "choice" and isinstance(plain, str) and plain not in spec.choices:
        _refuse(f"{quoted(plain)} is not {listed(spec.choices)}{did_you_mean(plain, spec.choices)}")
    if isinstance(plain, int | float):
        if spec.min is not None and plain < spec.min:
            _refuse(f"{plain} is less than {spec.min}")
        if spec.max is not None and plain > spec.max:
            _refuse(f"{plain} is more than {spec.max}")
    return plain


def empty(spec: Input) -> Value:
    """Return what an input is that is not required and not given."""
    match spec.type:
        case "text" | "file" | "choice":
            return ""
        case "list":
            return []
        case "int" | "number" | "bool" | "image" | "json":
            return None


def is_plain(value: object, levels: int = DEEPEST) -> bool:
    """Tell whether a value is JSON: null, a truth value, a 64-bit or finite number, a text, a list or table of them."""
    match value:
        case None | bool() | str():
            return True
        case int():
            return -_LARGEST <= value < _LARGEST
        case float():
            return math.isfinite(value)
        case list():
            return levels > 0 and all(is_plain(item, levels - 1) for item in cast("list[object]", value))
        case dict():
            table = cast("dict[object, object]", value)
            return levels > 0 and all(
                isinstance(key, str) and is_plain(item, levels - 1) for key, item in table.items()
            )
        case _:
            return False


def _fits(spec: Input, value: object) -> bool:
    match spec.type:
        case "text" | "file" | "image" | "choice":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool) and is_plain(value)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and is_plain(value)
        case "bool":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list) and is_plain(cast("object", value))
        case "json":
            return is_plain(value)


def _number(text: str) -> float:
    stripped = text.strip()
    if _INTEGER.fullmatch(stripped):
        return int(stripped)
    try:
        number = float(stripped)
    except ValueError:
        number = math.nan
    return number if math.isfinite(number) else _refuse(f"{quoted(text)} is not a number")


def _list(text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        value = _json(text)
        return value if isinstance(value, list) else _refuse(f"{quoted(text)} is not a list")
    items = text.splitlines() if "\n" in text else text.split(",")
    return [item.strip() for item in items if item.strip()]


def _json(text: str) -> Value:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        _refuse(f"{quoted(text)} is not JSON")


def _shown(value: object) -> str:
    match value:
        case list():
            return "a list"
        case dict():
            return "a table"
        case str() | bool():
            return quoted(value)
        case int() | float():
            return str(value) if is_plain(value) else "a number out of range"
        case _:
            return "a date or time"


def _refuse(text: str) -> NoReturn:
    raise UsageError(text)
