"""How attachments are spelled in JSON."""

import base64

import pytest

from tchat.domain.message import DocumentPart
from tchat.domain.request import Inline
from tchat.providers.spelling import base64_of, pdf_name


@pytest.mark.parametrize("size", [0, 1, 2, 3, 3 * 2**16 - 1, 3 * 2**16, 3 * 2**16 + 1, 7 * 2**16])
def test_slices_make_the_base64_of_the_whole(size: int) -> None:
    """Wherever it is cut."""
    data = bytes(at * 7 % 251 for at in range(size))
    assert base64_of(Inline(data=data, media_type="image/png")) == base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("a.pdf", "a.pdf"),
        ("B.PDF", "B.PDF"),
        ("standard input", "standard input.pdf"),
        ("2310.11441", "2310.11441.pdf"),
        ("", "document.pdf"),
    ],
)
def test_a_pdf_is_called_one(name: str, sent: str) -> None:
    """However it came."""
    assert pdf_name(DocumentPart(digest="", media_type="application/pdf", name=name)) == sent
