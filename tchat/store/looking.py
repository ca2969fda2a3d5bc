"""A second connection that only reads, on a thread of its own: for questions that must not wait for writers.

Law: a question that nobody waits for any more is given up within a millisecond or so of SQLite's work.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TypeVar

from tchat.domain.errors import StoreError
from tchat.store.failing import converting
from tchat.store.migrating import open_for_reading

Value = TypeVar("Value")

_STEPS = 2_000
"""Steps of SQLite's virtual machine between two looks whether a question is given up."""


class Reader:
    """Answers questions about the database at a path, which is opened with the first of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tchat-reader")
        self._connection: sqlite3.Connection | None = None
        self._is_closed = Event()

    async def ask(self, question: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return the answer to a question; cancelling the task that waits for it gives the question up.

        Raises:
            StoreError: in place of every error of SQLite.
        """
        given_up = Event()
        try:
            answer = self._thread.submit(self._answer, question, given_up)
        except RuntimeError as error:
            raise StoreError("the database is closed") from error
        try:
            return await asyncio.wrap_future(answer)
        finally:
            given_up.set()

    async def aclose(self) -> None:
        """Give up every question and close the connection; closing twice is fine."""
        if self._is_closed.is_set():
            return
        self._is_closed.set()
        await asyncio.wrap_future(self._thread.submit(self._disconnect))
        self._thread.shutdown(wait=False)

    def _answer(self, question: Callable[[sqlite3.Connection], Value], given_up: Event) -> Value:
        with converting(self._path):
            if self._connection is None:
                self._connection = open_for_reading(self._path)
            self._connection.set_progress_handler(lambda: given_up.is_set() or self._is_closed.is_set(), _STEPS)
            return question(self._connection)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with converting(self._path):
                self._connection.close()
            self._connection = None
