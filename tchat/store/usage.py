"""What was spent and what calls under way may still cost, for every process of the user together.

Laws: each reply is in the sums once, whatever becomes of its conversation; a copy in a fork is not. Reserving looks
and writes under one lock, so that no interleaving of processes passes a limit.
"""

import sqlite3
from collections.abc import Callable, Mapping

from tchat.domain.conversation import Reply
from tchat.domain.spending import Claim, Grouping, Overrun, Period, Spending, SpendingRow
from tchat.domain.usage import Usage
from tchat.store.database import Database, snapshot, transaction
from tchat.store.reading import IsAlive
from tchat.store.recovering import recover
from tchat.store.rows import to_json
from tchat.store.writers import Writers

_SUMS = """
    total(replies) AS replies, total(estimated) AS estimated, total(unpriced) AS unpriced,
    total(input_tokens) AS input, total(cached_read_tokens) AS cached_read, total(cached_write_tokens) AS cached_write,
    total(output_tokens) AS output, total(reasoning_tokens) AS reasoning, total(cost) AS cost, total(seconds) AS seconds
"""
_BY_DAY, _BY_PLACE = "daily_spending", "spending"
_KEYS: Mapping[Grouping, tuple[str, str, str]] = {
    "day": (_BY_DAY, "day", "NULL"),
    "month": (_BY_DAY, "substr(day, 1, 7)", "NULL"),
    "provider": (_BY_DAY, "provider", "NULL"),
    "model": (_BY_DAY, "provider || '/' || model", "NULL"),
    "template": (_BY_DAY, "template", "NULL"),
    "conversation": (_BY_PLACE, "conversation_id", "(SELECT title FROM conversation WHERE id = key)"),
    "run": (_BY_PLACE, "run_id", "(SELECT template FROM run WHERE id = key)"),
}
"""The table that knows of each grouping, what it groups by, and the label of a group."""
_IN_RUNS = "run_id IS NOT NULL"
_DEAREST = "total(cost) DESC, total(input_tokens) + total(output_tokens) DESC, 1"
_TODAY = "date(:now, 'unixepoch', 'localtime')"
_PERIODS: Mapping[Period, tuple[str, str, str]] = {
    "conversation": (_BY_PLACE, "conversation_id = :conversation_id", "conversation_id = :conversation_id"),
    "day": (_BY_DAY, f"day = {_TODAY}", "true"),
    "month": (_BY_DAY, f"day >= substr({_TODAY}, 1, 7) || '-01'", "true"),
}
"""Which spending, and which reservations, count against a limit."""
_FIGURES = ("input", "cached_read", "cached_write", "output", "reasoning")
_RESERVE = """
    INSERT OR REPLACE INTO reservation (id, writer, conversation_id, provider, model, dollars, expected_input, price)
    VALUES (:id, :writer, :conversation_id, :provider, :model, :dollars, :expected_input, :price)
"""
_SAMPLES = """
    SELECT text, output_tokens - ifnull(reasoning_tokens, 0) AS tokens FROM reply JOIN message USING (number)
    WHERE number > (SELECT max(number) FROM reply) - 5000 AND provider = ? AND model = ? AND state = 'complete'
        AND finish = 'stop' AND usage_final AND (reasoning = '' OR reasoning_tokens IS NOT NULL)
        AND length(text) BETWEEN 80 AND 20000
    ORDER BY number DESC LIMIT ?
"""
_SPEND = """
    INSERT INTO spending VALUES (
        date(:now, 'unixepoch', 'localtime'), NULL, NULL, NULL, :provider, :model, 1, :estimated, :unpriced, :input,
        :cached_read, :cached_write, :output, :reasoning, :cost, :seconds
    )
"""


class Usages:
    """The sums and reservations of one user.

    Every method raises `StoreError` if the database cannot be used.
    """

    def __init__(self, database: Database, clock: Callable[[], float], writers: Writers) -> None:
        self._database = database
        self._clock = clock
        self._writers = writers

    # --- sums

    async def catch_up(self) -> None:
        """Count what processes that died had asked for: sums hold it from then on."""
        await self._database.run(self._catch_up)

    async def by(
        self, grouping: Grouping, *, since: str | None = None, until: str | None = None, limit: int | None = None
    ) -> tuple[SpendingRow, ...]:
        """Return sums by day or month in their order, by anything else the largest cost first.

        Replies that are calls of no run are in no group of runs; in every other way all replies are grouped.

        Args:
            grouping: what sums are taken by.
            since: the first day, such as `2026-11-01`; None for all.
            until: the last day; None for all.
            limit: how many groups at most; None for all.
        """
        return await self._database.look_up(lambda db: _by(db, grouping, since, until, limit))

    async def sum(
        self, grouping: Grouping | None = None, *, since: str | None = None, until: str | None = None
    ) -> Spending:
        """Return what all replies between two days took; where they are summed by runs, only those that are in one."""
        where, days = _between(since, until)
        if grouping == "run":
            return await self._database.look_up(lambda db: _sum(db, _BY_PLACE, f"{_IN_RUNS} AND {where}", days))
        return await self._database.look_up(lambda db: _sum(db, _BY_DAY, where, days))

    async def of_conversation(self, conversation_id: str) -> Spending:
        """Return what the replies of a conversation took."""
        return await self._database.run(lambda db: _sum(db, _BY_PLACE, "conversation_id = ?", (conversation_id,)))

    async def of_run(self, run_id: str) -> Spending:
        """Return what the calls of a run took."""
        return await self._database.run(lambda db: _sum(db, _BY_PLACE, "run_id = ?", (run_id,)))

    async def since(self, unix_time: float) -> Spending:
        """Return what was taken from the local day of a time on."""
        where = "day >= date(?, 'unixepoch', 'localtime')"
        return await self._database.run(lambda db: _sum(db, _BY_DAY, where, (unix_time,)))

    async def in_period(self, period: Period, conversation_id: str | None = None) -> Spending:
        """Return what was spent in this day or month, or in a conversation."""
        place = {"now": self._clock(), "conversation_id": conversation_id}
        table, where, _ = _PERIODS[period]
        return await self._database.run(lambda db: _sum(db, table, where, place))

    # --- calibration

    async def samples(self, provider: str, model: str, *, limit: int) -> tuple[tuple[str, int], ...]:
        """Return the newest texts of a model whose tokens its provider counted, with that count."""
        query = (provider, model, limit)
        return await self._database.look_up(
            lambda db: tuple((row["text"], row["tokens"]) for row in db.execute(_SAMPLES, query))
        )

    # --- reservations

    async def reserve(self, claim: Claim, limits: Mapping[Period, float]) -> Overrun | None:
        """Hold what a call may cost at most until its reply is finished or released, or return the limit it could pass.

        A claim of the same id is replaced.
        """
        return await self._database.run(lambda db: self._reserve(db, claim, limits))

    async def release(self, claim_id: str) -> None:
        """Give back what was held for a call."""
        await self._database.run(lambda db: db.execute("DELETE FROM reservation WHERE id = ?", (claim_id,)))

    async def settle(self, claim_id: str, reply: Reply) -> None:
        """Count a reply that is kept nowhere, in place of what was held for it."""
        await self._database.run(lambda db: _settle(db, claim_id, reply, self._clock()))

    def _catch_up(self, db: sqlite3.Connection) -> None:
        now = self._clock()
        recover(db, self._writers.is_alive, now)
        with transaction(db):
            _write_off(db, self._writers.is_alive, now)

    def _reserve(self, db: sqlite3.Connection, claim: Claim, limits: Mapping[Period, float]) -> Overrun | None:
        now, writer = self._clock(), self._writers.own()
        recover(db, self._writers.is_alive, now)
        place = {"now": now, "id": claim.id, "conversation_id": claim.conversation_id}
        with transaction(db):
            _write_off(db, self._writers.is_alive, now)
            for period, limit in limits.items():
                table, spent, held = _PERIODS[period]
                cost = _dollars(db, f"total(cost) FROM {table}", spent, place)
                reserved = _dollars(db, "total(dollars) FROM reservation", f"id != :id AND {held}", place)
                if cost + reserved + claim.dollars > limit:
                    return Overrun(period=period, limit=limit, spent=cost, reserved=reserved)
            row = {
                **place,
                "writer": writer,
                "provider": claim.provider,
                "model": claim.model,
                "dollars": claim.dollars,
                "expected_input": claim.expected_input,
                "price": to_json(claim.price) if claim.price else None,
            }
            row.pop("now")
            db.execute(_RESERVE, row)
        return None


def _by(
    db: sqlite3.Connection, grouping: Grouping, since: str | None, until: str | None, limit: int | None
) -> tuple[SpendingRow, ...]:
    table, key, label = _KEYS[grouping]
    where, days = _between(since, until)
    if grouping == "run":
        where = f"{_IN_RUNS} AND {where}"
    order = "key" if grouping in ("day", "month") else "cost DESC, input + output DESC, key"
    some = "true"
    with snapshot(db):
        if table == _BY_PLACE and limit is not None:  # which ones they are is told by an index alone
            dearest = f"SELECT {key} FROM {table} WHERE {where} GROUP BY 1 ORDER BY {_DEAREST} LIMIT ?"  # noqa: S608  # fixed words
            keys = [row[0] for row in db.execute(dearest, (*days, limit))]
            some = f"({key} IN ({', '.join('?' * len(keys))}){f' OR {key} IS NULL' if None in keys else ''})"
            days = (*days, *(found for found in keys))
        query = f"""
            SELECT *, {label} AS label FROM (
                SELECT {key} AS key, {_SUMS} FROM {table} WHERE {where} AND {some} GROUP BY 1 ORDER BY {order} LIMIT ?
            )
        """  # noqa: S608  # fixed words
        rows = db.execute(query, (*days, -1 if limit is None else limit)).fetchall()
    return tuple(SpendingRow(key=row["key"], label=row["label"], spending=_spending(row)) for row in rows)


def _between(since: str | None, until: str | None) -> tuple[str, tuple[str, ...]]:
    conditions = [("day >= ?", since), ("day <= ?", until)]
    held = [(condition, day) for condition, day in conditions if day is not None]
    return " AND ".join(condition for condition, _ in held) or "true", tuple(day for _, day in held)


def _sum(
    db: sqlite3.Connection, table: str, where: str, parameters: Mapping[str, object] | tuple[object, ...]
) -> Spending:
    return _spending(db.execute(f"SELECT {_SUMS} FROM {table} WHERE {where}", parameters).fetchone())  # noqa: S608  # fixed words


def _spending(row: sqlite3.Row) -> Spending:
    return Spending(
        replies=int(row["replies"]),
        estimated=int(row["estimated"]),
        unpriced=int(row["unpriced"]),
        usage=Usage(
            input=int(row["input"]),
            cached_read=int(row["cached_read"]),
            cached_write=int(row["cached_write"]),
            output=int(row["output"]),
            reasoning=int(row["reasoning"]),
        ),
        known_cost=row["cost"],
        seconds=row["seconds"],
    )


def _dollars(db: sqlite3.Connection, sum_: str, where: str, place: Mapping[str, object]) -> float:
    return float(db.execute(f"SELECT {sum_} WHERE {where}", place).fetchone()[0])


def _settle(db: sqlite3.Connection, claim_id: str, reply: Reply, now: float) -> None:
    with transaction(db):
        db.execute("DELETE FROM reservation WHERE id = ?", (claim_id,))
        if reply.usage.output is not None or reply.cost is not None:
            _count(db, reply, now)


def _count(db: sqlite3.Connection, reply: Reply, now: float) -> None:
    """Add a reply that is kept nowhere to the sums."""
    figures = {name: getattr(reply.usage, name) or 0 for name in _FIGURES}
    row = {
        "now": now,
        "provider": reply.provider,
        "model": reply.model,
        "estimated": reply.usage_estimated,
        "unpriced": reply.cost is None,
        **figures,
        "cost": reply.cost or 0.0,
        "seconds": reply.seconds or 0.0,
    }
    db.execute(_SPEND, row)


def _write_off(db: sqlite3.Connection, is_alive: IsAlive, now: float) -> None:
    """Count in full what dead processes held for calls that are kept nowhere: nobody knows what became of them."""
    for row in db.execute("SELECT DISTINCT writer FROM reservation").fetchall():
        if is_alive(row["writer"]):
            continue
        for lost in db.execute("SELECT * FROM reservation WHERE writer = ?", (row["writer"],)).fetchall():
            reply = Reply(
                provider=lost["provider"],
                model=lost["model"],
                state="interrupted",
                usage=Usage(input=lost["expected_input"] or 0, output=0),
                usage_estimated=True,
                cost=lost["dollars"],
            )
            _count(db, reply, now)
        db.execute("DELETE FROM reservation WHERE writer = ?", (row["writer"],))
