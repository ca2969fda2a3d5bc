"""The grid that a model reads a picture by: how far it is scaled down, and into which patches or tiles it is cut.

Law: a picture that has been scaled to the size of its grid has the same grid, so that scaling before sending costs
nothing. Sources: developers.openai.com/api/docs/guides/images-vision, platform.claude.com/docs/en/build-with-claude/
vision, ai.google.dev/gemini-api/docs/tokens and /media-resolution, as of November 2026.
"""

import math
import re
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from tchat.domain.detail import DETAILS, Detail

Family = Literal["openai", "anthropic", "gemini", "other"]

_SIDES: dict[Detail, int] = {"low": 512, "medium": 1024}
"""Pixels of the longer side, where a provider has no such level of its own."""
_OTHER_SIDE = 2048
"""Pixels of the longer side for models of which nothing is known."""

_PATCH = 32
_PATCHES = ((r"gpt-(5\.6|[6-9])", 1.2), (r"gpt-5\.5", 1.2), (r"gpt-5\.4", 1.2), (r"gpt-5\.2", 1.2),
            (r"gpt-4\.1-mini", 1.62), (r"gpt-5-mini", 1.2), (r"gpt-5-nano", 1.5), (r"gpt-4\.1-nano", 2.46),
            (r"o4-mini", 1.72))  # fmt: skip
"""Models that read patches of 32 pixels, and their multipliers."""
_TILES = ((r"gpt-4o-mini", 2833, 5667), (r"(gpt-4o|gpt-4\.1|gpt-4\.5|chatgpt-4o)", 85, 170),
          (r"gpt-5(\.1)?(?![\d.])", 70, 140), (r"o[13](?!\d)", 75, 150))  # fmt: skip
"""Models that read tiles of 512 pixels: tokens of every picture, and of each tile."""
_TILE, _TILED_SIDE, _TILED_SHORT_SIDE = 512, 2048, 768
_HIGH = (2048, 2500)
_FULL = (6000, 10_000)
_WHOLE = (65_535, 30_000)
"""The longest side and the most patches that a picture is fitted to."""
_READS_ALL = re.compile(r"gpt-(5\.6|[6-9])")
_READS_MUCH = re.compile(r"gpt-5\.[45](?!\d)")

_STANDARD_CLAUDE = re.compile(r"claude-(2|3|instant)|claude-(opus|sonnet|haiku)-(4(?![-.][789])|3)")
_CLAUDE_PATCH = 28
_OLD_GEMINI = re.compile(r"gemini-(1|2)|gemini-pro(?!-latest)|gemini-flash(?!(-lite)?-latest)")
_GEMINI_TILE, _GEMINI_SMALL, _GEMINI_SIDE = 768, 384, 3072
_GEMINI_LEVELS: dict[Detail | None, tuple[int, int]] = {
    "low": (280, 768),
    "medium": (560, 1536),
    "high": (1120, 3072),
    None: (1120, 3072),
    "original": (2240, 4096),
}
"""Tokens of each media resolution, and the longer side that is more than they can tell."""
_OLD_GEMINI_TOKENS = 258
_OLD_GEMINI_LEVELS: dict[Detail, int] = {"low": 64, "medium": 256}


class PictureGrid(Struct, frozen=True, kw_only=True):
    """How a model reads a picture."""

    width: int
    """Pixels of the picture as the model sees it: what is sent is scaled down to that."""
    height: int
    kind: Literal["patches", "tiles", "whole"]
    """What it is cut into; `whole` where it has one number of tokens whatever its size."""
    side: int = 0
    """Pixels of a patch or tile in the picture as the model sees it; 0 where there is none."""
    columns: int = 1
    rows: int = 1
    base: int = 0
    """Tokens that every picture has, beside those of its patches or tiles."""
    each: float
    """Tokens of one patch or tile."""

    @property
    def cells(self) -> int:
        """Patches or tiles."""
        return self.columns * self.rows

    @property
    def tokens(self) -> int:
        """Tokens that the picture is read as."""
        return self.base + math.ceil(round(self.cells * self.each, 6))


def family_of(model: str) -> Family:
    """Return whose formulas hold for a model, by its name."""
    name = bare_name(model)
    if name.startswith("claude"):
        return "anthropic"
    if name.startswith(("gemini", "gemma-3n")):
        return "gemini"
    if re.match(r"(gpt-[4-9]|chatgpt|o[134](?!\d))", name) and not name.startswith("gpt-oss"):
        return "openai"
    return "other"


def bare_name(model: str) -> str:
    """Return a model's name without who serves it, in small letters."""
    return model.lower().rpartition("/")[2]


def is_old_gemini(model: str) -> bool:
    """Whether a model of Gemini is of before the third generation, with other formulas."""
    return _OLD_GEMINI.match(bare_name(model)) is not None


def is_standard_claude(model: str) -> bool:
    """Whether a model of Claude sees pictures at the lower of two resolutions."""
    return _STANDARD_CLAUDE.match(bare_name(model)) is not None


def grid_of(model: str, width: int, height: int, detail: Detail | None = None) -> PictureGrid:
    """Return how a model reads a picture of so many pixels; None is the detail that its provider chooses."""
    readers: dict[Family, Callable[[str, int, int, Detail | None], PictureGrid]] = {
        "openai": _openai,
        "anthropic": _anthropic,
        "gemini": _gemini,
        "other": _other,
    }
    return readers[family_of(model)](bare_name(model), max(1, width), max(1, height), detail)


def details_of(model: str, width: int, height: int) -> dict[Detail, PictureGrid]:
    """Return the levels of detail that differ for a picture and a model, coarsest first, each with its grid."""
    found: dict[Detail, PictureGrid] = {}
    for detail in DETAILS:
        grid = grid_of(model, width, height, detail)
        if grid not in found.values():
            found[detail] = grid
    return found


def _openai(name: str, width: int, height: int, detail: Detail | None) -> PictureGrid:
    w, h = fitted(width, height, _SIDES.get(detail, max(width, height)) if detail else max(width, height))
    each = next((factor for pattern, factor in _PATCHES if re.match(pattern, name)), None)
    if each is not None:
        side, most = _openai_bounds(name, detail)
        w, h = _within_patches(*fitted(w, h, side), most)
        return _cut(w, h, _PATCH, "patches", each)
    base, tile = next(((base, tile) for pattern, base, tile in _TILES if re.match(pattern, name)), (85, 170))
    if detail == "low":
        return PictureGrid(width=w, height=h, kind="whole", each=base)
    w, h = fitted(w, h, _TILED_SIDE)
    scale = min(1.0, _TILED_SHORT_SIDE / min(w, h))
    return _cut(max(1, round(w * scale)), max(1, round(h * scale)), _TILE, "tiles", tile, base=base)


def _openai_bounds(name: str, detail: Detail | None) -> tuple[int, int]:
    """Return the longest side and the most patches; what is left open is every pixel for the newest models."""
    is_newest, reads_much = _READS_ALL.match(name), _READS_MUCH.match(name)
    if is_newest and detail in (None, "original"):
        return _WHOLE
    if reads_much and (detail == "original" or (detail is None and name.startswith("gpt-5.5"))):
        return _FULL
    return _HIGH


def _within_patches(width: int, height: int, most: int) -> tuple[int, int]:
    """Return the size that has at most so many patches, by OpenAI's formula."""
    if _count(width, height, _PATCH) <= most:
        return width, height
    k = math.sqrt(_PATCH**2 * most / (width * height))
    across, down = width * k / _PATCH, height * k / _PATCH
    k *= min(math.floor(across) / across or 1, math.floor(down) / down or 1)
    return max(1, math.floor(round(width * k, 6))), max(1, math.floor(round(height * k, 6)))


def _anthropic(name: str, width: int, height: int, detail: Detail | None) -> PictureGrid:
    edge, most = (1568, 1568) if _STANDARD_CLAUDE.match(name) else (2576, 4784)
    edge = min(edge, _SIDES.get(detail, edge) if detail else edge)
    w, h = width, height
    if max(w, h) > edge or _count(w, h, _CLAUDE_PATCH) > most:
        low, high = 1, min(max(w, h), edge)
        while low < high:
            middle = (low + high + 1) // 2
            if _count(*_with_edge(width, height, middle), _CLAUDE_PATCH) <= most:
                low = middle
            else:
                high = middle - 1
        w, h = _with_edge(width, height, low)
    return _cut(w, h, _CLAUDE_PATCH, "patches", 1)


def _with_edge(width: int, height: int, edge: int) -> tuple[int, int]:
    """Return the size whose long side is `edge`, the short one rounded half to even."""
    if width >= height:
        return edge, max(1, round(height * edge / width))
    return max(1, round(width * edge / height)), edge


def _gemini(name: str, width: int, height: int, detail: Detail | None) -> PictureGrid:
    if not _OLD_GEMINI.match(name):
        tokens, side = _GEMINI_LEVELS[detail]
        w, h = fitted(width, height, side)
        return PictureGrid(width=w, height=h, kind="whole", each=tokens)
    if detail in ("low", "medium"):
        w, h = fitted(width, height, _GEMINI_TILE)
        return PictureGrid(width=w, height=h, kind="whole", each=_OLD_GEMINI_LEVELS[detail])
    w, h = fitted(width, height, _GEMINI_SIDE)
    if max(w, h) <= _GEMINI_SMALL:
        return PictureGrid(width=w, height=h, kind="whole", each=_OLD_GEMINI_TOKENS)
    return _cut(w, h, _GEMINI_TILE, "tiles", _OLD_GEMINI_TOKENS)


def _other(_: str, width: int, height: int, detail: Detail | None) -> PictureGrid:
    whole = max(width, height)
    side = whole if detail == "original" else _SIDES.get(detail, _OTHER_SIDE) if detail else _OTHER_SIDE
    return _cut(*fitted(width, height, side), _PATCH, "patches", 1)


def fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the size whose longer side is at most `side`, in the same shape."""
    longest = max(width, height)
    if longest <= side:
        return width, height
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def _cut(
    width: int, height: int, side: int, kind: Literal["patches", "tiles"], each: float, *, base: int = 0
) -> PictureGrid:
    columns, rows = math.ceil(width / side), math.ceil(height / side)
    return PictureGrid(
        width=width, height=height, kind=kind, side=side, columns=columns, rows=rows, base=base, each=each
    )


def _count(width: int, height: int, side: int) -> int:
    return math.ceil(width / side) * math.ceil(height / side)
