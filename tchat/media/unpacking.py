"""A picture's pixels in sRGB, unpacked in bounded memory: at a fraction of its size where all of them do not fit.

What counts are the bytes that a pixel takes, measured at the peak of each format's library, with every copy of it.
"""

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from tchat.domain.errors import AttachmentError
from tchat.media.colours import Change, change_to_srgb
from tchat.media.strips import Layout, cut, cut_buffer, cut_png, joined

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY = 340 * 2**20
"""Bytes that a picture may take: its file and all copies of its pixels together."""

_TAKEN = {"1": 1.0, "L": 1.0, "P": 1.0, "I;16": 2.0, "I;16L": 2.0, "I;16B": 6.0}
"""Of a pixel that is unpacked, by mode, 4 in any other; the range of the last can only be told by a copy."""
_WHOLE = {"image/webp": 17.0, "image/avif": 10.0, "image/jp2": 19.5, "image/gif": 3.0}
"""Of a pixel while Pillow unpacks all of them, by format; in any other a little more than what it takes then."""
_LITTLE = 0.5
_AVIF_ALPHA = 3.0
_PACKED = {"image/webp": 12.5, "image/heic": 5.5}
"""Of a pixel while the format's own library unpacks all of them."""
_HEIC_WHOLE, _HEIC_ALPHA, _HEIC_DEEP = 8.0, 3.0, 2.5
"""The same with a picture made of them at once; what transparency, and more than 8 bits of a colour, add."""
_COEFFICIENT = 2
"""Of a colour of a pixel of a progressive JPEG, which is held whole whatever fraction of it is wanted."""
_COARSEST = 16
"""What a picture is divided by at most while it is unpacked."""
_BITS = 8


class _Pixels(Struct, frozen=True, kw_only=True):
    """Where pixels come from."""

    strips: "Callable[[int], Iterable[Image]]"
    """Returns them as strips that can be divided by a factor."""
    held: float
    """Bytes of each that are held meanwhile."""
    picture: "Image | None" = None
    """The picture that has them all, if there is one."""


def unpacked(picture: "Image", data: bytes, kind: str, box: tuple[int, int] | None) -> "Image":
    """Return a picture with its pixels, L, LA, RGB or RGBA: as many as `box` asks for or more, or all that fit.

    Args:
        picture: as it was opened; its own pixels may be changed.
        data: what it was opened from.
        kind: its media type.
        box: the size that is wanted, in the picture's own orientation; None wants every pixel.

    Raises:
        AttachmentError: it would take too much memory.
    """
    if kind == "image/jpeg":
        _draft(picture, data, box)
    pixels = _pixels(picture, data, kind)
    change = change_to_srgb(picture)
    mode = change.mode if change else picture.mode
    onto = pixels.picture if pixels.picture is not None and pixels.picture.mode == mode else None
    taken = _taken(mode)
    scaled = 0.0 if box is None else taken * box[0] * box[1] / (picture.width * picture.height)
    made = pixels.held + (0.0 if onto is not None else taken)
    room, factor = _room(picture, data), 1
    if pixels.picture is None or max(made, taken + scaled) > room:
        factor, onto = _coarsest(picture.size, box), None
        while max(pixels.held + taken / factor**2, taken / factor**2 + min(scaled, taken / factor**2)) > room:
            factor += 1
            if factor > _COARSEST:
                raise _too_large(picture.size)
    elif change is None and onto is not None:
        return onto
    return joined(_changed(pixels.strips(factor), change), picture.size, factor, onto=onto)


def read_through(picture: "Image", data: bytes, kind: str) -> None:
    """Unpack a PNG or JPEG to see that it is whole.

    Raises:
        AttachmentError: it would take too much memory.
        ValueError: it is cut off, as are the errors of Pillow.
    """
    if kind == "image/jpeg":
        _draft(picture, data, (max(1, picture.width // 16), max(1, picture.height // 16)))
    pixels = _pixels(picture, data, kind)
    if pixels.picture is None:
        for _ in pixels.strips(1):
            pass


def _pixels(picture: "Image", data: bytes, kind: str) -> _Pixels:
    """Return the pixels of a picture, all in memory if they fit, else as its format allows.

    Raises:
        AttachmentError: it does not allow it.
    """
    room = _room(picture, data)
    if _whole(picture, kind) <= room:
        picture.load()
        return _Pixels(strips=partial(cut, picture), held=_taken(picture.mode), picture=picture)
    if kind == "image/png" and cut_png(data, 1) is not None:
        return _Pixels(strips=lambda factor: cut_png(data, factor) or (), held=0.0)
    if kind == "image/webp" and _PACKED[kind] <= room:
        return _webp(picture)
    if kind == "image/heic" and _PACKED[kind] + _heic_more(picture) <= room:
        return _heic(data)
    raise _too_large(picture.size)


def _webp(picture: "Image") -> _Pixels:
    """Unpack the first frame by the library itself, since a picture of Pillow's holds it four times."""
    decoder: Any = vars(picture).pop("_decoder")
    size, _, _, _, raw = decoder.get_info()
    pixels, _ = decoder.get_next()
    layout = Layout(size=size, mode="RGBA" if raw == "RGBA" else "RGB", raw=raw, stride=4 * size[0])
    return _Pixels(strips=partial(cut_buffer, pixels, layout), held=4.0)


def _heic(data: bytes) -> _Pixels:
    import pillow_heif

    heif = pillow_heif.open_heif(data)  # pyright: ignore[reportUnknownMemberType]  # untyped
    unpacked = cast("memoryview", heif.data)  # pyright: ignore[reportUnknownMemberType]  # untyped
    layout = Layout(size=heif.size, mode=heif.mode, raw=heif.mode, stride=heif.stride)
    return _Pixels(strips=partial(cut_buffer, unpacked, layout), held=heif.stride / heif.size[0])


def _heic_more(picture: "Image") -> float:
    is_deep = picture.info.get("bit_depth", _BITS) > _BITS
    return (_HEIC_ALPHA if _has_alpha(picture) else 0.0) + (_HEIC_DEEP if is_deep else 0.0)


def _draft(picture: "Image", data: bytes, box: tuple[int, int] | None) -> None:
    """Have a JPEG unpacked at the smallest fraction that still has what is wanted: twice as much, if that can be.

    Raises:
        AttachmentError: it would take too much memory.
    """
    size, each = picture.size, _whole(picture, "image/jpeg")
    held = _COEFFICIENT * len(picture.getbands()) if picture.info.get("progressive") else 0
    room = _room(picture, data) - held
    ways = ((2 * box[0], 2 * box[1]), box) if box is not None else (size,)
    most = [max(1, min(size[0] // wide, size[1] // high)) for wide, high in ways]
    wanted = [next(each for each in (8, 4, 2, 1) if each <= can) for can in most]
    for fraction in (*wanted, *(each for each in (2, 4, 8) if each > wanted[-1])):
        if each / fraction**2 <= room:
            picture.draft(None, (max(1, size[0] // fraction), max(1, size[1] // fraction)))
            return
    raise _too_large(size)


def _changed(strips: "Iterable[Image]", change: Change | None) -> "Iterable[Image]":
    return strips if change is None else map(change.made, strips)


def _coarsest(size: tuple[int, int], box: tuple[int, int] | None) -> int:
    """Return by what a picture can be divided and still have what is wanted."""
    return 1 if box is None else max(1, min(size[0] // box[0], size[1] // box[1], _COARSEST))


def _room(picture: "Image", data: bytes) -> float:
    """Return the bytes that each pixel may take beside the file, of which WebP's library has a copy."""
    copies = 2 if picture.format == "WEBP" else 1
    return (MEMORY - copies * len(data)) / math.prod(picture.size)


def _whole(picture: "Image", kind: str) -> float:
    more = _AVIF_ALPHA if kind == "image/avif" and _has_alpha(picture) else 0.0
    if kind == "image/heic":
        return _HEIC_WHOLE + _heic_more(picture)
    return _WHOLE.get(kind, _taken(picture.mode) + _LITTLE) + more


def _taken(mode: str) -> float:
    return _TAKEN.get(mode, 4.0)


def _has_alpha(picture: "Image") -> bool:
    return picture.mode in ("RGBA", "LA", "PA")


def _too_large(size: tuple[int, int]) -> AttachmentError:
    megapixels = size[0] * size[1] / 1e6
    return AttachmentError(
        f"a picture of {megapixels:,.0f} megapixels in this format does not fit into memory",
        hint="scale it down first, or save it as a plain JPEG",
    )
