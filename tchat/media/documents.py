"""PDFs: how many pages they have, their text, and their pages as pictures, through PDFium."""

import io
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from tchat.domain.errors import AttachmentError

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

MOST_PAGES = 200
"""Pages that are turned into pictures."""
PAGE_SIDE = 1600
"""Pixels of the longer side of a page's picture: small print can be read, and no model sees more of it."""

_ONE_AT_A_TIME = threading.Lock()
"""PDFium is one for the whole process and serves one thread at a time."""


def pages_of(data: bytes, name: str) -> int:
    """Return how many pages a PDF has.

    Raises:
        AttachmentError: it cannot be read, or needs a password.
    """
    with _opened(data, name) as paper:
        return len(paper)


def text_of(data: bytes, name: str) -> str:
    """Return the text of a PDF, pages apart from each other by a line with their number.

    Raises:
        AttachmentError: it cannot be read, or has no text.
    """
    with _opened(data, name) as paper:
        texts = [_text(paper, number) for number in range(len(paper))]
    if not any(text.strip() for text in texts):
        raise AttachmentError(
            f"{name} has no text, only pictures of it", hint="send its pages as pictures: `--pdf pages`"
        )
    return "\n\n".join(f"--- page {number} ---\n{text.strip()}" for number, text in enumerate(texts, 1))


def pictures_of(data: bytes, name: str) -> Generator[bytes]:
    """Yield each page of a PDF as a PNG.

    Raises:
        AttachmentError: it cannot be read, or has too many pages.
    """
    with _opened(data, name) as paper:
        count = len(paper)
    if count > MOST_PAGES:
        raise AttachmentError(
            f"{name} has {count:,} pages, and {MOST_PAGES} are the most to send as pictures",
            hint="send its text (`--pdf text`), or a part of it",
        )
    for number in range(count):
        with _opened(data, name) as paper:
            page = paper[number]
            scale = PAGE_SIDE / max(*page.get_size(), 1.0)
            written = io.BytesIO()
            _rendered(page, scale).save(written, "PNG", compress_level=4)
        yield written.getvalue()


def _rendered(page: "pypdfium2.PdfPage", scale: float) -> "Image":
    return cast("Image", page.render(scale=scale).to_pil())  # pyright: ignore[reportUnknownMemberType, reportArgumentType]  # untyped


def _text(paper: "pypdfium2.PdfDocument", number: int) -> str:
    told = paper[number].get_textpage().get_text_bounded()  # pyright: ignore[reportUnknownMemberType]  # untyped
    return told.replace("\r\n", "\n")


@contextmanager
def _opened(data: bytes, name: str) -> Generator["pypdfium2.PdfDocument"]:
    import pypdfium2

    with _ONE_AT_A_TIME:
        try:
            paper = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            is_locked = "password" in str(error).lower()
            what = "needs a password" if is_locked else "is not a readable PDF"
            raise AttachmentError(
                f"{name} {what}", hint="save it without one first" if is_locked else "it may be damaged or cut off"
            ) from error
        try:
            yield paper
        except pypdfium2.PdfiumError as error:
            raise AttachmentError(f"{name} is not a readable PDF: {error}", hint="it may be damaged") from error
        finally:
            paper.close()
