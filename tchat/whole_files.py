"""Files replaced whole: whoever reads one, at any moment, has all of the old content or all of the new."""

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tchat.locking import FileLock

PATIENCE = 10.0
"""Seconds that a change waits for others to the same file."""


def write_whole(file: Path, content: bytes) -> None:
    """Replace a file by `content`, readable by its owner only; a link stays, and what it leads to changes.

    Its folder is made where there is none; a device or pipe is written to. What fails leaves nothing behind.

    Raises:
        OSError: it cannot be written.
    """
    file = Path(os.path.realpath(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and not file.is_file():
        file.write_bytes(content)
        return
    part = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.touch(mode=0o600)
        part.chmod(0o600)
        part.write_bytes(content)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def changing(file: Path) -> Generator[None]:
    """Read a file and write it again while nobody else, of any process, does so: no change is lost.

    Raises:
        StoreError: others have been at it for too long.
        OSError: the lock file beside it cannot be made.
    """
    file = Path(os.path.realpath(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock.take(file.with_name(f"{file.name}.lock"), PATIENCE)
    try:
        yield
    finally:
        lock.remove()
