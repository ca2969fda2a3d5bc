"""The journal of runs: each call is kept with its reply, before it is sent and after it is done."""

import sqlite3
from collections.abc import Callable

import msgspec

from tchat.domain.errors import NotFound, UsageError
from tchat.domain.run import NewRun, RunState, StoredCall, StoredRun
from tchat.store.database import Database, transaction
from tchat.store.rows import to_json
from tchat.store.writers import Writers

_REQUEST = msgspec.json.Decoder(NewRun)
_RUN = """
    SELECT id, request, state, writer, started_at,
        (SELECT conversation_id FROM run_call JOIN message USING (number) WHERE run_id = run.id LIMIT 1) AS conversation
    FROM run
"""
_CALLS = """
    SELECT message.id AS id, place, digest, state, writer, json_extract(failure, '$.kind') AS failure,
        output_tokens IS NOT NULL AS was_metered
    FROM run_call JOIN visible_message AS message USING (number) JOIN reply USING (number)
    WHERE run_id = ? ORDER BY number
"""
_HINT = "`tchat run --runs` lists them"


class Runs:
    """The runs of one user.

    Every method raises `StoreError` if the database cannot be used.
    """

    def __init__(
        self, database: Database, make_id: Callable[[], str], clock: Callable[[], float], writers: Writers
    ) -> None:
        self._database = database
        self._make_id = make_id
        self._clock = clock
        self._writers = writers

    async def begin(self, new: NewRun) -> str:
        """Store a run that begins, and return its id."""
        made = self._make_id()
        await self._database.run(lambda db: _begin(db, made, new, self._writers.own(), self._clock()))
        return made

    async def resume(self, run_id: str, new: NewRun) -> None:
        """Take a run up again, with what it asks now.

        Raises:
            NotFound: there is no such run.
            UsageError: a process is running it.
        """
        await self._database.run(lambda db: self._resume(db, run_id, new))

    async def end(self, run_id: str, state: RunState) -> None:
        """Store how a run ended."""
        await self._database.run(lambda db: _end(db, run_id, state, self._clock()))

    async def find(self, id_or_prefix: str, *, of_test: bool = False) -> StoredRun:
        """Return the run whose id begins so, in either case; for `last` the run, or the run of a test, that began last.

        Raises:
            NotFound: there is none, or more than one.
        """
        return await self._database.run(lambda db: self._find(db, id_or_prefix, of_test=of_test))

    async def list(self, *, limit: int = 20) -> tuple[StoredRun, ...]:
        """Return the runs that began last, newest first."""
        return await self._database.run(lambda db: self._list(db, limit))

    async def calls(self, run_id: str) -> tuple[StoredCall, ...]:
        """Return the calls of a run in the order in which they were made, those of deleted messages left out."""
        return await self._database.run(lambda db: tuple(map(self._call, db.execute(_CALLS, (run_id,)))))

    # --- on the database's thread

    def _find(self, db: sqlite3.Connection, id_or_prefix: str, *, of_test: bool = False) -> StoredRun:
        if id_or_prefix == "last":
            kind = "(json_extract(request, '$.test') IS NOT NULL) = ?"
            last = f"{_RUN} WHERE {kind} ORDER BY started_at DESC, id DESC LIMIT 1"
            found = db.execute(last, (of_test,)).fetchall()
        else:
            prefix = id_or_prefix.strip().upper()
            if not (prefix.isascii() and prefix.isalnum()):
                raise NotFound(f"{id_or_prefix!r} is no id of a run", hint=_HINT)
            found = db.execute(f"{_RUN} WHERE id >= ? AND id < ? LIMIT 2", (prefix, f"{prefix}~")).fetchall()
        if not found:
            there = "no run yet" if id_or_prefix == "last" else f"no run {id_or_prefix!r}"
            raise NotFound(f"there is {there}", hint=_HINT)
        if len(found) > 1:
            raise NotFound(f"more than one run begins with {id_or_prefix!r}", hint="give more of its id")
        return self._run(found[0])

    def _list(self, db: sqlite3.Connection, limit: int) -> tuple[StoredRun, ...]:
        return tuple(map(self._run, db.execute(f"{_RUN} ORDER BY started_at DESC, id DESC LIMIT ?", (limit,))))

    def _resume(self, db: sqlite3.Connection, run_id: str, new: NewRun) -> None:
        with transaction(db):
            found = self._find(db, run_id)
            if found.is_alive:
                raise UsageError(f"the run {run_id} is still going on in another process")
            db.execute(
                "UPDATE run SET request = ?, state = 'running', writer = ?, ended_at = NULL WHERE id = ?",
                (to_json(new), self._writers.own(), found.id),
            )

    def _run(self, row: sqlite3.Row) -> StoredRun:
        return StoredRun(
            id=row["id"],
            new=_REQUEST.decode(row["request"]),
            state=row["state"],
            is_alive=row["writer"] is not None and self._writers.is_alive(row["writer"]),
            conversation_id=row["conversation"],
            started_at=row["started_at"],
        )

    def _call(self, row: sqlite3.Row) -> StoredCall:
        return StoredCall(
            reply_id=row["id"],
            place=row["place"],
            digest=row["digest"],
            state=row["state"],
            is_cut_off=row["writer"] is not None and not self._writers.is_alive(row["writer"]),
            was_metered=bool(row["was_metered"]),
            failure=row["failure"],
        )


def _begin(db: sqlite3.Connection, made: str, new: NewRun, writer: str, now: float) -> None:
    db.execute(
        "INSERT INTO run (id, template, request, state, writer, started_at) VALUES (?, ?, ?, 'running', ?, ?)",
        (made, new.template, to_json(new), writer, now),
    )


def _end(db: sqlite3.Connection, run_id: str, state: RunState, now: float) -> None:
    db.execute("UPDATE run SET state = ?, writer = NULL, ended_at = ? WHERE id = ?", (state, now, run_id))
