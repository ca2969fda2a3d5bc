"""What is said of JSON that is not what a schema asks for."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.errors import TemplateError
from tchat.templates.format import Value
from tchat.templates.loading import load_text
from tchat.templates.schema_checking import schema_flaw, schema_problems
from tchat.templates.structured import read_structured

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 0, "maximum": 10},
        "kind": {"enum": ["bug", "feature"]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "by": {"anyOf": [{"type": "object", "properties": {"age": {"type": "number"}}}, {"type": "null"}]},
    },
    "required": ["score"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"score": 11}, "score: 11 is more than 10"),
        ({"score": -1}, "score: -1 is less than 0"),
        ({"score": "x"}, 'score: "x" is not a whole number'),
        ({"score": 1, "kind": "z"}, 'kind: "z" is not one of "bug", "feature"'),
        ({"score": 1, "tags": ["a", 2]}, "tags[1]: 2 is not a text"),
        ({"score": 1, "tags": []}, "tags: there are fewer than 1 items"),
        ({"score": 1, "by": {"age": "old"}}, 'by.age: "old" is not a number'),
        ({"score": 1, "by": 3}, "by: 3 has none of the forms that are allowed"),
        ({}, '"score" is missing'),
        ({"score": 1, "x": 1}, '"x" must not be there'),
        ([], "[] is not a table"),
    ],
)
def test_a_problem_has_its_place_and_plain_words(value: Value, problem: str) -> None:
    """For a model that mends its reply."""
    assert schema_problems(value, SCHEMA) == [problem]


def test_json_is_found_in_a_reply() -> None:
    """In a fence or in prose; brackets before a table are passed over."""
    assert read_structured('As [1] says:\n```json\n{"score": 3}\n```', SCHEMA) == ({"score": 3}, [])
    assert read_structured('As [1] says: {"score": 3}.', SCHEMA) == ({"score": 3}, [])
    assert read_structured('{"score": ', SCHEMA) == (None, ["there is no complete JSON value in the reply"])


@pytest.mark.parametrize(
    "schema",
    [{"type": "text"}, {"$ref": "https://example.com/x"}, {"$ref": "x.json"}, {"$ref": "#/x"}, {"pattern": "("}],
)
def test_a_bad_schema_is_told_from_a_good_one(schema: dict[str, Any]) -> None:
    """Also one that would have to be fetched; where it is used all the same, that is an error."""
    assert schema_flaw({"type": "string"}) is None
    assert schema_flaw(schema)
    with pytest.raises(TemplateError, match="the schema is no JSON Schema"):
        schema_problems("x", schema)


def test_a_schema_is_checked_when_its_template_is_loaded(tmp_path: Path) -> None:
    """The file or the table is named, with what is wrong in it and where."""
    (tmp_path / "s.json").write_text('{"type": "object", "properties": {"a": {"type": "strin"}}}', "utf-8")
    source = (
        '[[step]]\nname = "a"\nprompt = "x"\nschema = "s.json"\n'
        '[[step]]\nname = "b"\nprompt = "x"\nschema = { type = "object", required = "a" }\n'
    )
    with pytest.raises(TemplateError) as raised:
        load_text(source, file="t.toml", folder=tmp_path)
    first, second = raised.value.message.split("\n")
    assert first.startswith('t.toml:4: "s.json" is not a JSON Schema: properties.a.type: ')
    assert second.startswith('t.toml:8: "schema" is not a JSON Schema: required: "a" is not a list')


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(-20, 20) | st.sampled_from(["bug", "x", 0.5, True]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["score", "kind", "tags", "by", "age", "z"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(value=VALUES)
def test_there_are_no_problems_exactly_where_the_validator_accepts(value: Value) -> None:
    """No problem is lost on its way into words."""
    assert (schema_problems(value, SCHEMA) == []) == jsonschema_rs.is_valid(SCHEMA, value)


def test_a_list_is_found_in_its_table_and_by_itself() -> None:
    """Providers want an object at the root, and models are of two minds."""
    schema = {"type": "array", "items": {"type": "integer"}}
    assert read_structured("[1, 2]", schema) == ([1, 2], [])
    assert read_structured('{"items": [1, 2]}', schema) == ([1, 2], [])
    assert read_structured('{"items": "x"}', schema)[1] != []


def test_what_may_be_null_may_be_left_out() -> None:
    """At every depth."""
    note = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    inner = {"type": "object", "properties": {"note": note}, "required": ["note"], "additionalProperties": False}
    schema = {"type": "object", "properties": {"all": {"type": "array", "items": inner}}, "required": ["all"]}
    assert read_structured('{"all": [{}, {"note": "x"}]}', schema) == ({"all": [{"note": None}, {"note": "x"}]}, [])
    assert read_structured("{}", schema)[1] != []
