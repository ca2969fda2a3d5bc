"""What recorders, phones and editors note in recordings and films: where it stands, so that it can be blanked out.

Places, times, names and serial numbers: tags, boxes and chunks of notes, times of making, and whatever runs along with
pictures and sounds, in which cameras write where they are. Pictures and sounds stay as they are coded.
"""

import io
import struct
from collections.abc import Callable, Generator
from contextlib import suppress
from itertools import islice, pairwise
from typing import BinaryIO

from tchat.domain.blanking import Blank

_HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf"}
"""Boxes of an MP4 that hold others."""
_NOTES = {b"udta", b"meta", b"uuid", b"XMP_", b"Xtra", b"ilst"}
"""Boxes of an MP4 that hold nothing of pictures and sounds."""
_TIMED = {b"mvhd", b"tkhd", b"mdhd"}
"""Boxes of an MP4 that begin with when it was made, and changed."""
_SHOWN = {b"vide", b"soun"}
_MP4 = ("audio/mp4", "video/mp4", "video/quicktime", "video/3gpp")
_DEEPEST = 8
_MOST_BOXES = 1_000_000
"""A film of a day in pieces of a second has about as many."""
_LARGEST_TABLE = 64 * 2**20
_WAVE_KEPT = {b"fmt ", b"data", b"fact", b"ds64", b"wavl", b"slnt"}
_AIFF_KEPT = {b"COMM", b"SSND", b"FVER"}
_FLAC_KEPT = {0, 1, 3}
"""The description of the stream, padding, and the table of places."""
_TAG_HEAD = 10
"""Bytes of a tag's own head in an MP3."""


def notes_in(file: BinaryIO, kind: str) -> tuple[Blank, ...]:
    """Return what is to be blanked out of a recording or film; nothing where the format or its structure is not known.

    Args:
        file: can be sought in.
        kind: its media type.
    """
    way = _WAYS.get(kind)
    if way is None:
        return ()
    found: list[Blank] = []
    with suppress(struct.error, IndexError, ValueError):  # what was found before something odd is blanked out
        for blank in way(file, file.seek(0, io.SEEK_END)):
            found.append(blank)  # noqa: PERF402  # a list of all would be lost with the error
    return tuple(found)


# --- MP4 and its family


class _Box:
    """A box: its name and where that stands, and where its content begins and ends."""

    def __init__(self, name: bytes, place: int, begin: int, end: int) -> None:
        self.name = name
        self.place = place
        self.begin = begin
        self.end = end


class _Film:
    """The boxes of a film."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MOST_BOXES

    def boxes(self, at: int, end: int) -> Generator[_Box]:
        """Yield the boxes between two places.

        Raises:
            ValueError: there are more of them than a film has.
        """
        while at + 8 <= end:
            self._left -= 1
            if self._left < 0:
                raise ValueError("too many boxes")
            self._file.seek(at)
            told = self._file.read(16)
            size, name = struct.unpack(">I4s", told[:8])
            head = 8
            if size == 1 and len(told) == 16:  # noqa: PLR2004  # a long size
                size, head = struct.unpack(">Q", told[8:])[0], 16
            size = size or end - at
            if size < head or at + size > end:
                return
            yield _Box(name, at + 4, at + head, at + size)
            at += size

    def notes(self, at: int, end: int, depth: int = 0) -> Generator[Blank]:
        """Yield what is to be blanked out between two places; a box named `free` says nothing."""
        for box in self.boxes(at, end):
            if box.name in _NOTES:
                yield Blank(box.place, 4, b"free")
                yield Blank(box.begin, box.end - box.begin)
            elif box.name in _TIMED:
                yield Blank(box.begin + 4, 16 if self._read(box, 0, 1) == b"\1" else 8)
            elif box.name in _HOLDERS and depth < _DEEPEST:
                yield from self.notes(box.begin, box.end, depth + 1)
                if box.name == b"trak":
                    with suppress(struct.error, IndexError, ValueError):  # other tracks are not to suffer
                        yield from self._unseen(box)

    def _unseen(self, track: _Box) -> Generator[Blank]:
        """Yield the samples of a track that is neither seen nor heard."""
        media = self._within(track, b"mdia")
        handler = self._within(media, b"hdlr")
        table = self._within(self._within(media, b"minf"), b"stbl")
        if handler is None or table is None or self._read(handler, 8, 4) in _SHOWN:
            return
        places = self._numbers(table, b"stco", "I") or self._numbers(table, b"co64", "Q")
        chunks = [(runs[0], runs[1]) for runs in _in_threes(self._numbers(table, b"stsc", "I", 3))]
        sizes = self._sizes(table)
        counts = [(first, upto, count) for (first, count), (upto, _) in pairwise([*chunks, (len(places) + 1, 0)])]
        for first, upto, count in counts:
            for place in places[first - 1 : upto - 1]:
                yield Blank(place, sizes(count))

    def _sizes(self, table: _Box) -> Callable[[int], int]:
        """Return what tells the bytes of so many samples, and of those that follow them at the next call."""
        box = self._within(table, b"stsz")
        if box is None:
            return lambda _: 0
        same, count = struct.unpack(">II", self._read(box, 4, 8))
        if same:
            return lambda number: number * same
        told = iter(struct.unpack(f">{count}I", self._read(box, 12, 4 * count)))
        return lambda number: sum(islice(told, number))

    def _numbers(self, table: _Box, name: bytes, form: str, each: int = 1) -> tuple[int, ...]:
        box = self._within(table, name)
        if box is None:
            return ()
        count = each * struct.unpack(">I", self._read(box, 4, 4))[0]
        return struct.unpack(f">{count}{form}", self._read(box, 8, struct.calcsize(form) * count))

    def _within(self, box: _Box | None, name: bytes) -> _Box | None:
        return box and next((inner for inner in self.boxes(box.begin, box.end) if inner.name == name), None)

    def _read(self, box: _Box, at: int, length: int) -> bytes:
        if box.begin + at + length > box.end or length > _LARGEST_TABLE:
            raise ValueError("a table is cut off")
        self._file.seek(box.begin + at)
        return self._file.read(length)


def _in_threes(numbers: tuple[int, ...]) -> Generator[tuple[int, int, int]]:
    for at in range(0, len(numbers), 3):
        yield numbers[at], numbers[at + 1], numbers[at + 2]


def _mp4(file: BinaryIO, end: int) -> Generator[Blank]:
    return _Film(file).notes(0, end)


# --- recordings


def _chunks(file: BinaryIO, end: int, order: str, kept: set[bytes]) -> Generator[Blank]:
    """Yield the chunks that hold no sound.

    Where the sound has no length, as of a recorder that was stopped too early, what follows it is no chunk.
    """
    at = 12
    while at + 8 <= end:
        file.seek(at)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name in (b"data", b"SSND") and (length == 0 or at + 8 + length > end):
            return
        if name not in kept:
            yield Blank(at, 4, b"JUNK")
            yield Blank(at + 8, min(length, end - at - 8))
        at += 8 + length + length % 2


def _mp3(file: BinaryIO, end: int) -> Generator[Blank]:
    """Yield ID3 in front and behind, and APE's tag behind."""
    begin = 0
    while begin + _TAG_HEAD < end:
        file.seek(begin)
        head = file.read(_TAG_HEAD)
        if not head.startswith(b"ID3"):
            break
        size = 0
        for byte in head[6:]:
            size = size << 7 | byte & 0x7F
        size += _TAG_HEAD if head[5] & 0x10 else 0
        yield Blank(begin + 5, 1)
        yield Blank(begin + _TAG_HEAD, size)
        begin += _TAG_HEAD + size
    file.seek(max(end - 160, 0))
    behind = file.read().rjust(160, b"\0")
    if behind[32:35] == b"TAG":
        yield Blank(end - 128, 128)
        end, behind = end - 128, behind[:32]
    if behind[-32:-24] == b"APETAGEX":
        length, _, flags = struct.unpack("<III", behind[-20:-8])
        size = length + (32 if flags & 0x80000000 else 0)
        yield Blank(max(end - size, begin), min(size, end - begin))


def _flac(file: BinaryIO, end: int) -> Generator[Blank]:
    at, is_last = 4, False
    while not is_last and at + 4 <= end:
        file.seek(at)
        head = file.read(4)
        is_last, kind, length = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind not in _FLAC_KEPT:
            yield Blank(at, 1, bytes([(head[0] & 0x80) | 1]))
            yield Blank(at + 4, length)
        at += 4 + length


_WAYS: dict[str, Callable[[BinaryIO, int], Generator[Blank]]] = {
    **dict.fromkeys(_MP4, _mp4),
    "audio/mpeg": _mp3,
    "audio/wav": lambda file, end: _chunks(file, end, "<", _WAVE_KEPT),
    "audio/aiff": lambda file, end: _chunks(file, end, ">", _AIFF_KEPT),
    "audio/flac": _flac,
}
