"""Pictures taken strip by strip from top to bottom, and put together again, at a fraction of their size if need be.

A strip of a PNG becomes a small PNG of its own, with the row above it in front, upon which its own rows build.
"""

import io
import struct
import zlib
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Bytes of a pixel by PNG's type of colour, at 8 bits."""
_PIXELS = 2**21
"""Pixels of a strip, before it is scaled down."""
_DEPTH = 8


class Layout(Struct, frozen=True, kw_only=True):
    """How unpacked pixels lie in memory."""

    size: tuple[int, int]
    mode: str
    """That of a picture of them."""
    raw: str
    """Pillow's name of how they are written."""
    stride: int
    """Bytes from one row to the next."""


def joined(
    strips: Iterable["Image"], size: tuple[int, int], factor: int = 1, *, onto: "Image | None" = None
) -> "Image":
    """Return the picture that strips make, of which each pixel is the mean of `factor` by `factor`.

    Args:
        strips: from top to bottom, all but the last a multiple of `factor` high.
        size: of all of them together.
        factor: 1 keeps every pixel.
        onto: a picture of that size that they cover; None makes a new one.
    """
    from PIL import Image

    whole, top = onto, 0
    for strip in strips:
        if whole is None:
            whole = Image.new(strip.mode, (-(-size[0] // factor), -(-size[1] // factor)))
        whole.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
        top += strip.height
    if whole is None:
        raise ValueError("it has no pixels")
    return whole


def cut(picture: "Image", factor: int) -> Generator["Image"]:
    """Yield the strips of an unpacked picture."""
    rows = _rows(picture.width, factor)
    for top in range(0, picture.height, rows):
        yield picture.crop((0, top, picture.width, min(top + rows, picture.height)))


def cut_buffer(pixels: bytes | memoryview, layout: Layout, factor: int) -> Generator["Image"]:
    """Yield the strips of pixels that lie in memory."""
    from PIL import Image

    view = memoryview(pixels)
    width, height = layout.size
    rows = _rows(width, factor)
    for top in range(0, height, rows):
        high = min(rows, height - top)
        block = bytes(view[top * layout.stride : (top + high) * layout.stride])
        yield Image.frombytes(layout.mode, (width, high), block, "raw", layout.raw, layout.stride)


def cut_png(data: bytes, factor: int) -> Generator["Image"] | None:
    """Return the strips of a packed PNG, unpacked one after the other; None where its layout does not allow that.

    Raises:
        ValueError: it is cut off.
        OSError: it is damaged.
    """
    chunks = dict(_heads(data))
    header = chunks.get(b"IHDR", b"")
    if len(header) != 13:  # noqa: PLR2004  # PNG's own
        raise ValueError("its header is damaged")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != _DEPTH or interlaced or colour not in _CHANNELS:
        return None
    row = 1 + width * _CHANNELS[colour]
    return _png_strips(chunks, _blocks(data, row, _rows(width, factor), height), row, width)


def _rows(width: int, factor: int) -> int:
    return max(1, _PIXELS // width // factor) * factor


def _png_strips(chunks: dict[bytes, bytes], blocks: Iterable[bytes], row: int, width: int) -> Generator["Image"]:
    from PIL import Image

    above = b"\0" * row
    for block in blocks:
        with Image.open(io.BytesIO(_png(chunks, above + block, 1 + len(block) // row)), formats=["PNG"]) as one:
            one.load()
            above = b"\0" + one.crop((0, one.height - 1, width, one.height)).tobytes()
            yield one.crop((0, 1, width, one.height))


def _heads(data: bytes) -> Generator[tuple[bytes, bytes]]:
    """Yield the chunks in front of the pixels that say how they are read."""
    for kind, content in _walk(data):
        if kind == b"IDAT":
            return
        if kind in (b"IHDR", b"PLTE", b"tRNS"):
            yield kind, bytes(content)


def _walk(data: bytes) -> Generator[tuple[bytes, memoryview]]:
    view = memoryview(data)
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", view[at : at + 8])
        yield kind, view[at + 8 : at + 8 + length]
        at += 12 + length


def _blocks(data: bytes, row: int, rows: int, height: int) -> Generator[bytes]:
    """Yield the packed rows, so many at a time."""
    unpacker = zlib.decompressobj()
    held = bytearray()
    top = 0
    for kind, content in _walk(data):
        if kind != b"IDAT":
            continue
        packed: bytes | memoryview = content
        while packed and top < height:
            held += unpacker.decompress(packed, rows * row)
            packed = unpacker.unconsumed_tail
            while len(held) >= min(rows, height - top) * row and top < height:
                taken = min(rows, height - top)
                yield bytes(held[: taken * row])
                del held[: taken * row]
                top += taken
    if top < height:
        raise ValueError("it is cut off")


def _png(chunks: dict[bytes, bytes], rows: bytes, height: int) -> bytes:
    header = chunks[b"IHDR"]
    parts = [_SIGNATURE, _chunk(b"IHDR", header[:4] + struct.pack(">I", height) + header[8:])]
    parts += [_chunk(kind, chunks[kind]) for kind in (b"PLTE", b"tRNS") if kind in chunks]
    return b"".join([*parts, _chunk(b"IDAT", zlib.compress(rows, 0)), _chunk(b"IEND", b"")])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
