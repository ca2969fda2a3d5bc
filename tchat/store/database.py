"""The database: one connection on one thread of its own, so that no statement ever holds up the event loop.

Work is done on it in order; what only looks something up has another one beside it and waits for no work.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tchat.domain.errors import StoreError
from tchat.store.failing import converting
from tchat.store.looking import Reader
from tchat.store.migrating import open_current, open_in_memory

Value = TypeVar("Value")


class Database:
    """A SQLite database of conversations.

    Work is done in the order in which it was asked for, and is done even if the task that waits for it is cancelled.
    """

    def __init__(self, path: Path | None) -> None:
        """Take the place of the database without touching it; `open` is the way in."""
        self.path = path
        """None for a database in memory."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tchat-store")
        self._connection: sqlite3.Connection | None = None
        self._reader = Reader(path) if path else None

    @classmethod
    async def open(cls, path: Path | None) -> "Database":
        """Open the database at `path` (mode 0600), made or migrated where that is due; None keeps it in memory.

        Raises:
            DatabaseTooNew: a newer tchat wrote it; it is left as it is.
            StoreError: it cannot be used.
        """
        database = cls(path)
        try:
            await database._submitted(database._connect)
        except BaseException:
            database._thread.shutdown(wait=False)
            raise
        return database

    async def run(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return what `work` makes of the connection, on the database's thread.

        Raises:
            StoreError: in place of every error of SQLite.
        """
        return await self._submitted(lambda: self._work(work))

    async def look_up(self, question: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return the answer to a question that changes nothing, without waiting for work that was asked for before.

        What was written is seen once the writing was waited for. Cancelling the task gives the question up.

        Raises:
            StoreError: in place of every error of SQLite.
        """
        return await (self._reader.ask(question) if self._reader else self.run(question))

    def post(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Ask for `work` from any thread, without waiting for it; its errors are dropped, as is work after the end."""
        with suppress(RuntimeError):  # how an executor says that it is shut down
            self._thread.submit(self._work, work)

    async def aclose(self) -> None:
        """Close the database after all work that was asked for; closing twice is fine."""
        if self._connection is not None:
            if self._reader is not None:
                await self._reader.aclose()
            await self._submitted(self._disconnect)
            self._thread.shutdown(wait=False)

    def _connect(self) -> None:
        with converting(self.path):
            self._connection = open_current(self.path) if self.path else open_in_memory()

    def _disconnect(self) -> None:
        if self._connection is not None:
            with converting(self.path):
                self._connection.close()
            self._connection = None

    def _work(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        with converting(self.path):
            if self._connection is None:
                raise sqlite3.ProgrammingError("it is closed")
            return work(self._connection)

    async def _submitted(self, call: Callable[[], Value]) -> Value:
        try:
            future = asyncio.wrap_future(self._thread.submit(call))
        except RuntimeError as error:
            raise StoreError("the database is closed") from error
        future.add_done_callback(_seen)
        return await asyncio.shield(future)


def _seen(future: "asyncio.Future[Value]") -> None:
    """Mark the error of a future as noticed, for the case that the task that waited for it is gone."""
    if not future.cancelled():
        future.exception()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Write all or nothing; what was written is safe from the death of the process once this ends."""
    connection.execute("BEGIN IMMEDIATE")
    with _ended(connection):
        yield


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Generator[None]:
    """Read several times from one and the same state of the database."""
    connection.execute("BEGIN")
    with _ended(connection):
        yield


@contextmanager
def _ended(connection: sqlite3.Connection) -> Generator[None]:
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()
