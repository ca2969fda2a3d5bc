"""Which attachments the database speaks of, so that the bytes of all others can go."""

import re
import sqlite3
from collections.abc import Callable, Mapping
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

    attachments: Mapping[str, float]
    """Its attachments by digest, which others may use too, each with the Unix time until when it was last kept here."""


def attachments_of(connection: sqlite3.Connection, conversation_id: str) -> Purged:
    """Return what a conversation has, hidden messages included.

    Raises:
        NotFound: there is no such conversation.
    """
    row = connection.execute("SELECT updated_at FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise NotFound(f"there is no conversation {conversation_id!r}")
    query = "SELECT parts, role, created_at FROM message WHERE parts IS NOT NULL AND conversation_id = ?"
    kept: dict[str, float] = {}
    for parts, role, created_at in connection.execute(query, (conversation_id,)):
        until = created_at if role == "user" else row["updated_at"]  # what a model makes comes while it replies
        for digest in _DIGEST.findall(parts):
            kept[digest] = max(until, kept.get(digest, until))
    return Purged(attachments=kept)


def with_used(connection: sqlite3.Connection, work: Callable[[frozenset[str]], Value]) -> Value:
    """Return what `work` makes of the digests that are in use: nobody, of any process, begins to use one meanwhile."""
    with transaction(connection):
        used = frozenset[str]().union(*(_digests(connection.execute(query)) for query in _EVERYWHERE))
        return work(used)


def _digests(rows: sqlite3.Cursor) -> frozenset[str]:
    return frozenset(digest for (text,) in rows for digest in _DIGEST.findall(text))
