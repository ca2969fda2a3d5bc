"""What a scrollbar looks like."""

from hypothesis import given
from hypothesis import strategies as st
from textual.scrollbar import ScrollBarRender

from tchat.tui.thumbs import thumb_of


@given(height=st.integers(1, 60), total=st.integers(0, 5_000), places=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_equal_thumbs_look_the_same(height: int, total: int, places: tuple[float, float]) -> None:
    """Where two views have the same thumb, Textual draws the same bar."""
    room = max(0, total - height)
    tops = sorted(round(place * room) for place in places)
    bars = [
        ScrollBarRender.render_bar(
            size=height, virtual_size=total, window_size=height if height < total else 0, position=top
        ).segments
        for top in tops
    ]
    if thumb_of(height, total, tops[0]) == thumb_of(height, total, tops[1]):
        assert list(bars[0]) == list(bars[1])
    assert thumb_of(height, total, tops[0]) <= thumb_of(height, total, tops[1])
