"""Pictures scaled down and with a numbered grid drawn over them, so that a model can say where it looks.

The grid is a set of marks in the sense of arXiv:2310.11441: cells are numbered from 1, row by row.
"""

from typing import TYPE_CHECKING

from tchat.domain.errors import AttachmentError
from tchat.media.kinds import media_type
from tchat.media.pictures import look
from tchat.media.preparing import Bounds, encoded_png, fitted, prepare, upright

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_LINES_A_SIDE = 400
"""A line of the grid is as wide as the longer side divided by this, at least one pixel."""
_NUMBER_OF_CELL = 6
"""A number is as high as the shorter side of a cell divided by this."""
_SMALLEST, _LARGEST = 10, 48
"""Pixels that a number is high."""
_INK, _PAPER = (200, 0, 60), (255, 255, 255)


def mark(data: bytes, name: str, *, grid: tuple[int, int] | None, max_side: int | None) -> bytes:
    """Return a picture as it is sent: upright, its longer side at most `max_side` pixels, its cells numbered.

    Args:
        data: the picture.
        name: what messages call it.
        grid: columns and rows; None draws none.
        max_side: None keeps the size.

    Raises:
        AttachmentError: it is not a readable picture, or takes too much memory.
    """
    kind = media_type(data) or ""
    if not kind.startswith("image/"):
        raise AttachmentError(f"{name} is not a readable picture")
    seen = look(data, kind, name)
    size = seen.width, seen.height
    if max_side is not None:
        size = fitted(size, (max_side, max_side))
    if grid is None:
        return prepare(data, kind, name, Bounds(size=size)).data
    from PIL import ImageDraw

    picture = upright(data, kind, name, size)
    if picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGBA" if picture.mode == "LA" else "RGB")
    _draw_grid(ImageDraw.Draw(picture), picture.size, grid)
    return encoded_png(picture)


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
