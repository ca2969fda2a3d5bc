"""What a file, a URL or piped bytes are, judged by their content and not by their name, and kept as such."""

import os
import stat
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Literal

from msgspec import Struct

from tchat.domain.errors import AttachmentError
from tchat.domain.message import Attachment, AudioPart, DocumentPart, ImagePart, TextPart, VideoPart
from tchat.media.blobs import Blobs
from tchat.media.kinds import HEAD, media_type
from tchat.media.page_ranges import Pages
from tchat.paths import user_path

LARGEST = 100 * 2**20
"""Bytes that are taken into memory: of pictures, texts, pipes and addresses."""
LARGEST_FILE = 2 * 2**30
"""Bytes of a PDF, recording or film; no provider takes more."""

Attached = Attachment | TextPart
Pdf = Literal["file", "text", "pages"]
"""As what a PDF is sent: as it is, as its text, or as pictures of its pages."""


class Source(Struct, frozen=True):
    """Bytes and what the user calls them."""

    data: bytes
    name: str


def attach(source: Source, blobs: Blobs) -> Attached:
    """Return the message part for a picture, PDF, recording, film or text; all but texts are kept in `blobs`.

    Raises:
        AttachmentError: it is empty, too large, broken, or nothing of all this.
        StoreError: it cannot be kept.
    """
    data, name = source.data, source.name
    if not data:
        raise AttachmentError(f"{name} is empty")
    if len(data) > LARGEST:
        raise AttachmentError(f"{name} has more than {LARGEST:,} bytes", hint="name a file instead")
    kind = media_type(data)
    if kind is None:
        return TextPart(f'<document name="{name}">\n{decode(source)}\n</document>\n\n')
    part = described(data, kind, name)
    blobs.put(data)
    return part


def attach_file(name: str, blobs: Blobs) -> Attached:
    """Return the message part for a file, `~` being the user's home; a long recording or film is not read whole.

    Raises:
        AttachmentError: as `attach`, or it changes while it is read.
        StoreError: it cannot be kept.
    """
    path = user_path(name)
    with _open(path) as file:
        before = os.fstat(file.fileno())
        size = before.st_size
        if size <= LARGEST:
            return attach(_read(file, path), blobs)
        kind = media_type(file.read(HEAD))
        if kind is None or kind.startswith("image/") or kind == "application/pdf" or size > LARGEST_FILE:
            most = LARGEST if kind is None or not kind.startswith(("audio/", "video/")) else LARGEST_FILE
            raise AttachmentError(f"{path} has {size:,} bytes, and {most:,} are the most")
        from tchat.media.lengths import seconds_of

        seconds = seconds_of(file, kind)
        file.seek(0)
        digest, copied = blobs.put_file(file)
        _check_unchanged(file, path, before, copied)
        made = AudioPart if kind.startswith("audio/") else VideoPart
        return made(digest=digest, media_type=kind, name=path.name, size=size, seconds=seconds)


def attach_pdf(source: Source, blobs: Blobs, pdf: Pdf, pages: Pages | None = None) -> Generator[Attached]:
    """Yield the message parts for a PDF that is sent as a part of it, its text, or pictures; for anything else its one.

    Raises:
        AttachmentError: as `attach`, or it has no text, too many pages, or not the pages that are meant.
        StoreError: a page cannot be kept.
    """
    from tchat.media.documents import cut_out, pictures_of, text_of

    data, name = source.data, source.name
    if media_type(data) != "application/pdf":
        if pages is not None:
            raise AttachmentError(f"{name} is no PDF, of which some pages could be sent")
        yield attach(source, blobs)
    elif pdf == "text":
        called = name if pages is None else pages.named(name)
        yield TextPart(f'<document name="{called}">\n{text_of(data, name, pages)}\n</document>\n\n')
    elif pdf == "pages":
        for number, page in pictures_of(data, name, pages):
            yield attach(Source(page, f"{name}, page {number}"), blobs)
    elif pages is None:
        yield attach(source, blobs)
    else:
        yield attach(Source(cut_out(data, name, pages), pages.named(name)), blobs)


def described(data: bytes, kind: str, name: str) -> Attachment:
    """Return what a picture, PDF, recording or film is: its pixels, pages or seconds, and bytes.

    Raises:
        AttachmentError: it is broken.
    """
    import hashlib

    digest, size = hashlib.sha256(data).hexdigest(), len(data)
    if kind.startswith("image/"):
        from tchat.media.pictures import look

        seen = look(data, kind, name)
        return ImagePart(
            digest=digest,
            media_type=kind,
            name=name,
            size=size,
            width=seen.width,
            height=seen.height,
            is_animated=seen.is_animated,
        )
    if kind == "application/pdf":
        from tchat.media.documents import pages_of

        return DocumentPart(digest=digest, media_type=kind, name=name, size=size, pages=pages_of(data, name))
    from tchat.media.lengths import seconds_of

    seconds = seconds_of(data, kind)
    made = AudioPart if kind.startswith("audio/") else VideoPart
    return made(digest=digest, media_type=kind, name=name, size=size, seconds=seconds)


def decode(source: Source) -> str:
    """Return bytes as text.

    Raises:
        AttachmentError: they are not UTF-8.
    """
    data = source.data
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise AttachmentError(
            f"{source.name} is not UTF-8 text: byte 0x{byte:02x} at offset {error.start:,}",
            hint="convert it (`iconv -f LATIN1 -t UTF-8`), or attach a picture, PDF, recording or film",
        ) from None


def read_file(name: str) -> Source:
    """Return the content of a file; `~` is the user's home.

    Raises:
        AttachmentError: it cannot be read, is too large, or changes while it is read.
    """
    path = user_path(name)
    with _open(path) as file:
        return _read(file, path)


def _open(path: Path) -> BinaryIO:
    """Open a file; pipes and devices, which may never end, are refused without waiting for them.

    Raises:
        AttachmentError: it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise AttachmentError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        if os.path.isdir(path):  # noqa: PTH112  # a name that cannot be one is none
            raise _no_file(path, "is a folder") from error
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise AttachmentError(f"cannot read {path}: {said}") from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISFIFO(mode):
        raise AttachmentError(f"{path} is a pipe", hint="pipe it in, and attach `-`")
    raise _no_file(path, "is a folder" if stat.S_ISDIR(mode) else "is not a file")


def _no_file(path: Path, what: str) -> AttachmentError:
    return AttachmentError(f"{path} {what}")


def _read(file: BinaryIO, path: Path) -> Source:
    before = os.fstat(file.fileno())
    if before.st_size > LARGEST:
        raise AttachmentError(f"{path} has {before.st_size:,} bytes, and {LARGEST:,} are the most")
    try:
        data = file.read(LARGEST + 1)
    except OSError as error:
        raise AttachmentError(f"cannot read {path}: {error.strerror}") from error
    _check_unchanged(file, path, before, len(data) if before.st_size else 0)
    return Source(data, path.name)


def _check_unchanged(file: BinaryIO, path: Path, before: os.stat_result, read: int) -> None:
    """Make sure that a file is still what it was, which is also what was read.

    Raises:
        AttachmentError: it was written to in between.
    """
    after = os.fstat(file.fileno())
    if (after.st_size, after.st_mtime_ns, read) != (before.st_size, before.st_mtime_ns, before.st_size):
        raise AttachmentError(f"{path} changed while it was read", hint="attach it again when it is complete")
