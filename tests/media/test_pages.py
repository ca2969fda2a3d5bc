"""Pages of documents, as budgets and estimates count them."""

import zlib

import pytest

from tchat.media.pages import pages_of


def packed(objects: bytes) -> bytes:
    """Return an object stream of a PDF."""
    data = zlib.compress(objects)
    return b"1 0 obj << /Type /ObjStm /Filter /FlateDecode /N 3 >>\nstream\r\n" + data + b"\nendstream endobj "


@pytest.mark.parametrize(
    ("document", "pages"),
    [
        (b"%PDF-1.4 << /Type /Pages /Count 12 >>", 12),
        (b"<< /Type /Page /Parent 1 0 R >> << /Type/Page >>", 2),
        (b"%PDF-1.5 " + packed(b"<< /Type /Pages /Count 3 >>") + packed(b"<< /Type /Page >> " * 3), 3),
        (b"%PDF-1.5 << /Type /ObjStm >> stream\nencrypted endstream", None),
        (b"%PDF-1.4", None),
    ],
    ids=["by its tree", "by its pages", "packed", "encrypted", "nothing"],
)
def test_pages_are_counted_as_the_document_says(document: bytes, pages: int | None) -> None:
    """The page tree's count or the pages, packed or not; what cannot be read is unknown and no number."""
    assert pages_of(document) == pages


def test_a_stream_that_unpacks_to_very_much_is_cut() -> None:
    """A few kilobytes that stand for gigabytes hold nobody up."""
    assert pages_of(packed(b"/Type /Page " + bytes(64 * 2**20))) == 1
