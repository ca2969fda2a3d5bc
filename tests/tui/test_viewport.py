"""The part of a conversation that is seen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.theme import BUILTIN_THEMES

from tchat.tui.palette import palette_of
from tchat.tui.viewport import Viewport
from tests.tui.plain import Plain

PALETTE = palette_of(BUILTIN_THEMES["textual-dark"])


WORDS = st.lists(st.sampled_from(["alpha", "be", "gamma12"]), max_size=60).map(" ".join)


@st.composite
def conversations(draw: st.DrawFn) -> list[Plain]:
    """Return entries of any length, their estimates as wrong as can be."""
    pairs = draw(st.lists(st.tuples(WORDS, st.integers(1, 40)), min_size=1, max_size=25))
    return [Plain(f"m{number}", f"{number}: {text}", guess) for number, (text, guess) in enumerate(pairs)]


entries = conversations()


def seen(view: Viewport) -> list[str]:
    """Return the lines of the view, each with its entry."""
    rows = [view.row(y) for y in range(view.height)]
    return [f"{row.entry}/{row.line} {row.content.text}" for row in rows if row]


def whole(things: list[Plain], width: int) -> list[str]:
    """Return every line of every entry."""
    return [
        f"{entry}/{number} {line.text}"
        for entry, thing in enumerate(things)
        for number, line in enumerate(thing.lines(width, PALETTE))
    ]


@given(entries, st.integers(10, 40), st.integers(3, 15))
def test_a_conversation_opens_at_its_end(things: list[Plain], width: int, height: int) -> None:
    """Whatever was estimated, the last lines are the last lines."""
    view = Viewport(PALETTE)
    view.show(things)
    view.resize(width, height)
    assert seen(view) == whole(things, width)[-height:]


@given(entries, st.integers(10, 40), st.integers(3, 15), st.lists(st.integers(-30, 30), max_size=12))
@settings(max_examples=80)
def test_scrolling_moves_by_exactly_so_many_lines(
    things: list[Plain], width: int, height: int, steps: list[int]
) -> None:
    """Wrong estimates neither skip a line nor show one twice."""
    view = Viewport(PALETTE)
    view.show(things)
    view.resize(width, height)
    lines = whole(things, width)
    last = max(0, len(lines) - height)
    top = last
    for step in steps:
        view.scroll_by(step)
        top = max(0, min(last, top + step))
        assert seen(view) == lines[top : top + height]


@given(entries, st.integers(10, 40), st.integers(3, 15), st.integers(0, 60), st.data())
def test_a_reader_who_has_scrolled_up_is_not_moved(
    things: list[Plain], width: int, height: int, up: int, data: st.DataObject
) -> None:
    """The last entry grows below what is read; at the end, the view goes along."""
    view = Viewport(PALETTE)
    view.show(things)
    view.resize(width, height)
    view.scroll_by(-up)
    before, follows = seen(view), view.follows
    top = view.row(0)
    things[-1].words += " more" * data.draw(st.integers(1, 80))
    view.changed(len(things) - 1)
    if follows:
        assert seen(view) == whole(things, width)[-height:]
    elif top is not None and top.entry < len(things) - 1:
        kept = [line for line in before if not line.startswith(f"{len(things) - 1}/")]
        assert seen(view)[: len(kept)] == kept


@given(entries, st.integers(12, 40), st.integers(12, 40), st.integers(3, 15), st.integers(0, 60))
def test_the_place_survives_another_width(things: list[Plain], width: int, other: int, height: int, up: int) -> None:
    """The word that stood first on the screen is on its first line again."""
    view = Viewport(PALETTE)
    view.show(things)
    view.resize(width, height)
    view.scroll_by(-up)
    row, follows = view.row(0), view.follows
    view.resize(other, height)
    again = view.row(0)
    assert view.follows == follows or view.total <= height or again is not None
    if not follows and row is not None and again is not None and not view.follows and view.top < view.total - height:
        assert again.entry == row.entry
        before = _offset(things[row.entry], row.line, width)
        assert _offset(things[again.entry], again.line, other) <= before
        after = _offset(things[again.entry], again.line + 1, other)
        assert after > before or again.line == len(things[again.entry].lines(other, PALETTE)) - 1


@given(st.lists(st.integers(12, 40), max_size=8), st.integers(20, 80))
def test_widths_that_come_and_go_leave_the_place_alone(widths: list[int], up: int) -> None:
    """A window that is dragged about and back shows what it showed before."""
    view = Viewport(PALETTE)
    view.show([Plain("m0", " ".join(f"word{number}" for number in range(400)), 5)])
    view.resize(20, 5)
    view.scroll_by(-up)
    before = seen(view)
    for width in [*widths, 20]:
        view.resize(width, 5)
    assert seen(view) == before


def test_only_what_is_seen_is_rendered() -> None:
    """A long conversation costs as much to open as a short one."""
    things = [Plain(f"m{number}", "word " * 50, 5) for number in range(2_000)]
    view = Viewport(PALETTE)
    view.show(things)
    view.resize(80, 40)
    assert sum(thing.rendered for thing in things) < 60


def test_an_entry_is_rendered_once_at_one_width() -> None:
    """Scrolling to and fro renders nothing again."""
    things = [Plain(f"m{number}", "word " * 50, 5) for number in range(30)]
    view = Viewport(PALETTE)
    view.show(things)
    view.resize(80, 20)
    for step in (-200, 200, -50, 50, -200):
        view.scroll_by(step)
        seen(view)
    assert max(thing.rendered for thing in things) == 1


def _offset(thing: Plain, line: int, width: int) -> int:
    return sum(len(item.text) + len(item.glue) for item in thing.lines(width, PALETTE)[:line])


@pytest.mark.parametrize("scrolled", [0, -3, -50, -500])
def test_all_rows_are_each_row(scrolled: int) -> None:
    """`rows` is `row` of every line, down to the last that there is."""
    view = Viewport(PALETTE)
    view.resize(30, 20)
    view.show([Plain(f"m{number}", "word " * (number % 40), 3) for number in range(50)])
    view.scroll_by(scrolled)
    assert view.rows() == [view.row(y) for y in range(20)]
