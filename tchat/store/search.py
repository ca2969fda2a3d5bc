"""Full text search over everything that was said, in conversations that are not deleted.

Law: whatever is typed is a query; operators, quotes and brackets mean nothing.
"""

import sqlite3

from msgspec import Struct

from tchat.domain.message import Role
from tchat.domain.text import encodable
from tchat.store.database import Database

_OPEN, _CLOSE, _CUT = "\x02", "\x03", "…"
_SNIPPET_WORDS = 24
_MOST_WORDS = 32
"""Words of a query that count; a pasted page stays a query."""

_SEARCH = """
    SELECT conversation.id AS conversation_id, title, message.id AS message_id, role, message.created_at AS created_at,
        snippet(message_search, 0, :open, :close, :cut, :words) AS snippet
    FROM message_search
        JOIN message ON message.number = message_search.rowid
        JOIN conversation ON conversation.id = conversation_id
    WHERE message_search MATCH :query AND deleted_at IS NULL
    ORDER BY message_search.rank, message.number DESC LIMIT :limit
"""


class Piece(Struct, frozen=True):
    """A stretch of a snippet."""

    text: str
    is_match: bool


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
    """Return the messages that hold every word of `query`, the last one as the beginning of a word, best first.

    Raises:
        StoreError: the database cannot be used.
    """
    return await database.run(lambda connection: _search(connection, query, limit))


def _search(connection: sqlite3.Connection, query: str, limit: int) -> tuple[Hit, ...]:
    phrases = match_expression(query)
    if not phrases:
        return ()
    marks = {"open": _OPEN, "close": _CLOSE, "cut": _CUT, "words": _SNIPPET_WORDS}
    rows = connection.execute(_SEARCH, {"query": phrases, "limit": limit, **marks})
    return tuple(
        Hit(
            conversation_id=row["conversation_id"],
            title=row["title"],
            message_id=row["message_id"],
            role=row["role"],
            created_at=row["created_at"],
            pieces=_pieces(row["snippet"]),
        )
        for row in rows
    )


def match_expression(query: str) -> str:
    """Return an FTS5 expression for what was typed; empty if it has no word (https://sqlite.org/fts5.html)."""
    typed = encodable(query).replace("\0", " ").split()
    words = [word.replace('"', '""') for word in typed if any(map(str.isalnum, word))][:_MOST_WORDS]
    return " ".join(f'"{word}"' for word in words) + "*" if words else ""


def _pieces(snippet: str) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for number, stretch in enumerate(snippet.split(_OPEN)):
        matched, closed, rest = stretch.partition(_CLOSE)
        if number and closed:
            pieces += [Piece(matched, is_match=True), Piece(rest, is_match=False)]
        else:
            pieces.append(Piece(stretch, is_match=False))
    return tuple(piece for piece in pieces if piece.text)
