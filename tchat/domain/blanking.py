"""Boxes of notes in films, blanked out so that nothing else moves."""

from collections.abc import Sequence


def blanked(data: bytes, notes: Sequence[tuple[int, int]], begin: int = 0) -> bytes:
    """Return bytes of a film, which stand at `begin` in it, with the boxes of its notes made `free` and empty.

    Args:
        data: the bytes.
        notes: the place of each box's name in the whole film, and how many bytes there are from there.
        begin: where `data` stands.
    """
    written = bytearray(data)
    for place, length in notes:
        low, high = max(place, begin), min(place + length, begin + len(data))
        if low < high:
            free = b"free" + bytes(length - 4)
            written[low - begin : high - begin] = free[low - place : high - place]
    return bytes(written)
