"""What attachments are read as: pictures by their grid, pages, recordings and films by the published rates.

Sources: as in `picture_grid`; where a size or length is unknown, it is judged by what is usual.
"""

from tchat.domain.detail import Detail
from tchat.meter.picture_grid import bare_name, family_of, grid_of, is_old_gemini, is_standard_claude

UNKNOWN_PICTURE = 1_500
"""Of a picture of unknown size: about what a picture of a screen is read as."""
UNKNOWN_PAGES = 10
"""Of a document that does not say how many it has."""
MOST_TEXT = 4_000
"""Tokens of text on a page; Anthropic says 1,500 to 3,000 of common pages."""
MOST = 50_000
"""No model whose formula has a bound reads a picture as more."""

_PAGE = (1275, 1650)
"""Pixels of a page."""
_WORDS = 600
"""Tokens of the text of a page."""
_GEMINI_PAGES: dict[Detail | None, int] = {None: 560, "low": 280, "medium": 560, "high": 1120, "original": 1120}
_GEMINI_FRAME, _GEMINI_FINE_FRAME, _OLD_FRAME, _OLD_LOW_FRAME = 70, 280, 263, 66
_SPOKEN = 32
"""Gemini's tokens of a second of sound."""
_OPENAI_SPOKEN = 10
_SOUND_BYTES, _FILM_BYTES = 16_000, 250_000
"""Usual bytes of a second, where nothing tells how long it is."""


def image_tokens(model: str, width: int | None, height: int | None, detail: Detail | None = None) -> int:
    """Return the tokens that a picture of so many pixels is read as."""
    if not width or not height:
        return UNKNOWN_PICTURE
    return grid_of(model, width, height, detail).tokens


def most_image_tokens(model: str, width: int | None, height: int | None) -> int:
    """Return the most that a model may read a picture of that size as, whatever detail is asked for."""
    family = family_of(model)
    if family == "anthropic":
        return 1568 if is_standard_claude(model) else 4784
    if family == "gemini" and not is_old_gemini(model):
        return 2240
    return max(MOST, image_tokens(model, width, height, "original"))


def page_tokens(model: str, detail: Detail | None = None) -> int:
    """Return about what a page of a document is read as: its picture and its text."""
    match family_of(model):
        case "anthropic":
            return image_tokens(model, *_PAGE, detail) + _WORDS
        case "gemini":
            return 258 if is_old_gemini(model) else _GEMINI_PAGES[detail] + _WORDS
        case "openai":
            return image_tokens(model, *_PAGE, detail or "high") + _WORDS
        case "other":
            return UNKNOWN_PICTURE


def most_page_tokens(model: str) -> int | None:
    """Return the most that a page of a document is taken to be read as; None where no vendor says."""
    if family_of(model) == "other":
        return None
    picture = image_tokens(model, 1_700, 2_200, "high")
    return max(picture, page_tokens(model)) + MOST_TEXT


def audio_tokens(model: str, seconds: float | None, size: int | None) -> int:
    """Return about what a recording is read as."""
    rate = _OPENAI_SPOKEN if family_of(model) == "openai" or bare_name(model).startswith("voxtral") else _SPOKEN
    return max(1, round(_length(seconds, size, _SOUND_BYTES) * rate))


def video_tokens(model: str, seconds: float | None, size: int | None, detail: Detail | None = None) -> int:
    """Return about what a film is read as, one frame and its sound a second."""
    if is_old_gemini(model):
        frame = _OLD_LOW_FRAME if detail == "low" else _OLD_FRAME
    else:
        frame = _GEMINI_FINE_FRAME if detail in ("high", "original") else _GEMINI_FRAME
    return max(1, round(_length(seconds, size, _FILM_BYTES) * (frame + _SPOKEN)))


def _length(seconds: float | None, size: int | None, usual: int) -> float:
    return seconds if seconds is not None else (size or usual * 60) / usual
