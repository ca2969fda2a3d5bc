"""Files without what cameras, phones and editors note in them, and otherwise byte for byte as they were.

Places, times, names and serial numbers go: EXIF, XMP, IPTC, comments, text chunks, tags, and whatever is hung on behind
a picture's end. Pixels and sounds stay as they are coded.
"""

import io
import struct

from tchat.domain.blanking import blanked
from tchat.media.notes import notes_in

_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"sBIT"}
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP14, _APP15 = 0xE0, 0xEE, 0xEF
_LONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a segment."""


def stripped(data: bytes, kind: str) -> bytes:
    """Return a file without its notes; one of another format, or whose structure is not understood, as it is.

    Args:
        data: the file.
        kind: its media type.
    """
    way = {"image/jpeg": stripped_jpeg, "image/png": stripped_png}.get(kind)
    if way is None:
        notes = notes_in(io.BytesIO(data), kind)
        return blanked(data, notes) if notes else data
    try:
        return way(data)
    except (struct.error, IndexError, ValueError):
        return data


def stripped_jpeg(data: bytes) -> bytes:
    """Return a JPEG with only what its pixels need.

    Raises:
        ValueError: it is not built like one, or has no end.
    """
    kept = [data[:2]]
    at = 2
    while True:
        if data[at] != 0xFF:  # noqa: PLR2004  # what a marker begins with
            raise ValueError("a marker is missing")
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004  # fill bytes
            at += 1
            continue
        if marker == _EOI:
            return b"".join([*kept, data[at : at + 2]])
        if marker in _LONE:
            kept.append(data[at : at + 2])
            at += 2
            continue
        end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker == _SOS:
            end = _end_of_scan(data, end)
        is_note = marker == _COM or (_APP0 < marker <= _APP15 and marker != _APP14)
        if not is_note:
            kept.append(data[at:end] if marker != _APP0 else _bare_jfif(data[at:end]))
        at = end


def _bare_jfif(segment: bytes) -> bytes:
    """Return the JFIF segment without its thumbnail; other segments of the same marker are notes."""
    if segment[4:9] != b"JFIF\0":
        return b""
    return segment[:2] + struct.pack(">H", 16) + segment[4:16] + b"\0\0"


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the coded pixels that begin at a place end: at the next marker that is none of theirs."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise ValueError("it has no end")
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:  # noqa: PLR2004  # a coded 0xFF, and restarts
            at += 2
        else:
            return at


def stripped_png(data: bytes) -> bytes:
    """Return a PNG with only what its pixels need.

    Raises:
        ValueError: it has no end.
    """
    kept = [data[:8]]
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    raise ValueError("it has no end")
