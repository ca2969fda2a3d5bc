"""Pictures with a numbered grid, scaled to what a model looks at."""

import io

import pytest
from PIL import Image

from tchat.domain.errors import AttachmentError
from tchat.media import unpacking
from tchat.media.marking import mark
from tests.media.pictures import CORPUS, SECRETS, tiff_16


def drawn(size: tuple[int, int], kind: str = "PNG", **options: object) -> bytes:
    """Return a white picture."""
    written = io.BytesIO()
    Image.new("RGB", size, (255, 255, 255)).save(written, kind, **options)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    """Return the picture in `data`."""
    return Image.open(io.BytesIO(data))


def test_a_grid_divides_a_picture_into_numbered_cells() -> None:
    """There are lines where cells meet, a number in the corner of each cell, and nothing in between."""
    picture = opened(mark(drawn((400, 300)), "c.png", grid=(4, 3), max_side=None)).convert("RGB")
    assert picture.size == (400, 300)
    assert all(picture.getpixel((x, 95)) == (200, 0, 60) for x in (100, 200, 300))
    assert all(picture.getpixel((95, y)) == (200, 0, 60) for y in (100, 200))
    assert picture.getpixel((50, 60)) == (255, 255, 255)
    corner = picture.crop((202, 102, 230, 118)).getchannel("G")
    assert corner.getextrema()[0] == 0


@pytest.mark.parametrize("size", [(2000, 500), (500, 2000)])
def test_the_longer_side_is_held(size: tuple[int, int]) -> None:
    """The shape stays, and a picture that is small enough keeps its size."""
    width, height = opened(mark(drawn(size), "c.png", grid=None, max_side=1000)).size
    assert (max(width, height), min(width, height)) == (1000, 250)
    assert opened(mark(drawn((30, 20)), "c.png", grid=None, max_side=1000)).size == (30, 20)


def test_a_photograph_stays_one_and_stands_upright() -> None:
    """JPEG stays JPEG without a grid; the orientation is applied, and nothing that the camera noted goes along."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "camera"
    picture = opened(mark(drawn((40, 20), "JPEG", exif=exif), "p.jpg", grid=None, max_side=100))
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (20, 40), {})
    assert opened(mark(drawn((40, 20), "JPEG"), "p.jpg", grid=(2, 2), max_side=None)).format == "PNG"


@pytest.mark.parametrize("grid", [(2, 2), None])
def test_grey_of_16_bits_keeps_its_shades(grid: tuple[int, int] | None) -> None:
    """It is the same picture under a grid."""
    marked = opened(mark(tiff_16("<", (200, 100)), "c.tif", grid=grid, max_side=100)).convert("L")
    assert [marked.getpixel((x, 40)) for x in (10, 30, 70, 90)] == pytest.approx([27, 78, 181, 232], abs=4)


def test_what_does_not_fit_into_memory_is_reduced_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large photograph is never unpacked at its full size to be made small."""
    data = drawn((1600, 1200), "JPEG")
    monkeypatch.setattr(unpacking, "MEMORY", 1600 * 1200)
    assert opened(mark(data, "c.jpg", grid=(2, 2), max_side=200)).size == (200, 150)


@pytest.mark.parametrize("name", CORPUS)
def test_whatever_can_be_attached_can_be_drawn_on(name: str) -> None:
    """Each format, of which some are none of Pillow's own, and nothing that was noted goes along."""
    marked = mark(CORPUS[name](), name, grid=(2, 2), max_side=300)
    assert opened(marked).format == "PNG"
    assert not any(secret in marked for secret in SECRETS)


@pytest.mark.parametrize("data", [b"", b"no picture", drawn((9, 9))[:40]])
def test_what_is_no_picture_is_told(data: bytes) -> None:
    """The message has its name."""
    with pytest.raises(AttachmentError, match=r"c\.png is not a readable picture"):
        mark(data, "c.png", grid=(2, 2), max_side=None)
