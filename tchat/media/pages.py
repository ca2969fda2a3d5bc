"""How many pages a PDF has, without reading more of it than its objects.

Source: ISO 32000-1, 7.5.7 (object streams) and 7.7.3 (the page tree).
"""

import re
import zlib
from collections.abc import Iterator

_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_COUNT = re.compile(rb"/Count\s+(\d{1,6})\b")
_PACKED = re.compile(rb"/Type\s*/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
_LARGEST_STREAM = 16 * 2**20
"""Bytes that one object stream is unpacked to."""
_LARGEST_SUM = 64 * 2**20
"""Bytes that all are."""


def pages_of(document: bytes) -> int | None:
    """Return how many pages a PDF says it has, or shows, whichever is more; None if it says nothing that can be read.

    Pages that were replaced by a later version in the same file count too.
    """
    shown, said = 0, 0
    for objects in _objects(document):
        shown += len(_PAGE.findall(objects))
        said = max([said, *(int(count) for count in _COUNT.findall(objects))])
    return max(shown, said) or None


def _objects(document: bytes) -> Iterator[bytes]:
    yield document
    room = _LARGEST_SUM
    for found in _PACKED.finditer(document):
        if room <= 0:
            return
        try:
            objects = zlib.decompressobj().decompress(memoryview(document)[found.end() :], min(_LARGEST_STREAM, room))
        except zlib.error:
            continue  # it is packed in another way, or encrypted
        room -= len(objects)
        yield objects
