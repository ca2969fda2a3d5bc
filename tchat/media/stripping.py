"""Files without what cameras, phones and editors note in them, and otherwise byte for byte as they were.

Places, times, names and serial numbers go: EXIF, XMP, IPTC, comments, text chunks, tags, and whatever is hung on behind
a picture's end. Pixels and sounds stay as they are coded.
"""

import io
import struct
from collections.abc import Callable, Generator
from typing import BinaryIO

from tchat.domain.blanking import blanked

_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"sBIT"}
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP14, _APP15 = 0xE0, 0xEE, 0xEF
_LONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a segment."""
_BOXES = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf"}
"""Boxes of an MP4 that hold others."""
_NOTES = {b"udta", b"meta", b"uuid", b"XMP_", b"Xtra", b"ilst"}
"""Boxes of an MP4 that hold nothing of pictures and sounds."""
_MP4 = {"audio/mp4", "video/mp4", "video/quicktime", "video/3gpp"}
_WAVE_KEPT = {b"fmt ", b"data", b"fact", b"ds64", b"wavl", b"slnt"}
_AIFF_KEPT = {b"COMM", b"SSND", b"FVER"}
_FLAC_INFO, _FLAC_PADDING, _FLAC_SEEKS = 0, 1, 3
_HEAD = 10
"""Bytes of a tag's own head in an MP3."""


def stripped(data: bytes, kind: str) -> bytes:
    """Return a file without its notes; one of another format, or whose structure is not understood, as it is.

    Args:
        data: the file.
        kind: its media type.
    """
    way = _WAYS.get(kind)
    if way is None:
        return data
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


def notes_in(file: BinaryIO, kind: str) -> tuple[tuple[int, int], ...]:
    """Return where a film of the family of MP4 has boxes of notes: the place of each one's name, and bytes from there.

    A box whose name is `free`, with zeros behind it, says nothing, and nothing else moves.
    """
    if kind not in _MP4:
        return ()
    end = file.seek(0, io.SEEK_END)
    return tuple(_notes(file, 0, end))


def _notes(file: BinaryIO, at: int, end: int) -> Generator[tuple[int, int]]:
    while at + 8 <= end:
        file.seek(at)
        told = file.read(16)
        size, name = struct.unpack(">I4s", told[:8])
        head = 8
        if size == 1 and len(told) == 16:  # noqa: PLR2004  # a long size
            size, head = struct.unpack(">Q", told[8:])[0], 16
        size = size or end - at
        if size < head or at + size > end:
            return
        if name in _BOXES:
            yield from _notes(file, at + head, at + size)
        elif name in _NOTES:
            yield at + 4, size - 4
        at += size


def _mp4(data: bytes) -> bytes:
    return blanked(data, notes_in(io.BytesIO(data), "video/mp4"))


def _mp3(data: bytes) -> bytes:
    """Drop ID3 in front and behind, and APE's tag behind."""
    begin, end = 0, len(data)
    while data[begin : begin + 3] == b"ID3" and begin + _HEAD < end:
        size = 0
        for byte in data[begin + 6 : begin + _HEAD]:
            size = size << 7 | byte & 0x7F
        begin += _HEAD + size + (_HEAD if data[begin + 5] & 0x10 else 0)
    if data[end - 128 : end - 125] == b"TAG":
        end -= 128
    if data[end - 32 : end - 24] == b"APETAGEX":
        length, _, flags = struct.unpack("<III", data[end - 20 : end - 8])
        end -= length + (32 if flags & 0x80000000 else 0)
    return data[begin:end] if begin < end else data


def _chunks(data: bytes, order: str) -> Generator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack(f"{order}4sI", data[at : at + 8])
        yield name, data[at : at + 8 + length + length % 2]
        at += 8 + length + length % 2


def _wave(data: bytes) -> bytes:
    body = b"".join(chunk for name, chunk in _chunks(data, "<") if name in _WAVE_KEPT)
    return data[:4] + struct.pack("<I", 4 + len(body)) + data[8:12] + body


def _aiff(data: bytes) -> bytes:
    body = b"".join(chunk for name, chunk in _chunks(data, ">") if name in _AIFF_KEPT)
    return data[:4] + struct.pack(">I", 4 + len(body)) + data[8:12] + body


def _flac(data: bytes) -> bytes:
    """Keep the description of the stream and its table of places."""
    kept: list[bytes] = []
    at, is_last = 4, False
    while not is_last:
        is_last, kind = bool(data[at] & 0x80), data[at] & 0x7F
        end = at + 4 + int.from_bytes(data[at + 1 : at + 4], "big")
        if kind in (_FLAC_INFO, _FLAC_SEEKS):
            kept.append(bytes([kind]) + data[at + 1 : end])
        at = end
    last = bytes([_FLAC_PADDING | 0x80, 0, 0, 0])
    return b"".join([data[:4], *kept, last, data[at:]])


_WAYS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": stripped_jpeg,
    "image/png": stripped_png,
    **dict.fromkeys(_MP4, _mp4),
    "audio/mpeg": _mp3,
    "audio/wav": _wave,
    "audio/aiff": _aiff,
    "audio/flac": _flac,
}
