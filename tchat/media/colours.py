"""Pixels as what a screen shows: 8 bits, and the colours that a picture's profile means.

A change is made for a picture once and then of any strips of it, so that it never has two copies in full.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from msgspec import Struct

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsTransform

_SHOWN = ("L", "LA", "RGB", "RGBA")
"""Modes that have 8 bits and no palette."""
_NUMBERS = ("I", "F")
"""How the modes of grey pictures with more than 8 bits begin."""
_UNSIGNED = 2**16


class Change(Struct, frozen=True, kw_only=True):
    """What is done to each pixel of a picture."""

    mode: str
    """The mode of what comes of it."""
    made: "Callable[[Image], Image]"
    """Makes it of the picture, or of a strip of it."""


def is_srgb(profile: bytes) -> bool:
    """Whether a colour profile is that of the web; one that cannot be read changes nothing, and counts as such."""
    from PIL import ImageCms

    try:
        return "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return True


def change_to_srgb(picture: "Image") -> Change | None:
    """Return what makes a picture, or a strip of it, L, LA, RGB or RGBA with 8 bits; None if it is that already.

    The range of grey pictures with more than 8 bits is looked for in all their pixels, which are unpacked for it.
    """
    if picture.mode.startswith(_NUMBERS):
        return _eight_bits(picture)
    mode, profile = _plain_mode(picture), picture.info.get("icc_profile")
    meant = _transform(profile, mode) if profile and not is_srgb(profile) else None
    if meant is None and mode == picture.mode and mode in _SHOWN:
        return None

    def changed(strip: "Image") -> "Image":
        plain = strip if strip.mode == mode else strip.convert(mode)
        if meant is not None:
            plain = _converted(plain, meant)
        return plain if plain.mode in _SHOWN else plain.convert("RGB")

    shown = mode if mode in _SHOWN else "RGB"
    if meant is not None:
        shown = "RGBA" if mode in ("RGBA", "LA") else "RGB"
    return Change(mode=shown, made=changed)


def _plain_mode(picture: "Image") -> str:
    """Return the mode of a picture without its palette, and with a colour that is see-through as alpha."""
    if picture.mode in ("PA", "La", "RGBa") or "transparency" in picture.info:
        return "RGBA"
    return {"P": "RGB", "1": "L"}.get(picture.mode, picture.mode)


def _eight_bits(picture: "Image") -> Change:
    """Return what gives grey of 16 or 32 bits 8: what 16 bits can hold is divided, anything else is spread."""
    picture.load()
    wide = picture.convert("I") if picture.mode == "I;16B" else picture  # whose range Pillow does not tell
    lowest, highest = cast("tuple[float, float]", wide.getextrema())
    if picture.mode.startswith("I") and lowest >= 0 and highest < _UNSIGNED:
        scale, offset = 1 / 256, 0.0
    else:
        scale = 255 / (highest - lowest) if highest > lowest else 0.0
        offset = -lowest * scale

    def changed(strip: "Image") -> "Image":
        floating = strip if strip.mode == "F" else strip.convert("I").convert("F")
        return floating.point(lambda value: value * scale + offset).convert("L")  # pyright: ignore[reportUnknownMemberType]  # numpy's types are not here

    return Change(mode="L", made=changed)


def _transform(profile: bytes, mode: str) -> "ImageCmsTransform | None":
    """Return what takes pixels of a mode, without alpha, to sRGB; None if the profile does not tell."""
    from PIL import ImageCms

    bare = {"RGBA": "RGB", "LA": "L"}.get(mode, mode)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # untyped
        return ImageCms.buildTransform(source, screen, bare, "RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def _converted(picture: "Image", transform: "ImageCmsTransform") -> "Image":
    from PIL import ImageCms

    alpha = picture.getchannel("A") if picture.mode in ("RGBA", "LA") else None
    bare = picture.convert("RGB" if picture.mode == "RGBA" else "L") if alpha else picture
    meant = cast("Image", ImageCms.applyTransform(bare, transform))  # None only in place
    if alpha is not None:
        meant.putalpha(alpha)
    return meant
