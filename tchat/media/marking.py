"""Pictures scaled down and with a numbered grid drawn over them, so that a model can say where it looks.

The grid is a set of marks in the sense of arXiv:2310.11441: cells are numbered from 1, row by row.
"""

import io
from typing import TYPE_CHECKING

from tchat.domain.errors import AttachmentError

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_LINES_A_SIDE = 400
"""A line of the grid is as wide as the longer side divided by this, at least one pixel."""
_NUMBER_OF_CELL = 6
"""A number is as high as the shorter side of a cell divided by this."""
_SMALLEST, _LARGEST = 10, 48
"""Pixels that a number is high."""
_INK, _PAPER = (200, 0, 60), (255, 255, 255)
_QUALITY = 92


def mark(data: bytes, name: str, *, grid: tuple[int, int] | None, max_side: int | None) -> bytes:
    """Return a picture as it is sent: upright, its longer side at most `max_side` pixels, its cells numbered.

    Args:
        data: the picture, in any format that Pillow reads.
        name: what messages call it.
        grid: columns and rows; None draws none.
        max_side: None keeps the size.

    Raises:
        AttachmentError: it is not a readable picture.
    """
    from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as opened:
            kind = "JPEG" if opened.format == "JPEG" and grid is None else "PNG"
            picture = ImageOps.exif_transpose(opened)
            if max_side is not None and max(picture.size) > max_side:
                picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
            if kind == "JPEG":
                return _encoded(picture.convert("RGB"), kind)
            picture = picture.convert("RGBA")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise AttachmentError(f"{name} is not a readable picture: {error}") from error
    if grid is not None:
        _draw_grid(ImageDraw.Draw(picture), picture.size, grid)
    return _encoded(picture, kind)


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


def _encoded(picture: "Image", kind: str) -> bytes:
    written = io.BytesIO()
    if kind == "JPEG":
        picture.save(written, kind, quality=_QUALITY)
    else:
        picture.save(written, kind)
    return written.getvalue()
