"""Changes to the database, each all or nothing. What a message says is written once and never again."""

import sqlite3
from collections.abc import Callable

from msgspec import Struct

from tchat.domain.conversation import NewTurn, Reply, TurnIds
from tchat.domain.errors import NotFound, StoreError, UsageError
from tchat.domain.message import ImagePart, Message, assistant
from tchat.domain.text import encodable, one_line
from tchat.store.attachments import Purged, attachments_of
from tchat.store.database import transaction
from tchat.store.reading import no_message
from tchat.store.rows import Row, message_row, opening_row, reply_row, to_json

TITLE_LENGTH = 60
"""Characters that a title made from a message has at most."""

_UNTITLED = "untitled"
_INSERT_MESSAGE = """
    INSERT INTO message (id, conversation_id, parent_id, role, created_at, text, parts, sealed)
    VALUES (:id, :conversation_id, :parent_id, :role, :now, :text, :parts, :sealed)
"""
_INSERT_REPLY = """
    INSERT INTO reply (number, provider, model, settings, system, state, writer, cost)
    VALUES (:number, :provider, :model, :settings, :system, :state, :writer, :cost)
"""
_FINISH_MESSAGE = "UPDATE message SET text = :text, parts = :parts, sealed = :sealed WHERE number = :number"
_FINISH_REPLY = """
    UPDATE reply SET
        provider = :provider, model = :model, answered_by = :answered_by, settings = :settings, system = :system,
        state = :state, writer = NULL, reasoning = :reasoning, finish = :finish, failure = :failure,
        input_tokens = :input_tokens, cached_read_tokens = :cached_read_tokens,
        cached_write_tokens = :cached_write_tokens, output_tokens = :output_tokens,
        reasoning_tokens = :reasoning_tokens, usage = :usage, usage_final = :usage_final,
        usage_estimated = :usage_estimated, cost = :cost, price = :price, expected_input = :expected_input,
        left_out = :left_out, first_token_after = :first_token_after, first_text_after = :first_text_after,
        seconds = :seconds, finished_at = :now
    WHERE number = :number
"""
_GROW = """
    INSERT INTO reply_chunk (reply, position, text, reasoning)
    SELECT number, (SELECT coalesce(max(position), 0) + 1 FROM reply_chunk WHERE reply = number), :text, :reasoning
    FROM message JOIN reply USING (number) WHERE id = :id AND state = 'streaming'
"""
_SHOW = """
    UPDATE message SET parts = :parts
    WHERE id = :id AND number IN (SELECT number FROM reply WHERE state = 'streaming')
"""
_READ_ON = "UPDATE conversation SET updated_at = max(updated_at, ?), leaf_id = ? WHERE id = ?"
_MARK = "INSERT INTO run_call (number, run_id, place, digest) VALUES (?, ?, ?, ?)"
_STREAMING = "SELECT id FROM message JOIN reply USING (number) WHERE conversation_id = ? AND state = 'streaming'"
_PUT_ASIDE = "INSERT INTO aside (number) SELECT number FROM message WHERE id IN (?, ?)"


class NewIds(Struct, frozen=True, kw_only=True):
    """Ids for what a turn may bring, made before it is stored."""

    conversation_id: str
    message_ids: tuple[str, ...]
    reply_id: str

    @classmethod
    def of(cls, turn: NewTurn, make_id: Callable[[], str]) -> "NewIds":
        """Make an id for everything that a turn brings."""
        return cls(conversation_id=make_id(), message_ids=tuple(make_id() for _ in _said(turn)), reply_id=make_id())


def create(connection: sqlite3.Connection, conversation_id: str, title: str, source: str | None, now: float) -> None:
    """Store a conversation without messages."""
    connection.execute(
        "INSERT INTO conversation (id, title, source, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
        (conversation_id, one_line(title), None if source is None else encodable(source), now, now),
    )


def begin_turn(connection: sqlite3.Connection, turn: NewTurn, ids: NewIds, writer: str, now: float) -> TurnIds:
    """Store the user's message, where the turn brings one, and an empty streaming reply.

    The reply becomes the leaf, unless the turn is beside the conversation.

    Raises:
        NotFound: the conversation or the parent is not there, or is not what the turn needs.
    """
    with transaction(connection):
        conversation_id = _home(connection, turn, ids, now)
        place = {"conversation_id": conversation_id, "now": now}
        asked_id = turn.parent_id
        for message_id, message in zip(ids.message_ids, _said(turn), strict=True):
            _insert_message(connection, {**place, "id": message_id, "parent_id": asked_id}, message)
            asked_id = message_id
        if asked_id is None:
            raise NotFound("there is no message to be answered")
        opening = {**place, "id": ids.reply_id, "parent_id": asked_id}
        number = _insert_message(connection, opening, assistant(""))
        connection.execute(_INSERT_REPLY, {**opening_row(turn), "number": number, "writer": writer})
        if turn.mark is not None:
            connection.execute(_MARK, (number, turn.mark.run_id, turn.mark.place, turn.mark.digest))
        if turn.is_aside:
            connection.execute(_PUT_ASIDE, (asked_id, ids.reply_id))
        else:
            connection.execute(_READ_ON, (now, ids.reply_id, conversation_id))
    return TurnIds(conversation_id=conversation_id, message_id=asked_id, reply_id=ids.reply_id)


def grow(
    connection: sqlite3.Connection, reply_id: str, text: str, reasoning: str, pictures: tuple[ImagePart, ...] = ()
) -> None:
    """Add a chunk to a reply that is still streaming; `pictures`, if there are any, are all that it has."""
    chunk = {"id": reply_id, "text": encodable(text), "reasoning": encodable(reasoning)}
    connection.execute(_GROW, chunk)
    if pictures:
        connection.execute(_SHOW, {"id": reply_id, "parts": to_json(pictures)})


def finish(connection: sqlite3.Connection, reply_id: str, message: Message, reply: Reply, now: float) -> None:
    """Store a reply's final form in place of its chunks.

    Raises:
        NotFound: there is no such reply.
        StoreError: it is finished already.
    """
    with transaction(connection):
        found = connection.execute(
            "SELECT number, conversation_id, state FROM message JOIN reply USING (number) WHERE id = ?", (reply_id,)
        ).fetchone()
        if found is None:
            raise NotFound(f"there is no reply {reply_id!r}")
        if found["state"] != "streaming":
            raise StoreError(f"the reply {reply_id!r} is finished already, as {found['state']}")
        close(connection, found["number"], message, reply, now)
        _touch(connection, found["conversation_id"], now)


def close(connection: sqlite3.Connection, number: int, message: Message, reply: Reply, now: float) -> None:
    """Give the streaming reply of a number its final form, within a transaction."""
    place = {"number": number, "now": now}
    connection.execute(_FINISH_MESSAGE, {**place, **message_row(message)})
    connection.execute(_FINISH_REPLY, {**place, **reply_row(reply)})
    connection.execute("DELETE FROM reply_chunk WHERE reply = ?", (number,))
    connection.execute("DELETE FROM reservation WHERE id = (SELECT id FROM message WHERE number = ?)", (number,))


def rename(connection: sqlite3.Connection, conversation_id: str, title: str) -> None:
    """Give a conversation another title.

    Raises:
        NotFound: there is no such conversation.
    """
    query = "UPDATE conversation SET title = ? WHERE id = ? AND deleted_at IS NULL"
    changed_one(connection.execute(query, (one_line(title), conversation_id)), conversation_id)


def set_leaf(connection: sqlite3.Connection, conversation_id: str, leaf_id: str) -> None:
    """Choose the branch that is read by its last message.

    Raises:
        NotFound: the conversation has no such message.
    """
    done = connection.execute(
        "UPDATE conversation SET leaf_id = :leaf WHERE id = :id"
        " AND EXISTS (SELECT 1 FROM visible_message AS message WHERE message.id = :leaf AND conversation_id = :id)",
        {"id": conversation_id, "leaf": leaf_id},
    )
    if done.rowcount == 0:
        raise NotFound(f"the conversation {conversation_id!r} has no message {leaf_id!r}")


def delete(connection: sqlite3.Connection, conversation_id: str, now: float) -> None:
    """Hide a conversation.

    Raises:
        NotFound: there is no such conversation.
    """
    query = "UPDATE conversation SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
    changed_one(connection.execute(query, (now, conversation_id)), conversation_id)


def restore(connection: sqlite3.Connection, conversation_id: str) -> None:
    """Show a deleted conversation again.

    Raises:
        NotFound: it was purged, or is not deleted.
    """
    query = "UPDATE conversation SET deleted_at = NULL WHERE id = ? AND deleted_at IS NOT NULL"
    changed_one(connection.execute(query, (conversation_id,)), conversation_id)


def purge(connection: sqlite3.Connection, conversation_id: str) -> Purged:
    """Remove a conversation for good, but for what it took; return what it had.

    Raises:
        NotFound: there is no such conversation.
        UsageError: one of the replies is still streaming.
    """
    with transaction(connection):
        streaming = connection.execute(_STREAMING, (conversation_id,)).fetchone()
        if streaming is not None:
            raise UsageError(
                f"a reply of the conversation {conversation_id!r} is still being written",
                hint="stop it, or wait until it is complete",
            )
        purged = attachments_of(connection, conversation_id)
        connection.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))
    return purged


_DOCUMENT, _NAMED, _END = '<document name="', '">\n', "\n</document>\n"
"""What stands around a text that is attached."""
_MOST = 50
"""Attached texts that are looked for."""


def title_of(message: Message | None) -> str:
    """Return a title for what a user says: its first line cut on a word, or what is attached."""
    if message is None:
        return _UNTITLED
    said = _own_words(message.text)
    line = next((line for line in map(one_line, said.splitlines()) if line), "")
    if not line:
        return one_line(" ".join(part.name for part in message.attachments))[:TITLE_LENGTH] or _UNTITLED
    if len(line) <= TITLE_LENGTH:
        return line
    head = line[:TITLE_LENGTH]
    return (head.rpartition(" ")[0] or head[:-1]) + "…"


def _own_words(text: str) -> str:
    """Return a text without the texts that are attached to it, or, if there is nothing else, their names."""
    words: list[str] = []
    names: list[str] = []
    for _ in range(_MOST):
        before, opening, behind = text.partition(_DOCUMENT)
        name, named, content = behind.partition(_NAMED)
        _, end, rest = content.partition(_END)
        if not (opening and named and end):
            break
        words.append(before)
        names.append(name)
        text = rest
    own = "".join([*words, text])
    return own if own.strip() else " ".join(names)


def _said(turn: NewTurn) -> tuple[Message, ...]:
    """Return what a turn stores before the reply, each message the parent of the next."""
    return () if turn.message is None else (*turn.lead, turn.message)


def _home(connection: sqlite3.Connection, turn: NewTurn, ids: NewIds, now: float) -> str:
    """Return the conversation of a turn, made if it is to start one."""
    parent = _parent(connection, turn)
    conversation_id = turn.conversation_id or (parent["conversation_id"] if parent else None)
    if conversation_id is None:
        create(connection, ids.conversation_id, turn.title or title_of(turn.message), turn.source, now)
        return ids.conversation_id
    query = "SELECT 1 FROM conversation WHERE id = ? AND deleted_at IS NULL"
    if connection.execute(query, (conversation_id,)).fetchone() is None:
        raise NotFound(f"there is no conversation {conversation_id!r}")
    if parent and parent["conversation_id"] != conversation_id:
        raise NotFound(f"the conversation {conversation_id!r} has no message {turn.parent_id!r}")
    return conversation_id


def _parent(connection: sqlite3.Connection, turn: NewTurn) -> sqlite3.Row | None:
    if turn.parent_id is None:
        return None
    query = "SELECT conversation_id, role FROM visible_message WHERE id = ?"
    parent: sqlite3.Row | None = connection.execute(query, (turn.parent_id,)).fetchone()
    if parent is None:
        raise no_message(turn.parent_id)
    if turn.message is None and parent["role"] != "user":
        raise NotFound(f"{turn.parent_id!r} is no message of the user that could be answered again")
    return parent


def _insert_message(connection: sqlite3.Connection, place: Row, message: Message) -> int:
    row = {**place, **message_row(message), "role": message.role}
    return connection.execute(_INSERT_MESSAGE, row).lastrowid or 0


def _touch(connection: sqlite3.Connection, conversation_id: str, now: float) -> None:
    query = "UPDATE conversation SET updated_at = max(updated_at, ?) WHERE id = ?"
    connection.execute(query, (now, conversation_id))


def changed_one(done: sqlite3.Cursor, conversation_id: str) -> None:
    """Make sure that a statement about one conversation changed it.

    Raises:
        NotFound: it changed nothing.
    """
    if done.rowcount == 0:
        raise NotFound(f"there is no conversation {conversation_id!r}")
