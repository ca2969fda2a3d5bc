"""Columns of plain text."""

from hypothesis import given
from hypothesis import strategies as st

from tchat.cli.layout import columns, cut, padded, width_of

LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@given(text=LINES, width=st.integers(0, 24))
def test_a_cut_line_has_room(text: str, width: int) -> None:
    """It is never wider than asked for, it begins as the line does, and a line that has room is left alone."""
    found = cut(text, width)
    assert width_of(found) <= width
    assert found == text if width_of(text) <= width else text.startswith(found.removesuffix("…"))


@given(text=LINES, width=st.integers(0, 24))
def test_a_padded_line_is_as_wide_as_asked(text: str, width: int) -> None:
    """Blanks fill it up, before it or after it."""
    assert width_of(padded(text, width)) == max(width, width_of(text))
    assert padded(text, width, right=True).endswith(text)


def test_wide_characters_take_two_cells() -> None:
    """Cells stand below each other in every script."""
    assert columns([("\u6f22\u5b57", "a"), ("abc", "b")]) == ["\u6f22\u5b57  a", "abc   b"]


def test_rows_may_end_early() -> None:
    """A row without its last cells ends without blanks."""
    assert columns([("a", "b", "c"), ("long",)], right=(1,)) == ["a     b  c", "long"]
