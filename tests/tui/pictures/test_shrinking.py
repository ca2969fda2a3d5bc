"""Stored pictures made small enough to be shown."""

from pathlib import Path

import pytest

from tchat.domain.message import ImagePart
from tchat.media.attachment import Source, attach
from tchat.media.blobs import Blobs
from tchat.tui.pictures.shrinking import shrunk
from tests.media.pictures import noted, photo, saved


@pytest.mark.parametrize(
    ("size", "shown"), [((400, 300), (100, 75)), ((600, 210), (100, 35)), ((210, 600), (35, 100)), ((90, 20), (90, 20))]
)
def test_a_picture_is_shown_in_its_own_shape(size: tuple[int, int], shown: tuple[int, int], tmp_path: Path) -> None:
    """Within a box, also where both sides are larger, and upright."""
    blobs = Blobs(tmp_path)
    for data in (saved(photo(size), "PNG"), saved(photo((size[1], size[0])), "JPEG", exif=noted(6))):
        part = attach(Source(data, "x"), blobs)
        assert isinstance(part, ImagePart)
        assert shrunk(blobs, part, (100, 100)).size == shown
