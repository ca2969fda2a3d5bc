"""Pictures read with bounded memory: only the formats that are meant, never more pixels at once than fit.

What is too large to be unpacked whole is unpacked at a fraction of its size where its format allows that.
"""

import contextlib
import importlib
import io
import struct
import warnings
import zlib
from collections.abc import Generator
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from tchat.domain.errors import AttachmentError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 300_000_000
"""Pixels of a picture that is looked at; a header that claims more is a mistake or an attack."""
MEMORY = 220 * 2**20
"""Bytes that an unpacked picture may take."""
MEMORY_OF_BOTH = 280 * 2**20
"""Bytes that it may take together with the smaller one that is made of it."""

_PLUGINS = {
    "image/png": ("PIL.PngImagePlugin", "PngImageFile"),
    "image/jpeg": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "image/gif": ("PIL.GifImagePlugin", "GifImageFile"),
    "image/webp": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "image/bmp": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "image/tiff": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "image/avif": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "image/jp2": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
}
_BYTES = {"image/webp": 16, "image/avif": 12, "image/heic": 12, "image/jp2": 16, "image/gif": 6}
"""Bytes that a pixel takes while it is unpacked, all copies together; 5 where nothing is said."""
_PROGRESSIVE = 6
"""Bytes of a pixel of a progressive JPEG, which is held whole whatever fraction of it is wanted."""
_FRACTIONS = {"image/jpeg": (1, 2, 4, 8), "image/png": tuple(range(2, 17))}
"""What a picture can be divided by while it is unpacked."""
_PIXEL = 4
"""Bytes that Pillow keeps of one."""
_ORIENTATION = 0x0112
_SIDEWAYS = {5, 6, 7, 8}
"""Orientations in which width and height change places."""


class Look(Struct, frozen=True, kw_only=True):
    """What the head of a picture says."""

    width: int
    """Pixels, upright."""
    height: int
    is_animated: bool
    is_sideways: bool
    """Whether the stored picture lies on its side."""


def look(data: bytes, kind: str, name: str) -> Look:
    """Return what a picture is, without unpacking it.

    Args:
        data: the picture.
        kind: its media type.
        name: what messages call it.

    Raises:
        AttachmentError: it is not a readable picture, or claims to be impossibly large.
    """
    with reading(name):
        picture = opened(data, kind, name)
        width, height = picture.size
        is_sideways = orientation_of(picture) in _SIDEWAYS
        if is_sideways:
            width, height = height, width
        is_animated = kind not in ("image/jpeg", "image/tiff") and bool(getattr(picture, "is_animated", False))
        return Look(width=width, height=height, is_animated=is_animated, is_sideways=is_sideways)


def opened(data: bytes, kind: str, name: str) -> "Image":
    """Return a picture of which only the head is read; to be called within `reading`.

    Raises:
        AttachmentError: it claims to be impossibly large, or its format needs a library that is not there.
    """
    picture = _heif(data, name) if kind == "image/heic" else _plugin(kind, io.BytesIO(data))
    width, height = picture.size
    if width * height > MOST_PIXELS or not width * height:
        raise AttachmentError(
            f"{name} claims to have {width:,} by {height:,} pixels, which no model looks at",
            hint="scale it down first, or cut out what matters",
        )
    return picture


def unpacked(picture: "Image", data: bytes, kind: str, box: tuple[int, int] | None) -> "Image":
    """Return a picture with its pixels: as many as `box` asks for or more, or all that fit into memory.

    Args:
        picture: as it was opened.
        data: what it was opened from.
        kind: its media type.
        box: the size that is wanted, in the picture's own orientation; None wants every pixel.

    Raises:
        AttachmentError: it would take too much memory.
    """
    if kind == "image/jpeg":
        return _unpacked_jpeg(picture, box)
    if picture.size[0] * picture.size[1] * _BYTES.get(kind, 5) <= MEMORY:
        picture.load()
        return picture
    if kind == "image/png":
        from tchat.media.strips import reduced_png

        reduced = reduced_png(data, _fraction(kind, picture.size, box, box))
        if reduced is not None:
            return reduced
    raise _too_large(picture.size)


def orientation_of(picture: "Image") -> int:
    """Return how a camera was held, by EXIF's number; 1 for upright, and where nothing is said."""
    if picture.format == "PNG" and "exif" not in picture.info:  # asking would unpack it
        return 1
    told = picture.getexif().get(_ORIENTATION, 1)
    return told if isinstance(told, int) and 1 <= told <= 8 else 1  # noqa: PLR2004  # EXIF has eight


@contextlib.contextmanager
def reading(name: str) -> Generator[None]:
    """Turn whatever Pillow raises over bytes that are no picture into an error about the picture.

    Raises:
        AttachmentError: in place of it.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        LookupError,
        EOFError,
        ArithmeticError,
        AttributeError,
        RuntimeError,
        MemoryError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
    ) as error:
        said = str(error).partition("\n")[0] or type(error).__name__
        raise AttachmentError(
            f"{name} is not a readable picture: {said}", hint="it may be damaged or cut off; save it anew"
        ) from error


def _plugin(kind: str, file: io.BytesIO) -> "Image":
    """Return a picture opened by the one plugin for its format; others, some of which run programs, are not asked."""
    module, plugin = _PLUGINS[kind]
    return cast("Image", getattr(importlib.import_module(module), plugin)(file))


def _heif(data: bytes, name: str) -> "Image":
    try:
        import pillow_heif
    except ImportError as error:
        raise AttachmentError(
            f"{name} is a HEIC picture, which needs a library",
            hint="run `pip install 'tchat[heic]'`, or save it as JPEG",
        ) from error
    return pillow_heif.open_heif(data, convert_hdr_to_8bit=True).to_pillow()  # pyright: ignore[reportUnknownMemberType]  # untyped


def _unpacked_jpeg(picture: "Image", box: tuple[int, int] | None) -> "Image":
    """Unpack a JPEG at the smallest fraction that still has twice as many pixels as are wanted, if that can be."""
    width, height = picture.size
    if picture.info.get("progressive") and width * height * _PROGRESSIVE > MEMORY:
        raise _too_large(picture.size)
    fraction = _fraction("image/jpeg", picture.size, (2 * box[0], 2 * box[1]) if box else None, box)
    if fraction > 1:
        picture.draft(None, (max(1, width // fraction), max(1, height // fraction)))  # it works once
    picture.load()
    return picture


def _fraction(kind: str, size: tuple[int, int], least: tuple[int, int] | None, box: tuple[int, int] | None) -> int:
    """Return what a picture is divided by: so that it has at least so many pixels, or more where memory is short.

    Args:
        kind: its media type.
        size: its pixels.
        least: that are wanted; None wants all.
        box: the size that it is then scaled to, if it is larger.

    Raises:
        AttachmentError: it would take too much memory in any case.
    """
    wide, high = least or size
    most = max(1, min(size[0] // wide, size[1] // high))
    possible = _FRACTIONS[kind]
    wanted = max((each for each in possible if each <= most), default=possible[0])
    for fraction in possible:
        pixels = size[0] * size[1] // fraction**2
        made = min(pixels, box[0] * box[1] if box else pixels)
        both = _PIXEL * (pixels + (made if made < pixels else 0))
        if fraction >= wanted and _PIXEL * pixels <= MEMORY and both <= MEMORY_OF_BOTH:
            return fraction
    raise _too_large(size)


def _too_large(size: tuple[int, int]) -> AttachmentError:
    megapixels = size[0] * size[1] / 1e6
    return AttachmentError(
        f"a picture of {megapixels:,.0f} megapixels in this format does not fit into memory",
        hint="scale it down first, or save it as a plain JPEG",
    )
