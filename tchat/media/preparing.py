"""A picture made ready to leave the machine: upright, in sRGB, no larger than its reader can use, and without notes.

Law: of what a camera or editor noted (places, times, names), nothing is left. A picture that needs no change of its
pixels keeps them exactly.
"""

import io
from typing import TYPE_CHECKING, Literal, cast

from msgspec import Struct

from tchat.domain.errors import AttachmentError
from tchat.media.pictures import opened, orientation_of, reading, unpacked
from tchat.media.stripping import stripped_jpeg, stripped_png

if TYPE_CHECKING:
    from PIL.Image import Image

QUALITY = 92
"""Of JPEG."""
_LEAST_QUALITY = 60
_LARGE_PNG = 2 * 2**20
"""Bytes from which a picture without transparency is sent as JPEG."""
_SMALLER = 0.8
"""What a picture is scaled by as long as it is too many bytes at the least quality."""
_PHOTOS = {"image/jpeg", "image/heic", "image/avif", "image/jp2"}
"""Formats that lose something anyway."""
_PLAIN_MODES = {"L", "RGB", "RGBA", "P", "1", "LA"}
_TRANSPARENT_MODES = {"RGBA", "LA", "PA", "RGBa", "La"}
_LARGE, _BAND = 8_000_000, 256
"""Pixels from which a picture is scaled band by band, and the rows of one: else half of it would be there twice."""
_SAMPLED = 16
"""So many bands of a picture, of one in so many of its rows, are tried as PNG."""
_SIDEWAYS = 5
"""The first of the orientations in which width and height change places."""


class Bounds(Struct, frozen=True, kw_only=True):
    """What a picture may be at most."""

    size: tuple[int, int] | None = None
    """The pixels that its reader can use, upright; None for all that it has."""
    most_bytes: int | None = None


class Ready(Struct, frozen=True, kw_only=True):
    """A picture that may leave the machine."""

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int


def prepare(data: bytes, kind: str, name: str, bounds: Bounds = Bounds()) -> Ready:  # noqa: B008  # a frozen value
    """Return a picture as it is sent.

    Args:
        data: the picture as the user gave it.
        kind: its media type.
        name: what messages call it.
        bounds: what its reader takes.

    Raises:
        AttachmentError: it is not a readable picture, or takes too much memory.
    """
    with reading(name):
        picture = opened(data, kind, name)
        orientation = orientation_of(picture)
        size = picture.size if orientation < _SIDEWAYS else (picture.size[1], picture.size[0])
        target = _within(size, bounds.size)
        if target == size and orientation == 1 and _keeps_pixels(picture, kind):
            kept = _kept(picture, data, kind)
            if bounds.most_bytes is None or len(kept) <= bounds.most_bytes:
                return Ready(data=kept, media_type=cast("Literal['image/png']", kind), width=size[0], height=size[1])
        box = target if orientation < _SIDEWAYS else (target[1], target[0])
        wanted = None if target == size else box
        del picture  # so that pixels which have served are let go of
        pixels = _turned(_fitted(_in_srgb(unpacked(opened(data, kind, name), data, kind, wanted)), box), orientation)
        return _written(pixels, kind, name, bounds.most_bytes)


def cleaned(data: bytes, kind: str, name: str) -> Ready:
    """Return a picture of full size without notes, to be kept outside.

    Raises:
        AttachmentError: it is not a readable picture.
    """
    return prepare(data, kind, name)


def _within(size: tuple[int, int], most: tuple[int, int] | None) -> tuple[int, int]:
    if most is None or (size[0] <= most[0] and size[1] <= most[1]):
        return size
    return max(1, min(size[0], most[0])), max(1, min(size[1], most[1]))


def _keeps_pixels(picture: "Image", kind: str) -> bool:
    """Whether a picture can go as it is coded."""
    if kind not in ("image/png", "image/jpeg") or picture.mode not in _PLAIN_MODES:
        return False
    if kind == "image/png" and getattr(picture, "is_animated", False):
        return False
    profile = picture.info.get("icc_profile")
    return not profile or _is_srgb(profile)


def _kept(picture: "Image", data: bytes, kind: str) -> bytes:
    """Return the bytes without notes, after a look at all of them, so that nothing broken is sent."""
    if kind == "image/jpeg":
        width, height = picture.size
        picture.draft(None, (max(1, width // 8), max(1, height // 8)))
        unpacked(picture, data, kind, (max(1, width // 8), max(1, height // 8)))
        return stripped_jpeg(data)
    unpacked(picture, data, kind, (1, 1))
    return stripped_png(data)


def _is_srgb(profile: bytes) -> bool:
    from PIL import ImageCms

    try:
        return "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return True  # a profile that cannot be read changes nothing


def _in_srgb(picture: "Image") -> "Image":
    """Return a picture as L, LA, RGB or RGBA with 8 bits, in the colours that its profile means."""
    profile, mode = picture.info.get("icc_profile"), picture.mode
    if mode.startswith(("I", "F")):
        return _eight_bits(picture)
    if mode in ("P", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA" if mode == "PA" or "transparency" in picture.info else "RGB")
    elif mode in ("La", "RGBa"):
        picture = picture.convert("RGBA")
    elif mode == "1":
        picture = picture.convert("L")
    if profile and not _is_srgb(profile):
        picture = _converted(picture, profile)
    return picture if picture.mode in ("L", "LA", "RGB", "RGBA") else picture.convert("RGB")


def _eight_bits(picture: "Image") -> "Image":
    """Return a grey picture of 16 or 32 bits with 8: what 16 bits can hold is divided, anything else is spread."""
    lowest, highest = cast("tuple[float, float]", picture.getextrema())
    if picture.mode.startswith("I") and lowest >= 0 and highest < 2**16:
        scale, offset = 1 / 256, 0.0
    else:
        scale = 255 / (highest - lowest) if highest > lowest else 0.0
        offset = -lowest * scale
    floating = picture.convert("F") if picture.mode == "F" else picture.convert("I").convert("F")
    return floating.point(lambda value: value * scale + offset).convert("L")  # pyright: ignore[reportUnknownMemberType]  # numpy's types are not here


def _converted(picture: "Image", profile: bytes) -> "Image":
    from PIL import ImageCms

    alpha = picture.getchannel("A") if picture.mode in ("RGBA", "LA") else None
    bare = picture.convert("RGB" if picture.mode == "RGBA" else "L") if alpha else picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # untyped
        meant = ImageCms.profileToProfile(bare, source, screen, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return picture
    if meant is None:
        return picture
    if alpha is not None:
        meant.putalpha(alpha)
    return meant


def _fitted(picture: "Image", box: tuple[int, int]) -> "Image":
    """Return a picture scaled down to a size, as far as it is not smaller already."""
    return _scaled(picture, (min(box[0], picture.width), min(box[1], picture.height)))


def _scaled(picture: "Image", box: tuple[int, int]) -> "Image":
    from PIL import Image

    if picture.size == box:
        return picture
    if box[0] * box[1] < _LARGE:
        return picture.resize(box, Image.Resampling.LANCZOS, reducing_gap=2.0)  # pyright: ignore[reportUnknownMemberType]  # numpy
    whole, step = Image.new(picture.mode, box), picture.height / box[1]
    for top in range(0, box[1], _BAND):
        rows = min(_BAND, box[1] - top)
        seen = (0, top * step, picture.width, min((top + rows) * step, picture.height))
        whole.paste(picture.resize((box[0], rows), Image.Resampling.LANCZOS, seen), (0, top))  # pyright: ignore[reportUnknownMemberType]  # numpy
    return whole


def _turned(picture: "Image", orientation: int) -> "Image":
    from PIL import Image

    turn = Image.Transpose
    ways = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_270,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_90,
    }
    way = ways.get(orientation)
    return picture if way is None else picture.transpose(way)


def _written(picture: "Image", kind: str, name: str, most: int | None) -> Ready:
    picture.info = {}  # else its notes are written again
    if picture.mode in _TRANSPARENT_MODES and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB" if picture.mode == "RGBA" else "L")
    is_transparent = picture.mode in _TRANSPARENT_MODES
    if is_transparent or (kind not in _PHOTOS and not _is_surely_large(picture)):
        data = _encoded(picture, "PNG", compress_level=4)
        if len(data) <= (_LARGE_PNG if not is_transparent else most or len(data)) and (not most or len(data) <= most):
            return Ready(data=data, media_type="image/png", width=picture.width, height=picture.height)
    return _as_jpeg(_on_white(picture), name, most)


def _is_surely_large(picture: "Image") -> bool:
    """Whether a picture of many pixels has far too many bytes as a PNG: some bands tell, which saves seconds."""
    from PIL import Image

    width, height = picture.size
    if width * height < _LARGE:
        return False
    rows = height // _SAMPLED**2
    sample = Image.new(picture.mode, (width, rows * _SAMPLED))
    for band in range(_SAMPLED):
        top = band * height // _SAMPLED
        sample.paste(picture.crop((0, top, width, top + rows)), (0, band * rows))
    return _SAMPLED * len(_encoded(sample, "PNG", compress_level=1)) > 4 * _LARGE_PNG


def _as_jpeg(picture: "Image", name: str, most: int | None) -> Ready:
    quality = QUALITY
    data = _encoded(picture, "JPEG", quality=quality)
    while most is not None and len(data) > most:
        if quality > _LEAST_QUALITY:
            quality = _LEAST_QUALITY if quality < QUALITY else (QUALITY + _LEAST_QUALITY) // 2
        elif min(picture.size) > 1:
            picture = _scaled(picture, (max(1, int(picture.width * _SMALLER)), max(1, int(picture.height * _SMALLER))))
        else:
            raise AttachmentError(f"{name} cannot be made smaller than {most:,} bytes")
        data = _encoded(picture, "JPEG", quality=quality)
    return Ready(data=data, media_type="image/jpeg", width=picture.width, height=picture.height)


def _on_white(picture: "Image") -> "Image":
    from PIL import Image

    if picture.mode not in _TRANSPARENT_MODES:
        return picture
    paper = Image.new("RGB", picture.size, (255, 255, 255))
    paper.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    return paper


def _encoded(picture: "Image", kind: str, **options: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()
