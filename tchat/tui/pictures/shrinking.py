"""Stored attachments as pictures small enough to be shown; memory stays bounded whatever their size."""

import io
from typing import TYPE_CHECKING

from tchat.domain.message import DocumentPart, ImagePart
from tchat.media.blobs import Blobs

if TYPE_CHECKING:
    from PIL.Image import Image


def shrunk(blobs: Blobs, part: ImagePart, most: tuple[int, int]) -> "Image":
    """Return a picture, upright, that fits into so many pixels; never larger than it is.

    Raises:
        AttachmentError: it is gone or cannot be read.
    """
    from tchat.media.preparing import Bounds, prepare

    return _opened(prepare(blobs.get(part.digest), part.media_type, part.name, Bounds(size=most)).data)


def first_page(blobs: Blobs, part: DocumentPart, most: int) -> "Image":
    """Return the first page of a PDF, whose longer side has at most so many pixels.

    Raises:
        AttachmentError: it is gone or cannot be read.
    """
    from tchat.media.documents import pictures_of
    from tchat.media.page_ranges import FIRST

    _, page = next(pictures_of(blobs.get(part.digest), part.name, FIRST))
    picture = _opened(page)
    picture.thumbnail((most, most))
    return picture


def _opened(data: bytes) -> "Image":
    from PIL import Image

    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGBA")
