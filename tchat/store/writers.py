"""Which process writes a reply, and whether it still lives: each holds a lock on a small file of its own."""

from collections.abc import Callable
from pathlib import Path

from tchat.locking import FileLock, is_held, remove_if_free

_SUFFIX = ".lock"


class Writers:
    """The processes that write to one database.

    Args:
        folder: where the lock files are; None for a database that no other process can see.
        make_id: makes names that are never used twice.
    """

    def __init__(self, folder: Path | None, make_id: Callable[[], str]) -> None:
        self._folder = folder
        self._make_id = make_id
        self._name: str | None = None
        self._lock: FileLock | None = None

    @property
    def name(self) -> str | None:
        """The name of this writer while it is alive."""
        return self._name

    def own(self) -> str:
        """Return the name of this writer, which is alive from the first call until `release`.

        Raises:
            OSError: the lock file cannot be made.
        """
        if self._name is None:
            name, lock = self._make_id(), None
            if self._folder is not None:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                while (lock := FileLock.try_take(_lock_file(self._folder, name))) is None:  # a dead one's, just now
                    name = self._make_id()
            self._name, self._lock = name, lock
        return self._name

    def is_alive(self, name: str) -> bool:
        """Whether a writer may still write. Once it is dead it stays dead.

        Raises:
            OSError: its lock file cannot be opened.
        """
        return name == self._name or (self._folder is not None and is_held(_lock_file(self._folder, name)))

    def sweep(self) -> None:
        """Delete the lock files of dead writers.

        Raises:
            OSError: the folder cannot be read or changed.
        """
        if self._folder is not None and self._folder.is_dir():
            for path in self._folder.glob(f"*{_SUFFIX}"):
                remove_if_free(path)

    def release(self) -> None:
        """Cease to be alive.

        Raises:
            OSError: the lock file cannot be deleted.
        """
        self._name = None
        if self._lock is not None:
            self._lock.remove()
            self._lock = None


def _lock_file(folder: Path, name: str) -> Path:
    return folder / f"{name}{_SUFFIX}"
