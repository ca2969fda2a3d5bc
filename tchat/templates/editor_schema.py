"""The file format as a JSON Schema (draft 2020-12), for editors that complete and check TOML.

Law: what the loader takes is valid. What an editor cannot know, such as which names a text may mention, is the
loader's to tell.
"""

from collections.abc import Collection, Mapping
from typing import Any, get_args

from tchat.domain.detail import DETAILS
from tchat.domain.effort import EFFORTS
from tchat.templates import vocabulary
from tchat.templates.format import InputType, Vote

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_EXPRESSION: Schema = {"type": "string", "minLength": 1}
_BOOLEAN: Schema = {"type": "boolean"}
_AMOUNT: Schema = {"type": "integer", "minimum": 0}
_POSITIVE: Schema = {"type": "integer", "minimum": 1}
_COUNT: Schema = {"anyOf": [_POSITIVE, _EXPRESSION]}
_NOT_NEGATIVE: Schema = {"type": "number", "minimum": 0}
_NAME: Schema = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
_ANY_TABLE: Schema = {"type": "object"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_TEXT_OR_TEXTS: Schema = {"anyOf": [_TEXT, _TEXTS]}
_WORDS: Schema = {"type": "array", "items": _TEXT, "minItems": 1}


def _part(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list(name: str) -> Schema:
    return {"type": "array", "items": _part(name)}


_ABOUT: Mapping[str, Schema] = {
    "format": {"const": 1},
    **dict.fromkeys(("title", "about", "technique", "paper", "source", "output"), _TEXT),
    "tags": _TEXTS,
}
_TABLES: Mapping[str, Schema] = {
    "inputs": {
        "type": "object",
        "propertyNames": _NAME,
        "additionalProperties": {"anyOf": [{"enum": [*get_args(InputType)]}, _part("input")]},
    },
    "limits": _part("limits"),
    "step": _list("step"),
    "test": _list("test"),
}
_INPUT: Mapping[str, Schema] = {
    "type": {"enum": [*get_args(InputType)]},
    "default": {},
    "help": _TEXT,
    "choices": _TEXTS,
    "min": {"type": "number"},
    "max": {"type": "number"},
    "stdin": _BOOLEAN,
    "required": _BOOLEAN,
}
_LIMITS: Mapping[str, Schema] = {"max_calls": _AMOUNT, "max_cost": _NOT_NEGATIVE, "max_seconds": _NOT_NEGATIVE}
_CALL: Mapping[str, Schema] = {
    "system": _TEXT,
    "model": _TEXT,
    "effort": {"enum": [*EFFORTS]},
    "temperature": {"type": "number", "minimum": 0, "maximum": 2},
    "top_p": {"type": "number", "minimum": 0, "maximum": 1},
    "detail": {"enum": [*DETAILS]},
    "max_tokens": _POSITIVE,
    "seed": {"type": "integer"},
    "stop": _TEXT_OR_TEXTS,
    "images": {"type": "array", "items": {"anyOf": [_TEXT, _part("picture")]}},
    "schema": {"anyOf": [_TEXT, _ANY_TABLE, {"type": "array", "minItems": 1, "maxItems": 1}]},
}
_STEP: Mapping[str, Schema] = {
    "name": _NAME,
    "with": _ANY_TABLE,
    "stdin": _TEXT,
    "timeout": {"type": "number", "exclusiveMinimum": 0},
    "prompt": _TEXT,
    "text": _TEXT,
    "value": _EXPRESSION,
    "use": _TEXT,
    "do": {"type": "array", "items": _part("step"), "minItems": 1},
    "command": _WORDS,
    **_CALL,
    "examples": _list("example"),
    "examples_from": _NAME,
    "shots": _AMOUNT,
    "extract": _part("extract"),
    "check": _part("check"),
    "retries": _AMOUNT,
    "if_missing": {"enum": ["stop", "null"]},
    "for_each": _EXPRESSION,
    "as": _NAME,
    "serial": _BOOLEAN,
    "limit": _COUNT,
    "samples": _COUNT,
    "vote": {"enum": [*get_args(Vote)]},
    "judge": _part("judge"),
    "when": _EXPRESSION,
    "repeat": _COUNT,
    "until": _EXPRESSION,
    "start": _ANY_TABLE,
    "continue": _NAME,
    "needs": _TEXT_OR_TEXTS,
    "expect_items": _AMOUNT,
    "expect_tokens": _AMOUNT,
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "for_each": ("as", "serial", "limit"),
    "samples": ("vote", "judge"),
    "repeat": ("until", "start"),
    "use": ("with",),
    "command": ("stdin", "timeout"),
}
"""Keys that the others have no meaning without."""
_PICTURE: Mapping[str, Schema] = {
    "from": _TEXT,
    "grid": {"type": "string", "pattern": "^[1-9][0-9]?x[1-9][0-9]?$"},
    "max_side": _POSITIVE,
}
_STAGES: Mapping[str, Schema] = {
    "after": _EXPRESSION,
    "tag": _EXPRESSION,
    "regex": _TEXT,
    "map": {"type": "object", "minProperties": 1},
    "which": {"enum": ["first", "last", "all"]},
    "group": {"type": ["integer", "string"]},
}
_EXPECT: Mapping[str, Schema] = {
    "equals": {},
    "number": {"type": ["number", "string"]},
    "tolerance": {"type": ["number", "string"], "minimum": 0},
    "one_of": {"type": ["array", "string"], "minItems": 1},
    "matches": _TEXT,
    "contains": _TEXT_OR_TEXTS,
    "lacks": _TEXT_OR_TEXTS,
    "max_words": {"type": ["integer", "string"], "minimum": 0},
    "min_words": {"type": ["integer", "string"], "minimum": 0},
    "expr": _EXPRESSION,
    "command": _WORDS,
    "abstain": {"anyOf": [_BOOLEAN, _TEXT, _WORDS]},
    "threshold": {"type": ["number", "string"], "minimum": 0, "exclusiveMaximum": 1},
}
_TEST: Mapping[str, Schema] = {
    "name": _TEXT,
    "inputs": _ANY_TABLE,
    "replies": {"type": "object", "additionalProperties": _TEXT_OR_TEXTS},
    "expect": _part("check"),
    "calls": _AMOUNT,
    "data": _TEXT,
    "map": {"type": "object", "additionalProperties": _TEXT},
    "limit": _POSITIVE,
    "repeat": _POSITIVE,
}


def editor_schema() -> Schema:
    """Return the JSON Schema of a template."""
    top = {**vocabulary.ABOUT, **vocabulary.TABLES, **vocabulary.AT_TOP}
    shapes = {**_ABOUT, **_TABLES, **_STEP}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A template of tchat",
        **_table(top, shapes),
        "oneOf": [{"required": ["prompt"]}, {"required": ["step"]}],
        "$defs": {
            "input": _table(vocabulary.INPUT, _INPUT, ["type"]),
            "limits": _table(vocabulary.LIMITS, _LIMITS),
            "example": _open(_table(vocabulary.EXAMPLE, dict.fromkeys(vocabulary.EXAMPLE, _TEXT))),
            "step": _step(),
            "picture": _table(vocabulary.PICTURE, _PICTURE, ["from"]),
            "extract": {"anyOf": [_part("stage"), {**_list("stage"), "minItems": 1}]},
            "stage": {"anyOf": [_named_stage(), _stage_table()]},
            "check": _table(vocabulary.EXPECT, _EXPECT),
            "judge": _table(vocabulary.JUDGE, _STEP, ["prompt"]),
            "test": _table(vocabulary.TEST, _TEST),
        },
    }


def _table(keys: Mapping[str, str], shapes: Mapping[str, Schema], required: Collection[str] = ()) -> Schema:
    """Return the schema of a table with these keys, each with what is said of it, and no others."""
    properties = {key: {**shapes[key], "description": said} for key, said in keys.items()}
    closed: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**closed, "required": [*required]} if required else closed


def _open(table: Schema) -> Schema:
    """Return a table that may have other keys, whose values are texts."""
    return {**table, "additionalProperties": _TEXT}


def _step() -> Schema:
    needed = {key: [other] for other, keys in _NEEDED.items() for key in keys}
    return {
        **_table(vocabulary.STEP, _STEP, ["name"]),
        "oneOf": [{"required": [kind]} for kind in vocabulary.KINDS],
        "dependentRequired": needed,
    }


def _named_stage() -> Schema:
    return {"oneOf": [{"const": name, "description": said} for name, said in vocabulary.EXTRACTS.items()]}


def _stage_table() -> Schema:
    keys = {**vocabulary.STAGES, **vocabulary.REGEX}
    return {
        **_table(keys, _STAGES),
        "oneOf": [{"required": [stage]} for stage in vocabulary.STAGES],
        "dependentRequired": {key: ["regex"] for key in vocabulary.REGEX},
    }
