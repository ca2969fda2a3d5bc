"""Pictures by what their heads say: only the formats that are meant, and no pixels unpacked."""

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


def orientation_of(picture: "Image") -> int:
    """Return how a camera was held, by EXIF's number; 1 for upright, and where nothing is said."""
    if picture.format in ("TIFF", "HEIF"):  # which are turned while they are unpacked
        return 1
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
    return pillow_heif.HeifImageFile(io.BytesIO(data))
