"""A picture under a grid, in cells: lines where patches or tiles meet, and their numbers where there is room.

Law: a line stands where its patch begins in the picture, to the cell; where patches are too small to be told apart,
every second, fourth … line is drawn, and `step` says so.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tchat.markdown.line import Line
from tchat.meter.picture_grid import PictureGrid
from tchat.tui.pictures.half_blocks import BLOCK, Pixel, fitted, painted, picture_line

if TYPE_CHECKING:
    from PIL.Image import Image

_STEPS = (1, 2, 4, 8, 16, 32, 64)
_NARROWEST, _LOWEST = 4.0, 2.0
"""Cells and lines between two lines of the grid, at least."""
_ROOM = 2
"""Cells beside a number, and lines of its square, at least."""
_BRIGHT = 128


class Inks(NamedTuple):
    """Colours of the grid, and what a picture stands on."""

    on_dark: Pixel
    on_bright: Pixel
    paper: Pixel


class Looking(Struct, frozen=True):
    """Which part of a picture is looked at, and how closely."""

    zoom: int = 1
    """How often the picture would be repeated across to fill what the whole one filled."""
    x: float = 0.5
    """The middle of what is seen, from 0 to 1."""
    y: float = 0.5


class Window(Struct, frozen=True, kw_only=True):
    """Where a picture stands on cells, as far as it is seen."""

    across: int
    """Cells of the whole picture."""
    down: int
    """Lines of the whole picture."""
    left: int
    """Cells of it before the first one that is seen."""
    top: int
    cells: int
    """That are seen."""
    rows: int


class Scene(NamedTuple):
    """What is seen of a picture."""

    lines: tuple[Line, ...]
    step: int
    """Patches or tiles from one line of the grid to the next; 0 where there is none."""


def window_of(size: tuple[int, int], cells: int, rows: int, looking: Looking) -> Window:
    """Return where a picture of so many pixels stands in so many cells."""
    across, down = (length * looking.zoom for length in fitted(size, cells, rows, enlarged=True))
    wide, high = min(cells, across), min(rows, down)
    left = min(max(0, round(looking.x * across - wide / 2)), across - wide)
    top = min(max(0, round(looking.y * down - high / 2)), down - high)
    return Window(across=across, down=down, left=left, top=top, cells=wide, rows=high)


def seen_by_model(source: "Image", grid: PictureGrid) -> "Image":
    """Return a picture in the size in which a model sees it, or as it is where it is smaller already."""
    from PIL import Image

    if source.width <= grid.width:
        return source
    return source.resize((grid.width, max(1, round(source.height * grid.width / source.width))), Image.Resampling.BOX)


def step_of(grid: PictureGrid, window: Window) -> int:
    """Return how many patches or tiles lie between two lines that can be told apart; 0 for no line at all."""
    if grid.kind == "whole" or not grid.side:
        return 0
    across, down = window.across * grid.side / grid.width, window.down * grid.side / grid.height
    return next((step for step in _STEPS if step * across >= _NARROWEST and step * down >= _LOWEST), _STEPS[-1])


def scene_of(picture: "Image", grid: PictureGrid | None, window: Window, inks: Inks) -> Scene:
    """Return a picture as lines of cells, with its grid over it."""
    box = (
        picture.width * window.left / window.across,
        picture.height * window.top / window.down,
        picture.width * (window.left + window.cells) / window.across,
        picture.height * (window.top + window.rows) / window.down,
    )
    pixels = painted(picture, window.cells, window.rows, inks.paper, box)
    step = step_of(grid, window) if grid is not None else 0
    signs = _signs(grid, window, step) if grid is not None and step else {}
    return Scene(_lines(pixels, signs, inks), step)


def bare_scene(grid: PictureGrid | None, window: Window) -> Scene:
    """Return the grid alone in a frame, for a terminal that shows no picture."""
    step = step_of(grid, window) if grid is not None else 0
    signs = _signs(grid, window, step) if grid is not None and step else {}
    right, bottom = window.cells - 1, window.rows - 1
    frame = {(x, y): "·" for x in range(window.cells) for y in (0, bottom)}
    frame |= {(x, y): "·" for x in (0, right) for y in range(window.rows)}
    signs = frame | signs
    rows = ("".join(signs.get((x, y), " ") for x in range(window.cells)) for y in range(window.rows))
    return Scene(tuple(picture_line([Segment(row, Style())], window.cells) for row in rows), step)


def _signs(grid: PictureGrid, window: Window, step: int) -> dict[tuple[int, int], str]:
    """Return what stands in cells in place of the picture, by column and line."""
    columns = {_place(n * grid.side / grid.width, window.across, window.left): n for n in range(0, grid.columns, step)}
    rows = {_place(n * grid.side / grid.height, window.down, window.top): n for n in range(0, grid.rows, step)}
    signs: dict[tuple[int, int], str] = {}
    for x, column in columns.items():
        if column and 0 <= x < window.cells:
            signs |= {(x, y): "│" for y in range(window.rows)}
    for y, row in rows.items():
        if row and 0 <= y < window.rows:
            signs |= {(x, y): "┼" if (x, y) in signs else "─" for x in range(window.cells)}
    if step == 1:
        signs |= _numbers(grid, window, columns, rows)
    return signs


def _numbers(
    grid: PictureGrid, window: Window, columns: dict[int, int], rows: dict[int, int]
) -> dict[tuple[int, int], str]:
    """Return the numbers of patches, counted row by row as the model reads them, where there is room for the last."""
    across, down = window.across * grid.side / grid.width, window.down * grid.side / grid.height
    if across < len(str(grid.cells)) + _ROOM or down < _ROOM:
        return {}
    signs: dict[tuple[int, int], str] = {}
    for y, row in rows.items():
        for x, column in columns.items():
            for at, digit in enumerate(str(row * grid.columns + column + 1), x + bool(column)):
                if 0 <= at < window.cells and 0 <= y + bool(row) < window.rows:
                    signs[at, y + bool(row)] = digit
    return signs


def _place(share: float, whole: int, before: int) -> int:
    return math.floor(round(share * whole, 6)) - before


def _lines(pixels: "Image", signs: dict[tuple[int, int], str], inks: Inks) -> tuple[Line, ...]:
    styles: dict[tuple[Pixel, Pixel, bool], Style] = {}
    data, width = pixels.tobytes(), pixels.width

    def style(ink: Pixel, paper: Pixel, *, bold: bool) -> Style:
        key = (ink, paper, bold)
        if key not in styles:
            styles[key] = Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(*paper), bold=bold or None)
        return styles[key]

    def pixel(x: int, y: int) -> Pixel:
        at = 3 * (y * width + x)
        return data[at], data[at + 1], data[at + 2]

    lines: list[Line] = []
    for y in range(pixels.height // 2):
        segments: list[Segment] = []
        for x in range(width):
            upper, lower, sign = pixel(x, 2 * y), pixel(x, 2 * y + 1), signs.get((x, y))
            if sign is None:
                segments.append(Segment(BLOCK, style(upper, lower, bold=False)))
            else:
                paper = _between(upper, lower)
                ink = inks.on_bright if _brightness(paper) > _BRIGHT else inks.on_dark
                segments.append(Segment(sign, style(ink, paper, bold=sign.isdigit())))
        lines.append(picture_line(segments, width))
    return tuple(lines)


def _between(one: Pixel, other: Pixel) -> Pixel:
    return (one[0] + other[0]) // 2, (one[1] + other[1]) // 2, (one[2] + other[2]) // 2


def _brightness(colour: Pixel) -> float:
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue
