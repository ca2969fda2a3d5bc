"""Messages that are hidden with all that follows them, and brought back as they were.

Law: discarding and restoring a message leaves everything as it was. What a hidden reply has cost stays counted.
"""

import sqlite3

from tchat.domain.errors import NotFound, UsageError
from tchat.store.database import transaction
from tchat.store.reading import leaf_below, no_message

_HIDE = """
    WITH RECURSIVE line (place, name) AS (
        SELECT number, id FROM message WHERE number = :number
        UNION ALL
        SELECT number, id FROM line CROSS JOIN visible_message ON parent_id = name
    )
    INSERT INTO discarded (number, discarded_with, was_leaf)
    SELECT place, :number, name IS leaf_id FROM line JOIN conversation ON conversation.id = :conversation_id
"""
_STREAMING = """
    SELECT message.id AS id FROM discarded JOIN message USING (number) JOIN reply USING (number)
    WHERE discarded_with = ? AND state = 'streaming'
"""
_LEAF = "SELECT id FROM discarded JOIN message USING (number) WHERE discarded_with = ? AND was_leaf"
_NEAREST = """
    SELECT id FROM visible_message WHERE parent_id IS :parent_id AND conversation_id = :conversation_id
    ORDER BY number > :number, abs(number - :number) LIMIT 1
"""
_DISCARDED = """
    SELECT number, conversation_id, parent_id IN (SELECT id FROM visible_message) OR parent_id IS NULL AS has_place
    FROM message JOIN discarded USING (number) WHERE id = ? AND discarded_with = number
"""


def discard(connection: sqlite3.Connection, message_id: str) -> str | None:
    """Hide a message and all that follows it, and return the leaf of its conversation.

    If the leaf is hidden too, the conversation is read on beside it: at the last message below the sibling before, or
    the one after; where there is none, at the parent (None above a root).

    Raises:
        NotFound: there is no message of that id.
        UsageError: one of the replies is still streaming.
    """
    with transaction(connection):
        query = "SELECT number, conversation_id, parent_id FROM visible_message WHERE id = ?"
        place = connection.execute(query, (message_id,)).fetchone()
        if place is None:
            raise no_message(message_id)
        connection.execute(_HIDE, dict(place))
        streaming = connection.execute(_STREAMING, (place["number"],)).fetchone()
        if streaming is not None:
            raise UsageError("a reply here is still being written", hint="stop it, or wait until it is complete")
        if connection.execute(_LEAF, (place["number"],)).fetchone() is not None:
            sibling = connection.execute(_NEAREST, dict(place)).fetchone()
            leaf_id = place["parent_id"] if sibling is None else leaf_below(connection, sibling["id"])
            _set_leaf(connection, place["conversation_id"], leaf_id)
        query = "SELECT leaf_id FROM conversation WHERE id = ?"
        leaf: str | None = connection.execute(query, (place["conversation_id"],)).fetchone()["leaf_id"]
    return leaf


def restore(connection: sqlite3.Connection, message_id: str) -> str:
    """Show what the discard of a message hid, and return the leaf that was read there.

    If the conversation was read there, it is again; else the leaf is the last message that was stored there.

    Raises:
        NotFound: no message of that id was discarded.
        UsageError: what it follows was discarded after it.
    """
    with transaction(connection):
        found = connection.execute(_DISCARDED, (message_id,)).fetchone()
        if found is None:
            raise NotFound(f"there is no discarded message {message_id!r}")
        if not found["has_place"]:
            raise UsageError(f"what the message {message_id!r} follows is discarded too", hint="restore that first")
        leaf = connection.execute(_LEAF, (found["number"],)).fetchone()
        connection.execute("DELETE FROM discarded WHERE discarded_with = ?", (found["number"],))
        if leaf is None:
            return leaf_below(connection, message_id)
        _set_leaf(connection, found["conversation_id"], leaf["id"])
        return str(leaf["id"])


def _set_leaf(connection: sqlite3.Connection, conversation_id: str, leaf_id: str | None) -> None:
    connection.execute("UPDATE conversation SET leaf_id = ? WHERE id = ?", (leaf_id, conversation_id))
