"""The run settings as texts in fields: what a text means for a model, and what is wrong with it.

Law: what `spell` makes of a value, `read` takes for the same value; an empty text is the provider's default.
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from tchat.domain.effort import EFFORTS, Effort, nearest
from tchat.domain.errors import UsageError
from tchat.domain.model import ModelFacts
from tchat.paths import user_path

MOST = 2**63 - 1
"""The largest whole number that a setting can be."""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
_LETTERS = {character: letter for letter, character in _ESCAPES.items()}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.|$)")


class Field(Struct, frozen=True, kw_only=True):
    """A setting that is written as one number."""

    name: str
    """In `Settings`."""
    label: str
    read: Callable[[str, ModelFacts], float | None]
    """Raises UsageError with what is wrong with a text."""
    spell: Callable[[float | None], str] = lambda value: "" if value is None else f"{value}"


def _whole(text: str, least: int, most: int) -> int | None:
    """Return a whole number within bounds; None for an empty text."""
    text = text.strip()
    if not text:
        return None
    bounds = f"from {least:,} to {most:,}" if most < MOST else f"of at least {least:,}" if least > -MOST else ""
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise UsageError(f"a whole number {bounds}".rstrip())
    return number


def _fraction(text: str, most: int) -> float | None:
    """Return a number from 0 to `most`; None for an empty text."""
    text = text.strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        raise UsageError(f"a number from 0 to {most}, such as 0.7")
    return number


def _budget(text: str, facts: ModelFacts) -> int | None:
    least, most = facts.budget or (0, MOST)
    if text.strip() == "0" and (facts.efforts is None or "none" in facts.efforts):
        return 0
    return _whole(text, least, most)


FIELDS = (
    Field(name="thinking_budget", label="Thinking budget", read=_budget),
    Field(name="temperature", label="Temperature", read=lambda text, _: _fraction(text, 2)),
    Field(name="top_p", label="Top-p", read=lambda text, _: _fraction(text, 1)),
    Field(name="max_tokens", label="Max tokens", read=lambda text, facts: _whole(text, 1, facts.max_output or MOST)),
    Field(name="seed", label="Seed", read=lambda text, _: _whole(text, -MOST, MOST)),
)
"""In the order in which they are shown."""


def levels(facts: ModelFacts) -> tuple[Effort, ...]:
    """Return the levels of effort that can be chosen: every one for a model of which nothing is known."""
    return EFFORTS if facts.efforts is None else facts.efforts


def level_for(effort: Effort | None, facts: ModelFacts) -> Effort | None:
    """Return the level that an effort is sent as; None for the provider's default."""
    return None if effort is None else nearest(effort, levels(facts))


def read_stops(text: str) -> tuple[str, ...]:
    r"""Return stop sequences, one a line, in which `\n`, `\t`, `\r`, `\\` and `\u0000` are what they are in JSON.

    Raises:
        UsageError: there is another escape.
    """
    return tuple(_ESCAPE.sub(_unescaped, line) for line in text.split("\n") if line)


def _unescaped(escape: re.Match[str]) -> str:
    letter = escape[1]
    if len(letter) > 1:
        return chr(int(letter[1:], 16))
    if letter not in _ESCAPES:
        raise UsageError(rf"\{letter} means nothing here: write \n, \t, or \\ for a backslash")
    return _ESCAPES[letter]


def spell_stops(stops: Sequence[str]) -> str:
    """Return stop sequences as text, one a line."""
    return "\n".join("".join(map(_escaped, stop)) for stop in stops)


def _escaped(character: str) -> str:
    if character in _LETTERS:
        return f"\\{_LETTERS[character]}"
    if character.isprintable() or ord(character) > 0xFFFF:  # noqa: PLR2004  # what \u cannot say
        return character
    return f"\\u{ord(character):04x}"


def read_schema(text: str) -> dict[str, Any] | None:
    """Return a JSON Schema; None for an empty text.

    Raises:
        UsageError: it is no JSON object.
    """
    if not text.strip():
        return None
    try:
        schema: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}, line {error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError("not JSON that can be sent: nested too deeply, or a number too long") from error
    if not isinstance(schema, dict):
        raise UsageError('a JSON Schema is an object: { "type": … }')
    return cast("dict[str, Any]", schema)


def spell_schema(schema: dict[str, Any] | None) -> str:
    """Return a JSON Schema as text."""
    return "" if schema is None else json.dumps(schema, indent=2, ensure_ascii=False)


def schema_path(text: str) -> Path | None:
    """Return the file that `@path` names; None for any other text."""
    name = text.strip()
    return Path(name[1:].strip()) if name.startswith("@") and "\n" not in name and name[1:].strip() else None


def read_schema_file(path: Path) -> str:
    """Return the JSON Schema in a file as text.

    Raises:
        UsageError: the file cannot be read, or holds no JSON Schema.
    """
    try:
        path = user_path(str(path))
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path.name} is larger than {_LARGEST >> 20} MB")
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path.name}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path.name} is not UTF-8 text") from error
    schema = read_schema(text)
    if schema is None:
        raise UsageError(f"{path.name} is empty")
    return spell_schema(schema)


_LARGEST = 2**20
"""Bytes of a schema's file."""
