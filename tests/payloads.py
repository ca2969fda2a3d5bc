"""Attachments as they go out within a request, for tests of adapters."""

from collections.abc import Mapping

from tchat.domain.message import Attachment
from tchat.domain.request import Inline, Payload, Request
from tchat.engine.attaching import NoMedia


def inline(blobs: Mapping[str, bytes]) -> dict[str, Payload]:
    """Return bytes by digest as parts of a request: those of a PDF as such, all others as a PNG."""
    return {
        digest: Inline(data=data, media_type="application/pdf" if data.startswith(b"%PDF") else "image/png")
        for digest, data in blobs.items()
    }


class BlankMedia(NoMedia):
    """Where every attachment goes out empty."""

    def payload(self, part: Attachment, request: Request) -> Payload:
        """Return nothing in the attachment's place."""
        del request
        return Inline(data=b"", media_type=part.media_type)
