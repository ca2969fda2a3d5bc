"""Pictures made ready to leave the machine: every format and oddity, and what must not go along."""

import io

import pytest
from PIL import Image, ImageChops

from tchat.domain.errors import AttachmentError
from tchat.domain.message import ImagePart
from tchat.media import pictures as reading
from tchat.media import preparing
from tchat.media.attachment import described
from tchat.media.kinds import media_type
from tchat.media.preparing import Bounds, Ready, cleaned, prepare
from tests.media.pictures import CORPUS, SECRETS, bomb, huge_png, noted, photo, resized, saved

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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_it_was_seen(orientation: int) -> None:
    """The camera's orientation is applied, also where the picture is scaled down, and told beforehand."""
    upright = photo((60, 40))
    turns = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turn = turns[orientation]
    stored = upright if turn is None else upright.transpose(Image.Transpose(turn))
    data = saved(stored, "PNG", exif=noted(orientation))
    part = described(data, "image/png", "x")
    assert isinstance(part, ImagePart)
    assert (part.width, part.height) == (60, 40)
    for size in (None, (30, 20)):
        picture = Image.open(io.BytesIO(prepared(data, Bounds(size=size)).data))
        assert picture.size == (size or (60, 40))
        assert [corner(picture, *place) for place in _CORNERS] == list(_CORNERS.values())


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
    monkeypatch.setattr(reading, "MEMORY", 2**20)
    monkeypatch.setattr("tchat.media.strips._STRIP", 2**17)
    strips = Image.open(io.BytesIO(prepared(data, Bounds(size=(190, 130))).data)).convert("RGB")
    assert strips.size == whole.size
    pairs = zip(resized(strips, (19, 13)).tobytes(), resized(whole, (19, 13)).tobytes(), strict=True)
    assert max(abs(a - b) for a, b in pairs) < 16


def test_a_format_that_must_be_unpacked_whole_is_refused_when_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what can be done about it; a plain JPEG is unpacked at a fraction instead."""
    monkeypatch.setattr(reading, "MEMORY", 2**17)
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
    monkeypatch.setattr(reading, "MEMORY", 4 * 1200 * 900 - 1)
    wanted = (700, 525) if orientation == 1 else (525, 700)
    ready = prepared(data, Bounds(size=wanted))
    assert (ready.width, ready.height) == ((600, 450) if orientation == 1 else (450, 600))
    with Image.open(io.BytesIO(ready.data)) as seen:
        assert seen.size == (ready.width, ready.height)
        assert corner(seen, 0, 0) == pytest.approx((255, 0, 0) if orientation == 1 else (0, 0, 255), abs=12)


def test_memory_is_short_for_both_a_picture_and_a_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then fewer pixels are unpacked, and go as they are."""
    data = saved(photo((1600, 1200)), "JPEG")
    both = 4 * (800 * 600 + 500 * 375)
    for memory, width in ((both, 500), (both - 1, 400)):
        monkeypatch.setattr(reading, "MEMORY", 4 * 800 * 600)
        monkeypatch.setattr(reading, "MEMORY_OF_BOTH", memory)
        assert prepared(data, Bounds(size=(500, 375))).width == width


def test_bands_make_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large one is scaled in them, without a seam."""
    picture = resized(Image.effect_noise((90, 70), 90), (1100, 901)).convert("RGB")
    whole = prepared(saved(picture, "TIFF"), Bounds(size=(700, 573)))
    monkeypatch.setattr(preparing, "_LARGE", 1)
    monkeypatch.setattr(preparing, "_BAND", 50)
    bands = prepared(saved(picture, "TIFF"), Bounds(size=(700, 573)))
    with Image.open(io.BytesIO(whole.data)) as one, Image.open(io.BytesIO(bands.data)) as other:
        assert max(ImageChops.difference(one, other).tobytes()) <= 2


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
