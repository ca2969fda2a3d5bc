"""What is found in the replies of real models."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.templates import numerals
from tchat.templates.extracting import LONGEST_SEARCHED, Unanswered, extract, makes_list, split_reasoning
from tchat.templates.format import After, ExtractKind, Mapped, Matched, Named, Stage, Tagged, Value

KINDS: tuple[ExtractKind, ...] = (
    "text",
    "number",
    "first_number",
    "letter",
    "yesno",
    "line",
    "lines",
    "json",
    "code",
    "boxed",
)
STAGES: tuple[Stage, ...] = (
    *map(Named, KINDS),
    After("the answer is"),
    Tagged("answer"),
    Matched(regex=r"a(b+)"),
    Matched(regex=r"a", which="all"),
    Mapped({"sure": 20, "not sure": 1}),
)


def complaint(text: str, *stages: Stage) -> str:
    """Return what is said where nothing is found."""
    with pytest.raises(Unanswered) as raised:
        extract(text, stages)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It costs $1,234.50.", 1234.5),
        ("1\u202f234 people", 1234),
        ("1 234", 1234),
        ("x = −5", -5),
        ("it is -3", -3),
        ("the GPT-4", 4),
        ("10 -4", 4),
        ("that is 3/4", 0.75),
        ("2 1/2 cups", 2.5),
        ("so 15%", 15),
        ("12 apples.", 12),
        ("6.02e23", 602 * 10**21),
        ("1.5E-3", 0.0015),
        ("6 × 10^23", 6 * 10**23),
        ("6.022 × 10²³", 6022 * 10**20),
        ("**18**", 18),
        (r"\frac{1}{2}", 0.5),
        (r"1\frac{1}{2}", 1.5),
        ("-$5", -5),
        ("$-5", -5),
        ("10-4", 4),
        ("10 - 4", 4),
        ("pages 5–7", 7),
        ("on 1/2/2024", 2024),
        ("x2 is 5, x3", 5),
        ("答案是18。", 18),
        ("1,2,3", 3),
        (".5", 0.5),
        ("1" * 5000 + " or 7", 7),
        ("1e999999 or 7.", 7),
        ("3/0", 0),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, number: float) -> None:
    """Whole ones are ints of any size."""
    if text == "1 234":
        assert numerals.whole(text) == number
    else:
        found = extract(text, (Named("number"),))
        assert found == number
        assert isinstance(found, type(number))


def test_number_is_the_last_and_first_number_the_first() -> None:
    """Both can be asked for."""
    assert extract("3 and 4 make 7.", (Named("number"),)) == 7
    assert extract("3 and 4 make 7.", (Named("first_number"),)) == 3


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("(B)", "B"),
        ("B.", "B"),
        ("b)", "B"),
        ("**B**", "B"),
        ("B) Paris", "B"),
        ("Answer: B", "B"),
        ("**Answer:** B", "B"),
        ("I think (A) is wrong, so the answer is B.", "B"),
        ("The correct option is (B): because (A) is not", "B"),
        ("A) one\nB) two\nThe right one is (B)", "B"),
        (r"\boxed{B}", "B"),
        ("A cat would say B", "B"),
        ("I would go with B", "B"),
    ],
)
def test_a_letter_is_the_one_that_is_chosen(text: str, choice: str) -> None:
    """Articles and pronouns are no choice."""
    assert extract(text, (Named("letter"),)) == choice


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Yes.", "yes"),
        ("**No**, since yes", "no"),
        ("It flies. The answer is yes", "yes"),
        ("There are no cats, so yes.", "yes"),
        ("Well, yes. There is no doubt", "yes"),
        ("NO", "no"),
    ],
)
def test_yes_or_no_is_the_clear_word(text: str, word: str) -> None:
    """The one a reply begins with, else the last that stands as an answer."""
    assert extract(text, (Named("yesno"),)) == word


def test_lines_lose_their_markers() -> None:
    """So do they lose the sentence that introduces them, rules and fences."""
    text = "Here they are:\n\n1. A\n2) B\n- c\n* d\n• e\na) f\n(g) h\n---\n- [ ] i\n**bold** j\n-5\n"
    lines = ["A", "B", "c", "d", "e", "f", "h", "i", "**bold** j", "-5"]
    assert extract(text, (Named("lines"),)) == lines
    assert extract(text, (Named("line"),)) == "A"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Look:\n```python\na = 1\n```\nand\n```\nb\n```", "a = 1"),
        ("```python\ndef f():\n    pass", "def f():\n    pass"),
        ("````md\n```py\na\n```\n````", "```py\na\n```"),
        ("- so\n  ~~~\n  a\n    b\n  ~~~", "a\n  b"),
        ("```\n```\n```\nx\n```", "x"),
    ],
)
def test_code_is_the_first_block_that_holds_any(text: str, code: str) -> None:
    """Closed or not, with longer fences around it, indented."""
    assert extract(text, (Named("code"),)) == code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2]}', {"a": [1, 2]}),
        ('Sure {really}:\n```json\n{"a": 1}\n```', {"a": 1}),
        ('The set {x} has "a": {"a": {"b": "}"}} and more', {"a": {"b": "}"}}),
        ("42", 42),
        ('{"a": NaN} [2]', [2]),
        ('{"a": 1e999} [2]', [2]),
        ('"\\ud800"', "\ufffd"),
        ("[" * 5000 + "]", None),
    ],
)
def test_json_is_the_first_value_that_is_complete(text: str, value: Value) -> None:
    """Whole, fenced or in prose; what is no JSON value is passed over."""
    if value is None:
        assert complaint(text, Named("json")) == "no JSON"
    else:
        assert extract(text, (Named("json"),)) == value


def test_a_box_is_read_with_all_its_braces() -> None:
    """The last one to open counts, if it closes."""
    text = r"first \boxed{1}, then \boxed{\frac{1}{2}} and \boxed{3"
    assert extract(text, (Named("boxed"),)) == r"\frac{1}{2}"
    assert extract(text, (Named("boxed"), Named("number"))) == 0.5


@pytest.mark.parametrize("text", ["**The answer is** 5", "The answer is: 5", "x The answer is 4. THE\nANSWER IS: 5 "])
def test_after_takes_what_follows_the_last_phrase(text: str) -> None:
    """In either case and over line ends, without colon and emphasis."""
    assert extract(text, (After("The answer is"),)) == "5"


def test_after_leaves_brackets_and_emphasis_of_the_answer() -> None:
    """They may belong to it."""
    assert extract("The answer is (B)", (After("the answer is"),)) == "(B)"
    assert extract("The answer is **B**", (After("the answer is"),)) == "**B**"


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("<answer>1</answer> <Answer kind='x'> 2 </ANSWER> <answer>", "2"),
        ("so <answer>left open", "left open"),
        ("<answer><answer>3</answer>", "3"),
    ],
)
def test_a_tag_is_the_last_one_closed(text: str, inside: str) -> None:
    """A stop sequence may have cut off its end."""
    assert extract(text, (Tagged("answer"),)) == inside


def test_a_pattern_finds_the_first_the_last_or_all() -> None:
    """Its group 1 counts where it has one, else everything; groups have numbers and names."""
    text = "a1 b2 a3"
    assert extract(text, (Matched(regex=r"a\d"),)) == "a3"
    assert extract(text, (Matched(regex=r"a(\d)", which="first"),)) == "1"
    assert extract(text, (Matched(regex=r"(?P<x>\w)(\d)", which="all", group=2),)) == ["1", "2", "3"]
    assert extract(text, (Matched(regex=r"(?P<x>\w)(\d)", group="x"),)) == "a"
    assert extract("b " + "x" * LONGEST_SEARCHED + "a", (Matched(regex=r"a|b", which="first"),)) == "a"


def test_words_stand_for_values() -> None:
    """The last whole word counts, and longer ones go first."""
    table = Mapped({"sure": 20, "not sure": 1, "impossible": None})
    assert extract("Sure? I am NOT SURE.", (table,)) == 1
    assert "no word of" in complaint("measure", table)


def test_what_was_looked_for_is_said() -> None:
    """With its place, in words that a model understands."""
    assert complaint("The answer is none", After("The answer is"), Named("number")) == 'no number after "The answer is"'
    assert complaint("18", After("The answer is"), Named("number")) == 'no text after "The answer is"'
    assert complaint("<answer></answer>", Tagged("answer")) == "no <answer>…</answer>"
    assert complaint("<a>none</a>", Tagged("a"), Named("letter")) == "no letter of a choice in <a>"
    assert complaint(" ", Named("text")) == "no text"


def test_no_stage_takes_a_list() -> None:
    """A loader can tell by `makes_list`."""
    assert [stage for stage in STAGES if makes_list(stage)] == [Named("lines"), Matched(regex="a", which="all")]
    assert complaint("a\nb", Named("lines"), Named("number")) == "number cannot be looked for in a list"


def test_without_stages_the_text_is_the_value() -> None:
    """As it is."""
    assert extract(" a ", ()) == " a "


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "<think>3 <answer>9</answer> no</think>\n<answer>3</answer>",
            ("3 <answer>9</answer> no", "<answer>3</answer>"),
        ),
        ("\n<think>\nlong", ("long", "")),
        ("thought\n</think>\n\nB\n", ("thought", "B\n")),
        ("The tag `</think>` ends it", ("", "The tag `</think>` ends it")),
        ("I write <think> and </think>", ("", "I write <think> and </think>")),
        (" plain ", ("", " plain ")),
    ],
)
def test_reasoning_is_split_off(text: str, parts: tuple[str, str]) -> None:
    """With both of its tags, or with one of them missing."""
    assert split_reasoning(text) == parts


@settings(deadline=None)
@given(
    text=st.text() | st.text(st.sampled_from("ab1 .,/-^$()[]{}<>`~\"'\\*:\nETyesno0e×²")),
    stages=st.lists(st.sampled_from(STAGES), max_size=3).map(tuple),
)
def test_any_text_has_an_answer_or_none(text: str, stages: tuple[Stage, ...]) -> None:
    """Nothing but `Unanswered` is ever raised, and what is found is something."""
    try:
        value = extract(text, stages)
    except Unanswered:
        pass
    else:
        assert not stages or (value is not None and value not in ("", []))
    assert len("".join(split_reasoning(text))) <= len(text)


HOSTILE = ("1,", "A ", '{"a":', '["', "\\boxed{", "<answer ", "`", " ")


@pytest.mark.parametrize("stage", STAGES, ids=str)
def test_a_megabyte_of_anything_takes_little_time(stage: Stage) -> None:
    """No text makes a stage slow: each takes time in proportion."""
    began = time.process_time()
    for piece in HOSTILE:
        try:
            extract(piece * (1_000_000 // len(piece)), (stage,))
        except Unanswered:
            continue
    assert time.process_time() - began < 60
