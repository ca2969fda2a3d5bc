"""Lines of the transcript as strips."""

from rich.segment import Segment
from rich.style import Style

from tchat.markdown.line import Line
from tchat.tui.painting import BAR, SIDES, Painter
from tchat.tui.palette import palette_of
from tchat.tui.themes import DARK
from tchat.tui.viewport import Row

PALETTE = palette_of(DARK)


def row(text: str, entry: int = 3, line: int = 5) -> Row:
    """Return a line of an entry, made anew at each call."""
    return Row(entry, line, Line((Segment(text, PALETTE.base),)))


def test_a_line_that_shows_the_same_is_the_same_strip() -> None:
    """Nothing that Textual keeps with a strip is lost from one frame to the next."""
    painter = Painter(PALETTE)
    first = painter.line(row("words"), 40, is_chosen=False)
    assert painter.line(row("words"), 40, is_chosen=False) is first
    assert first.text == f"{' ' * len(BAR)}{'words':40}{' ' * (SIDES - len(BAR))}"


def test_a_line_that_shows_something_else_is_another_strip() -> None:
    """Another text, another width, the bar: each is drawn."""
    painter = Painter(PALETTE)
    first = painter.line(row("words"), 40, is_chosen=False)
    assert painter.line(row("other words"), 40, is_chosen=False).text.strip() == "other words"
    assert painter.line(row("words"), 40, is_chosen=True).text.startswith(BAR)
    assert painter.line(row("words"), 30, is_chosen=False).cell_length == 30 + SIDES
    assert painter.line(row("words"), 40, is_chosen=False) == first


def test_what_is_kept_is_bounded() -> None:
    """After a long way through a conversation only the last lines are kept."""
    painter = Painter(PALETTE)
    drawn = [painter.line(row("words", line=line), 40, is_chosen=False) for line in range(5_000)]
    assert painter.line(row("words", line=4_999), 40, is_chosen=False) is drawn[-1]
    assert painter.line(row("words", line=3_999), 40, is_chosen=False) is not drawn[3_999]


def test_the_selected_characters_are_reversed() -> None:
    """From the first to before the second; -1 is the end of the line."""
    painter = Painter(PALETTE)
    for span, expected in (((2, 4), "wo"), ((4, -1), f"{'rds':39}"), (None, "")):
        strip = painter.selected(row("words"), 40, span, is_chosen=False)
        marked = "".join(text for text, style, _ in strip if (style or Style()).reverse)
        assert marked == expected
