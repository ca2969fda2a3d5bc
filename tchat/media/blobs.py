"""The bytes of attachments, each in a file named by its SHA-256; the same bytes are kept once."""

import hashlib
import os
from pathlib import Path

from tchat.domain.errors import AttachmentError, StoreError


class Blobs:
    """A folder of attachments.

    Args:
        folder: made at the first `put`.
        keep: False holds the bytes in memory only, for what must not be stored.
    """

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        self._folder = folder
        self._keep = keep
        self._held: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep `data` and return its digest.

        Raises:
            StoreError: it cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        self._held[digest] = data
        path = self._path(digest)
        if self._keep and not path.exists():
            part = path.with_name(f"{digest}.{os.getpid()}.part")
            try:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                part.touch(mode=0o600)
                part.write_bytes(data)
                part.replace(path)
            except OSError as error:
                raise StoreError(f"cannot keep the attachment in {path.parent}: {error.strerror}") from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest.

        Raises:
            AttachmentError: they are gone.
        """
        if digest not in self._held:
            path = self._path(digest)
            try:
                self._held[digest] = path.read_bytes()
            except OSError as error:
                raise AttachmentError(
                    f"the attachment {digest[:12]} of this conversation is gone", hint=f"it should be {path}"
                ) from error
        return self._held[digest]

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest
