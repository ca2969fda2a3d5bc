"""Branches copied into conversations of their own.

Law: a fork tells the same story as its branch, and what its replies cost is counted once, where they were written.
"""

import sqlite3
from collections.abc import Mapping

from tchat.domain.errors import UsageError
from tchat.store.database import transaction
from tchat.store.reading import no_message
from tchat.store.writing import create, set_leaf

_ORIGIN = """
    SELECT title, source, folder
    FROM visible_message JOIN conversation ON conversation.id = conversation_id WHERE visible_message.id = ?
"""
_STREAMING = "SELECT id FROM message JOIN reply USING (number) WHERE writer IS NOT NULL"
_COPY_MESSAGE = """
    INSERT INTO message (id, conversation_id, parent_id, role, created_at, text, parts, sealed)
    SELECT :copy, :conversation, :parent, role, created_at, text, parts, sealed FROM message WHERE id = :id
"""
_COPY_REPLY = """
    INSERT INTO reply (
        number, provider, model, answered_by, settings, system, state, reasoning, finish, failure, input_tokens,
        cached_read_tokens, cached_write_tokens, output_tokens, reasoning_tokens, usage, usage_final, usage_estimated,
        cost, price, expected_input, left_out, first_token_after, first_text_after, seconds, finished_at
    )
    SELECT (SELECT number FROM message WHERE id = :copy), provider, model, answered_by, settings, system, state,
        reasoning, finish, failure, input_tokens, cached_read_tokens, cached_write_tokens, output_tokens,
        reasoning_tokens, usage, usage_final, usage_estimated, cost, price, expected_input, left_out,
        first_token_after, first_text_after, seconds, finished_at
    FROM reply WHERE number = (SELECT number FROM message WHERE id = :id)
"""
_COPY_SUMMARY = """
    INSERT INTO summary (number, summary)
    SELECT (SELECT number FROM message WHERE id = :copy), summary FROM summary
    WHERE number = (SELECT number FROM message WHERE id = :id)
"""
_COUNTED_ELSEWHERE = """
    INSERT INTO copied_reply (number) SELECT number FROM reply JOIN message USING (number) WHERE conversation_id = ?
"""


def fork(
    connection: sqlite3.Connection, conversation_id: str, copies: Mapping[str, str], title: str | None, now: float
) -> None:
    """Store copies of a branch as a new conversation in the folder of the original.

    Args:
        connection: is changed.
        conversation_id: of the new conversation.
        copies: the id of each copy by that of its original, from the root to the leaf.
        title: of the new conversation; None for that of the original.
        now: Unix time.

    Raises:
        NotFound: the last original is not there any more.
        UsageError: one of the replies is still streaming.
    """
    *_, leaf_id = copies
    with transaction(connection):
        origin = connection.execute(_ORIGIN, (leaf_id,)).fetchone()
        if origin is None:
            raise no_message(leaf_id)
        for row in connection.execute(_STREAMING):
            if row["id"] in copies:
                raise UsageError("a reply here is still being written", hint="stop it, or wait until it is complete")
        create(connection, conversation_id, origin["title"] if title is None else title, origin["source"], now)
        connection.execute("UPDATE conversation SET folder = ? WHERE id = ?", (origin["folder"], conversation_id))
        places = [
            {"id": name, "copy": copy, "parent": parent, "conversation": conversation_id}
            for (name, copy), parent in zip(copies.items(), (None, *copies.values()), strict=False)
        ]
        connection.executemany(_COPY_MESSAGE, places)
        connection.executemany(_COPY_REPLY, places)
        connection.executemany(_COPY_SUMMARY, places)
        connection.execute(_COUNTED_ELSEWHERE, (conversation_id,))
        set_leaf(connection, conversation_id, copies[leaf_id])
