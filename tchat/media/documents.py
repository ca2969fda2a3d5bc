"""PDFs: how many pages they have, their text, their pages as pictures, and some of their pages, through PDFium."""

import hashlib
import io
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from tchat.domain.errors import AttachmentError
from tchat.media.page_ranges import Pages

if TYPE_CHECKING:
    import pypdfium2
    from PIL.Image import Image

MOST_PAGES = 200
"""Pages that are turned into pictures."""
PAGE_SIDE = 1600
"""Pixels of the longer side of a page's picture: small print can be read, and no model sees more of it."""

_MADE = re.compile(rb"/CreationDate\(D:(\d{14})[^)]*\)")
_ID = re.compile(rb"/ID\[<([0-9A-F]{32})><([0-9A-F]{32})>\]")
"""What PDFium notes in what it writes, and would be another thing each time."""

_ONE_AT_A_TIME = threading.Lock()
"""PDFium is one for the whole process and serves one thread at a time."""


def pages_of(data: bytes, name: str) -> int:
    """Return how many pages a PDF has.

    Raises:
        AttachmentError: it cannot be read, or needs a password.
    """
    with _opened(data, name) as paper:
        return len(paper)


def text_of(data: bytes, name: str, pages: Pages | None = None) -> str:
    """Return the text of a PDF or of some of its pages, each below a line with its number.

    Raises:
        AttachmentError: it cannot be read, has no such page, or has no text.
    """
    with _opened(data, name) as paper:
        texts = {place + 1: _text(paper, place).strip() for place in _places(paper, name, pages)}
    if not any(texts.values()):
        raise AttachmentError(
            f"{name} has no text, only pictures of it", hint="send its pages as pictures: `--pdf pages`"
        )
    return "\n\n".join(f"--- page {number} ---\n{text}" for number, text in texts.items())


def pictures_of(data: bytes, name: str, pages: Pages | None = None) -> Generator[tuple[int, bytes]]:
    """Yield the pages of a PDF, or some of them, each with its number and as a PNG.

    Raises:
        AttachmentError: it cannot be read, has no such page, or has too many pages.
    """
    with _opened(data, name) as paper:
        places = _places(paper, name, pages)
    if len(places) > MOST_PAGES:
        raise AttachmentError(
            f"{name} has {len(places):,} pages, and {MOST_PAGES} are the most to send as pictures",
            hint=f"send its text (`--pdf text`), or some of its pages: `{name}#pages=1-{MOST_PAGES}`",
        )
    for place in places:
        with _opened(data, name) as paper:
            page = paper[place]
            scale = PAGE_SIDE / max(*page.get_size(), 1.0)
            written = io.BytesIO()
            _rendered(page, scale).save(written, "PNG", compress_level=4)
        yield place + 1, written.getvalue()


def cut_out(data: bytes, name: str, pages: Pages) -> bytes:
    """Return some pages of a PDF as one of their own, the same bytes each time.

    Raises:
        AttachmentError: it cannot be read, or has no such page.
    """
    import pypdfium2

    written = io.BytesIO()
    with _opened(data, name) as paper:
        part = pypdfium2.PdfDocument.new()
        try:
            part.import_pages(paper, list(_places(paper, name, pages)))  # pyright: ignore[reportUnknownMemberType]  # untyped
            part.save(written)  # pyright: ignore[reportUnknownMemberType]  # untyped
        finally:
            part.close()
    name_of_both = hashlib.sha256(data + pages.said.encode()).hexdigest()[:32].upper().encode()
    dated = _MADE.sub(lambda found: found[0].replace(found[1], b"20000101000000"), written.getvalue())
    return _ID.sub(b"/ID[<%b><%b>]" % (name_of_both, name_of_both), dated)


def _places(paper: "pypdfium2.PdfDocument", name: str, pages: Pages | None) -> tuple[int, ...]:
    return tuple(range(len(paper))) if pages is None else pages.within(len(paper), name)


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
