"""Attachments in words that several APIs share."""

import base64

from tchat.domain.errors import AttachmentError
from tchat.domain.message import Attachment
from tchat.domain.request import Inline

_SLICE = 3 * 2**16
"""Bytes, by threes: what is encoded in a fraction of a millisecond."""


def base64_of(payload: Inline) -> str:
    """Return bytes as APIs take them in JSON; slice by slice, so that other threads have their turn between them."""
    data = payload.data
    slices = (data[at : at + _SLICE] for at in range(0, len(data), _SLICE))
    return b"".join(map(base64.b64encode, slices)).decode()


def data_url(payload: Inline) -> str:
    """Return bytes as an address that holds them."""
    return f"data:{payload.media_type};base64,{base64_of(payload)}"


def pdf_name(part: Attachment) -> str:
    """Return the name under which a PDF goes out: APIs tell by its ending what it is."""
    name = part.name or "document"
    return name if name.lower().endswith(".pdf") else f"{name}.pdf"


def too_large(part: Attachment) -> AttachmentError:
    """Return the error for a file that an API would have to be sent within the request."""
    return AttachmentError(
        f"{part.name or 'the attachment'} has {part.size or 0:,} bytes, which is too much for one request",
        hint="send a shorter part of it, or ask a provider that takes uploads",
    )
