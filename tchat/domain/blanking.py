"""Notes in recordings and films, blanked out so that nothing else moves."""

from collections.abc import Iterable

from msgspec import Struct


class Blank(Struct, frozen=True):
    """A stretch of a file that is not to be told."""

    place: int
    length: int
    """Bytes."""
    word: bytes = b""
    """What stands at its beginning instead; the rest is zeros."""


def blanked(data: bytes, blanks: Iterable[Blank], begin: int = 0) -> bytes:
    """Return bytes of a file, which stand at `begin` in it, without what is blanked out."""
    written = bytearray(data)
    for blank in blanks:
        low, high = max(blank.place, begin), min(blank.place + blank.length, begin + len(data))
        if low < high:
            word = blank.word[low - blank.place : high - blank.place]
            written[low - begin : high - begin] = word.ljust(high - low, b"\0")
    return bytes(written)
