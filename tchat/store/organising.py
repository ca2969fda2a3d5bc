"""Conversations in order: pinned, filed in folders, archived, and found by their titles.

Law: putting a conversation in order does not count as writing in it: `updated_at` stays.
"""

import sqlite3

from tchat.domain.conversation import Conversation
from tchat.domain.text import one_line
from tchat.store.reading import CONVERSATION
from tchat.store.rows import read_conversation
from tchat.store.writing import changed_one

_LONGEST = 200
"""Characters of a query that count; a pasted page stays a query."""
_NEWEST_FIRST = "ORDER BY updated_at DESC, id DESC"


def set_pinned(connection: sqlite3.Connection, conversation_id: str, *, pinned: bool) -> None:
    """Pin a conversation or let it go.

    Raises:
        NotFound: there is no such conversation.
    """
    query = "UPDATE conversation SET pinned = ? WHERE id = ? AND deleted_at IS NULL"
    changed_one(connection.execute(query, (pinned, conversation_id)), conversation_id)


def set_folder(connection: sqlite3.Connection, conversation_id: str, folder: str | None) -> None:
    """Put a conversation into a folder, or into none; a blank name is none.

    Raises:
        NotFound: there is no such conversation.
    """
    query = "UPDATE conversation SET folder = ? WHERE id = ? AND deleted_at IS NULL"
    name = one_line(folder or "") or None
    changed_one(connection.execute(query, (name, conversation_id)), conversation_id)


def set_archived(connection: sqlite3.Connection, conversation_id: str, now: float | None) -> None:
    """Keep a conversation out of the list since `now`, or show it in the list again (None).

    Raises:
        NotFound: there is no such conversation.
    """
    query = "UPDATE conversation SET archived_at = ? WHERE id = ? AND deleted_at IS NULL"
    changed_one(connection.execute(query, (now, conversation_id)), conversation_id)


def titled(connection: sqlite3.Connection, query: str, limit: int) -> tuple[Conversation, ...]:
    """Return the conversations whose title or folder holds every word of `query`, the last updated first."""
    conditions = [_holding(word) for word in one_line(query[:_LONGEST]).split()]
    where = "".join(f" AND {condition}" for condition, _ in conditions)
    patterns = [pattern for _, pattern in conditions for pattern in (pattern, pattern)]
    rows = connection.execute(f"{CONVERSATION} {where} {_NEWEST_FIRST} LIMIT ?", (*patterns, limit))
    return tuple(map(read_conversation, rows))


def pinned(connection: sqlite3.Connection) -> tuple[Conversation, ...]:
    """Return the pinned conversations that are in the list, the last updated first."""
    query = f"{CONVERSATION} AND archived_at IS NULL AND pinned = 1 {_NEWEST_FIRST}"
    return tuple(read_conversation(row) for row in connection.execute(query))


def folders(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the folders that conversations are in, archived ones too, in alphabetical order."""
    query = "SELECT DISTINCT folder FROM conversation WHERE deleted_at IS NULL AND folder IS NOT NULL"
    return tuple(sorted((row["folder"] for row in connection.execute(query)), key=lambda name: (name.casefold(), name)))


def _holding(word: str) -> tuple[str, str]:
    """Return a condition for a title or folder that holds a word in small or capital letters, and its pattern."""
    if word.isascii():
        special = {"%": "!%", "_": "!_", "!": "!!"}
        pattern = "".join(special.get(letter, letter) for letter in word)
        return "(title LIKE ? ESCAPE '!' OR folder LIKE ? ESCAPE '!')", f"%{pattern}%"
    pattern = "".join(map(_either, word))  # LIKE knows the two forms of a letter in ASCII only
    return "(title GLOB ? OR folder GLOB ?)", f"*{pattern}*"


def _either(letter: str) -> str:
    """Return a pattern for GLOB that takes a letter in both of its forms."""
    forms = [form for form in dict.fromkeys((letter, letter.lower(), letter.upper())) if len(form) == 1]
    return f"[{''.join(forms)}]" if len(forms) > 1 or letter in "*?[" else letter
