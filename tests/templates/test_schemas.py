"""The short form of schemas."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tchat.templates.schemas import is_json_schema, write_out


def closed(**properties: object) -> dict[str, Any]:
    """Return the schema of an object with these keys and no others."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


@pytest.mark.parametrize(
    ("short", "schema"),
    [
        ("text", {"type": "string"}),
        ("int", {"type": "integer"}),
        ("number", {"type": "number"}),
        ("bool", {"type": "boolean"}),
        ("int, 0 to 10", {"type": "integer", "minimum": 0, "maximum": 10}),
        ("number, -1 to 0.5", {"type": "number", "minimum": -1, "maximum": 0.5}),
        (
            "number, 0 to 1, how likely, as you see it",
            {"type": "number", "minimum": 0, "maximum": 1, "description": "how likely, as you see it"},
        ),
        ("int, from 1 up", {"type": "integer", "description": "from 1 up"}),
        (
            "text, the answer or exactly: I don't know",
            {"type": "string", "description": "the answer or exactly: I don't know"},
        ),
        ("text, 1 to 3", {"type": "string", "description": "1 to 3"}),
        ("bug | feature", {"type": "string", "enum": ["bug", "feature"]}),
        ("a|b c, what it is", {"type": "string", "enum": ["a", "b c"], "description": "what it is"}),
        (["text"], {"type": "array", "items": {"type": "string"}}),
        ([{"a": "int"}], {"type": "array", "items": closed(a={"type": "integer"})}),
        ({"a": {"b": ["bool"]}}, closed(a=closed(b={"type": "array", "items": {"type": "boolean"}}))),
        ({"type": "text"}, closed(type={"type": "string"})),
        ({"a?": "text"}, closed(a={"anyOf": [{"type": "string"}, {"type": "null"}]})),
        (
            {"a?": "int, how many"},
            closed(a={"anyOf": [{"type": "integer"}, {"type": "null"}], "description": "how many"}),
        ),
        ({"a?": ["text"]}, closed(a={"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})),
    ],
)
def test_a_short_form_is_a_strict_schema(short: object, schema: dict[str, Any]) -> None:
    """Every key is required and no other is allowed; what follows a comma is a range or describes."""
    written = write_out(short)
    assert (written.schema, written.flaws) == (schema, [])


def test_keys_keep_their_order() -> None:
    """A model writes them in it: what it thinks before what it says."""
    written = write_out({"why": "text", "answer": "text", "also?": "text"})
    assert written.schema["required"] == ["why", "answer", "also"]


@pytest.mark.parametrize(
    "value",
    [
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"type": "array", "items": {}},
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}]},
        {"enum": [1, 2]},
        {"$ref": "#/$defs/a", "$defs": {"a": {}}},
    ],
)
def test_a_json_schema_is_known_by_its_type(value: object) -> None:
    """Or by what else says what values there are."""
    assert is_json_schema(value)


@pytest.mark.parametrize(
    "value", [{"answer": "text"}, {"type": "text"}, {"type": ["text"]}, {}, {"enum": "a | b"}, [1]]
)
def test_the_short_form_is_not_taken_for_a_json_schema(value: object) -> None:
    """Its keys are fields, whatever they are called."""
    assert not is_json_schema(value)


WORDS = st.sampled_from(["text", "int", "number", "bool", "a | b", "int, 0 to 9", "text, x", "int, 2 to 1", "", "txt"])
SHORT = st.recursive(
    WORDS | st.text(max_size=6) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(short=SHORT)
def test_any_short_form_is_a_schema_or_has_a_flaw(short: object) -> None:
    """Nothing that TOML can say ends in an exception or in a schema that is none."""
    written = write_out(short)
    Draft202012Validator.check_schema(written.schema)
    if not written.flaws:
        assert written.schema
