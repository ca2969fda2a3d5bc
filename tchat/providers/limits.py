"""What each API takes at most of attachments, and which of them it fetches or keeps itself.

Sources: the vendors' pages on images, files and PDFs, as of November 2026.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from tchat.config import Kind


class MediaLimits(Struct, frozen=True, kw_only=True):
    """Bytes are those of files; in a request they take a third more."""

    picture: int = 15 * 2**20
    """Bytes of one picture."""
    inline: int | None = None
    """Bytes of all attachments within one request; None for an API without uploads."""
    crowd: int | None = None
    """So many pictures are taken at full size; of more, each may have at most `crowded_side` pixels a side."""
    crowded_side: int = 2000
    links: bool = True
    """Whether addresses are fetched."""


_LIMITS: Mapping[Kind, MediaLimits] = MappingProxyType(
    {
        "openai": MediaLimits(inline=30 * 2**20),
        "anthropic": MediaLimits(picture=7_500_000, inline=20 * 2**20, crowd=20),
        "gemini": MediaLimits(inline=15 * 2**20),
        "compatible": MediaLimits(),
        "local": MediaLimits(links=False),
        "scripted": MediaLimits(),
    }
)


def limits_of(kind: Kind) -> MediaLimits:
    """Return what an API takes."""
    return _LIMITS[kind]
