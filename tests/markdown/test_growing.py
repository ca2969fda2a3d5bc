"""A text that grows: what is settled stays, and in the end the whole is what it would have been at once."""

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
