"""The inputs of a run: read from words, taken from an earlier run, asked for one after the other."""

import io
from collections.abc import Mapping

import pytest

from tchat.cli.run import run
from tchat.cli.run_inputs import Filling, Person, fill_inputs
from tchat.cli.run_words import Given, read_words
from tchat.domain.errors import UsageError
from tchat.domain.message import ImagePart
from tchat.templates.format import Value
from tchat.templates.inputs import Sources, fill
from tchat.templates.naming import RUN_OPTIONS, flagged
from tests.templates.scripted import load, picture

TEMPLATE = load("""
prompt = "{{ text }}{{ n }}{{ kind }}{{ names }}"
images = ["photo"]
[inputs]
text = { type = "text", help = "what to read" }
n = { type = "int", min = 1, max = 9 }
kind = { type = "choice", choices = ["dry", "warm"], default = "dry" }
names = { type = "list", required = false }
photo = { type = "image", required = false }
""")


def filled(
    typed: str | None = None, given: Given | None = None, stored: Mapping[str, Value] | None = None
) -> tuple[dict[str, Value], str]:
    """Return the inputs with what a person types, and what the person was told."""
    told = io.StringIO()
    person = Person(io.StringIO(typed), told) if typed is not None else None
    filling = Filling(
        given=given or {}, note=lambda text: print(text, file=told), attach=picture, stored=stored or {}, person=person
    )
    return fill_inputs(TEMPLATE, filling), told.getvalue()


@pytest.fixture(autouse=True)
def nothing_is_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is no pipe, whatever runs the tests."""
    monkeypatch.setattr("tchat.cli.stdin.is_piped", lambda: False)


def test_words_are_a_name_and_inputs() -> None:
    """In any order; a value may be `-`, a number below nought or anything else; dashes in names are underscores."""
    said = read_words(["--a-b", "1", "name", "--c=x=y", "--d", "-"], ["e=f=g", "e=h"])
    assert said.name == "name"
    assert said.given == {"e": ["f=g", "h"], "a_b": ["1"], "c": ["x=y"], "d": ["-"]}


@pytest.mark.parametrize(
    ("words", "pairs", "problem"),
    [
        (["a", "b"], [], "'b' belongs to no input"),
        (["--a"], [], "--a has no value"),
        (["-z"], [], "no option '-z'"),
        ([], ["a"], "has no '='"),
    ],
)
def test_other_words_are_refused(words: list[str], pairs: list[str], problem: str) -> None:
    """Each with what is wrong with it."""
    with pytest.raises(UsageError, match=problem):
        read_words(words, pairs)


def test_what_is_missing_is_asked_for_with_its_help() -> None:
    """A text takes lines up to an empty one; what has a default or may be left out is not asked for."""
    values, told = filled("one\ntwo\n\n5\n")
    assert values == {"text": "one\ntwo", "n": 5, "kind": "dry", "names": [], "photo": None}
    assert "text (text; an empty line ends it): what to read" in told
    assert "n (int, 1 to 9)" in told
    assert "kind" not in told


def test_a_wrong_value_is_asked_for_again() -> None:
    """The reason is told, and nothing that was typed before is lost."""
    values, told = filled("hi\n\n0\nx\n\n7\n")
    assert values["n"] == 7
    for text in ("0 is less than 1", '"x" is not a whole number', "a value is needed"):
        assert text in told


def test_the_end_of_input_ends_a_text_or_the_asking() -> None:
    """Ctrl-D after a text keeps it; before anything is typed it is an error."""
    assert filled("hi", given={"n": ["3"]})[0]["text"] == "hi"
    with pytest.raises(UsageError, match="no value was given for --n"):
        filled("hi\n\n")


def test_a_wrong_flag_is_told_before_anything_is_asked() -> None:
    """Whoever mistypes a name is not asked for the input it meant."""
    with pytest.raises(UsageError, match='"txt" is not an input'):
        filled("x\n", given={"txt": ["hi"]})


def test_stored_inputs_hold_until_others_are_given() -> None:
    """Pictures too; nobody is asked for them."""
    photo = ImagePart(digest="d", media_type="image/png")
    stored: dict[str, Value] = {"text": "old", "n": 2, "kind": "warm", "names": ["a"], "photo": photo}
    values, told = filled("", stored=stored, given={"n": ["3"]})
    assert values == {**stored, "n": 3}
    assert told == ""


def test_inputs_that_are_called_like_options_are_told_apart() -> None:
    """Every long option of `tchat run` is known, and an input of that name is spelled so that it works."""
    options = {word for option in run.params for word in option.opts if word.startswith("--")}
    assert {f"--{name.replace('_', '-')}" for name in RUN_OPTIONS} == options
    assert flagged("code", "'x = 1'") == "--input code='x = 1'"
    assert flagged("question", "Why?") == "--question Why?"
    with pytest.raises(UsageError) as missing:
        fill(load('prompt = "{{ out }}"\n[inputs]\nout = "text"'), Sources(given={}, attach=picture))
    assert missing.value.message == "missing: --input out (text)"
    assert missing.value.hint == "give each as a flag: --input out=VALUE, or @FILE for the text of a file"
