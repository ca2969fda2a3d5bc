"""Pictures by what their heads say: only the formats that are meant, and no pixels unpacked."""

import contextlib
import importlib
import io
import struct
import warnings
import zlib
from collections.abc import Generator, Mapping
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
_MOVING = {"image/png", "image/gif", "image/webp", "image/avif"}
_ORIENTATION = 0x0112
_WHAT_IT_IS, _SMALLER_OR_MASK, _RAW = 254, 0b101, 50706
"""Tags of a TIFF: of what sort a picture in it is, the sorts that are no page, and that it is a raw photograph."""
_MOST_PAGES = 1000
"""Pages that are counted."""
_SIDEWAYS = {5, 6, 7, 8}
"""Orientations in which width and height change places."""


class Look(Struct, frozen=True, kw_only=True):
    """What the head of a picture says."""

    width: int
    """Pixels, upright."""
    height: int
    is_animated: bool
    pages: int
    """Pictures that it holds beside one another; the first is the one that is meant."""
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
        is_animated = kind in _MOVING and bool(getattr(picture, "is_animated", False))
        pages = _pages(picture, kind)
        return Look(width=width, height=height, is_animated=is_animated, pages=pages, is_sideways=is_sideways)


def opened(data: bytes, kind: str, name: str) -> "Image":
    """Return a picture of which only the head is read; to be called within `reading`.

    Raises:
        AttachmentError: it claims to be impossibly large, its format needs a library that is not there, or it is raw.
    """
    picture = _heif(data, name) if kind == "image/heic" else _plugin(kind, io.BytesIO(data))
    width, height = picture.size
    if width * height > MOST_PIXELS or not width * height:
        raise AttachmentError(
            f"{name} claims to have {width:,} by {height:,} pixels, which no model looks at",
            hint="scale it down first, or cut out what matters",
        )
    if kind == "image/tiff" and (_RAW in _tags(picture) or _is_no_page(picture)):
        raise AttachmentError(
            f"{name} is a raw photograph, of which only a small preview can be read",
            hint="develop it first, and save it as JPEG or TIFF",
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


def _pages(picture: "Image", kind: str) -> int:
    """Return how many pictures there are beside one another; a TIFF is not read from then on."""
    if kind == "image/heic":
        return cast("int", getattr(picture, "n_frames", 1))
    pages = 1
    for place in range(1, _MOST_PAGES if kind == "image/tiff" else 0):
        try:
            picture.seek(place)
        except EOFError:
            break
        pages += not _is_no_page(picture)
    return pages


def _is_no_page(picture: "Image") -> bool:
    sort = _tags(picture).get(_WHAT_IT_IS, 0)
    return isinstance(sort, int) and bool(sort & _SMALLER_OR_MASK)


def _tags(tiff: "Image") -> Mapping[int, object]:
    return cast("Mapping[int, object]", getattr(tiff, "tag_v2", {}))


def _heif(data: bytes, name: str) -> "Image":
    try:
        import pillow_heif
    except ImportError as error:
        raise AttachmentError(
            f"{name} is a HEIC picture, which needs a library",
            hint="run `pip install 'tchat[heic]'`, or save it as JPEG",
        ) from error
    return pillow_heif.HeifImageFile(io.BytesIO(data))
