"""What a form's fields come to, and what is wrong beside each of them."""

from pathlib import Path

import pytest

from tchat.cli.options import settings_from
from tchat.domain.errors import AttachmentError, UsageError
from tchat.domain.message import ImagePart
from tchat.media.attachment import read_file
from tchat.tui.templates.form_values import NEEDED, main_input, read_form, spelled, without_pictures
from tests.tui.staged import CHAIN, no_pictures, template_of

EVERYTHING = """
prompt = "{{ a }}{{ b }}{{ c }}{{ d }}{{ e }}{{ f }}{{ g }}"

[inputs]
a = "text"
b = { type = "int", default = 3, min = 1, max = 9 }
c = { type = "bool", default = true }
d = { type = "choice", choices = ["red", "blue"], default = "red" }
e = { type = "list", default = ["one", "two"] }
f = { type = "file", required = false }
g = { type = "json", required = false }
"""


def test_blank_fields_are_left_to_their_defaults() -> None:
    """What is needed and has none is the only thing that is missing."""
    filled = read_form(template_of(EVERYTHING), {}, no_pictures)
    assert filled.problems == {"a": NEEDED}
    assert filled.values == {"b": 3, "c": True, "d": "red", "e": ["one", "two"], "f": "", "g": None}


def test_fields_say_values_of_their_kind() -> None:
    """A list is one item a line; a text stays as it is typed, blanks around it included."""
    texts = {"a": "  hi\n", "b": " 7 ", "c": "no", "d": "blue", "e": "x\ny", "g": '{"k": [1]}'}
    filled = read_form(template_of(EVERYTHING), texts, no_pictures)
    assert filled.is_complete
    assert filled.values == {
        "a": "  hi\n", "b": 7, "c": False, "d": "blue", "e": ["x", "y"], "f": "", "g": {"k": [1]},
    }  # fmt: skip


def test_each_problem_stands_by_its_field() -> None:
    """Several at once."""
    texts = {"a": "x", "b": "70", "d": "green", "g": "{"}
    problems = read_form(template_of(EVERYTHING), texts, no_pictures).problems
    assert problems["b"] == "70 is more than 9"
    assert problems["d"].startswith('"green" is not')
    assert problems["g"] == '"{" is not JSON'


def test_a_file_is_read_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Its last line end is not part of it."""
    file = tmp_path / "notes.txt"
    file.write_text("first\nsecond\n", "utf-8")
    template = template_of(EVERYTHING)
    assert read_form(template, {"a": "x", "f": str(file)}, no_pictures).values["f"] == "first\nsecond"
    problem = read_form(template, {"a": "x", "f": str(tmp_path / "none.txt")}, no_pictures).problems["f"]
    assert "No such file" in problem


def test_what_is_given_stands_for_a_blank_field() -> None:
    """As a picture that was attached to the message does."""
    template = template_of('prompt = "{{ a }}"\n[inputs]\na = "image"')
    picture = no_pictures("chart.png")
    assert read_form(template, {}, no_pictures, {"a": picture}).values == {"a": picture}


def test_a_picture_that_is_not_there_is_told_before_it_is_taken_in(tmp_path: Path) -> None:
    """A preview needs its name alone."""
    template = template_of('prompt = "{{ a }}"\n[inputs]\na = "image"')
    assert read_form(template, {"a": str(tmp_path / "x.png")}, without_pictures).problems == {
        "a": "there is no such file"
    }


def test_an_address_is_no_file_that_is_missing() -> None:
    """Nor is the clipboard; what they hold is looked for when it is sent."""
    template = template_of('prompt = "{{ a }}"\n[inputs]\na = "image"')
    for name in ("https://example.com/x.png", "clipboard"):
        picture = read_form(template, {"a": f" {name} "}, without_pictures).values["a"]
        assert isinstance(picture, ImagePart)
        assert picture.name == name


@pytest.mark.parametrize("name", ["~no-such-user/notes", "n" * 300])
def test_a_name_that_cannot_be_a_file_is_told_as_any_other(name: str) -> None:
    """While it is typed: a user that nobody knows, or more letters than a name may have."""
    template = template_of('prompt = "{{ a }}{{ b }}"\n[inputs]\na = "image"\nb = "file"')
    assert set(read_form(template, {"a": name, "b": name}, without_pictures).problems) == {"a", "b"}
    with pytest.raises(AttachmentError):
        read_file(name)
    with pytest.raises(UsageError):
        settings_from((f"schema={name}",), None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "yes"), (False, "no"), (3, "3"), (0.5, "0.5"), ("a\nb", "a\nb"), (["a", "b"], "a\nb"),
        ([1, "a"], '[\n  1,\n  "a"\n]'), ({"k": "é"}, '{\n  "k": "é"\n}'),
    ],
)  # fmt: skip
def test_defaults_are_spelled_as_they_would_be_typed(value: object, text: str) -> None:
    """So that a form that nobody touched says the defaults."""
    assert spelled(value) == text


def test_a_text_without_a_name_is_for_the_input_that_takes_piped_text() -> None:
    """Else for the first text without a default."""
    main = main_input(template_of(CHAIN))
    assert main is not None
    assert main.name == "text"
    two = 'prompt = "{{ a }}{{ b }}"\n[inputs]\na = "text"\nb = { type = "text", stdin = true }'
    declared = main_input(template_of(two))
    assert declared is not None
    assert declared.name == "b"
    assert main_input(template_of('prompt = "{{ a }}"\n[inputs]\na = "int"')) is None
