"""What a scrollbar looks like, so that it is drawn anew only when it would look different."""

from math import ceil

_PARTS = 8
"""Textual draws the ends of a thumb in eighths of a line."""


def thumb_of(height: int, total: int, top: int) -> tuple[int, int]:
    """Return where a thumb begins and ends, in eighths of a line.

    Args:
        height: lines that are seen, and of the scrollbar.
        total: all lines.
        top: the first line that is seen.
    """
    if total <= height or not height:
        return 0, height * _PARTS
    size = max(1.0, height * height / total)
    start = int((height - size) * top / (total - height) * _PARTS)
    return start, start + ceil(size * _PARTS)
