"""Pictures in cells."""

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tchat.tui.pictures.half_blocks import BLOCK, fitted, half_blocks, painted

sides = st.integers(1, 20_000)


@given(size=st.tuples(sides, sides), cells=st.integers(1, 200), rows=st.integers(1, 60), enlarged=st.booleans())
def test_a_picture_fits_into_its_cells(size: tuple[int, int], cells: int, rows: int, *, enlarged: bool) -> None:
    """It takes one cell at least, and, unless it is enlarged, no more than its pixels need."""
    wide, high = fitted(size, cells, rows, enlarged=enlarged)
    assert 1 <= wide <= cells
    assert 1 <= high <= rows
    if not enlarged:
        assert wide <= size[0]
        assert high <= max(1, round(size[1] / 2))


def test_a_picture_keeps_its_shape() -> None:
    """A cell is two pixels high."""
    assert fitted((1200, 800), 60, 40) == (60, 20)
    assert fitted((800, 1200), 60, 20) == (27, 20)


def test_a_cell_shows_two_pixels() -> None:
    """The upper one as ink, the lower one as paper; cells of the same colours are one segment."""
    picture = Image.new("RGB", (3, 2), (200, 0, 0))
    picture.putpixel((2, 1), (0, 0, 200))
    (line,) = half_blocks(picture)
    assert [segment.text for segment in line.segments] == [BLOCK * 2, BLOCK]
    last = line.segments[1].style
    assert last is not None
    assert last.color is not None
    assert last.bgcolor is not None
    assert tuple(last.color.get_truecolor()) == (200, 0, 0)
    assert tuple(last.bgcolor.get_truecolor()) == (0, 0, 200)


def test_nothing_of_a_picture_is_copied_as_text() -> None:
    """All of a line is decoration, and no line end stands behind it."""
    (line,) = half_blocks(Image.new("RGB", (5, 2)))
    assert (line.margin, line.glue) == (len(line.text), "")


def test_what_is_transparent_shows_the_background() -> None:
    """Also where a picture is scaled down."""
    clear = Image.new("RGBA", (40, 40), (255, 255, 255, 0))
    assert painted(clear, 4, 2, (10, 20, 30)).getcolors() == [(16, (10, 20, 30))]
