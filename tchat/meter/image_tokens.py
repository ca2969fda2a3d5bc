"""What pictures and pages of documents are read as, by the formulas that each provider publishes for its models.

Sources: developers.openai.com/api/docs/guides/images-vision, platform.claude.com/docs/en/build-with-claude/vision,
ai.google.dev/gemini-api/docs/tokens and /media-resolution, as of November 2026.
"""

import math
import re
from collections.abc import Callable
from typing import Literal

Detail = Literal["auto", "low", "high", "original"]

UNKNOWN_PICTURE = 1_500
"""Of a picture of unknown size: about what a picture of a screen is read as."""
UNKNOWN_PAGES = 10
"""Of a document that does not say how many it has."""
MOST_TEXT = 4_000
"""Tokens of text on a page; Anthropic says 1,500 to 3,000 of common pages."""
MOST = 50_000
"""No model whose formula has a bound reads a picture as more."""

_PATCH = 32
_PATCHES = ((r"gpt-(5\.6|[6-9])", 1.2), (r"gpt-5\.5", 1.2), (r"gpt-5\.4", 1.2), (r"gpt-5\.2", 1.2),
            (r"gpt-4\.1-mini", 1.62), (r"gpt-5-mini", 1.2), (r"gpt-5-nano", 1.5), (r"gpt-4\.1-nano", 2.46),
            (r"o4-mini", 1.72))  # fmt: skip
"""Models that read patches of 32 pixels, and their multipliers."""
_TILES = ((r"gpt-4o-mini", 2833, 5667), (r"(gpt-4o|gpt-4\.1|gpt-4\.5|chatgpt-4o)", 85, 170),
          (r"gpt-5(\.1)?(?![\d.])", 70, 140), (r"o[13](?!\d)", 75, 150))  # fmt: skip
"""Models that read tiles of 512 pixels: tokens of every picture, and of each tile."""
_HIGH = (2048, 2500)
_LOW = (2048, 6144)
_FULL = (6000, 10_000)
_WHOLE = (65_535, 30_000)
_SMALL = (512, 2500)
"""The longest side and the most patches that a picture is fitted to."""

_STANDARD_CLAUDE = re.compile(r"claude-(2|3|instant)|claude-(opus|sonnet|haiku)-(4(?!-[789])|3)")
_CLAUDE_PATCH = 28
_OLD_GEMINI = re.compile(r"gemini-(1|2)|gemini-pro|gemini-flash")
_GEMINI_TILE = 258
_GEMINI_PICTURE = 1120
_GEMINI_PAGE = 560


def family_of(model: str) -> Literal["openai", "anthropic", "gemini", "other"]:
    """Return whose formulas hold for a model, by its name."""
    name = model.lower().rpartition("/")[2]
    if name.startswith("claude"):
        return "anthropic"
    if name.startswith(("gemini", "gemma-3n")):
        return "gemini"
    if re.match(r"(gpt-[4-9]|chatgpt|o[134](?!\d))", name) and not name.startswith("gpt-oss"):
        return "openai"
    return "other"


def image_tokens(model: str, width: int | None, height: int | None, detail: Detail = "auto") -> int:
    """Return the tokens that a picture of so many pixels is read as."""
    if not width or not height:
        return UNKNOWN_PICTURE
    readers: dict[str, Callable[[str, int, int, Detail], int]] = {
        "openai": _openai,
        "anthropic": _anthropic,
        "gemini": _gemini,
    }
    name = model.lower().rpartition("/")[2]
    reader = readers.get(family_of(model))
    return reader(name, width, height, detail) if reader else _grid(width, height, _PATCH)


def most_image_tokens(model: str, width: int | None, height: int | None) -> int:
    """Return the most that a model may read a picture of that size as, whatever detail is asked for."""
    name = model.lower().rpartition("/")[2]
    if family_of(model) == "anthropic":
        return 1568 if _STANDARD_CLAUDE.match(name) else 4784
    if family_of(model) == "gemini" and not _OLD_GEMINI.match(name):
        return 2240
    return max(MOST, image_tokens(model, width, height))


def page_tokens(model: str) -> int:
    """Return about what a page of a document is read as: its picture and its text."""
    name = model.lower().rpartition("/")[2]
    match family_of(model):
        case "anthropic":
            return image_tokens(model, 1275, 1650) + 600
        case "gemini":
            return _GEMINI_TILE if _OLD_GEMINI.match(name) else _GEMINI_PAGE + 600
        case "openai":
            return image_tokens(model, 1275, 1650, "high") + 600
        case "other":
            return UNKNOWN_PICTURE


def most_page_tokens(model: str) -> int | None:
    """Return the most that a page of a document is taken to be read as; None where no vendor says."""
    if family_of(model) == "other":
        return None
    picture = image_tokens(model, 1_700, 2_200, "high")
    return max(picture, page_tokens(model)) + MOST_TEXT


def _openai(name: str, width: int, height: int, detail: Detail) -> int:
    multiplier = next((factor for pattern, factor in _PATCHES if re.match(pattern, name)), None)
    if multiplier is not None:
        return _openai_patches(name, width, height, detail, multiplier)
    base, tile = next(((base, tile) for pattern, base, tile in _TILES if re.match(pattern, name)), (85, 170))
    if detail == "low":
        return base
    scale = min(1.0, 2048 / max(width, height))
    scale *= min(1.0, 768 / (min(width, height) * scale))
    return base + tile * _grid(round(width * scale, 6), round(height * scale, 6), 512)


def _openai_patches(name: str, width: int, height: int, detail: Detail, multiplier: float) -> int:
    side, budget = _fit_of(name, detail)
    scale = min(1.0, side / max(width, height))
    w, h = width * scale, height * scale
    patches = _grid(w, h, _PATCH)
    if patches > budget:
        k = math.sqrt(_PATCH**2 * budget / (w * h))
        across, down = w * k / _PATCH, h * k / _PATCH
        k *= min(math.floor(across) / across, math.floor(down) / down)
        patches = _grid(math.floor(w * k), math.floor(h * k), _PATCH)
    return math.ceil(round(patches * multiplier, 6))


def _fit_of(name: str, detail: Detail) -> tuple[int, int]:
    is_new, is_55 = re.match(r"gpt-(5\.6|[6-9])", name), name.startswith("gpt-5.5")
    is_54 = name.startswith("gpt-5.4")
    if detail == "low":
        return _SMALL if is_new or is_55 else _LOW
    if detail == "high" or (detail == "auto" and not (is_new or is_55)):
        return _HIGH
    if is_new:
        return _WHOLE
    return _FULL if is_55 or is_54 else _HIGH


def _anthropic(name: str, width: int, height: int, _: Detail) -> int:
    edge, budget = (1568, 1568) if _STANDARD_CLAUDE.match(name) else (2576, 4784)
    w, h = width, height
    if max(w, h) > edge or _grid(w, h, _CLAUDE_PATCH) > budget:
        low, high = 1, min(max(w, h), edge)
        while low < high:
            middle = (low + high + 1) // 2
            if _grid(*_with_edge(width, height, middle), _CLAUDE_PATCH) <= budget:
                low = middle
            else:
                high = middle - 1
        w, h = _with_edge(width, height, low)
    return _grid(w, h, _CLAUDE_PATCH)


def _with_edge(width: int, height: int, edge: int) -> tuple[int, int]:
    """Return the size whose long side is `edge`, the short one rounded half to even."""
    if width >= height:
        return edge, max(1, round(height * edge / width))
    return max(1, round(width * edge / height)), edge


def _gemini(name: str, width: int, height: int, _: Detail) -> int:
    if not _OLD_GEMINI.match(name):
        return _GEMINI_PICTURE
    if max(width, height) <= 384:  # noqa: PLR2004  # from the page
        return _GEMINI_TILE
    return _GEMINI_TILE * _grid(width, height, 768)


def _grid(width: float, height: float, side: int) -> int:
    return math.ceil(width / side) * math.ceil(height / side)
