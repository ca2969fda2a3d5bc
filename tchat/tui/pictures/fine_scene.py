"""A picture under a grid in the pixels of a terminal that shows graphics."""

from typing import TYPE_CHECKING

from tchat.meter.picture_grid import PictureGrid
from tchat.tui.pictures.scene import Inks, Window

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_STEPS = (1, 2, 4, 8, 16, 32, 64)
_NARROWEST = 9
"""Pixels between two lines of the grid, at least."""
_HIGH, _LOW = 26, 11
"""Pixels of a number, at most and at least."""
_SHARE = 4
"""A square is so many times as high as its number."""


def fine_scene(
    picture: "Image", grid: PictureGrid | None, window: Window, cell: tuple[int, int], inks: Inks
) -> "tuple[Image, int]":
    """Return what is seen of a picture, with its grid, and the patches from one line to the next; 0 for no grid.

    Args:
        picture: as the model sees it.
        grid: None for the picture alone.
        window: which part of it, and on how many cells.
        cell: pixels of one.
        inks: colours.
    """
    from PIL import Image

    size = (window.cells * cell[0], window.rows * cell[1])
    box = (
        picture.width * window.left / window.across,
        picture.height * window.top / window.down,
        picture.width * (window.left + window.cells) / window.across,
        picture.height * (window.top + window.rows) / window.down,
    )
    seen = picture.convert("RGBA").resize(size, Image.Resampling.BICUBIC, box)
    paper = Image.new("RGBA", size, (*inks.paper, 255))
    pixels = Image.alpha_composite(paper, seen).convert("RGB")
    if grid is None or not grid.side:
        return pixels, 0
    across = window.across * cell[0] * grid.side / grid.width
    down = window.down * cell[1] * grid.side / grid.height
    step = next((step for step in _STEPS if step * min(across, down) >= _NARROWEST), _STEPS[-1])
    before = (window.left * cell[0], window.top * cell[1])
    _draw(pixels, grid, step, (across, down), before)
    return pixels, step


def _draw(pixels: "Image", grid: PictureGrid, step: int, square: tuple[float, float], before: tuple[int, int]) -> None:
    from PIL import Image, ImageDraw

    layer = Image.new("RGBA", pixels.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    (across, down), (left, top) = square, before
    for column in range(step, grid.columns, step):
        _line(draw, [(column * across - left, 0), (column * across - left, pixels.height)])
    for row in range(step, grid.rows, step):
        _line(draw, [(0, row * down - top), (pixels.width, row * down - top)])
    if step == 1 and min(across, down) >= _LOW * _SHARE:
        _number(draw, grid, square, before)
    pixels.paste(layer, mask=layer.getchannel("A"))


def _line(draw: "ImageDraw", ends: list[tuple[float, float]]) -> None:
    """Draw a line that is seen on bright and on dark: a light one with a dark one beside it."""
    draw.line(ends, fill=(255, 255, 255, 150), width=1)
    draw.line([(x + 1, y + 1) for x, y in ends], fill=(0, 70, 95, 210), width=1)


def _number(draw: "ImageDraw", grid: PictureGrid, square: tuple[float, float], before: tuple[int, int]) -> None:
    from PIL import ImageFont

    (across, down), (left, top) = square, before
    font = ImageFont.load_default(size=max(_LOW, min(_HIGH, min(across, down) / _SHARE)))
    for number in range(grid.cells):
        row, column = divmod(number, grid.columns)
        corner = (column * across - left + 4, row * down - top + 3)
        draw.text(
            corner, str(number + 1), fill=(0, 70, 95, 255), font=font, stroke_width=2, stroke_fill=(255, 255, 255, 220)
        )
