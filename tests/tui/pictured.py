"""Pictures to be looked at: a chart with words in it, and something like a photograph; the same bytes every time."""

import io
import math
from functools import cache

from PIL import Image, ImageDraw, ImageFont

BARS = ((3, 9, 14, 17), (2, 6, 13, 16), (1, 3, 8, 15))
"""Right answers of 20, by technique and model, as the chart shows them."""
_COLOURS = ((31, 119, 180), (255, 127, 14), (44, 160, 44))
_SHIFTS = ((0.0, 0.0), (0.35, 0.2), (0.1, 0.55))


@cache
def chart(width: int = 1200, height: int = 800) -> bytes:
    """Return a bar chart as PNG."""
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    unit = width / 1200
    large, small = (ImageFont.load_default(size=size * unit) for size in (44, 26))
    draw.text((60 * unit, 30 * unit), "Right answers by technique", fill="black", font=large)
    floor, left, high = height - 90 * unit, 110 * unit, height - 220 * unit
    for step in range(0, 21, 5):
        y = floor - high * step / 20
        draw.line([(left, y), (width - 40 * unit, y)], fill=(215, 215, 215), width=max(1, round(2 * unit)))
        draw.text((50 * unit, y - 16 * unit), str(step), fill=(90, 90, 90), font=small)
    for group, name in enumerate(("plain", "few-shot", "steps", "votes")):
        x = left + (50 + group * 260) * unit
        for bar, values in enumerate(BARS):
            near, far = x + bar * 62 * unit, x + (bar * 62 + 54) * unit
            draw.rectangle([near, floor - high * values[group] / 20, far, floor], fill=_COLOURS[bar])
        draw.text((x + 30 * unit, floor + 20 * unit), name, fill="black", font=small)
    return _encoded(picture, "PNG")


@cache
def photograph(width: int = 1600, height: int = 1066) -> bytes:
    """Return hills under a sky as JPEG."""
    picture = Image.new("RGB", (160, 106))
    for y in range(106):
        for x in range(160):
            picture.putpixel((x, y), _light(x / 160, y / 106))
    return _encoded(picture.resize((width, height), Image.Resampling.BICUBIC), "JPEG")


def _light(x: float, y: float) -> tuple[int, int, int]:
    for depth, (shift, turn) in enumerate(_SHIFTS):
        ridge = 0.45 + 0.15 * depth + 0.09 * math.sin(6 * (x + shift)) + 0.03 * math.sin(17 * (x + turn))
        if y > ridge + 0.02 * depth and (depth == len(_SHIFTS) - 1 or y < ridge + 0.25):
            return 40 + 30 * depth, 90 + 35 * depth, 60 - 10 * depth
    if math.hypot((x - 0.72) * 1.5, y - 0.22) < 0.08:
        return 255, 244, 200
    return int(110 + 130 * y), int(160 + 60 * y), int(235 - 40 * y)


def _encoded(picture: Image.Image, kind: str) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind)
    return data.getvalue()
