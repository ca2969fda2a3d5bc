"""Laws of fitting into little room."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tchat.tui.window import cut, window


@given(st.integers(1, 50), st.integers(0, 49), st.integers(1, 20))
def test_window_holds_the_row_and_wastes_no_room(count: int, index: int, height: int) -> None:
    """The row is always among those shown, and as many are shown as there are or fit."""
    index = min(index, count - 1)
    rows = window(count, index, height)
    assert index in rows
    assert len(rows) == min(count, height)
    assert rows[0] >= 0
    assert rows[-1] < count


@given(st.text(alphabet="ab漢👍 ", max_size=30), st.integers(1, 20))
def test_cut_text_fits(text: str, width: int) -> None:
    """A text that fits is untouched; any other ends in an ellipsis within the width."""
    short = cut(text, width)
    assert cell_len(short) <= width
    assert short == text if cell_len(text) <= width else short.endswith("…")
