"""Laws of long texts and their marks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.draft import Draft, Paste
from tchat.tui.pastes import LONGEST_LINE, Pastes, cleaned, has_long_line, is_long


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028"])
def test_every_line_end_becomes_a_newline(end: str) -> None:
    """Terminals paste carriage returns, files hold either; the composer has newlines."""
    assert cleaned(f"one{end}two") == "one\ntwo"


def test_cleaned_text_commands_no_terminal() -> None:
    """Control characters go; tabs stay."""
    assert cleaned("a\x1b[31mb\x07\tc\u202e") == "a[31mb\tc"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("line\n" * 20, False),
        ("line\n" * 20 + "line", True),
        ("x" * 2_000, False),
        ("x" * 2_001, True),
    ],
)
def test_a_paste_is_long_past_20_lines_or_2000_characters(text: str, expected: bool) -> None:  # noqa: FBT001
    """The limits themselves are not long; a newline at the end begins no line."""
    assert is_long(text) is expected


def test_mark_says_how_much_it_stands_for() -> None:
    """Lines where there are some, else characters."""
    pastes = Pastes()
    assert pastes.fold("line\n" * 143) == "[pasted 143 lines #1]"
    assert pastes.fold("x" * 12_345) == "[pasted 12,345 characters #2]"
    assert pastes.fold("a\nb", "notes.md") == "[notes.md 2 lines #3]"


def test_mark_of_a_file_says_how_much_is_in_it() -> None:
    """And nothing of what it is wrapped in for the model."""
    pastes = Pastes()
    assert pastes.fold('<document name="a.txt">\none\n</document>\n\n', "a.txt") == "[a.txt 3 characters #1]"
    assert pastes.fold('<document name="b.txt">\none\ntwo\n</document>\n\n', "b.txt") == "[b.txt 2 lines #2]"


def test_mark_of_a_strange_name_stays_one_mark() -> None:
    """Brackets and control characters of a file name do not break the mark."""
    mark = Pastes().fold("text", "a]\n[b\x1b" + "c" * 100)
    assert mark.startswith("[a) (bccc")
    assert mark.count("[") == mark.count("]") == 1
    assert "\n" not in mark
    assert len(mark) < 80


def test_only_pastes_whose_marks_stand_in_the_text_are_used() -> None:
    """A mark that was deleted takes its paste along."""
    pastes = Pastes()
    first, second = pastes.fold("1\n" * 30), pastes.fold("2\n" * 30)
    assert pastes.used_in(f"see {second}") == (Paste(second, "2\n" * 30),)
    assert pastes.whole(f"{first}!") == "1\n" * 30 + "!"


def test_one_mark_never_stands_for_two_texts() -> None:
    """Numbers begin anew with each message, but a mark that is known keeps its text."""
    pastes = Pastes()
    old = pastes.fold("old\n" * 30)
    pastes.begin_anew()
    new = pastes.fold("new\n" * 30)
    assert new != old
    assert pastes.text_of(old) == "old\n" * 30


def test_adopting_a_draft_renames_marks_that_stand_for_other_texts() -> None:
    """Two drafts may both have a first paste; put together, both keep their texts."""
    pastes = Pastes()
    mine = pastes.fold("mine\n" * 30)
    theirs = Draft(text=f"see {mine}", pastes=(Paste(mine, "theirs\n" * 30),))
    adopted = pastes.adopt(theirs.text, theirs.pastes)
    assert adopted == "see [pasted 30 lines #2]"
    assert pastes.whole(f"{mine}{adopted}") == "mine\n" * 30 + "see " + "theirs\n" * 30


def test_spans_are_where_marks_stand() -> None:
    """What only looks like a mark is text."""
    pastes = Pastes()
    mark = pastes.fold("x\n" * 30)
    assert pastes.spans(f"a{mark}b{mark}") == ((1, 1 + len(mark)), (2 + len(mark), 2 + 2 * len(mark)))
    assert pastes.spans("[pasted 31 lines #1]") == ()


def test_a_line_too_long_to_edit_is_folded_with_the_marks_in_it() -> None:
    """Short lines stay, and nothing of the long one is lost."""
    pastes = Pastes()
    mark = pastes.fold("inner\n" * 30)
    text = f"short\n{'x' * LONGEST_LINE}{mark}"
    folded = pastes.fold_long_lines(text)
    assert not has_long_line(folded)
    assert folded.startswith("short\n[pasted")
    assert pastes.whole(folded) == f"short\n{'x' * LONGEST_LINE}" + "inner\n" * 30


@settings(max_examples=60)
@given(st.lists(st.text(alphabet="ab\n[]#1", min_size=1, max_size=30), min_size=1, max_size=6))
def test_folding_loses_nothing(texts: list[str]) -> None:
    """A draft of marks is, as a whole, the texts that were folded."""
    pastes = Pastes()
    assert pastes.whole(" ".join(map(pastes.fold, texts))) == " ".join(texts)
