"""Replies whose process died are closed as interrupted, with all that they had said.

Any number of processes may recover at once: each reply is closed by one of them.
"""

import sqlite3

import msgspec
from msgspec.structs import replace

from tchat.domain.conversation import Reply
from tchat.domain.costs import cost_of, snapshot
from tchat.domain.message import Message
from tchat.domain.model import Price
from tchat.domain.usage import Usage
from tchat.store.database import transaction
from tchat.store.reading import IsAlive, cut_off
from tchat.store.writing import close

BYTES_PER_TOKEN = 4
"""About what most tokenizers make of a text."""


def recover(connection: sqlite3.Connection, is_alive: IsAlive, now: float) -> int:
    """Close the streaming replies of dead writers and return how many there were."""
    streaming = connection.execute("SELECT DISTINCT writer FROM reply WHERE writer IS NOT NULL").fetchall()
    dead = [row["writer"] for row in streaming if not is_alive(row["writer"])]
    return sum(_close_all(connection, writer, now) for writer in dead)


def _close_all(connection: sqlite3.Connection, writer: str, now: float) -> int:
    with transaction(connection):
        replies = cut_off(connection, writer)
        for number, (message, reply) in replies.items():
            close(connection, number, message, _metered(connection, number, message, reply), now)
    return len(replies)


def _metered(connection: sqlite3.Connection, number: int, message: Message, reply: Reply) -> Reply:
    """Return a reply with about what it took, by what was reserved for it and what it had said.

    Nothing is reserved for what has no price: whatever had said something was sent, and is counted all the same.
    """
    query = "SELECT expected_input, price FROM reservation WHERE id = (SELECT id FROM message WHERE number = ?)"
    held = connection.execute(query, (number,)).fetchone()
    said = len(f"{message.text}{reply.reasoning}".encode("utf-8", "replace"))
    usage = Usage(output=-(-said // BYTES_PER_TOKEN))
    if held is None or held["price"] is None:
        return replace(reply, usage=usage, usage_estimated=True) if said else reply
    price = msgspec.json.decode(held["price"], type=Price)
    usage = replace(usage, input=held["expected_input"])
    return replace(
        reply,
        usage=usage,
        usage_estimated=True,
        cost=cost_of(usage, price),
        price=snapshot(usage, price),
        expected_input=held["expected_input"],
    )
