"""Attachments that go along with an exported conversation, without what cameras and phones noted in them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from tchat.cli.narration import say
from tchat.domain.conversation import StoredMessage
from tchat.domain.errors import AttachmentError
from tchat.domain.file_names import file_name
from tchat.domain.message import Attachment, ImagePart
from tchat.domain.text import one_line
from tchat.media.attachment import LARGEST
from tchat.media.blobs import Blobs
from tchat.store.exporting import ExportedFile


class _File(Struct, frozen=True, kw_only=True):
    name: str
    content: ExportedFile


def files_of(messages: Iterable[StoredMessage], blobs: Blobs) -> Mapping[str, ExportedFile]:
    """Return the attachments of some messages by digest; the user is told of those that are left out."""
    return {digest: file.content for digest, file in _files(messages, blobs).items()}


def named_files(messages: Iterable[StoredMessage], blobs: Blobs) -> Mapping[str, tuple[str, bytes]]:
    """Return the name and the bytes of each attachment by digest; the user is told of those that are left out."""
    return {digest: (file.name, file.content.data) for digest, file in _files(messages, blobs).items()}


def _files(messages: Iterable[StoredMessage], blobs: Blobs) -> dict[str, _File]:
    parts = {part.digest: part for stored in messages for part in stored.message.attachments if part.digest}
    found: dict[str, _File] = {}
    for digest, part in parts.items():
        try:
            found[digest] = _file(part, blobs)
        except AttachmentError as error:
            say(f"{one_line(part.name) or digest[:12]} is left out: {error.message}")
    return found


def _file(part: Attachment, blobs: Blobs) -> _File:
    if (part.size or 0) > LARGEST:
        raise AttachmentError(f"it has {part.size:,} bytes and is {blobs.path(part.digest)}")
    data, media_type = blobs.get(part.digest), part.media_type
    if isinstance(part, ImagePart):
        from tchat.media.preparing import cleaned

        ready = cleaned(data, media_type, part.name or "the picture")
        data, media_type = ready.data, ready.media_type
    else:
        from tchat.media.stripping import stripped

        data = stripped(data, media_type)
    name = file_name(part.name, media_type, part.digest)
    return _File(name=name, content=ExportedFile(media_type=media_type, data=data))
