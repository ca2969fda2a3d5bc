"""What a terminal makes of graphics that it is told to draw, by the rules of their protocols, strictly.

Kitty: https://sw.kovidgoyal.net/kitty/graphics-protocol/ (chunks, virtual placements, Unicode placeholders, deletion).
Sixels: https://vt100.net/docs/vt3xx-gp/chapter14.html.
"""

import base64
import io
import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace
from PIL import Image
from textual_image.renderable.tgp import _NUMBER_TO_DIACRITIC  # pyright: ignore[reportPrivateUsage]  # kitty's table

_MESSAGE = re.compile(rb"\x1b_G([^;\x1b]*)(?:;([A-Za-z0-9+/=]*))?\x1b\\")
_CELLS = re.compile("\x1b\\[[\\d;]*38;2;(\\d+);(\\d+);(\\d+)[\\d;]*m((?:\U0010eeee...)+)", re.DOTALL)
_SIXELS = re.compile(rb'\x1b\[(\d+);(\d+)H\x1bP([\d;]*)q"(\d+);(\d+);(\d+);(\d+)([^\x1b]*)\x1b\\')
_COMMAND = re.compile(rb"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)")
_PLACES = {chr(mark): number for number, mark in enumerate(_NUMBER_TO_DIACRITIC)}
_MOST = 4096
"""Characters of one message's payload."""


class KittyPicture(Struct, frozen=True, kw_only=True):
    """A picture that the terminal holds, or held."""

    data: str = ""
    columns: int = 0
    rows: int = 0
    is_whole: bool = False
    is_gone: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Pixels of what was sent."""
        with Image.open(io.BytesIO(base64.b64decode(self.data, validate=True)), formats=["PNG"]) as picture:
            picture.load()
            return picture.size


def kitty_pictures(drawn: bytes) -> dict[int, KittyPicture]:
    """Return all pictures that were told, by number; fails on what kitty would not take, or would answer."""
    pictures: dict[int, KittyPicture] = {}
    open_number = 0
    for found in _MESSAGE.finditer(drawn):
        keys = dict(pair.split("=") for pair in found[1].decode().split(","))
        payload = (found[2] or b"").decode()
        if keys.get("a") == "q":
            continue
        assert keys["q"] == "2", "the terminal would answer, and its answer be typed"
        number = int(keys.get("i", open_number))
        assert 0 < number < 2**32
        match keys.get("a", "t"):
            case "t":
                assert open_number in (0, number), "another picture is told in the middle of one"
                assert len(payload) <= _MOST
                assert len(payload) % 4 == 0 or keys["m"] == "0", "only the last chunk may be of another length"
                assert (keys.get("f") == "100") == (open_number == 0), "the first chunk says what it is, and it alone"
                assert number not in pictures or not pictures[number].is_whole
                before = pictures.get(number, KittyPicture())
                pictures[number] = replace(before, data=before.data + payload, is_whole=keys["m"] == "0")
                open_number = 0 if keys["m"] == "0" else number
            case "p":
                assert pictures[number].is_whole
                assert keys["U"] == "1", "it would be drawn over the text"
                pictures[number] = replace(pictures[number], columns=int(keys["c"]), rows=int(keys["r"]))
            case "d":
                assert (keys["d"], payload) == ("I", ""), "only its own picture goes, and its memory with it"
                pictures[number] = replace(pictures[number], is_gone=True)
            case other:
                raise AssertionError(f"the terminal knows no action {other!r}")
    assert not open_number
    assert b"\x1b_G" not in _MESSAGE.sub(b"", drawn), "a message is not built like one"
    return pictures


def kitty_cells(drawn: bytes) -> dict[int, set[tuple[int, int]]]:
    """Return the cells of pictures, by number: the row and column of each."""
    cells: dict[int, set[tuple[int, int]]] = {}
    for red, green, blue, run in _CELLS.findall(drawn.decode("utf-8", "replace")):
        low = int(red) << 16 | int(green) << 8 | int(blue)
        for _, row, column, high in zip(*[iter(run)] * 4, strict=True):
            cells.setdefault(_PLACES[high] << 24 | low, set()).add((_PLACES[row], _PLACES[column]))
    return cells


class SixelPicture(Struct, frozen=True, kw_only=True):
    """A picture, where it was drawn."""

    row: int
    column: int
    picture: Image.Image


def sixel_pictures(drawn: bytes) -> Iterator[SixelPicture]:
    """Yield what was drawn; fails on what is no sixel, and on pixels that nobody coloured."""
    found = list(_SIXELS.finditer(drawn))
    assert len(found) == len(re.findall(rb"\x1bP[\d;]*q", drawn)), "a picture is not built like one, or stands nowhere"
    for row, column, _, across, down, width, height, body in (match.groups() for match in found):
        assert across == down == b"1", "pixels are square"
        picture = _decoded(body, (int(width), int(height)))
        yield SixelPicture(row=int(row), column=int(column), picture=picture)


def _decoded(body: bytes, size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGBA", size)
    pixels = picture.load()
    assert pixels is not None
    colours: dict[int, tuple[int, int, int, int]] = {}
    ink: tuple[int, int, int, int] | None = None
    x = top = at = 0
    while at < len(body):
        command = _COMMAND.match(body, at)
        assert command is not None, f"{body[at : at + 9]!r} is no sixel"
        at = command.end()
        if command[1]:
            parts = [int(command[place]) for place in (2, 3, 4)]
            assert max(parts) <= 100  # they are hundredths
            red, green, blue = (part * 255 // 100 for part in parts)
            ink = colours[int(command[1])] = (red, green, blue, 255)
        elif command[5]:
            ink = colours[int(command[5])]
        elif command[9]:
            x = 0
        elif command[10]:
            x, top = 0, top + 6
        else:
            count, bits = int(command[6] or 1), (command[7] or command[8])[0] - 63
            assert x + count <= size[0]
            for bit in range(6):
                if bits >> bit & 1:
                    assert top + bit < size[1], "it is drawn below the picture"
                    assert ink is not None
                    for place in range(x, x + count):
                        pixels[place, top + bit] = ink
            x += count
    assert picture.getchannel("A").getextrema() == (255, 255)
    return picture.convert("RGB")
