"""Laws of the file locks: one owner, any number of lookers, nothing left behind."""

import fcntl
import os
from pathlib import Path

import pytest

from tchat.domain.errors import StoreError
from tchat.locking import FileLock, is_held, remove_if_free
from tchat.store.writers import Writers


def test_a_lock_has_one_owner(tmp_path: Path) -> None:
    """A held lock cannot be taken again, also not by its own process, until it is released."""
    path = tmp_path / "lock"
    lock = FileLock.try_take(path)
    assert lock is not None
    assert FileLock.try_take(path) is None
    assert is_held(path)
    with pytest.raises(StoreError, match="held by another process") as caught:
        FileLock.take(path, 0.02)
    assert caught.value.hint
    lock.release()
    assert not is_held(path)
    FileLock.take(path, 0.02).remove()
    assert not path.exists()


def test_lookers_do_not_take_each_other_for_an_owner(tmp_path: Path) -> None:
    """A dead owner's file is free for everyone who looks at the same time."""
    path = tmp_path / "lock"
    path.touch()
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    assert not is_held(path)
    remove_if_free(path)
    os.close(descriptor)
    assert not path.exists()


def test_a_missing_file_is_held_by_nobody(tmp_path: Path) -> None:
    """A lock file that was cleaned away means a dead owner, and cleaning it again is fine."""
    assert not is_held(tmp_path / "lock")
    remove_if_free(tmp_path / "lock")


def test_a_living_owner_keeps_its_file(tmp_path: Path) -> None:
    """Cleaning takes dead lock files only."""
    living, other = Writers(tmp_path / "writers", lambda: "living"), Writers(tmp_path / "writers", lambda: "other")
    assert living.own() == living.own() == "living"
    (tmp_path / "writers" / "dead.lock").touch()
    other.sweep()
    assert [path.name for path in (tmp_path / "writers").iterdir()] == ["living.lock"]
    assert other.is_alive("living")
    assert not other.is_alive("dead")
    living.release()
    assert not other.is_alive("living")


def test_a_writer_whose_file_is_looked_at_takes_another_name(tmp_path: Path) -> None:
    """Who cannot lock the file that it just made does not believe to own it."""
    names = iter(["first", "second"])
    folder = tmp_path / "writers"
    folder.mkdir()
    descriptor = os.open(folder / "first.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    writers = Writers(folder, lambda: next(names))
    assert writers.own() == "second"
    os.close(descriptor)
    writers.release()


def test_a_writer_without_its_lock_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full for a moment, the next try takes the lock, so that nobody takes this process for dead."""
    writers, other = Writers(tmp_path / "writers", lambda: "own"), Writers(tmp_path / "writers", lambda: "other")
    with monkeypatch.context() as full:
        full.setattr(os, "open", _no_space)
        with pytest.raises(OSError, match="full"):
            writers.own()
    assert writers.name is None
    assert other.is_alive(writers.own())
    writers.release()


def _no_space(*_: object) -> int:
    raise OSError("the disk is full")
