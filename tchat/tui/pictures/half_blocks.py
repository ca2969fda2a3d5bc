"""A picture as cells of half blocks: its upper pixel is the ink of a cell, its lower one the paper.

Nothing is assumed of a terminal but colours, and that a cell is about twice as high as wide.
"""

from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from tchat.markdown.line import Line

if TYPE_CHECKING:
    from PIL.Image import Image

BLOCK = "▀"
Pixel = tuple[int, int, int]


def fitted(size: tuple[int, int], cells: int, rows: int, *, enlarged: bool = False) -> tuple[int, int]:
    """Return the cells and rows in which a picture of so many pixels is seen whole.

    Args:
        size: width and height in pixels.
        cells: there are at most.
        rows: there are at most.
        enlarged: whether a pixel may take more than half a cell.
    """
    width, height = max(1, size[0]), max(1, size[1])
    scale = min(cells / width, 2 * rows / height)
    if not enlarged:
        scale = min(scale, 1.0)
    return min(cells, max(1, round(width * scale))), min(rows, max(1, round(height * scale / 2)))


def painted(
    picture: "Image",
    cells: int,
    rows: int,
    background: Pixel,
    box: tuple[float, float, float, float] | None = None,
) -> "Image":
    """Return a picture, or a box of it, with one pixel for each half cell, on a background where it is transparent."""
    from PIL import Image

    scaled = picture.convert("RGBA").resize((cells, 2 * rows), Image.Resampling.BOX, box)
    paper = Image.new("RGBA", scaled.size, (*background, 255))
    return Image.alpha_composite(paper, scaled).convert("RGB")


def half_blocks(pixels: "Image", digest: str = "") -> tuple[Line, ...]:
    """Return lines that show an RGB picture of an even number of rows; nothing of them is copied as text.

    A click on them finds `digest` as `picture` in the meta of their styles.
    """
    meta = {"picture": digest} if digest else None
    width, height = pixels.size
    data = pixels.tobytes()
    styles: dict[bytes, Style] = {}
    lines: list[Line] = []
    for top in range(0, height, 2):
        segments: list[Segment] = []
        pairs = [_pair(data, width, column, top) for column in range(width)]
        start = 0
        for column in range(1, width + 1):
            if column == width or pairs[column] != pairs[start]:
                pair = pairs[start]
                style = styles.get(pair)
                if style is None:
                    style = styles[pair] = Style(color=_colour(pair[:3]), bgcolor=_colour(pair[3:]), meta=meta)
                segments.append(Segment(BLOCK * (column - start), style))
                start = column
        lines.append(picture_line(segments, width))
    return tuple(lines)


def picture_line(segments: list[Segment], cells: int) -> Line:
    """Return a line that is all decoration: selected text runs past it."""
    return Line(tuple(segments), margin=cells, glue="")


def _pair(data: bytes, width: int, column: int, top: int) -> bytes:
    upper = 3 * (top * width + column)
    lower = upper + 3 * width
    return data[upper : upper + 3] + data[lower : lower + 3]


def _colour(rgb: bytes) -> Color:
    return Color.from_rgb(rgb[0], rgb[1], rgb[2])
