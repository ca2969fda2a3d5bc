"""What a plan puts in place of what no model has said yet: a value of the kind and about the size of the answer."""

from typing import Any, cast

from tchat.templates.format import Mapped, Matched, Named, Prompt, Stage, Step, Value
from tchat.templates.schemas import subschemas

BYTES_PER_TOKEN = 4
"""Of English text, in most tokenizers."""
TOKENS_PER_PICTURE = 1_500
"""About what the large providers read a picture of a screen as."""
REPLY_TOKENS = 300
"""What a reply has where its step does not say `expect_tokens`."""
ITEMS = 5
"""What a list has where its step does not say `expect_items`."""

_LONGEST = 8_000
"""Tokens of a text that stands in for a reply: later prompts are rendered with it."""
_WORDS = "some words "
_SHORT: dict[str, Value] = {"number": 1, "first_number": 1, "letter": "A", "yesno": "yes", "line": "some words in line"}
"""What `extract` makes of a reply of any length."""


def rough_tokens(text: str) -> int:
    """Return about how many tokens a text has."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def suppose(step: Step, tokens: int) -> Value:
    """Return a value that the reply of a step may have: of the kind that its `schema` or `extract` makes."""
    prompt = step.deed if isinstance(step.deed, Prompt) else None
    schema = prompt.call.settings.schema if prompt is not None else None
    if schema is not None:
        return _of_schema(schema, step, max(tokens // max(_texts_in(schema), 1), 1))
    text = supposed_text(tokens)
    for stage in step.answer.extract:
        text = _after(stage, step, tokens)
    if step.expect_items is not None and isinstance(text, str):
        return "\n".join(_items(step, tokens))
    return text


def supposed_text(tokens: int) -> str:
    """Return a text of about so many tokens."""
    size = min(tokens, _LONGEST) * BYTES_PER_TOKEN
    return (_WORDS * (size // len(_WORDS) + 1))[:size].strip()


def _after(stage: Stage, step: Step, tokens: int) -> Value:
    """Return what a stage of `extract` finds."""
    match stage:
        case Named(kind="lines") | Matched(which="all"):
            return cast("list[Any]", _items(step, tokens))
        case Named(kind=kind) if kind in _SHORT:
            return _SHORT[kind]
        case Mapped(table):
            return next(iter(table.values()), None)
        case _:
            return supposed_text(tokens)


def _items(step: Step, tokens: int) -> list[str]:
    count = step.expect_items or ITEMS
    return [supposed_text(max(tokens // count, 1))] * count


def _of_schema(schema: dict[str, Any], step: Step, tokens: int) -> Value:
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return cast("list[Value]", choices)[0]
    match _kind(schema):
        case "object":
            return {name: _of_schema(inner, step, tokens) for name, inner in subschemas(schema).items()}
        case "array":
            count = step.expect_items or ITEMS
            inner = schema.get("items")
            item = (
                _of_schema(cast("dict[str, Any]", inner), step, max(tokens // count, 1))
                if isinstance(inner, dict)
                else None
            )
            return [item] * count
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return supposed_text(tokens)


def _kind(schema: dict[str, Any]) -> object:
    kind: object = schema.get("type")
    if isinstance(kind, list):
        kinds = cast("list[object]", kind)
        return next((each for each in kinds if each != "null"), None)
    return "object" if kind is None and "properties" in schema else kind


def _texts_in(schema: dict[str, Any]) -> int:
    """Return how many texts a value of a schema has, a list counting once."""
    match _kind(schema):
        case "object":
            return sum(map(_texts_in, subschemas(schema).values()))
        case "array":
            inner = schema.get("items")
            return _texts_in(cast("dict[str, Any]", inner)) if isinstance(inner, dict) else 0
        case "string":
            return 1
        case _:
            return 0
