"""Pictures scaled down and with a numbered grid drawn over them, so that a model can say where it looks.

The grid is a set of marks in the sense of arXiv:2310.11441: cells are numbered from 1, row by row.
"""

import io
from typing import TYPE_CHECKING

from tchat.domain.errors import AttachmentError
from tchat.media.kinds import media_type
from tchat.media.pictures import Look, look
from tchat.media.preparing import Bounds, prepare

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_LINES_A_SIDE = 400
"""A line of the grid is as wide as the longer side divided by this, at least one pixel."""
_NUMBER_OF_CELL = 6
"""A number is as high as the shorter side of a cell divided by this."""
_SMALLEST, _LARGEST = 10, 48
"""Pixels that a number is high."""
_INK, _PAPER = (200, 0, 60), (255, 255, 255)
_MOST_DRAWN = 16_000_000
"""Pixels of a picture that is drawn on."""


def mark(data: bytes, name: str, *, grid: tuple[int, int] | None, max_side: int | None) -> bytes:
    """Return a picture as it is sent: upright, its longer side at most `max_side` pixels, its cells numbered.

    Args:
        data: the picture, in any format that can be attached.
        name: what messages call it.
        grid: columns and rows; None draws none.
        max_side: None keeps the size.

    Raises:
        AttachmentError: it is not a readable picture.
    """
    from PIL import Image, ImageDraw

    kind = media_type(data) or ""
    if not kind.startswith("image/"):
        raise AttachmentError(f"{name} is not a readable picture")
    ready = prepare(data, kind, name, Bounds(size=_size(look(data, kind, name), grid, max_side)))
    if grid is None:
        return ready.data
    with Image.open(io.BytesIO(ready.data), formats=["PNG", "JPEG"]) as opened:
        picture = opened.convert("RGBA")
    _draw_grid(ImageDraw.Draw(picture), picture.size, grid)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _size(seen: Look, grid: tuple[int, int] | None, max_side: int | None) -> tuple[int, int] | None:
    """Return the pixels that a picture has at most; None for all of its own."""
    scale = min(1.0, max_side / max(seen.width, seen.height) if max_side is not None else 1.0)
    if grid is not None:
        scale = min(scale, (_MOST_DRAWN / (seen.width * seen.height)) ** 0.5)
    return (max(1, round(seen.width * scale)), max(1, round(seen.height * scale))) if scale < 1 else None


def _draw_grid(draw: "ImageDraw", size: tuple[int, int], grid: tuple[int, int]) -> None:
    from PIL import ImageFont

    (width, height), (columns, rows) = size, grid
    line = max(1, round(max(size) / _LINES_A_SIDE))
    for column in range(1, columns):
        x = round(width * column / columns)
        draw.line([(x, 0), (x, height)], fill=_INK, width=line)
    for row in range(1, rows):
        y = round(height * row / rows)
        draw.line([(0, y), (width, y)], fill=_INK, width=line)
    high = round(min(width / columns, height / rows) / _NUMBER_OF_CELL)
    font = ImageFont.load_default(size=min(max(high, _SMALLEST), _LARGEST))
    for number in range(columns * rows):
        row, column = divmod(number, columns)
        corner = (round(width * column / columns) + 2 * line, round(height * row / rows) + 2 * line)
        draw.rectangle(draw.textbbox(corner, str(number + 1), font=font), fill=_PAPER)
        draw.text(corner, str(number + 1), fill=_INK, font=font)
