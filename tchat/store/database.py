"""The database: one connection on one thread of its own, so that no statement ever holds up the event loop.

Work is done on it in order; what only looks something up has another one beside it and waits for no work. Writes that
wait beside each other share one commit.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tchat.domain.errors import StoreError, TchatError
from tchat.store.failing import converting
from tchat.store.jobs import Job, Jobs, Outcome
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
        self._jobs = Jobs(self._do)
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
            await database._asked(database._connect)
        except BaseException:
            database._jobs.shut_down()
            raise
        return database

    async def run(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return what `work` makes of the connection, on the database's thread.

        Raises:
            StoreError: in place of every error of SQLite.
        """
        return await self._asked(lambda: self._work(work))

    async def write(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return what `work` makes of the connection; it is committed by then, with the writes that waited beside it.

        A write that fails fails alone.

        Args:
            work: is one `transaction` or one statement, and can be done once more if what it did was undone.

        Raises:
            StoreError: in place of every error of SQLite.
        """
        return await self._asked(lambda: self._work(work), is_write=True)

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
            self._jobs.add(Job(work=lambda: self._work(work)))

    async def aclose(self) -> None:
        """Close the database after all work that was asked for; closing twice is fine."""
        if self._connection is not None:
            if self._reader is not None:
                await self._reader.aclose()
            await self._asked(self._disconnect)
            self._jobs.shut_down()

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
            return work(self._opened())

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("it is closed")
        return self._connection

    def _do(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """Do one job, or several writes."""
        return (len(jobs) > 1 and self._together(jobs)) or [job.done() for job in jobs]

    def _together(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """Do writes in one transaction and return what each has come to; nothing if none was kept."""
        outcomes: list[Outcome] = []
        try:
            with converting(self.path), transaction(self._opened()):
                outcomes.extend(map(_done_beside_others, jobs))
        except StoreError:
            return ()
        return outcomes

    async def _asked(self, call: Callable[[], Value], *, is_write: bool = False) -> Value:
        waiter: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        try:
            self._jobs.add(Job(work=call, is_write=is_write, waiter=waiter))
        except RuntimeError as error:
            raise StoreError("the database is closed") from error
        return await waiter


def _done_beside_others(job: Job) -> Outcome:
    """Return what a write has come to, which may be that it refuses by itself what was asked.

    Raises:
        StoreError: it failed in another way; an error of SQLite may undo all that was written beside it.
    """
    outcome = job.done()
    has_refused = isinstance(outcome.error, TchatError) and outcome.error.__cause__ is None
    if outcome.error is not None and not has_refused:
        raise StoreError("not all can be done together") from outcome.error
    return outcome


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Write all or nothing; what was written is safe from the death of the process once this ends.

    Within another transaction it is all or nothing by itself, and safe once that one ends.
    """
    if connection.in_transaction:
        with _part(connection):
            yield
        return
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


@contextmanager
def _part(connection: sqlite3.Connection) -> Generator[None]:
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite ends the whole transaction by itself where the disk is full
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")
