"""Locks that end with the process that holds them, however it ends: whoever meets a free one knows that its owner died.

Looking whether a lock is held takes a shared lock for a moment, so that any number of lookers agree. Windows has no
shared locks: there a looker tries again for a moment, longer than another one holds on.
"""

import os
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from tchat.domain.errors import StoreError

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int, *, shared: bool) -> bool:
        for _ in range(5 if shared else 1):
            with suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return True
            time.sleep(0.002)
        return False
else:
    import fcntl

    def _try_lock(descriptor: int, *, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FileLock:
    """An exclusive lock that this process holds on a file."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def try_take(cls, path: Path) -> "FileLock | None":
        """Lock `path`, making the file (mode 0600) where there is none; None if it is held, or removed meanwhile.

        Raises:
            OSError: the file cannot be made or locked.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _try_lock(descriptor, shared=False) and _is_at(path, descriptor):
            return cls(path, descriptor)
        os.close(descriptor)
        return None

    @classmethod
    def take(cls, path: Path, seconds: float) -> "FileLock":
        """Lock `path`, waiting at most `seconds` for whoever holds it.

        Raises:
            StoreError: it is still held.
            OSError: the file cannot be made or locked.
        """
        deadline = time.monotonic() + seconds
        while (lock := cls.try_take(path)) is None:
            if time.monotonic() > deadline:
                raise StoreError(
                    f"{path} was held by another process for more than {seconds:.0f} s", hint="close the other tchat"
                )
            time.sleep(0.005)
        return lock

    def release(self) -> None:
        """Let go of the lock; the file stays."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Let go of the lock and delete its file."""
        _close_and_unlink(self._path, self._descriptor)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock on `path`; a missing file is held by nobody.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def remove_if_free(path: Path) -> None:
    """Delete the lock file of a dead process; leave that of a living one.

    An owner that has made its file and not locked it yet finds it gone in `FileLock.try_take`.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return
    if _try_lock(descriptor, shared=True):
        _close_and_unlink(path, descriptor)
    else:
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(descriptor)
    return stat.S_ISREG(there.st_mode) and (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def _close_and_unlink(path: Path, descriptor: int) -> None:
    if sys.platform == "win32":  # an open file cannot be deleted there, and one that another process has open stays
        os.close(descriptor)
        with suppress(PermissionError, FileNotFoundError):
            path.unlink()
    else:  # deleted while locked: nobody can take a lock that is about to vanish
        with suppress(FileNotFoundError):
            path.unlink()
        os.close(descriptor)
