"""The JSON Schema for editors: it has every key of the format, and takes what the loader takes."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tchat.templates import vocabulary
from tests.templates.documents import in_step, told
from tests.templates.editing import SCHEMA, groups, marked
from tests.templates.full import FULL

EXAMPLES = Path(__file__).parents[3] / "shared" / "design" / "examples"


def problems(source: str) -> list[str]:
    """Return what an editor would mark."""
    return marked(tomllib.loads(source))


def test_it_is_a_schema() -> None:
    """Of the draft that it names."""
    Draft202012Validator.check_schema(SCHEMA)


def test_it_takes_a_template_with_every_key() -> None:
    """And the full template has every key, so none is missing here."""
    assert problems(FULL) == []
    document = tomllib.loads(FULL)
    steps = [*document["step"], *(inner for step in document["step"] for inner in step.get("do", []))]
    used = {*document, *(key for step in steps for key in step)}
    assert used == {*vocabulary.ABOUT, *vocabulary.TABLES, *vocabulary.STEP}
    assert {*document["test"][0]} == {*vocabulary.TEST}
    assert {key for step in steps for key in step.get("check", {})} == {*vocabulary.EXPECT}


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples come with ../shared, which is not here")
@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_it_takes_the_examples(path: Path) -> None:
    """All but the one for what is not supported."""
    assert bool(problems(path.read_text("utf-8"))) == (path.stem == "18-react")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('prompt = "x"\nstep = []', "valid under each of"),
        ('title = "x"', "not valid under any of"),
        ('prompt = "x"\nsampels = 3', "'sampels' was unexpected"),
        ('prompt = "x"\nretries = -1', "less than the minimum"),
        (in_step('prompt = "x"\ntext = "y"'), "valid under each of"),
        (in_step('prompt = "x"\nvote = "all"'), "'samples' is a dependency of 'vote'"),
        (in_step('prompt = "x"\nextract = "numbr"'), "not valid under any of"),
        ('prompt = "x"\n[inputs]\na = "txt"', "not valid under any of"),
        ('prompt = "x"\n[[test]]\nexpect = { contain = "x" }', "'contain' was unexpected"),
    ],
)
def test_it_marks_common_mistakes(source: str, said: str) -> None:
    """While the file is written."""
    assert [problem for problem in problems(source) if said in problem]


def tables(schema: Any) -> list[dict[str, str]]:  # noqa: ANN401  # a JSON Schema
    """Return what is said of the keys of every table."""
    parts = [SCHEMA, *schema["$defs"].values(), SCHEMA["$defs"]["stage"]["anyOf"][1]]
    return [
        {key: value["description"] for key, value in part["properties"].items()}
        for part in parts
        if "properties" in part
    ]


def test_every_key_is_described_in_the_words_of_the_vocabulary() -> None:
    """There is one place that says what a key means."""
    for table in tables(SCHEMA):
        for key, words in table.items():
            assert any(group.get(key) == words for group in groups()), key


@pytest.mark.parametrize("key", [*vocabulary.STEP])
def test_the_loader_knows_every_key_of_a_step(key: str) -> None:
    """A key with a wrong value is told for its value or its place, never for its name."""
    said = told(in_step(f"{key} = 1979-05-27" if key != "name" else ""))
    assert not [problem for problem in said if "is not a key of" in problem]
