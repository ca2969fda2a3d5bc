"""Laws of what is completed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.tui.commands import COMMANDS
from tchat.tui.completion import Asked, asked, command_choices, file_choices, template_choices


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/", Asked(kind="command", word="", start=0)),
        ("/mo", Asked(kind="command", word="mo", start=0)),
        ("@", Asked(kind="file", word="", start=0)),
        ("see @src/ma", Asked(kind="file", word="src/ma", start=4)),
        ('see @"My Docs/a b', Asked(kind="file", word="My Docs/a b", start=4)),
        ("#self", Asked(kind="template", word="self", start=0)),
        ("use #", Asked(kind="template", word="", start=4)),
    ],
)
def test_a_mark_where_a_word_begins_asks(line: str, expected: Asked) -> None:
    """At the start, or for files and templates after a blank."""
    assert asked(line, len(line), is_first=True) == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "word",
        "/model ",
        " /mo",
        "//",
        "/usr/bin",
        "me@example.org",
        "issue #3",
        "C#",
        "# Heading",
        "## H",
        "@a b",
        'x@"a b',
        '@"a" b',
    ],
)
def test_other_words_do_not_ask(line: str) -> None:
    """Addresses, issue numbers, headings and paths are ordinary text."""
    assert asked(line, len(line), is_first=True) is None


def test_a_command_is_asked_for_in_the_first_line_only() -> None:
    """A slash further down is text."""
    assert asked("/mo", 3, is_first=False) is None


def test_only_what_stands_before_the_cursor_counts() -> None:
    """The word ends at the cursor."""
    assert asked("@chart", 3, is_first=True) == Asked(kind="file", word="ch", start=0)


def test_a_very_long_word_is_no_name() -> None:
    """A pasted blob behind a mark asks for nothing."""
    assert asked("@" + "x" * 100_000, 100_001, is_first=True) is None


def test_commands_fit_by_their_beginning() -> None:
    """In the order of the table."""
    assert [choice.name for choice in command_choices("s", COMMANDS)] == [
        "system",
        "stop",
        "search",
        "sent",
        "settings",
    ]
    assert command_choices("x", COMMANDS) == ()


def test_templates_fit_by_the_beginning_of_a_part() -> None:
    """Those that begin with the word come first."""
    templates = [("plan-and-solve", "a"), ("solve-twice", "b"), ("other", "c")]
    assert [choice.name for choice in template_choices("sol", templates)] == ["solve-twice", "plan-and-solve"]
    assert template_choices("lve", templates) == ()


def test_files_fit_by_name_before_folder_before_any_part_and_hidden_ones_last() -> None:
    """The likeliest file is the first."""
    names = (".main", "x/domain.py", "main/a.py", "src/", "src/main.py", "README.md")
    assert [choice.name for choice in file_choices("main", names)] == [
        "src/main.py",
        "main/a.py",
        "x/domain.py",
        ".main",
    ]


def test_a_folder_that_is_named_in_full_is_not_offered_again() -> None:
    """After choosing a folder its content is offered."""
    assert [choice.name for choice in file_choices("src/", ("src/", "src/a.py"))] == ["src/a.py"]


@given(st.text(max_size=40), st.integers(0, 40))
def test_looking_for_a_word_never_fails(line: str, column: int) -> None:
    """Whatever is typed, a word that is found stands where it is said to."""
    column = min(column, len(line))
    found = asked(line, column, is_first=True)
    assert found is None or line[found.start + 1 : column] == found.word
