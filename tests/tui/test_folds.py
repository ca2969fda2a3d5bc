"""Laws of folding long lines."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tchat.tui.folds import Folds, Piece

LINES = st.lists(
    st.text('ab {}":,é—😀界', max_size=60) | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60),
    max_size=8,
)


def rows(folds: Folds) -> list[Piece]:
    """Return every row."""
    found = [folds.at(row) for row in range(folds.height)]
    return [piece for piece in found if piece is not None]


@settings(max_examples=100)
@given(LINES, st.integers(8, 40), st.integers(0, 12))
def test_rows_are_the_lines_and_fit(lines: list[str], width: int, hang: int) -> None:
    """Put together, the rows of a line are the line; each is as wide as the width at most, and none is empty."""
    pieces = rows(Folds(lines, width, hang=hang))
    for number, line in enumerate(lines):
        own = [piece for piece in pieces if piece.line == number]
        assert "".join(line[piece.start : piece.end] for piece in own) == line
        assert all(piece.end > piece.start for piece in own) or not line
        assert all(piece.indent + cell_len(line[piece.start : piece.end]) <= width for piece in own)
    assert [piece.line for piece in pieces] == sorted(piece.line for piece in pieces)


@settings(max_examples=50)
@given(LINES, st.integers(8, 40))
def test_a_line_begins_where_it_is_said_to(lines: list[str], width: int) -> None:
    """The first row of each line is found by its number, and there is nothing above or below."""
    folds = Folds(lines, width)
    for number in range(len(lines)):
        piece = folds.at(folds.top_of(number))
        assert piece is not None
        assert (piece.line, piece.start) == (number, 0)
    assert folds.at(-1) is folds.at(folds.height) is None


def test_cropped_lines_have_one_row() -> None:
    """Whatever their length."""
    assert Folds(["a" * 100, "b" * 100], 10, {0}).height == 1 + 13


def test_lines_fold_behind_blanks() -> None:
    """Words stay whole where that leaves more than half a row."""
    folds = Folds(["the quick brown fox jumps over it"], 12, hang=2)
    line = folds.at(0)
    assert line is not None
    assert line.end == len("the quick ")


def test_a_very_long_line_is_folded_too() -> None:
    """A megabyte without a line end has as many rows as it takes."""
    line = "word " * 200_000
    folds = Folds([line], 80)
    pieces = rows(folds)
    assert "".join(line[piece.start : piece.end] for piece in pieces) == line
    assert max(piece.indent + piece.end - piece.start for piece in pieces) <= 80
