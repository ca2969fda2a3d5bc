"""Laws of opening: private, migrated by one, refused when newer, and no foreign error gets out."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from tchat.domain.conversation import Conversation
from tchat.domain.errors import DatabaseTooNew, StoreError
from tchat.locking import FileLock
from tchat.store.database import Database, transaction
from tchat.store.migrating import MIGRATIONS, VERSION
from tchat.store.search import search
from tests.servers import ROOT
from tests.store.stores import exchange, opened, turn

PAGE = 4096
"""Bytes of a page of the database."""
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def holding(path: Path, data: bytes) -> None:
    """Make a file of these bytes, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def bytes_of(path: Path) -> bytes:
    """Return a file's bytes."""
    return path.read_bytes()


def at_version(path: Path, version: int) -> None:
    """Make a database as the program of an earlier schema left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scripts = Path(sys.modules[Database.__module__].__file__ or "").parent
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for name in MIGRATIONS[:version]:
            connection.executescript((scripts / name).read_text("utf-8"))
        connection.execute(f"PRAGMA user_version = {version}")


async def schema_of(path: Path) -> list[tuple[str, ...]]:
    """Open a database and return its schema."""
    async with opened(path) as store:
        return await store.database.run(lambda db: [tuple(row) for row in db.execute(SCHEMA)])


async def test_a_new_database_is_private(path: Path) -> None:
    """The folder is 0700 and every file in it 0600, whatever the umask."""
    before = os.umask(0)
    try:
        async with opened(path) as store:
            await store.begin_turn(turn("hello"))
            files = [file for file in path.parent.rglob("*") if file.is_file()]
            assert {file.name for file in files} >= {"tchat.db", "tchat.db-wal", "tchat.db-shm"}
            assert {mode(file) for file in files} == {0o600}
            assert mode(path.parent) == mode(path.parent / "writers") == 0o700
    finally:
        os.umask(before)


async def test_a_database_is_in_wal_mode_with_foreign_keys(path: Path) -> None:
    """Readers never wait for the writer, and no row points to nothing."""
    async with opened(path) as store:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("foreign_keys", 1),
            ("synchronous", 1),
            ("busy_timeout", 30000),
        ):
            found = await store.database.run(lambda db, name=pragma: db.execute(f"PRAGMA {name}").fetchone()[0])
            assert found == value, pragma


async def test_a_database_in_memory_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a path the store works, and no file is made."""
    monkeypatch.chdir(tmp_path)
    async with opened(None) as store:
        ids = await exchange(store, "hello", "hi")
        assert [message.message.text for message in await store.path(ids.reply_id)] == ["hello", "hi"]
    assert contents(tmp_path) == {}


async def test_a_current_database_is_opened_without_the_lock(path: Path) -> None:
    """Who opens a database that is current does not wait for a process that holds the lock of migrations."""
    await schema_of(path)
    lock = FileLock.try_take(path.with_name("tchat.db.lock"))
    assert lock is not None
    try:
        await asyncio.wait_for(schema_of(path), 10)
    finally:
        lock.release()


@pytest.mark.parametrize("version", range(VERSION + 1))
async def test_every_version_is_migrated_to_the_same_schema(path: Path, version: int) -> None:
    """A database of any earlier version, also one that was made and never filled, ends like a new one."""
    at_version(path, version)
    assert await schema_of(path) == await schema_of(path.with_name("new.db"))


async def test_what_an_earlier_version_kept_is_there_after_migration(path: Path) -> None:
    """A conversation of version 1 reads as it did, in order with nothing pinned, filed, archived or discarded."""
    at_version(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            INSERT INTO conversation (id, title, created_at, updated_at) VALUES ('C', 'old', 1, 2);
            INSERT INTO message (id, conversation_id, role, created_at, text) VALUES ('Q', 'C', 'user', 1, 'question');
            INSERT INTO message (id, conversation_id, parent_id, role, created_at, text)
            VALUES ('A', 'C', 'Q', 'assistant', 2, 'answer');
            INSERT INTO reply (number, provider, model, settings, state, cost, finished_at)
            VALUES (2, 'own', 'model', '{}', 'complete', 0.5, 2);
            UPDATE conversation SET leaf_id = 'A';
        """)
    async with opened(path) as store:
        assert await store.list() == (
            Conversation(id="C", title="old", created_at=1, updated_at=2, leaf_id="A", messages=2),
        )
        assert [message.message.text for message in await store.path("A")] == ["question", "answer"]
        assert [hit.message_id for hit in await search(store.database, "answ")] == ["A"]
        assert (await store.usage.since(0)).known_cost == 0.5


async def test_the_stamp_tells_of_every_change(path: Path) -> None:
    """It stays while nothing happens, and grows when this process or another one writes."""
    async with opened(path) as store, opened(path) as other:
        stamps = [await store.stamp()]
        for writer in (store, other, store, other):
            await exchange(writer, "hello", "hi")
            stamps.append(await store.stamp())
            await store.list()
            await search(store.database, "hello")
            assert await store.stamp() == stamps[-1]
        assert stamps == sorted(set(stamps))


async def test_an_empty_file_becomes_a_database(path: Path) -> None:
    """A file without a byte, as a process killed at once leaves it, is filled."""
    holding(path, b"")
    assert await schema_of(path) == await schema_of(path.with_name("new.db"))


async def test_a_migration_is_all_or_nothing(path: Path) -> None:
    """A step that fails in its middle leaves the version and the tables as they were."""
    holding(path, b"")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE reply (of_another_program)")
    with pytest.raises(StoreError):
        await Database.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("reply",)]


async def test_a_newer_database_is_refused_and_untouched(path: Path) -> None:
    """The message names both versions; not a byte is written and not a file made."""
    await schema_of(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 41}")
    before = contents(path.parent)
    with pytest.raises(DatabaseTooNew, match=rf"version {VERSION + 41}, .* up to {VERSION}$") as caught:
        await Database.open(path)
    assert caught.value.hint
    assert contents(path.parent) == before


async def test_a_newer_version_in_the_log_is_refused_and_untouched(path: Path, tmp_path: Path) -> None:
    """A newer program that was killed after its migration left the version in the log only; database and log stay."""
    await schema_of(path)
    killed = tmp_path / "killed"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        killed.mkdir()
        for name in ("tchat.db", "tchat.db-wal"):
            shutil.copy(path.with_name(name), killed)
    before = contents(killed)
    assert int.from_bytes(before["tchat.db"][60:64], "big") == VERSION
    with pytest.raises(DatabaseTooNew):
        await Database.open(killed / "tchat.db")
    after = contents(killed)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("found", [b"short", b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
async def test_a_file_that_is_no_database_is_an_error_with_a_hint(path: Path, found: bytes) -> None:
    """Whatever the bytes, a StoreError that names the file; the bytes stay."""
    holding(path, found)
    with pytest.raises(StoreError, match=r"tchat\.db") as caught:
        await Database.open(path)
    assert caught.value.hint
    assert bytes_of(path) == found


async def test_a_damaged_database_is_an_error_with_a_hint(path: Path) -> None:
    """Pages overwritten in place are reported when they are read, as a StoreError."""
    async with opened(path) as store:
        ids = await exchange(store, "hello", "hi")
    data = bytes_of(path)
    holding(path, data[:PAGE] + b"\xa5" * (len(data) - PAGE))
    with pytest.raises(StoreError, match="damaged") as caught:
        async with opened(path) as store:
            await store.path(ids.reply_id)
    assert caught.value.hint


async def test_a_folder_in_place_of_the_database_is_an_error(path: Path) -> None:
    """A path that is no file is a StoreError."""
    holding(path / "file", b"")
    with pytest.raises(StoreError, match=r"tchat\.db"):
        await Database.open(path)


async def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """A parent that is a file is a StoreError."""
    holding(tmp_path / "file", b"")
    with pytest.raises(StoreError, match="cannot be used"):
        await Database.open(tmp_path / "file" / "tchat.db")


UNPRIVILEGED = """
import asyncio, os, sys
from pathlib import Path
from tchat.domain.errors import StoreError
from tests.store.stores import exchange, opened

async def main():
    try:
        async with opened(Path(sys.argv[1])) as store:
            await exchange(store, "hello", "hi")
    except StoreError as error:
        print(f"{error.message}; hint: {error.hint}")

if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "is_refused"),
    [
        pytest.param(0o666, 0o777, False, id="everything is allowed"),
        pytest.param(0o444, 0o777, True, id="file is read-only"),
        pytest.param(0o000, 0o777, True, id="file is closed"),
        pytest.param(0o444, 0o555, True, id="file and folder are read-only"),
        pytest.param(None, 0o555, True, id="folder of no file is read-only"),
    ],
)
def test_missing_permissions_are_an_error_with_a_hint(
    file_mode: int | None, folder_mode: int, *, is_refused: bool
) -> None:
    """A user who may not write gets a StoreError that says what to look at."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to other users
        path = Path(folder) / "tchat.db"
        if file_mode is not None:
            asyncio.run(schema_of(path))
            path.chmod(file_mode)
        path.parent.chmod(folder_mode)
        command = [sys.executable, "-c", UNPRIVILEGED, str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        path.parent.chmod(0o700)
    assert done.stderr == ""
    assert ("tchat.db" in done.stdout) == is_refused
    assert ("permission" in done.stdout.partition("hint: ")[2]) == is_refused


async def test_a_full_disk_is_an_error_and_loses_nothing(path: Path) -> None:
    """When the file cannot grow the turn is refused, and what was there can be read."""
    async with opened(path) as store:
        ids = await exchange(store, "hello", "hi")
        await store.database.run(lambda db: db.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(StoreError, match="the disk is full") as caught:
            await store.begin_turn(turn("x" * 1_000_000))
        assert caught.value.hint
        assert len(await store.list()) == 1
        assert (await store.message(ids.reply_id)).message.text == "hi"


async def test_a_read_only_database_can_be_read(path: Path) -> None:
    """What cannot be written can still be read."""
    async with opened(path) as store:
        ids = await exchange(store, "hello", "hi")
        await store.database.run(lambda db: db.execute("PRAGMA query_only = ON"))
        with pytest.raises(StoreError, match="read-only") as caught:
            await store.begin_turn(turn("more"))
        assert caught.value.hint
        assert len(await store.path(ids.reply_id)) == 2


async def test_a_database_that_stays_locked_is_an_error(path: Path) -> None:
    """A program that holds the database for too long is spoken of."""
    async with opened(path) as store:
        await store.database.run(lambda db: db.execute("PRAGMA busy_timeout = 0"))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="in use") as caught:
                await store.begin_turn(turn("hello"))
        assert caught.value.hint
        await store.begin_turn(turn("hello"))


async def test_a_value_of_another_version_is_an_error(path: Path) -> None:
    """A row that does not decode is a StoreError."""
    async with opened(path) as store:
        ids = await exchange(store, "hello", "hi")
        await store.database.run(lambda db: db.execute("""UPDATE reply SET settings = '{"unheard_of": 1}'"""))
        with pytest.raises(StoreError, match="unheard_of"):
            await store.path(ids.reply_id)


async def test_work_is_done_even_if_its_waiter_is_gone(path: Path) -> None:
    """Cancelling who waits does not cancel what was asked for."""
    async with opened(path) as store:
        await store.database.run(lambda db: db.execute("CREATE TABLE done (number)"))
        waiting = asyncio.create_task(store.database.run(lambda db: db.execute("INSERT INTO done VALUES (1)")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await store.database.run(lambda db: db.execute("SELECT count(*) FROM done").fetchone()[0]) == 1


async def test_a_transaction_that_fails_leaves_nothing(path: Path) -> None:
    """An error within a transaction undoes all of it, and the next one works."""

    def half(connection: sqlite3.Connection) -> None:
        with transaction(connection):
            connection.execute("CREATE TABLE half (number)")
            connection.execute("INSERT INTO nowhere VALUES (1)")

    async with opened(path) as store:
        with pytest.raises(StoreError, match="nowhere"):
            await store.database.run(half)
        await exchange(store, "hello", "hi")
        assert "half" not in {row[1] for row in await store.database.run(lambda db: db.execute(SCHEMA).fetchall())}


async def test_a_closed_database_says_so(path: Path) -> None:
    """Closing twice is fine; work after it is a StoreError, not a hang."""
    async with opened(path) as store:
        await store.aclose()
        await store.aclose()
        await store.database.aclose()
        store.database.post(lambda db: db.execute("SELECT 1"))
        with pytest.raises(StoreError, match="closed"):
            await store.list()
