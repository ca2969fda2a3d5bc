"""What is being written and is not sent yet: one draft for each conversation and process.

Laws: no process overwrites the draft of another; the draft of a dead process is adopted by exactly one.
"""

import sqlite3
from collections.abc import Sequence

import msgspec

from tchat.domain.draft import Draft
from tchat.store.database import transaction
from tchat.store.rows import to_json
from tchat.store.writers import Writers
from tchat.store.writing import changed_one

_DRAFT = msgspec.json.Decoder(Draft)
_KEEP = """
    INSERT INTO draft (writer, conversation_id, kept_at, draft)
    SELECT :writer, :conversation, :now, :draft
    WHERE :conversation IS NULL OR EXISTS (SELECT 1 FROM conversation WHERE id = :conversation)
    ON CONFLICT (ifnull(conversation_id, ''), writer) DO UPDATE SET kept_at = excluded.kept_at, draft = excluded.draft
"""
_DROP = "DELETE FROM draft WHERE conversation_id IS :conversation AND writer = :writer"
_KEPT = "SELECT number, writer, draft FROM draft WHERE conversation_id IS ? ORDER BY kept_at DESC, number DESC"


def keep(
    connection: sqlite3.Connection, writers: Writers, conversation_id: str | None, draft: Draft, now: float
) -> None:
    """Store this process's draft for a conversation (None: for a new one) in place of its last one.

    An empty draft is no draft: it removes the last one.

    Raises:
        NotFound: there is no such conversation.
    """
    if draft.is_empty:
        connection.execute(_DROP, {"conversation": conversation_id, "writer": writers.name})
        return
    row = {"conversation": conversation_id, "writer": writers.own(), "now": now, "draft": to_json(draft)}
    changed_one(connection.execute(_KEEP, row), conversation_id or "")


def kept(connection: sqlite3.Connection, writers: Writers, conversation_id: str | None) -> Draft | None:
    """Return this process's draft for a conversation (None: for a new one).

    Where it has none, the newest one of a process that is dead becomes its own.
    """
    rows = connection.execute(_KEPT, (conversation_id,)).fetchall()
    found = _own(rows, writers) or (_orphan(rows, writers) and _adopted(connection, writers, conversation_id))
    return _DRAFT.decode(found["draft"]) if found else None


def _adopted(connection: sqlite3.Connection, writers: Writers, conversation_id: str | None) -> sqlite3.Row | None:
    """Make the newest draft of a dead process this one's own, unless another process was faster."""
    writer = writers.own()
    with transaction(connection):
        found = _orphan(connection.execute(_KEPT, (conversation_id,)).fetchall(), writers)
        if found is not None:
            connection.execute("UPDATE draft SET writer = ? WHERE number = ?", (writer, found["number"]))
    return found


def _own(rows: Sequence[sqlite3.Row], writers: Writers) -> sqlite3.Row | None:
    return next((row for row in rows if row["writer"] == writers.name), None)


def _orphan(rows: Sequence[sqlite3.Row], writers: Writers) -> sqlite3.Row | None:
    return next((row for row in rows if not writers.is_alive(row["writer"])), None)
