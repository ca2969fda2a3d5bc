"""Which attachments the database speaks of, so that the bytes of all others can go."""

import re
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from tchat.domain.errors import NotFound
from tchat.store.database import transaction

Value = TypeVar("Value")

_DIGEST = re.compile(r'"digest":"([0-9a-f]{64})"')
_EVERYWHERE = (
    "SELECT parts FROM message WHERE parts IS NOT NULL",
    "SELECT draft FROM draft",
    "SELECT request FROM run",
)


class Purged(Struct, frozen=True, kw_only=True):
    """What a conversation that is gone for good had."""

    digests: frozenset[str]
    """Its attachments, which others may use too."""
    updated_at: float
    """Unix time of its last turn."""


def attachments_of(connection: sqlite3.Connection, conversation_id: str) -> Purged:
    """Return what a conversation has, hidden messages included.

    Raises:
        NotFound: there is no such conversation.
    """
    row = connection.execute("SELECT updated_at FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise NotFound(f"there is no conversation {conversation_id!r}")
    query = "SELECT parts FROM message WHERE parts IS NOT NULL AND conversation_id = ?"
    found = connection.execute(query, (conversation_id,))
    return Purged(digests=_digests(found), updated_at=row["updated_at"])


def with_used(connection: sqlite3.Connection, work: Callable[[frozenset[str]], Value]) -> Value:
    """Return what `work` makes of the digests that are in use: nobody, of any process, begins to use one meanwhile."""
    with transaction(connection):
        used = frozenset[str]().union(*(_digests(connection.execute(query)) for query in _EVERYWHERE))
        return work(used)


def _digests(rows: sqlite3.Cursor) -> frozenset[str]:
    return frozenset(digest for (text,) in rows for digest in _DIGEST.findall(text))
