"""Databases made and brought to this program's schema, by one process at a time.

Law: a database of a newer schema is left as it is, byte for byte.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from tchat.domain.errors import DatabaseTooNew, StoreError
from tchat.locking import FileLock
from tchat.store.failing import BUSY_SECONDS

MIGRATIONS = ("schema.sql", "schema_2.sql", "schema_3.sql", "schema_4.sql", "schema_5.sql")
"""The scripts beside this module that lead from each version to the next; an empty database has version 0."""

VERSION = len(MIGRATIONS)
"""The version of the schema that this program reads and writes (SQLite's `user_version`)."""

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"


class _Header(Struct, frozen=True, kw_only=True):
    """What the first bytes of a database file say (https://sqlite.org/fileformat.html#the_database_header)."""

    version: int
    is_wal: bool


def open_current(path: Path) -> sqlite3.Connection:
    """Return a connection to the database at `path`, which is made or migrated first where that is due.

    A current database is recognised by its first bytes, without a lock. Creating, switching to WAL and migrating happen
    under a file lock of their own: SQLite refuses the switch at once, whatever its timeout, while anyone else looks.

    Raises:
        DatabaseTooNew: its schema is newer than this program's.
        StoreError: it is no database, or another process is migrating it for too long.
        OSError, sqlite3.Error: it cannot be opened.
    """
    header = _read_header(path)
    if header is not None:
        _refuse_newer(path, header)
    if header is None or header.version < VERSION or not header.is_wal:
        _make_current(path)
    return _connect(path)


def open_in_memory() -> sqlite3.Connection:
    """Return a connection to a new database that is gone once it is closed."""
    connection = _prepared(sqlite3.connect(":memory:", isolation_level=None))
    _migrate(connection, 0)
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads, to a database that another one keeps open.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    return _connect(path, "ro")


def _read_header(path: Path) -> _Header | None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return None
    if not head:
        return None
    if len(head) < _HEADER_BYTES or not head.startswith(_MAGIC):
        raise StoreError(
            f"{path} is not a tchat database", hint="move the file away: tchat starts a new one in its place"
        )
    return _Header(version=int.from_bytes(head[60:64], "big"), is_wal=head[18:20] == b"\2\2")


def _refuse_newer(path: Path, header: _Header) -> None:
    """Refuse a newer schema, also one that only the write-ahead log tells of."""
    version = header.version
    if version <= VERSION and _has_log(path):
        with closing(sqlite3.connect(_uri(path, "ro"), uri=True, timeout=BUSY_SECONDS)) as connection:
            version = _version(connection)
    if version > VERSION:
        raise DatabaseTooNew(
            f"the database {path} has schema version {version}, this tchat knows versions up to {VERSION}",
            hint="update tchat, or set TCHAT_HOME to another folder to start afresh",
        )


def _has_log(path: Path) -> bool:
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _make_current(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock.take(path.with_name(f"{path.name}.lock"), BUSY_SECONDS)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        header = _read_header(path)
        if header is not None:
            _refuse_newer(path, header)
        with closing(_connect(path)) as connection:
            if header is None or not header.is_wal:
                connection.execute("PRAGMA journal_mode = WAL")
            _migrate(connection, _version(connection))
            # The first bytes of the file must tell of the new version, which is only in the log so far.
            connection.execute("PRAGMA wal_checkpoint (PASSIVE)")
    finally:
        lock.release()


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """Run what leads from `version` to this program's, each step in a transaction of its own."""
    for number, name in enumerate(MIGRATIONS[version:], version + 1):
        script = Path(__file__).with_name(name).read_text("utf-8")
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
        finally:
            if connection.in_transaction:
                connection.rollback()


def _connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    return _prepared(sqlite3.connect(_uri(path, mode), uri=True, timeout=BUSY_SECONDS, isolation_level=None))


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
