"""What stands in place of the beginning of a conversation: made of a turn beside it, kept with what it stands for."""

import sqlite3

from tchat.domain.conversation import StoredMessage, Summary
from tchat.domain.errors import NotFound
from tchat.store.reading import any_message, no_message
from tchat.store.rows import to_json

_KEEP = "INSERT OR REPLACE INTO summary (number, summary) SELECT number, ? FROM visible_message WHERE id = ?"


def stand_for(connection: sqlite3.Connection, message_id: str, reply_id: str, now: float) -> Summary:
    """Let a reply of a turn beside the conversation be sent in place of a message and all before it.

    Raises:
        NotFound: there is no such message, or no such reply.
    """
    answer = any_message(connection, reply_id)
    summary = _summary(any_message(connection, answer.parent_id or ""), answer, now)
    if connection.execute(_KEEP, (to_json(summary), message_id)).rowcount == 0:
        raise no_message(message_id)
    return summary


def _summary(question: StoredMessage, answer: StoredMessage, now: float) -> Summary:
    reply = answer.reply
    if reply is None:
        raise NotFound(f"{answer.id!r} is no reply")
    return Summary(
        question=question.message.text,
        text=answer.message.text,
        provider=reply.provider,
        model=reply.model,
        made_at=now,
        usage=reply.usage,
        usage_final=reply.usage_final,
        cost=reply.cost,
    )
