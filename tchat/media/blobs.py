"""The bytes of attachments, each in a file named by its SHA-256; the same bytes are kept once.

Law: what was put is there until a sweep that was told of no use of it, and that began after it was put, takes it away.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tchat.domain.errors import AttachmentError, StoreError

_BLOCK = 2**20
_DIGEST_LENGTH = 64
_SWEPT = ".swept"
_PART = ".part"
_ABANDONED_SECONDS = 86_400.0
"""Age at which a file that was never finished is one of a process that was killed."""


class Blobs:
    """A folder of attachments.

    Args:
        folder: made at the first `put`.
        keep: False holds bytes in memory, and files in a folder that `close` removes, for what must not be stored.
    """

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        self._folder = folder
        self._held: dict[str, bytes] | None = None if keep else {}
        self._passing: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """Forget what must not be stored."""
        if self._passing is not None:
            self._passing.cleanup()

    def put(self, data: bytes) -> str:
        """Keep `data` and return its digest.

        Raises:
            StoreError: it cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        if self._held is not None:
            self._held[digest] = data
            return digest
        if self._is_kept(digest):
            return digest

        def write(part: BinaryIO) -> str:
            part.write(data)
            return digest

        return self._keep(write)

    def put_file(self, file: BinaryIO) -> tuple[str, int]:
        """Keep what is left of a file without holding it in memory; return its digest and how many bytes it has.

        Raises:
            StoreError: it cannot be written.
        """
        if self._held is not None and self._passing is None:
            self._passing = tempfile.TemporaryDirectory(prefix="tchat-", ignore_cleanup_errors=True)
            self._folder = Path(self._passing.name)
        begin = file.tell()
        digest, size = _hashed(file)
        if self._is_kept(digest):
            return digest, size
        file.seek(begin)

        def copy(part: BinaryIO) -> str:
            nonlocal size
            digest, size = _hashed(file, part)  # once more: it may have been written to meanwhile
            return digest

        return self._keep(copy), size

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest.

        Raises:
            AttachmentError: they are gone.
        """
        try:
            with self.open(digest) as file:
                return file.read()
        except OSError as error:
            raise self.gone(digest) from error

    def open(self, digest: str) -> BinaryIO:
        """Return the bytes of a digest as a file.

        Raises:
            AttachmentError: they are gone.
        """
        if self._held is not None and digest in self._held:
            return io.BytesIO(self._held[digest])
        try:
            return self.path(digest).open("rb")  # the caller closes
        except OSError as error:
            raise self.gone(digest) from error

    def gone(self, digest: str) -> AttachmentError:
        """Return the error for bytes that are not there."""
        return AttachmentError(
            f"the attachment {digest[:12]} of this conversation is gone", hint=f"it should be {self.path(digest)}"
        )

    def holds(self, digest: str) -> bool:
        """Whether the bytes of a digest are there."""
        return (self._held is not None and digest in self._held) or self.path(digest).exists()

    def path(self, digest: str) -> Path:
        """Return where the bytes of a digest are, if they are kept."""
        return self._folder / digest[:2] / digest

    def sweep(self, used: Collection[str], before: float) -> int:
        """Remove what is not in use and was last put before a Unix time; return how many files that were."""
        swept = 0
        for path in self._files():
            if path.name not in used and _age(path) < before:
                swept += self._take_away(path, before)
        self._clear(before - _ABANDONED_SECONDS)
        return swept

    def drop(self, digests: Collection[str], before: float) -> int:
        """Remove some that are not in use and were last put before a Unix time; return how many."""
        return sum(self._take_away(self.path(digest), before) for digest in digests if len(digest) == _DIGEST_LENGTH)

    def settle(self, digests: Collection[str], before: float) -> None:
        """Note that whatever was put of these before a Unix time is spoken of: nobody is about to use it first."""
        for path in map(self.path, digests):
            if _age(path) < before:
                with suppress(OSError):
                    os.utime(path, (0.0, 0.0))

    def _is_kept(self, digest: str) -> bool:
        """Whether a file is there, which from now on no sweep takes away that began before."""
        path = self.path(digest)
        with suppress(OSError):  # it is new, or a sweep is taking it away
            os.utime(path)
            return path.exists()
        return False

    def _keep(self, write: Callable[[BinaryIO], str]) -> str:
        """Keep what is written, which is named once it is whole, and return its digest."""
        part = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(dir=self._folder, suffix=_PART)
            part = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                digest = write(file)
            path = self.path(digest)
            if not self._is_kept(digest):
                path.parent.mkdir(exist_ok=True, mode=0o700)
                part.replace(path)
        except OSError as error:
            raise StoreError(
                f"cannot keep the attachment in {self._folder}: {error.strerror}", hint="is the disk full?"
            ) from error
        finally:
            if part is not None:
                part.unlink(missing_ok=True)
        return digest

    def _take_away(self, path: Path, before: float) -> int:
        """Remove a file, unless it is put anew at this moment by another process: then it stays."""
        away = path.with_name(path.name + _SWEPT)
        try:
            if path.stat().st_mtime >= before:
                return 0
            path.replace(away)
        except OSError:
            return 0
        if _age(away) >= before:
            away.replace(path)
            return 0
        away.unlink(missing_ok=True)
        return 1

    def _clear(self, before: float) -> None:
        """Remove what killed processes left half done."""
        for path in (*self._folder.glob(f"*{_PART}"), *self._folder.glob(f"??/*{_SWEPT}")):
            if _age(path) < before:
                path.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("??/*") if len(path.name) == _DIGEST_LENGTH)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")


def _hashed(file: BinaryIO, copy: BinaryIO | None = None) -> tuple[str, int]:
    """Return the digest of what is left of a file and how many bytes that is; `copy` takes them."""
    hashed, size = hashlib.sha256(), 0
    while block := file.read(_BLOCK):
        hashed.update(block)
        size += len(block)
        if copy is not None:
            copy.write(block)
    return hashed.hexdigest(), size
