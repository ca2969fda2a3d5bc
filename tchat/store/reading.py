"""Questions to the database: conversations, and messages in their trees.

A reply that is stored as streaming is read with what it has said so far, as `interrupted` if its process died.
"""

import sqlite3
from collections.abc import Callable
from typing import Literal

from tchat.domain.conversation import BranchMessage, Conversation, Reply, StoredMessage
from tchat.domain.errors import NotFound
from tchat.domain.message import Message
from tchat.store.database import snapshot
from tchat.store.rows import Partial, read_conversation, read_message

IsAlive = Callable[[str], bool]
"""Whether the writer of that name may still write; once it is dead it stays dead."""

_ANY_CONVERSATION = """
    SELECT id, title, source, created_at, updated_at, leaf_id, messages, pinned, folder, archived_at
    FROM conversation WHERE TRUE
"""
CONVERSATION = f"{_ANY_CONVERSATION} AND deleted_at IS NULL"
"""Every conversation that is not deleted, for `read_conversation`."""
_DELETED = f"{_ANY_CONVERSATION} AND deleted_at IS NOT NULL"
Among = Literal["kept", "deleted", "all"]
"""Which conversations are looked at: those that are not deleted, those that are and can be brought back, or both."""
_AMONG: dict[Among, str] = {"kept": CONVERSATION, "deleted": _DELETED, "all": _ANY_CONVERSATION}
_FIELDS = """
    SELECT message.number AS number, id, conversation_id, parent_id, role, created_at, text, parts, sealed,
        provider, model, answered_by, settings, system, state, writer, reasoning, finish, failure, input_tokens,
        cached_read_tokens, cached_write_tokens, output_tokens, reasoning_tokens, usage, usage_final, usage_estimated,
        cost, price, expected_input, left_out, first_token_after, first_text_after, seconds, summary
"""
_JOINED = "LEFT JOIN reply ON reply.number = message.number LEFT JOIN summary ON summary.number = message.number"
_MESSAGE = f"{_FIELDS} FROM visible_message AS message {_JOINED}"
_ANY_MESSAGE = f"{_FIELDS} FROM message {_JOINED}"
_UPWARDS = """
    WITH RECURSIVE branch (place, name, above, home) AS (
        SELECT number, id, parent_id, conversation_id FROM visible_message WHERE id = ?
        UNION ALL
        SELECT number, id, parent_id, conversation_id FROM branch CROSS JOIN message ON id = above
    )
"""
_BRANCH = f"WHERE message.number IN ({_UPWARDS} SELECT place FROM branch) ORDER BY message.number"  # noqa: S608  # fixed
_BESIDE = """
    SELECT parent_id, id FROM branch CROSS JOIN visible_message ON parent_id IS above AND conversation_id = home
    ORDER BY number
"""
_LINE = "SELECT name FROM branch ORDER BY place"
_BELOW = """
    WITH RECURSIVE line (place, name) AS (
        SELECT number, id FROM visible_message WHERE id = ?
        UNION ALL
        SELECT number, id FROM line CROSS JOIN visible_message ON parent_id = name
    )
    SELECT name FROM line ORDER BY place DESC LIMIT 1
"""
_SAME_PARENT = "WHERE parent_id IS ? AND conversation_id = ? ORDER BY message.number"


def conversations(
    connection: sqlite3.Connection, limit: int | None, after: Conversation | None = None, *, archived: bool = False
) -> tuple[Conversation, ...]:
    """Return the conversations that are archived, or those that are not, newest first; `after` ends the page before."""
    shelf = "AND archived_at IS NOT NULL" if archived else "AND archived_at IS NULL"
    where, place = ("", ()) if after is None else ("AND (updated_at, id) < (?, ?)", (after.updated_at, after.id))
    query = f"{CONVERSATION} {shelf} {where} ORDER BY updated_at DESC, id DESC LIMIT ?"
    return tuple(read_conversation(row) for row in connection.execute(query, (*place, -1 if limit is None else limit)))


def deleted(connection: sqlite3.Connection, limit: int | None) -> tuple[Conversation, ...]:
    """Return the conversations that are deleted and can be brought back, the one that was deleted last first."""
    query = f"{_DELETED} ORDER BY deleted_at DESC, id DESC LIMIT ?"
    return tuple(read_conversation(row) for row in connection.execute(query, (-1 if limit is None else limit,)))


def conversation(connection: sqlite3.Connection, id_or_prefix: str, among: Among = "kept") -> Conversation:
    """Return the one conversation whose id begins so, in either case.

    Raises:
        NotFound: there is none, or more than one.
    """
    prefix = id_or_prefix.strip().upper()
    hint = f"`tchat history list{' --deleted' if among == 'deleted' else ''}` shows them"
    if not (prefix.isascii() and prefix.isalnum()):
        raise NotFound(f"{id_or_prefix!r} is no id of a conversation", hint=hint)
    found = _found(connection, among, prefix)
    if not found and among == "kept" and _found(connection, "deleted", prefix):
        hint = f"it is deleted: `tchat history restore {prefix}` brings it back"
    if not found:
        raise NotFound(
            f"there is no {'deleted ' if among == 'deleted' else ''}conversation {id_or_prefix!r}", hint=hint
        )
    if len(found) > 1:
        raise NotFound(f"more than one conversation begins with {id_or_prefix!r}", hint="give more of its id")
    return read_conversation(found[0])


def _found(connection: sqlite3.Connection, among: Among, prefix: str) -> list[sqlite3.Row]:
    query = f"{_AMONG[among]} AND id >= ? AND id < ? ORDER BY id LIMIT 2"
    return connection.execute(query, (prefix, f"{prefix}~")).fetchall()


def message(connection: sqlite3.Connection, is_alive: IsAlive, message_id: str) -> StoredMessage:
    """Return one message.

    Raises:
        NotFound: there is none of that id.
    """
    found = _messages(connection, is_alive, f"{_MESSAGE} WHERE id = ?", message_id)
    if not found:
        raise no_message(message_id)
    return found[0]


def path(connection: sqlite3.Connection, is_alive: IsAlive, leaf_id: str) -> tuple[StoredMessage, ...]:
    """Return the branch that ends in a message, from its root.

    Raises:
        NotFound: there is no message of that id.
    """
    found = _messages(connection, is_alive, f"{_MESSAGE} {_BRANCH}", leaf_id)
    if not found:
        raise no_message(leaf_id)
    return found


def branch(connection: sqlite3.Connection, is_alive: IsAlive, leaf_id: str) -> tuple[BranchMessage, ...]:
    """Return the branch that ends in a message, from its root, each message with what stands in its place elsewhere.

    Raises:
        NotFound: there is no message of that id.
    """
    found = path(connection, is_alive, leaf_id)
    groups: dict[str | None, list[str]] = {}
    for parent_id, message_id in connection.execute(_UPWARDS + _BESIDE, (leaf_id,)):
        groups.setdefault(parent_id, []).append(message_id)
    beside = {message_id: group for group in map(tuple, groups.values()) for message_id in group}
    # A message that another process discarded between the two queries stands alone.
    return tuple(BranchMessage(stored=stored, siblings=beside.get(stored.id, (stored.id,))) for stored in found)


def line(connection: sqlite3.Connection, leaf_id: str) -> tuple[str, ...]:
    """Return the ids of the branch that ends in a message, from its root.

    Raises:
        NotFound: there is no message of that id.
    """
    found = connection.execute(_UPWARDS + _LINE, (leaf_id,)).fetchall()
    if not found:
        raise no_message(leaf_id)
    return tuple(row["name"] for row in found)


def leaf_below(connection: sqlite3.Connection, message_id: str) -> str:
    """Return the last message that was stored below a message, which is its own if there is none.

    Raises:
        NotFound: there is no message of that id.
    """
    row = connection.execute(_BELOW, (message_id,)).fetchone()
    if row is None:
        raise no_message(message_id)
    return str(row["name"])


def children(connection: sqlite3.Connection, is_alive: IsAlive, message_id: str) -> tuple[StoredMessage, ...]:
    """Return the messages that follow a message, oldest first.

    Raises:
        NotFound: there is no message of that id.
    """
    _, conversation_id = _place(connection, message_id)
    return _messages(connection, is_alive, f"{_MESSAGE} {_SAME_PARENT}", message_id, conversation_id)


def siblings(connection: sqlite3.Connection, is_alive: IsAlive, message_id: str) -> tuple[StoredMessage, ...]:
    """Return a message and the others with its parent, oldest first; those of a root are the other roots.

    Raises:
        NotFound: there is no message of that id.
    """
    parent_id, conversation_id = _place(connection, message_id)
    return _messages(connection, is_alive, f"{_MESSAGE} {_SAME_PARENT}", parent_id, conversation_id)


def tree(connection: sqlite3.Connection, is_alive: IsAlive, conversation_id: str) -> tuple[StoredMessage, ...]:
    """Return every message of a conversation, in the order in which they were stored: parents before children."""
    query = f"{_MESSAGE} WHERE conversation_id = ? ORDER BY message.number"
    return _messages(connection, is_alive, query, conversation_id)


def stamp(connection: sqlite3.Connection) -> int:
    """Return a number that grows with every change of the database, whoever makes it."""
    by_others = int(connection.execute("PRAGMA data_version").fetchone()[0])
    return by_others + connection.total_changes


def cut_off(connection: sqlite3.Connection, writer: str) -> dict[int, tuple[Message, Reply]]:
    """Return the streaming replies of a dead writer by their numbers, in the form in which they are to be kept."""
    found: dict[int, tuple[Message, Reply]] = {}
    for row in connection.execute(f"{_ANY_MESSAGE} WHERE writer = ?", (writer,)).fetchall():
        stored = read_message(row, _partial(connection, row["number"], is_cut_off=True))
        if stored.reply is not None:
            found[row["number"]] = (stored.message, stored.reply)
    return found


def any_message(connection: sqlite3.Connection, message_id: str) -> StoredMessage:
    """Return a message that is stored in its final form, on a branch or beside the conversation.

    Raises:
        NotFound: there is none of that id.
    """
    row = connection.execute(f"{_ANY_MESSAGE} WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise no_message(message_id)
    return read_message(row)


def no_message(message_id: str) -> NotFound:
    """Return the error for an id that no message has."""
    return NotFound(f"there is no message {message_id!r}")


def _place(connection: sqlite3.Connection, message_id: str) -> tuple[str | None, str]:
    query = "SELECT parent_id, conversation_id FROM visible_message WHERE id = ?"
    row = connection.execute(query, (message_id,)).fetchone()
    if row is None:
        raise no_message(message_id)
    return row["parent_id"], row["conversation_id"]


def _messages(
    connection: sqlite3.Connection, is_alive: IsAlive, query: str, *parameters: str | None
) -> tuple[StoredMessage, ...]:
    found, writers = _read(connection, query, parameters, frozenset())
    dead = frozenset(name for name in writers if not is_alive(name))
    if dead:  # a writer may have finished its reply before it ended: only what is streaming now was cut off
        found, _ = _read(connection, query, parameters, dead)
    return found


def _read(
    connection: sqlite3.Connection, query: str, parameters: tuple[str | None, ...], dead: frozenset[str]
) -> tuple[tuple[StoredMessage, ...], frozenset[str]]:
    """Return messages, and the writers of those that are streaming."""
    with snapshot(connection):
        rows = connection.execute(query, parameters).fetchall()
        partials = {
            row["number"]: _partial(connection, row["number"], is_cut_off=row["writer"] in dead)
            for row in rows
            if row["writer"] is not None
        }
    found = tuple(read_message(row, partials.get(row["number"])) for row in rows)
    return found, frozenset(row["writer"] for row in rows if row["writer"] is not None)


def _partial(connection: sqlite3.Connection, number: int, *, is_cut_off: bool) -> Partial:
    """Return what the streaming reply of a number has said so far."""
    query = "SELECT text, reasoning FROM reply_chunk WHERE reply = ? ORDER BY position"
    chunks = connection.execute(query, (number,)).fetchall()
    return Partial(
        text="".join(chunk["text"] for chunk in chunks),
        reasoning="".join(chunk["reasoning"] for chunk in chunks),
        is_cut_off=is_cut_off,
    )
