"""Heights one below the other."""

from hypothesis import given
from hypothesis import strategies as st

from tchat.tui.column import Column, Spot

heights = st.lists(st.integers(1, 30), min_size=1, max_size=30)


@given(heights)
def test_every_line_belongs_to_one_entry(lines: list[int]) -> None:
    """Lines and spots are two names of the same thing."""
    column = Column(lines)
    spots = [Spot(entry, line) for entry, height in enumerate(lines) for line in range(height)]
    assert column.height == len(spots)
    for number, spot in enumerate(spots):
        assert column.at(number) == spot
        assert column.line_of(spot) == number


@given(heights, st.data())
def test_measuring_moves_only_what_is_below(lines: list[int], data: st.DataObject) -> None:
    """An entry's true height changes the place of those after it, and tells whether it did."""
    column = Column(lines)
    entry = data.draw(st.integers(0, len(lines) - 1))
    height = data.draw(st.integers(1, 30))
    before = [column.top(number) for number in range(len(lines) + 1)]
    moved = column.measure(entry, height)
    after = [column.top(number) for number in range(len(lines) + 1)]
    assert moved == (height != lines[entry])
    assert after[: entry + 1] == before[: entry + 1]
    assert all(
        new - old == height - lines[entry] for old, new in zip(before, after, strict=True) if old > before[entry]
    )
    assert column.is_exact(entry)


@given(heights, st.integers(-5, 200), st.integers(-5, 200))
def test_the_entries_between_two_lines_are_those_that_have_one(lines: list[int], start: int, end: int) -> None:
    """`between` finds what looking at every line finds."""
    column = Column(lines)
    expected = sorted({column.at(line).entry for line in range(max(0, start), min(end, column.height))})
    assert list(column.between(start, end)) == expected


def test_an_empty_column_has_no_lines() -> None:
    """Nothing is nowhere."""
    column = Column()
    assert column.height == 0
    assert list(column.between(0, 10)) == []
    assert column.top(0) == 0
