"""A picture made ready to leave the machine: upright, in sRGB, no larger than its reader can use, and without notes.

Law: of what a camera or editor noted (places, times, names), nothing is left. A picture that needs no change of its
pixels keeps them exactly.
"""

import io
import math
import struct
from typing import TYPE_CHECKING, Literal, cast

from msgspec import Struct

from tchat.domain.errors import AttachmentError
from tchat.media.colours import is_srgb
from tchat.media.pictures import opened, orientation_of, reading
from tchat.media.stripping import stripped_jpeg, stripped_png
from tchat.media.unpacking import read_through, unpacked

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
_LARGE = 8_000_000
"""Pixels from which a few bands tell whether a picture is large as a PNG."""
_SAMPLED = 16
"""So many bands of a picture, of one in so many of its rows, are tried."""
_AT_ONCE = 2**24
"""Pixels of a picture that is scaled as a whole."""
_BAND = 2**22
"""Pixels of a band of a larger one."""
_REACH = 8
"""Pixels of the scaled picture by which a filter looks beyond its place, and those that are put together before it."""
_SIDEWAYS = 5
"""The first of the orientations in which width and height change places."""


class Bounds(Struct, frozen=True, kw_only=True):
    """What a picture may be at most."""

    size: tuple[int, int] | None = None
    """The most pixels of each side that its reader can use, upright, in its shape; None for all that it has."""
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
            if kept is not None and (bounds.most_bytes is None or len(kept) <= bounds.most_bytes):
                return Ready(data=kept, media_type=cast("Literal['image/png']", kind), width=size[0], height=size[1])
            picture = opened(data, kind, name)
        return _written(_upright(picture, data, kind, target), kind, name, bounds.most_bytes)


def upright(data: bytes, kind: str, name: str, size: tuple[int, int]) -> "Image":
    """Return a picture to draw on: L, LA, RGB or RGBA, upright, in sRGB, without notes, and scaled to a size.

    Raises:
        AttachmentError: it is not a readable picture, or takes too much memory.
    """
    with reading(name):
        picture = _upright(opened(data, kind, name), data, kind, size)
        picture.info = {}
        return picture


def fitted(size: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """Return the size that a picture has in the same shape within so many pixels; never larger than it is."""
    scale = min(most[0] / size[0], most[1] / size[1], 1.0)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def cleaned(data: bytes, kind: str, name: str) -> Ready:
    """Return a picture of full size without notes, to be kept outside.

    Raises:
        AttachmentError: it is not a readable picture.
    """
    return prepare(data, kind, name)


def _upright(picture: "Image", data: bytes, kind: str, target: tuple[int, int]) -> "Image":
    orientation = orientation_of(picture)
    box = target if orientation < _SIDEWAYS else (target[1], target[0])
    picture = unpacked(picture, data, kind, None if picture.size == box else box)
    box = min(box[0], picture.width), min(box[1], picture.height)
    picture = _scaled(picture, box)  # each step lets go of the pixels of the one before
    return _turned(picture, orientation)


def encoded_png(picture: "Image") -> bytes:
    """Return a picture as a PNG, with what its `info` notes."""
    return _encoded(picture, "PNG", compress_level=4)


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
    return not profile or is_srgb(profile)


def _kept(picture: "Image", data: bytes, kind: str) -> bytes | None:
    """Return the bytes without notes, after a look at all of them, so that nothing broken is sent.

    None if it can be read, but is not built so that its notes can be told from the rest.
    """
    read_through(picture, data, kind)
    try:
        return stripped_jpeg(data) if kind == "image/jpeg" else stripped_png(data)
    except (ValueError, IndexError, struct.error):
        return None


def _scaled(picture: "Image", box: tuple[int, int]) -> "Image":
    """Return a picture in another size; a large one band by band, since a copy lies between what goes in and comes out.

    The bands are what the whole would be: the filter looks beyond their edges.
    """
    from PIL import Image

    if picture.size == box:
        return picture
    lanczos = Image.Resampling.LANCZOS
    if picture.width * picture.height <= _AT_ONCE:
        return picture.resize(box, lanczos, reducing_gap=2.0)  # pyright: ignore[reportUnknownMemberType]  # numpy
    across, down = picture.width / box[0], picture.height / box[1]
    rows, margin = max(1, int(_BAND / across / down / box[0])), math.ceil(_REACH * down)
    scaled = Image.new(picture.mode, box)
    for top in range(0, box[1], rows):
        low = min(top + rows, box[1])
        first, last = max(0, int(top * down) - margin), min(picture.height, math.ceil(low * down) + margin)
        band = picture.crop((0, first, picture.width, last))
        within = (0, top * down - first, picture.width, low * down - first)
        scaled.paste(band.resize((box[0], low - top), lanczos, within, reducing_gap=2.0), (0, top))  # pyright: ignore[reportUnknownMemberType]  # numpy
    return scaled


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
        data = encoded_png(picture)
        if len(data) <= (_LARGE_PNG if not is_transparent else most or len(data)) and (not most or len(data) <= most):
            return Ready(data=data, media_type="image/png", width=picture.width, height=picture.height)
    return _as_jpeg(_on_white(picture), name, most)


def _is_surely_large(picture: "Image") -> bool:
    """Whether a picture of many pixels has far too many bytes as a PNG: some bands tell, which saves seconds."""
    from PIL import Image

    width, height = picture.size
    if width * height < _LARGE or height < _SAMPLED:
        return False
    rows = max(1, height // _SAMPLED**2)
    sample = Image.new(picture.mode, (width, rows * _SAMPLED))
    for band in range(_SAMPLED):
        top = band * height // _SAMPLED
        sample.paste(picture.crop((0, top, width, top + rows)), (0, band * rows))
    whole = height / sample.height * len(_encoded(sample, "PNG", compress_level=1))
    return whole > 4 * _LARGE_PNG


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
