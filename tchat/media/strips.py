"""A PNG that is too large to be unpacked whole, scaled down strip by strip.

Each strip becomes a small PNG of its own, with the row above it in front, upon which its own rows build.
"""

import io
import struct
import zlib
from collections.abc import Generator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Bytes of a pixel by PNG's type of colour, at 8 bits."""
_STRIP = 4 * 2**20
"""Bytes of a strip, before it is scaled down."""
_DEPTH = 8


def reduced_png(data: bytes, factor: int) -> "Image | None":
    """Return a PNG of which each pixel is the mean of `factor` by `factor`; None where its layout does not allow that.

    Raises:
        ValueError: it is cut off.
        OSError: it is damaged.
    """
    from PIL import Image

    chunks = dict(_heads(data))
    header = chunks.get(b"IHDR", b"")
    if len(header) != 13:  # noqa: PLR2004  # PNG's own
        raise ValueError("its header is damaged")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != _DEPTH or interlaced or colour not in _CHANNELS:
        return None
    row = 1 + width * _CHANNELS[colour]
    rows = max(factor, _STRIP // row // factor * factor)
    mode = "RGBA" if colour in (4, 6) or b"tRNS" in chunks else "RGB"
    whole = Image.new(mode, (-(-width // factor), -(-height // factor)))
    above = b"\0" * row
    for top, block in _blocks(data, row, rows, height):
        with Image.open(io.BytesIO(_png(header, chunks, above + block, 1 + len(block) // row)), formats=["PNG"]) as one:
            one.load()
            above = b"\0" + one.crop((0, one.height - 1, width, one.height)).tobytes()
            strip = one.crop((0, 1, width, one.height))
            whole.paste(strip.convert(mode).reduce(factor), (0, top // factor))
    return whole


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


def _blocks(data: bytes, row: int, rows: int, height: int) -> Generator[tuple[int, bytes]]:
    """Yield the packed rows, so many at a time, each block with the number of its first row."""
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
                yield top, bytes(held[: taken * row])
                del held[: taken * row]
                top += taken
    if top < height:
        raise ValueError("it is cut off")


def _png(header: bytes, chunks: dict[bytes, bytes], rows: bytes, height: int) -> bytes:
    parts = [_SIGNATURE, _chunk(b"IHDR", header[:4] + struct.pack(">I", height) + header[8:])]
    parts += [_chunk(kind, chunks[kind]) for kind in (b"PLTE", b"tRNS") if kind in chunks]
    return b"".join([*parts, _chunk(b"IDAT", zlib.compress(rows, 0)), _chunk(b"IEND", b"")])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
