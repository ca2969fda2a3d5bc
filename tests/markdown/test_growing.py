"""A text that grows: what is settled stays, and in the end the whole is what it would have been at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.markdown.growing import Growing
from tchat.markdown.look import ANSI
from tchat.markdown.rendering import render
from tests.markdown.texts import cut, documents, widths


@given(documents, widths, st.lists(st.integers(0, 2000), max_size=40))
@settings(max_examples=100, deadline=None)
def test_a_text_in_pieces_is_the_text_at_once(text: str, width: int, places: list[int]) -> None:
    """However it is cut and looked at in between, the same lines stand there in the end."""
    growing = Growing(ANSI, width)
    for number, piece in enumerate(cut(text, places)):
        growing.feed(piece)
        if number % 3:
            growing.lines()
    growing.close()
    assert growing.lines() == render(text, width, ANSI)
    assert growing.text == text


@given(documents, widths)
@settings(max_examples=60, deadline=None)
def test_settled_lines_stay_the_same_objects(text: str, width: int) -> None:
    """What is settled is never laid out again, and `settled` never falls."""
    growing = Growing(ANSI, width)
    kept: list[int] = []
    alive: list[object] = []
    for character in text:
        growing.feed(character)
        lines = growing.lines()
        assert len(kept) <= growing.settled <= len(lines)
        assert [id(line) for line in lines[: len(kept)]] == kept
        alive = list(lines[: growing.settled])
        kept = list(map(id, alive))
    growing.close()
    assert growing.settled == len(growing.lines())


CODE = "```python\n" + "".join(f"def f{n}():\n    return {n}\n{chr(10) * (n % 3 == 0)}" for n in range(400)) + "```\n"
TABLE = "| name | value |\n|---|--:|\n" + "".join(f"| row {n} | **{n * n}** |\n" for n in range(300))
ITEMS = "".join(f"{n}. item {n} with *words*\n   - and more\n\n" for n in range(1, 200))
PROSE = "Some **bold** words and `code` " * 1000
LONG = {
    "code": CODE,
    "table": TABLE,
    "items": ITEMS,
    "prose": PROSE,
    "data": "x" * 30_000,
    "html": "<div>\n" + "<p>\n" * 500,
}


@pytest.mark.parametrize("name", LONG)
def test_what_is_open_stays_small(name: str) -> None:
    """However long a block grows, all but its last part is settled, and in the end it is what it is at once."""
    text = LONG[name]
    growing = Growing(ANSI, 80)
    for at in range(0, len(text), 97):
        growing.feed(text[at : at + 97])
        assert len(growing.lines()) - growing.settled <= 120
    growing.close()
    assert growing.lines() == render(text, 80, ANSI)


def test_lines_are_one_list() -> None:
    """A call costs what is open: the same list is returned, and nothing is done if nothing was fed."""
    growing = Growing(ANSI, 80)
    growing.feed("a\n\nb")
    lines = growing.lines()
    first, last = lines[0], lines[-1]
    assert growing.lines() is lines
    assert lines[-1] is last
    growing.feed("c")
    assert growing.lines() is lines
    assert lines[0] is first
    assert lines[-1].text == "bc"


def test_a_closing_fence_does_not_flicker() -> None:
    """Half a closing fence is not shown as code."""
    growing = Growing(ANSI, 80)
    growing.feed("```\ncode\n``")
    assert [line.text for line in growing.lines()] == ["code", "  code"]
    growing.feed("` x")
    assert [line.text for line in growing.lines()] == ["code", "  code", "  ``` x"]


def test_a_line_end_in_two_pieces_is_one() -> None:
    """A carriage return at the end of a delta may be half of a line end."""
    growing = Growing(ANSI, 80)
    for piece in ("a\r", "\n\r", "\nb\r"):
        growing.feed(piece)
        growing.lines()
    growing.close()
    assert [line.text for line in growing.lines()] == ["a", "", "b"]


def test_two_carriage_returns_at_the_end_of_a_piece_are_two_line_ends() -> None:
    """The second may be half of one, the first is a whole one."""
    growing = Growing(ANSI, 80)
    for piece in ("a\r\r", "\nb"):
        growing.feed(piece)
        growing.lines()
    growing.close()
    assert [line.text for line in growing.lines()] == ["a", "", "b"]
