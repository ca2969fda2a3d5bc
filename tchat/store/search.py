"""Search over everything that was said and is not hidden.

Laws: a search never waits for writers, and ends when nobody waits for it any more. What many messages hold is answered
with the newest of them; what few hold, with the best. Neither takes more than some milliseconds in 200,000 messages.
"""

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from tchat.domain.message import Role
from tchat.store.database import Database, snapshot
from tchat.store.matching import Matcher, Piece

_MANY = 1_000
"""Matches from which on none is compared with the others: each takes several microseconds."""
_SCANNED = 600
"""Messages that are read one by one for what many hold."""
_SCANNED_CHARACTERS = 300_000

_HITS = """
    SELECT message.number AS number, conversation.id AS conversation_id, title, message.id AS message_id, role,
        message.created_at AS created_at, text
    FROM message JOIN conversation ON conversation.id = conversation_id
    WHERE message.number IN (SELECT value FROM json_each(?))
"""
_COUNTED = "SELECT count(*) FROM (SELECT 1 FROM message_search WHERE message_search MATCH ? LIMIT ?)"
_INDEXED = """
    SELECT message.number AS number, message.text AS text
    FROM message_search
        CROSS JOIN visible_message AS message ON message.number = message_search.rowid
        CROSS JOIN conversation ON conversation.id = conversation_id
    WHERE message_search MATCH ? AND deleted_at IS NULL
"""
_BEST = f"{_INDEXED} ORDER BY message_search.rank, message.number DESC"
_NEWEST = f"{_INDEXED} ORDER BY message_search.rowid DESC"
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

    The best come first; where there are more than 1,000, the newest. The beginning of a word of up to three letters
    does not count for which is better. A search whose task is cancelled ends.

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
        return _matching(_everything(connection, matcher), matcher, limit)
    if not matcher.is_vague:
        return _indexed(connection, matcher, limit)
    if matcher.whole and not _is_in_many(connection, matcher.whole):
        return _matching(connection.execute(_BEST, (matcher.whole,)), matcher, limit)
    newest = _matching(_newest(connection, matcher), matcher, limit)
    return newest if len(newest) == limit else _indexed(connection, matcher, limit)


def _is_in_many(connection: sqlite3.Connection, expression: str) -> bool:
    return connection.execute(_COUNTED, (expression, _MANY + 1)).fetchone()[0] > _MANY


def _indexed(connection: sqlite3.Connection, matcher: Matcher, limit: int) -> Sequence[int]:
    """Ask the index alone."""
    query = _NEWEST if _is_in_many(connection, matcher.expression) else _BEST
    return [row["number"] for row in connection.execute(f"{query} LIMIT ?", (matcher.expression, limit))]


def _everything(connection: sqlite3.Connection, matcher: Matcher) -> Iterator[sqlite3.Row]:
    """Read all messages that may match, the newest first."""
    query = f"{_READ} {' AND instr(text, ?)' * len(matcher.unspaced)} ORDER BY number DESC"
    return connection.execute(query, matcher.unspaced)


def _newest(connection: sqlite3.Connection, matcher: Matcher) -> Generator[sqlite3.Row]:
    """Read some of the newest messages that hold the whole words.

    FTS5 itself would first bring the rows of all words together that begin like the last one.
    """
    rows = connection.execute(_NEWEST, (matcher.whole,)) if matcher.whole else _everything(connection, matcher)
    characters = 0
    for row in islice(rows, _SCANNED):
        yield row
        characters += len(row["text"])
        if characters > _SCANNED_CHARACTERS:
            return


def _matching(rows: Iterable[sqlite3.Row], matcher: Matcher, limit: int) -> Sequence[int]:
    """Return the numbers of the first messages that match."""
    return list(islice((row["number"] for row in rows if matcher.matches(row["text"])), limit))
