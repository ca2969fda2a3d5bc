"""Search over everything that was said and is not hidden.

Laws: a search never waits for writers, and ends when nobody waits for it any more. What many messages hold is answered
with the newest of them; what few hold, with the best.
"""

import json
import sqlite3
from collections.abc import Generator, Sequence
from itertools import islice

from msgspec import Struct

from tchat.domain.message import Role
from tchat.store.database import Database, snapshot
from tchat.store.matching import Matcher, Piece

_MANY = 5_000
"""Matches from which on none is compared with the others: each takes more than a microsecond."""
_SAMPLES = 256
_SCANNED = 4_000
"""Messages that are read one by one for what many hold."""
_SCANNED_CHARACTERS = 1_000_000

_HITS = """
    SELECT message.number AS number, conversation.id AS conversation_id, title, message.id AS message_id, role,
        message.created_at AS created_at, text
    FROM message JOIN conversation ON conversation.id = conversation_id
    WHERE message.number IN (SELECT value FROM json_each(?))
"""
_INDEXED = """
    SELECT message.number AS number
    FROM message_search
        JOIN visible_message AS message ON message.number = message_search.rowid
        JOIN conversation ON conversation.id = conversation_id
    WHERE message_search MATCH ? AND deleted_at IS NULL
"""
_BEST = f"{_INDEXED} ORDER BY message_search.rank, message.number DESC LIMIT ?"
_NEWEST = f"{_INDEXED} ORDER BY message_search.rowid DESC LIMIT ?"
_READ = """
    SELECT number, text FROM visible_message CROSS JOIN conversation ON conversation.id = conversation_id
    WHERE deleted_at IS NULL
"""


class Hit(Struct, frozen=True, kw_only=True):
    """A message that a search found."""

    conversation_id: str
    title: str
    """The conversation's."""
    message_id: str
    role: Role
    created_at: float
    """Unix time of the message."""
    pieces: tuple[Piece, ...]
    """Its best passage, in order."""

    @property
    def snippet(self) -> str:
        """The passage as text, matches in square brackets."""
        return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in self.pieces)


async def search(database: Database, query: str, *, limit: int = 50) -> tuple[Hit, ...]:
    """Return messages that hold every word of `query`, the last one as the beginning of a word.

    The best come first; where there are more than about 5,000, the newest. A search whose task is cancelled ends.

    Raises:
        StoreError: the database cannot be used.
    """
    matcher = Matcher(query)
    return await database.look_up(lambda connection: _search(connection, matcher, limit)) if matcher.expression else ()


def _search(connection: sqlite3.Connection, matcher: Matcher, limit: int) -> tuple[Hit, ...]:
    with snapshot(connection):
        numbers = _numbers(connection, matcher, limit)
        rows = {row["number"]: row for row in connection.execute(_HITS, (json.dumps(numbers),))}
    return tuple(
        Hit(
            conversation_id=row["conversation_id"],
            title=row["title"],
            message_id=row["message_id"],
            role=row["role"],
            created_at=row["created_at"],
            pieces=matcher.passage(row["text"]),
        )
        for row in map(rows.__getitem__, numbers)
    )


def _numbers(connection: sqlite3.Connection, matcher: Matcher, limit: int) -> Sequence[int]:
    """Return the numbers of the messages that are found, in their order."""
    if matcher.unspaced:
        return list(islice(_read(connection, matcher), limit))
    if not _is_in_many(connection, matcher):
        return _indexed(connection, _BEST, matcher, limit)
    newest = list(islice(_read(connection, matcher, most=_SCANNED), limit))
    return newest if len(newest) == limit else _indexed(connection, _NEWEST, matcher, limit)


def _is_in_many(connection: sqlite3.Connection, matcher: Matcher) -> bool:
    """Estimate from some messages whether many match."""
    last = connection.execute("SELECT max(number) FROM message").fetchone()[0] or 0
    if last <= _MANY:
        return False
    numbers = json.dumps([last * place // _SAMPLES for place in range(1, _SAMPLES + 1)])
    query = "SELECT text FROM message WHERE number IN (SELECT value FROM json_each(?))"
    matches = sum(matcher.matches(row["text"]) for row in connection.execute(query, (numbers,)))
    return last * matches > _MANY * _SAMPLES


def _indexed(connection: sqlite3.Connection, query: str, matcher: Matcher, limit: int) -> Sequence[int]:
    return [row["number"] for row in connection.execute(query, (matcher.expression, limit))]


def _read(connection: sqlite3.Connection, matcher: Matcher, *, most: int | None = None) -> Generator[int]:
    """Read messages one by one, at most so many, the newest first, and yield the number of each that matches."""
    characters = 0
    query = f"{_READ} {' AND instr(text, ?)' * len(matcher.unspaced)} ORDER BY number DESC"
    for row in islice(connection.execute(query, matcher.unspaced), most):
        characters += len(row["text"])
        if matcher.matches(row["text"]):
            yield row["number"]
        if most is not None and characters > _SCANNED_CHARACTERS:
            return
