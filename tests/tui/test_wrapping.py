"""Plain text as lines of a width."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tchat.domain.text import printable
from tchat.tui.wrapping import GrowingText, apart, cut, wrapped

texts = st.text(st.sampled_from("ab cd e\u0301漢字🧪👨\u200d👩\u200d👧\tש\n -"), max_size=200)
widths = st.integers(4, 40)
plain = Style()


@given(texts, widths)
def test_no_line_is_wider_than_the_width(text: str, width: int) -> None:
    """Wide characters and long words included."""
    assert all(cell_len(line.text) <= width for line in wrapped(text, width, plain))


@given(texts, widths)
def test_copied_lines_are_the_text_again(text: str, width: int) -> None:
    """What stands between wrapped lines brings the source back."""
    lines = wrapped(text, width, plain)
    copied = "".join(line.text[line.margin :] + line.glue for line in lines)
    assert copied == "".join(source.expandtabs(4) + "\n" for source in printable(text).split("\n"))


@given(texts, widths, st.lists(st.integers(0, 200), max_size=5))
def test_a_growing_text_ends_as_the_whole_one(text: str, width: int, cuts: list[int]) -> None:
    """However it is cut."""
    growing = GrowingText(width, plain)
    places = sorted({0, len(text), *(place for place in cuts if place < len(text))})
    for start, end in pairwise(places):
        growing.feed(text[start:end])
    assert growing.lines() == wrapped(text, width, plain)


@given(texts, st.integers(0, 20))
def test_cutting_fits(text: str, width: int) -> None:
    """A line that is cut is never wider, and one that fits is not touched."""
    line = text.replace("\n", " ").replace("\t", " ")
    shown = cut(line, width)
    assert cell_len(shown) <= width
    if cell_len(line) <= width:
        assert shown == line


def test_short_texts_part_between_each_other() -> None:
    """A figure and its unit stay together."""
    rows = apart(["118 in", "412 out", "6.2 s", "76 tok/s"], 18, plain)
    assert [row.text for row in rows] == ["118 in · 412 out", "6.2 s · 76 tok/s"]
