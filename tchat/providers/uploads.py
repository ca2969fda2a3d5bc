"""Attachments that are too large for a request: uploaded before it, and removed after it, however it ends."""

import asyncio
import contextlib
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.blanking import Blank, blanked
from tchat.domain.errors import AttachmentError, ProviderError
from tchat.domain.message import Attachment, DocumentPart
from tchat.domain.request import Inline, OnDisk, Payload, Request, Uploaded
from tchat.domain.text import one_line
from tchat.providers.base import WireRequest
from tchat.providers.spelling import pdf_name

REMOVAL_SECONDS = 10.0
"""How long a provider may take to remove a file."""
LANDING_SECONDS = 3.0
"""How long an upload that is stopped may take to come to its end: without its name a file cannot be removed."""


class Upload(Struct, frozen=True, kw_only=True):
    """A file that is to be uploaded."""

    name: str
    payload: Inline | OnDisk

    @property
    def media_type(self) -> str:
        """What it is."""
        return self.payload.media_type

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.payload.data) if isinstance(self.payload, Inline) else self.payload.size

    def open(self) -> io.RawIOBase:
        """Return its bytes, as they may leave the machine.

        Raises:
            AttachmentError: they are gone.
        """
        if isinstance(self.payload, Inline):
            return _Bytes(io.BytesIO(self.payload.data), ())
        try:
            return _Bytes(Path(self.payload.path).open("rb"), self.payload.notes)  # the caller closes
        except OSError as error:
            raise AttachmentError(f"{self.name} is gone", hint=f"it should be {self.payload.path}") from error


class _Bytes(io.RawIOBase):
    """A file without its notes."""

    def __init__(self, file: io.BytesIO | io.BufferedReader, notes: tuple[Blank, ...]) -> None:
        super().__init__()
        self._file = file
        self._notes = notes

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether a place in it can be found."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        begin = self._file.tell()
        return blanked(self._file.read(size), self._notes, begin)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


Put = Callable[[Upload], Awaitable[str]]
"""Uploads a file and returns the provider's name of it."""
Remove = Callable[[str], Awaitable[None]]
Ready = Callable[[str], Awaitable[None]]
"""Waits until a file can be read."""


@contextlib.asynccontextmanager
async def uploaded(
    request: Request, limit: int, put: Put, remove: Remove, ready: Ready | None = None
) -> AsyncGenerator[Request]:
    """Yield a request whose attachments fit into it: those that do not are uploaded, and removed at the end.

    Raises:
        ProviderError: an upload fails.
        AttachmentError: a file is gone.
    """
    files: list[str] = []
    payloads: dict[str, Payload] = dict(request.payloads)
    try:
        for key, upload in _chosen(request, limit).items():
            await _land(put(upload), files)
            if ready is not None:
                await ready(files[-1])
            payloads[key] = Uploaded(file=files[-1], media_type=upload.media_type)
        yield replace(request, payloads=payloads) if files else request
    finally:
        for file in files:
            # What was said stands; providers remove such files by themselves, or list them for the user to remove.
            with contextlib.suppress(ProviderError, TimeoutError):
                async with asyncio.timeout(REMOVAL_SECONDS):
                    await remove(file)


async def _land(upload: Awaitable[str], files: list[str]) -> None:
    """Add the name of a file to `files` once it is uploaded, also if whoever waits for it is stopped just before."""
    landing = asyncio.ensure_future(upload)
    try:
        await asyncio.shield(landing)
    except asyncio.CancelledError:
        try:
            await asyncio.wait((landing,), timeout=LANDING_SECONDS)
        finally:
            landing.cancel()
        raise
    finally:
        if landing.done() and not landing.cancelled() and landing.exception() is None:
            files.append(landing.result())


def as_planned(request: Request, limit: int) -> tuple[Request, tuple[str, ...]]:
    """Return a request as it would go out, files that would be uploaded by a word for each, and a note on them."""
    chosen = _chosen(request, limit)
    if not chosen:
        return request, ()
    payloads: dict[str, Payload] = dict(request.payloads)
    for number, (key, upload) in enumerate(chosen.items(), 1):
        payloads[key] = Uploaded(file=f"uploaded-file-{number}", media_type=upload.media_type)
    names = ", ".join(upload.name for upload in chosen.values())
    return replace(request, payloads=payloads), (f"uploaded before the request, and removed after it: {names}",)


def noted(wire: WireRequest, notes: tuple[str, ...]) -> WireRequest:
    """Return a request for people to read with more notes."""
    return replace(wire, notes=(*wire.notes, *notes))


def _chosen(request: Request, limit: int) -> Mapping[str, Upload]:
    """Return what must be uploaded: files on disk, and the largest others until the rest fits."""
    parts = {part.key: part for message in request.messages for part in message.attachments}
    chosen: dict[str, Upload] = {}
    inline: dict[str, Inline] = {}
    for key, payload in request.payloads.items():
        if isinstance(payload, OnDisk):
            chosen[key] = _upload(parts.get(key), payload)
        elif isinstance(payload, Inline):
            inline[key] = payload
    left = sum(len(payload.data) for payload in inline.values())
    for key, payload in sorted(inline.items(), key=lambda item: -len(item[1].data)):
        if left <= limit:
            break
        chosen[key] = _upload(parts.get(key), payload)
        left -= len(payload.data)
    return chosen


def _upload(part: Attachment | None, payload: Inline | OnDisk) -> Upload:
    called = pdf_name(part) if isinstance(part, DocumentPart) else part.name if part else ""
    name = one_line(called).rpartition("/")[2]
    return Upload(name=name or f"file.{payload.media_type.rpartition('/')[2]}", payload=payload)
