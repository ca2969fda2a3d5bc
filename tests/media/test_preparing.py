"""Pictures made ready to leave the machine: every format and oddity, and what must not go along."""

import io
from collections.abc import Callable
from typing import cast

import pytest
from PIL import Image, ImageChops

from tchat.domain.errors import AttachmentError
from tchat.domain.message import ImagePart
from tchat.media import preparing, unpacking
from tchat.media.attachment import described
from tchat.media.kinds import media_type
from tchat.media.preparing import Bounds, Ready, cleaned, prepare
from tests.media.pictures import CORPUS, SECRETS, bomb, heic, huge_png, noted, photo, resized, saved, tiff_16

_CORNERS = {(0, 0): (255, 0, 0), (1, 0): (0, 255, 0), (0, 1): (0, 0, 255), (1, 1): (255, 255, 255)}
_COLOURFUL = [name for name in CORPUS if not any(word in name for word in ("grey", "one", "16", "floats", "line"))]


def prepared(data: bytes, bounds: Bounds = Bounds()) -> Ready:  # noqa: B008  # a frozen value
    """Return a picture as it is sent."""
    return prepare(data, media_type(data) or "", "a picture", bounds)


def corner(picture: Image.Image, right: int, low: int) -> tuple[int, ...]:
    """Return the colour near a corner, on white."""
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    at = (picture.width - 6 if right else 5, picture.height - 6 if low else 5)
    return paper.convert("RGB").getpixel(at)  # pyright: ignore[reportReturnType]  # three numbers


def test_a_long_low_picture_is_made_ready() -> None:
    """However few lines there are to tell by what it would take."""
    data = saved(Image.new("RGB", (60_000, 150), "white"), "TIFF", compression="tiff_lzw")
    ready = prepare(data, "image/tiff", "a panorama", Bounds())
    assert (ready.width, ready.height) == (60_000, 150)


@pytest.mark.parametrize("name", CORPUS)
def test_every_picture_goes_out_as_what_it_shows_and_nothing_else(name: str) -> None:
    """As PNG or JPEG in plain colours, of the size that was told before, without a word of what was noted."""
    data = CORPUS[name]()
    part = described(data, media_type(data) or "", name)
    assert isinstance(part, ImagePart)
    ready = prepared(data)
    picture = Image.open(io.BytesIO(ready.data))
    picture.load()
    assert (ready.width, ready.height) == picture.size == (part.width, part.height)
    assert picture.format == {"image/png": "PNG", "image/jpeg": "JPEG"}[ready.media_type]
    assert picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
    assert not any(secret in ready.data for secret in SECRETS)
    assert not dict(picture.getexif())
    assert picture.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression",
                                   "transparency"}  # fmt: skip


@pytest.mark.parametrize("name", _COLOURFUL)
def test_colours_stay_what_they_are(name: str) -> None:
    """Whatever a picture is coded in, red is red and the corners are where they were."""
    picture = Image.open(io.BytesIO(prepared(CORPUS[name]()).data))
    if "alpha" in name or "lossless" in name or "see-through" in name:
        assert picture.size == (120, 80)
        return
    for (right, low), colour in _CORNERS.items():
        assert all(abs(a - b) < 60 for a, b in zip(corner(picture, right, low), colour, strict=True))


def _coded(picture: Image.Image, kind: str, orientation: int) -> bytes:
    """Return a picture as a file that says how the camera was held, in the way of its format."""
    if kind == "HEIC":
        return heic(picture, noted(orientation))
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}, "AVIF": {"quality": 95}}
    return saved(picture, kind, exif=noted(orientation), **lossless.get(kind, {}))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIC"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_it_was_seen(kind: str, orientation: int) -> None:
    """The camera's orientation is applied, also where the picture is scaled down, and told beforehand."""
    upright = photo((60, 40))
    turns = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turn = turns[orientation]
    stored = upright if turn is None else upright.transpose(Image.Transpose(turn))
    data = _coded(stored, kind, orientation)
    part = described(data, media_type(data) or "", "x")
    assert isinstance(part, ImagePart)
    assert (part.width, part.height) == (60, 40)
    for size in (None, (30, 20)):
        picture = Image.open(io.BytesIO(prepared(data, Bounds(size=size)).data))
        assert picture.size == (size or (60, 40))
        for place, colour in _CORNERS.items():
            assert all(abs(a - b) < 60 for a, b in zip(corner(picture, *place), colour, strict=True))


def test_a_picture_that_fits_keeps_its_pixels_as_they_are_coded() -> None:
    """What a JPEG is coded as goes out byte for byte; only notes, and what hangs on behind, are gone."""
    plain, noted_ = saved(photo(), "JPEG"), CORPUS["jpeg motion photo"]()
    assert prepared(noted_).data == prepared(plain).data
    scan = plain[plain.index(b"\xff\xda") :]
    assert prepared(noted_).data.endswith(scan)


@pytest.mark.parametrize(
    "name", ["png", "jpeg", "jpeg progressive", "webp", "gif", "bmp", "tiff", "avif", "heic", "jp2"]
)
def test_a_cut_off_picture_is_told_of_or_whole(name: str) -> None:
    """At no tenth of its bytes does it crash, or go out in part."""
    data = CORPUS[name]()
    for tenth in range(1, 10):
        cut = data[: len(data) * tenth // 10]
        with pytest.raises(AttachmentError):
            prepare(cut, media_type(data) or "", "cut", Bounds(size=(40, 40)))


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    """A header that claims too much is not believed."""
    with pytest.raises(AttachmentError, match="claims to have 100,000 by 100,000 pixels"):
        prepared(bomb())


@pytest.mark.parametrize("colour", [0, 2, 6])
def test_what_does_not_fit_into_memory_is_scaled_strip_by_strip(colour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge PNG looks as it would if it had been unpacked whole."""
    data = huge_png(1900, 1301, colour=colour)
    whole = Image.open(io.BytesIO(prepared(data, Bounds(size=(190, 130))).data)).convert("RGB")
    monkeypatch.setattr(unpacking, "MEMORY", 2**20)
    monkeypatch.setattr("tchat.media.strips._PIXELS", 2**15)
    strips = Image.open(io.BytesIO(prepared(data, Bounds(size=(190, 130))).data)).convert("RGB")
    assert strips.size == whole.size
    pairs = zip(resized(strips, (19, 13)).tobytes(), resized(whole, (19, 13)).tobytes(), strict=True)
    assert max(abs(a - b) for a, b in pairs) < 16


_EIGHTH = 64
"""How many times fewer pixels the pictures have that stand for those of cameras."""
_PHONE, _LARGE_PHONE = (714, 536), (1008, 756)
"""An eighth of the sides of 24 and 48 megapixels."""


def _as(kind: str, mode: str = "RGB", **options: object) -> Callable[[Image.Image], bytes]:
    """Return what makes a file of a picture."""
    grey = ("L",) if mode == "I;16" else ()

    def made(picture: Image.Image) -> bytes:
        for step in (*grey, mode):
            picture = picture.convert(step)
        return saved(picture, kind, **options)

    return made


_CAMERAS: dict[str, tuple[tuple[int, int], Callable[[Image.Image], bytes]]] = {
    "24 MP HEIC": (_PHONE, heic),
    "48 MP HEIC": (_LARGE_PHONE, heic),
    "24 MP AVIF": (_PHONE, _as("AVIF")),
    "24 MP WebP": (_PHONE, _as("WEBP")),
    "48 MP progressive": (_LARGE_PHONE, _as("JPEG", progressive=True)),
    "48 MP CMYK": (_LARGE_PHONE, _as("JPEG", "CMYK")),
    "48 MP 16 bits": (_LARGE_PHONE, _as("PNG", "I;16")),
}


@pytest.mark.parametrize("name", _CAMERAS)
def test_what_cameras_make_fits_into_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every format that they use, and looks as it would with all the memory there is."""
    size, coded = _CAMERAS[name]
    data = coded(photo(size))
    bounds = Bounds(size=(120, 90))
    plenty = Image.open(io.BytesIO(prepared(data, bounds).data)).convert("RGB")
    monkeypatch.setattr(unpacking, "MEMORY", unpacking.MEMORY // _EIGHTH + len(data))
    monkeypatch.setattr("tchat.media.strips._PIXELS", 2**15)
    picture = Image.open(io.BytesIO(prepared(data, bounds).data)).convert("RGB")
    assert picture.size == (120, 90)
    assert all(corner(picture, *place) == pytest.approx(corner(plenty, *place), abs=12) for place in _CORNERS)


@pytest.mark.parametrize("name", ["jpeg cmyk", "tiff 16 bits", "tiff floats", "png with alpha", "jpeg odd profile"])
def test_colours_change_in_less_memory_as_they_do_in_more(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not unpacked and changed at once is reduced strip by strip."""
    data, bounds = CORPUS[name](), Bounds(size=(40, 30))
    whole = Image.open(io.BytesIO(prepared(data, bounds).data)).convert("RGBA")
    monkeypatch.setattr(unpacking, "MEMORY", len(data) + 120 * 80 * 5)
    monkeypatch.setattr("tchat.media.strips._PIXELS", 2**10)
    less = Image.open(io.BytesIO(prepared(data, bounds).data)).convert("RGBA")
    pairs = zip(resized(less, (8, 6)).tobytes(), resized(whole, (8, 6)).tobytes(), strict=True)
    assert max(abs(a - b) for a, b in pairs) < 16


def test_a_heic_is_looked_at_without_being_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is in its head; what is too large, or broken behind it, costs nothing."""
    data = heic(photo((300, 200)))
    pixels = data.index(b"mdat") + 4
    broken = data[:pixels] + bytes(len(data) - pixels)
    part = described(broken, "image/heic", "x")
    assert isinstance(part, ImagePart)
    assert (part.width, part.height) == (300, 200)
    with pytest.raises(AttachmentError, match="is not a readable picture"):
        prepared(broken)
    monkeypatch.setattr("tchat.media.pictures.MOST_PIXELS", 50_000)
    with pytest.raises(AttachmentError, match="claims to have 300 by 200 pixels"):
        described(broken, "image/heic", "x")


@pytest.mark.parametrize("order", "<>")
def test_grey_of_16_bits_is_a_ramp_in_8(order: str) -> None:
    """Whichever byte comes first."""
    picture = Image.open(io.BytesIO(prepared(tiff_16(order, (64, 8))).data))
    assert [picture.getpixel((x, 3)) for x in (0, 21, 42, 63)] == [0, 85, 170, 255]


def test_a_picture_scaled_band_by_band_has_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter looks beyond the edges of a band."""
    data = saved(Image.effect_noise((300, 200), 90).convert("RGBA"), "PNG")
    bounds = [Bounds(size=size) for size in ((217, 143), (50, 33))]
    whole = [prepared(data, bound).data for bound in bounds]
    monkeypatch.setattr("tchat.media.preparing._AT_ONCE", 0)
    monkeypatch.setattr("tchat.media.preparing._BAND", 4000)
    for bound, once in zip(bounds, whole, strict=True):
        pictures = [Image.open(io.BytesIO(each)).convert("L") for each in (once, prepared(data, bound).data)]
        _, furthest = cast("tuple[int, int]", ImageChops.difference(*pictures).getextrema())
        assert furthest <= (1 if bound is bounds[0] else 24)


@pytest.mark.parametrize("junk", [b"\0\0", b"\0GPS 48.85"])
def test_a_jpeg_that_is_read_in_spite_of_stray_bytes_is_coded_anew(junk: bytes) -> None:
    """Notes cannot be told from what its pixels need."""
    data = saved(photo(), "JPEG")
    at = data.index(b"\xff\xda")
    ready = prepared(data[:at] + junk + data[at:])
    assert Image.open(io.BytesIO(ready.data)).size == (120, 80)
    assert b"GPS" not in ready.data


def test_a_format_that_must_be_unpacked_whole_is_refused_when_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what can be done about it; a plain JPEG is unpacked at a fraction instead."""
    monkeypatch.setattr(unpacking, "MEMORY", 2**17)
    small = Bounds(size=(40, 30))
    for name in ("webp", "tiff", "bmp"):
        data = saved(photo((800, 600)), name.upper())
        with pytest.raises(AttachmentError, match="does not fit into memory"):
            prepared(data, small)
    assert prepared(saved(photo((800, 600)), "JPEG"), small).width == 40
    with pytest.raises(AttachmentError, match="does not fit into memory"):
        prepared(saved(photo((800, 600)), "JPEG", progressive=True), small)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_cannot_be_had_in_the_wanted_size_is_had_in_a_smaller_one(
    kind: str, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a phone's picture of 108 megapixels, of which a model would read 30: it goes at a fraction, and upright."""
    data = saved(photo((1200, 900)), kind, exif=noted(orientation))
    monkeypatch.setattr(unpacking, "MEMORY", 4 * 1200 * 900 - 1)
    wanted = (700, 525) if orientation == 1 else (525, 700)
    ready = prepared(data, Bounds(size=wanted))
    assert (ready.width, ready.height) == ((600, 450) if orientation == 1 else (450, 600))
    with Image.open(io.BytesIO(ready.data)) as seen:
        assert seen.size == (ready.width, ready.height)
        assert corner(seen, 0, 0) == pytest.approx((255, 0, 0) if orientation == 1 else (0, 0, 255), abs=12)


def test_a_large_picture_that_is_no_drawing_is_sent_as_jpeg_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bands of it tell; a drawing stays a PNG."""
    monkeypatch.setattr(preparing, "_LARGE", 1)
    monkeypatch.setattr(preparing, "_LARGE_PNG", 40_000)
    noise = Image.effect_noise((640, 512), 90).convert("RGB")
    assert prepared(saved(noise, "TIFF")).media_type == "image/jpeg"
    assert prepared(saved(photo((640, 512)), "TIFF")).media_type == "image/png"


def test_bytes_are_kept_within_what_an_api_takes() -> None:
    """By worse JPEG first, then by fewer pixels; transparency ends on white paper."""
    noise = Image.effect_noise((400, 400), 90).convert("RGB")
    noise.putalpha(resized(Image.linear_gradient("L"), (400, 400)))
    ready = prepared(saved(noise, "PNG"), Bounds(most_bytes=20_000))
    assert (ready.media_type, len(ready.data) <= 20_000) == ("image/jpeg", True)
    assert corner(Image.open(io.BytesIO(ready.data)), 0, 0)[0] > 200


def test_what_is_kept_outside_has_its_size_and_no_notes() -> None:
    """An export shows the picture and not where it was taken."""
    ready = cleaned(saved(photo((300, 200)), "JPEG", exif=noted(6)), "image/jpeg", "p.jpg")
    assert Image.open(io.BytesIO(ready.data)).size == (200, 300)
    assert not any(secret in ready.data for secret in SECRETS)
