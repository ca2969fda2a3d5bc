"""Laws of the run settings as texts."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.effort import EFFORTS
from tchat.domain.errors import UsageError
from tchat.domain.model import ModelFacts
from tchat.tui.run_values import (
    FIELDS,
    MOST,
    level_for,
    levels,
    read_schema,
    read_schema_file,
    read_stops,
    schema_path,
    spell_schema,
    spell_stops,
)

UNKNOWN = ModelFacts(provider="lab", name="m")
PLAIN = st.characters(exclude_categories=["Cs"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-MOST, MOST) | st.text(PLAIN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(PLAIN), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.lists(st.text(PLAIN, min_size=1), max_size=4).map(tuple))
def test_stop_sequences_survive_being_written_down(stops: tuple[str, ...]) -> None:
    """Line ends, tabs, backslashes and control characters included; a text has one sequence a line."""
    assert read_stops(spell_stops(stops)) == stops
    assert spell_stops(stops).count("\n") == max(0, len(stops) - 1)


@settings(max_examples=100)
@given(st.dictionaries(st.text(PLAIN), JSON, max_size=3))
def test_schemas_survive_being_written_down(schema: dict[str, Any]) -> None:
    """What is shown of a schema is that schema."""
    assert read_schema(spell_schema(schema)) == schema


@settings(max_examples=100)
@given(st.sampled_from(FIELDS), st.text(max_size=12))
def test_any_text_is_a_value_or_a_sentence(field: Any, text: str) -> None:  # noqa: ANN401  # hypothesis fills it in
    """No text breaks a field: it is the default, a value that is read again as itself, or a UsageError."""
    try:
        value = field.read(text, UNKNOWN)
    except UsageError:
        return
    assert (value is None) == (not text.strip())
    assert field.read(field.spell(value), UNKNOWN) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("temperature", "2.1", "a number from 0 to 2, such as 0.7"),
        ("temperature", "nan", "a number from 0 to 2, such as 0.7"),
        ("top_p", "-0.1", "a number from 0 to 1, such as 0.7"),
        ("max_tokens", "0", "a whole number from 1 to 4,096"),
        ("max_tokens", "8k", "a whole number from 1 to 4,096"),
        ("thinking_budget", "100", "a whole number from 1,024 to 2,000"),
        ("thinking_budget", "0", "a whole number from 1,024 to 2,000"),
        ("seed", "1.5", "a whole number"),
    ],
)
def test_what_is_wrong_is_said_with_the_bounds(name: str, text: str, said: str) -> None:
    """Bounds come from the model where it has any."""
    facts = ModelFacts(provider="lab", name="m", max_output=4096, budget=(1024, 2000), efforts=("low",))
    field = next(field for field in FIELDS if field.name == name)
    with pytest.raises(UsageError) as caught:
        field.read(text, facts)
    assert caught.value.message == said


def test_levels_are_the_models_own() -> None:
    """An unknown model may have every level; one that has few is sent the nearest."""
    few = ModelFacts(provider="lab", name="m", efforts=("low", "high"))
    assert levels(UNKNOWN) == EFFORTS
    assert levels(few) == ("low", "high")
    assert (level_for("max", few), level_for("none", few), level_for(None, few)) == ("high", "low", None)


@pytest.mark.parametrize("text", ["[1]", "7", "{", '{"a": NaN', "[" * 100_000, '{"a": 1' + "0" * 5000 + "}"])
def test_what_is_no_schema_is_refused(text: str) -> None:
    """Only a JSON object is a schema."""
    with pytest.raises(UsageError):
        read_schema(text)


def test_an_unknown_escape_is_refused() -> None:
    """A backslash stands for itself only when it is doubled."""
    assert read_stops(r"\\d") == (r"\d",)
    with pytest.raises(UsageError, match="means nothing"):
        read_stops(r"\d")
    with pytest.raises(UsageError, match="means nothing"):
        read_stops("end\\")


def test_a_schema_is_read_from_its_file(tmp_path: Path) -> None:
    """The text of a file is shown in order; what cannot be read says so by the file's name."""
    (tmp_path / "good.json").write_text('{"type":"object"}')
    (tmp_path / "bad.json").write_text("[]")
    (tmp_path / "empty.json").write_text(" ")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe")
    assert schema_path("@good.json") == Path("good.json")
    assert schema_path("@") is schema_path("{}") is schema_path("@a\nb") is None
    assert read_schema(read_schema_file(tmp_path / "good.json")) == {"type": "object"}
    for name in ("bad.json", "empty.json", "binary.json", "missing.json", "."):
        with pytest.raises(UsageError):
            read_schema_file(tmp_path / name)
