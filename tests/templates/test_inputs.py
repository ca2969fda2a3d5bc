"""Values of inputs: where they come from and what they may be."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.errors import AttachmentError, UsageError
from tchat.domain.message import ImagePart
from tchat.templates.format import Input, InputType, Template, Value
from tchat.templates.inputs import Sources, fill, fill_plain
from tchat.templates.loading import load_text
from tchat.templates.values import from_text
from tests.media.pictures import pdf
from tests.templates.scripted import picture


def template(inputs: str, folder: Path | None = None) -> Template:
    """Return a template with these inputs."""
    return load_text(f'prompt = "x"\n[inputs]\n{inputs}', file="t.toml", folder=folder)


def filled(inputs: str, stdin: Callable[[], str] | None = None, **given: str | Sequence[str]) -> dict[str, Value]:
    """Fill inputs from flags and piped text."""
    return fill(template(inputs), Sources(given=given, stdin=stdin, attach=picture))


def complaint(inputs: str, stdin: Callable[[], str] | None = None, **given: str | Sequence[str]) -> UsageError:
    """Return what is said of values that do not do."""
    with pytest.raises(UsageError) as raised:
        filled(inputs, stdin, **given)
    return raised.value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " as it is\n", " as it is\n"),
        ("int", " -42 ", -42),
        ("number", "1.5", 1.5),
        ("number", "3", 3),
        ("number", "1e3", 1000.0),
        ("bool", "Yes", True),
        ("bool", "off", False),
        ("list", "a, b,,c", ["a", "b", "c"]),
        ("list", "a, b\n\nc\n", ["a, b", "c"]),
        ("list", '["a", 1, null]', ["a", 1, None]),
        ("list", "", []),
        ("json", '{"a": [1, 2.5]}', {"a": [1, 2.5]}),
        ("json", "null", None),
    ],
)
def test_a_typed_value_is_what_its_text_means(kind: InputType, text: str, value: Value) -> None:
    """Each type reads text in its own way."""
    assert from_text(Input(name="x", type=kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("int", "4.5", '"4.5" is not a whole number'),
        ("int", "", '"" is not a whole number'),
        ("int", "9" * 30, "is not a whole number"),
        ("number", "nan", '"nan" is not a number'),
        ("number", "much", '"much" is not a number'),
        ("bool", "maybe", '"maybe" is neither true nor false'),
        ("list", "[1", '"[1" is not JSON'),
        ("json", "{a: 1}", '"{a: 1}" is not JSON'),
        ("json", "NaN", "a number out of range is not of type json"),
        ("json", "[" * 5000, "is not JSON"),
        ("json", "[" * 150 + "]" * 150, "a list is not of type json"),
    ],
)
def test_a_text_that_means_nothing_is_refused(kind: InputType, text: str, said: str) -> None:
    """The message shows the text, cut and printable."""
    with pytest.raises(UsageError) as raised:
        from_text(Input(name="x", type=kind), text)
    assert said in raised.value.message
    assert len(raised.value.message) < 120


@settings(max_examples=100, deadline=None)
@given(kind=st.sampled_from(["text", "int", "number", "bool", "choice", "list", "json"]), text=st.text())
def test_any_text_is_a_value_or_a_usage_error(kind: InputType, text: str) -> None:
    """Nothing that a user types ends in another exception."""
    spec = Input(name="x", type=kind, choices=("a", "b"), min=1 if kind in ("int", "number") else None)
    try:
        from_text(spec, text)
    except UsageError as error:
        said = error.message
    else:
        said = ""
    assert "\x1b" not in said


def test_ranges_and_choices_hold() -> None:
    """What lies outside is named with the limit or the nearest choice."""
    inputs = 'n = { type = "int", min = 1, max = 5 }\nc = { type = "choice", choices = ["formal", "informal"] }'
    assert filled(inputs, n="5", c="formal") == {"n": 5, "c": "formal"}
    assert complaint(inputs, n="6", c="frmal").message.split("\n") == [
        "--n: 6 is more than 5",
        '--c: "frmal" is not "formal" or "informal" (did you mean "formal"?)',
    ]


def test_everything_missing_is_listed_with_its_help() -> None:
    """One error for all of it, together with what is wrong or unknown."""
    error = complaint(
        'a = { type = "text", help = "what to say" }\nb = { type = "choice", choices = ["x", "y"] }\nc = "int"',
        c="many",
        d="?",
    )
    assert error.message.split("\n") == [
        '"d" is not an input',
        '--c: "many" is not a whole number',
        "missing: --a (text): what to say",
        'missing: --b ("x" or "y")',
    ]
    assert error.hint is not None
    assert "--a VALUE" in error.hint


def test_a_flag_wins_over_stdin_and_stdin_over_a_default() -> None:
    """The first source that has a value is used."""
    inputs = 'a = { type = "text", stdin = true, default = "default" }'
    assert filled(inputs, lambda: "piped", a="flag") == {"a": "flag"}
    assert filled(inputs, lambda: "piped\n") == {"a": "piped"}
    assert filled(inputs, lambda: " \n") == {"a": "default"}
    assert filled(inputs) == {"a": "default"}


def test_a_pdf_is_read_as_its_text(tmp_path: Path) -> None:
    """Of a file that is named, or all or some pages of one beside the template; one without a text is told of."""
    (tmp_path / "p.pdf").write_bytes(pdf("one", "two"))
    (tmp_path / "scan.pdf").write_bytes(pdf(""))
    name = str(tmp_path / "p.pdf")
    inputs = 'a = "file"\nb = "text"'
    assert filled(inputs, a=f"{name}#pages=2", b=f"@{name}") == {
        "a": "--- page 2 ---\ntwo",
        "b": "--- page 1 ---\none\n\n--- page 2 ---\ntwo",
    }
    beside = template('a = { type = "file", default = "p.pdf#pages=1" }', tmp_path)
    assert fill_plain(beside, {}, picture) == {"a": "--- page 1 ---\none"}
    assert "scan.pdf has no text" in complaint('a = "file"', a=str(tmp_path / "scan.pdf")).message
    assert "there is no page 7" in complaint('a = "file"', a=f"{name}#pages=7").message


def test_piped_text_goes_to_the_first_text_still_missing() -> None:
    """Where no input asks for stdin: not to one that is given, has a default or is of another type."""
    inputs = 'n = "int"\na = "text"\nb = { type = "text", default = "d" }\nc = "text"'
    assert filled(inputs, lambda: "piped", n="1", a="x") == {"n": 1, "a": "x", "b": "d", "c": "piped"}


def test_stdin_is_read_only_where_it_is_used() -> None:
    """A run whose inputs are all given does not wait for a pipe."""

    def unread() -> str:
        raise AssertionError

    assert filled('a = { type = "text", stdin = true }\nb = "text"', unread, a="1", b="2") == {"a": "1", "b": "2"}


def test_piped_text_can_be_claimed_by_a_flag_once() -> None:
    """`-` stands for it."""
    assert filled('n = "int"\na = { type = "text", stdin = true }', lambda: "7\n", n="-", a="x") == {"n": 7, "a": "x"}
    assert "one input only" in complaint('a = "text"\nb = "text"', lambda: "x", a="-", b="-").message
    assert complaint('a = "text"', a="-").message == "--a: nothing is piped in"


def test_piped_text_has_a_type_too() -> None:
    """A file input takes piped text as its content, a number has to be one."""
    assert filled('f = { type = "file", stdin = true }', lambda: "content\n") == {"f": "content"}
    assert "not a whole number" in complaint('n = { type = "int", stdin = true }', lambda: "x").message


def test_files_are_read_with_an_at_sign(tmp_path: Path) -> None:
    """The text of the file is the value, of whatever type; a doubled sign is only text."""
    path = tmp_path / "f.txt"
    path.write_text("one\ntwo\n", "utf-8")
    inputs = 'a = "text"\nf = "file"\nl = "list"\nt = "text"'
    assert filled(inputs, a=f"@{path}", f=str(path), l=f"@{path}", t="@@alice") == {
        "a": "one\ntwo",
        "f": "one\ntwo",
        "l": ["one", "two"],
        "t": "@alice",
    }
    (tmp_path / "b").write_bytes(b"\xff")
    said = complaint('a = "text"\nf = "file"', a=f"@{tmp_path / 'none'}", f=str(tmp_path / "b")).message
    assert "cannot read" in said
    assert "is not UTF-8 text" in said


def test_several_values_make_a_list() -> None:
    """And nothing else."""
    assert filled('a = "list"', a=["x, y", "z"]) == {"a": ["x, y", "z"]}
    assert filled('a = "list"', a=["x, y"]) == {"a": ["x", "y"]}
    assert filled('a = "text"\nb = "text"', lambda: "piped", a=["-"], b=["x"]) == {"a": "piped", "b": "x"}
    assert filled('a = "text"', a=["x"]) == {"a": "x"}
    assert complaint('a = "text"', a=["x", "y"]).message == "--a: is given more than once"


def test_a_flag_may_have_hyphens() -> None:
    """Names in a template have none, and flags are written with them."""
    given = {"answer-form": "x"}
    assert fill(template('answer_form = "text"'), Sources(given=given, attach=picture)) == {"answer_form": "x"}


def test_a_picture_is_taken_in_by_whoever_knows_how() -> None:
    """The path or URL goes there, and what goes wrong there is said with the rest."""
    assert filled('a = "image"', a="@chart.png") == {"a": picture("chart.png")}

    def fail(name: str) -> ImagePart:
        raise AttachmentError(f"cannot read {name!r}")

    with pytest.raises(UsageError, match=r"--a: cannot read 'x\.png'\nmissing: --b"):
        fill(template('a = "image"\nb = "text"'), Sources(given={"a": "x.png"}, attach=fail))


def test_defaults_that_are_files_stand_beside_the_template(tmp_path: Path) -> None:
    """Their text is read, their picture taken in."""
    (tmp_path / "style.md").write_text("Be brief.\n", "utf-8")
    (tmp_path / "p.png").write_bytes(b"")
    loaded = template(
        'a = { type = "file", default = "style.md" }\nb = { type = "image", default = "p.png" }', tmp_path
    )
    values = fill(loaded, Sources(attach=picture))
    assert values == {"a": "Be brief.", "b": picture(str((tmp_path / "p.png").resolve()))}


def test_what_is_not_required_is_empty() -> None:
    """Texts and lists are empty, everything else is null: each counts as false in a condition."""
    kinds = ["text", "file", "list", "int", "number", "bool", "image", "json"]
    inputs = "\n".join(f'{kind}_ = {{ type = "{kind}", required = false }}' for kind in kinds)
    assert list(filled(inputs).values()) == ["", "", [], None, None, None, None, None]


def test_values_of_a_test_have_their_own_types() -> None:
    """A file is its text, a picture its name; types, ranges and names are checked all the same."""
    loaded = template('f = "file"\ni = "image"\nn = { type = "int", max = 3 }\nd = { type = "text", default = "d" }')
    assert fill_plain(loaded, {"f": "text", "i": "c.png", "n": 3}, picture) == {
        "f": "text",
        "i": picture("c.png"),
        "n": 3,
        "d": "d",
    }
    with pytest.raises(UsageError) as raised:
        fill_plain(loaded, {"f": 5, "n": 4, "x": 1}, picture)
    assert raised.value.message.split("\n") == [
        '"x" is not an input',
        "--f: 5 is not of type file",
        "--n: 4 is more than 3",
        "missing: --i (image)",
    ]
