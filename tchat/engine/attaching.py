"""What the engine needs of attachments, and what there is to say of those of a request."""

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from tchat.domain.errors import AttachmentError
from tchat.domain.message import Attachment, ImagePart
from tchat.domain.request import Payload, Request
from tchat.domain.text import one_line


class Media(Protocol):
    """Where attachments are, how they go out, and who takes them."""

    def payload(self, part: Attachment, request: Request) -> Payload:
        """Return how an attachment of a request goes out, prepared for its model.

        Raises:
            AttachmentError: it cannot go out.
        """
        ...

    def require(self, part: Attachment) -> None:
        """Make sure that the bytes of an attachment are there, without reading them.

        Raises:
            AttachmentError: they are gone.
        """
        ...

    def keep_picture(self, data: bytes, media_type: str) -> ImagePart:
        """Keep a picture that a model made.

        Raises:
            StoreError: it cannot be kept.
        """
        ...

    def takers(self, kind: str) -> Sequence[str]:
        """Return models that the user can ask and that take a kind of attachment, by its name in `ModelFacts`."""
        ...


class NoMedia:
    """Where nothing can be attached."""

    def payload(self, part: Attachment, request: Request) -> Payload:
        """Refuse an attachment."""
        raise AttachmentError(f"{request.facts.ref} cannot be sent {part.name}")

    def require(self, part: Attachment) -> None:
        """Take anything for granted."""

    def keep_picture(self, data: bytes, media_type: str) -> ImagePart:
        """Refuse a picture."""
        raise AttachmentError(f"there is no place for a picture of {len(data):,} bytes ({media_type})")

    def takers(self, kind: str) -> Sequence[str]:
        """Return nobody."""
        del kind
        return ()


def with_payloads(request: Request, media: Media) -> Request:
    """Return a request with everything that goes out; a thread is the place for it.

    Raises:
        AttachmentError: an attachment cannot go out.
    """
    parts = {part.key: part for message in request.messages for part in message.attachments}
    return replace(request, payloads={key: media.payload(part, request) for key, part in parts.items()})


def with_bytes(request: Request, media: Media) -> Request:
    """Return a request as it is, whose attachments are all there.

    Raises:
        AttachmentError: one is gone.
    """
    for message in request.messages:
        for part in message.attachments:
            media.require(part)
    return request


def attachment_notices(parts: Sequence[Attachment]) -> list[str]:
    """Return what there is to say of the attachments of a message."""
    said: list[str] = []
    for part in parts:
        name = one_line(part.name) or "the picture"
        if isinstance(part, ImagePart) and part.is_animated:
            said.append(f"{name} moves: only its first frame is sent")
        if isinstance(part, ImagePart) and (part.pages or 1) > 1:
            one = "main one" if part.media_type == "image/heic" else "first"
            said.append(f"{name} holds {part.pages:,} pictures: only the {one} is sent")
    return said
