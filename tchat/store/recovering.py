"""Replies whose process died are closed as interrupted, with all that they had said.

Any number of processes may recover at once: each reply is closed by one of them.
"""

import sqlite3

from tchat.store.database import transaction
from tchat.store.reading import IsAlive, cut_off
from tchat.store.writing import close


def recover(connection: sqlite3.Connection, is_alive: IsAlive, now: float) -> int:
    """Close the streaming replies of dead writers and return how many there were."""
    streaming = connection.execute("SELECT DISTINCT writer FROM reply WHERE writer IS NOT NULL").fetchall()
    dead = [row["writer"] for row in streaming if not is_alive(row["writer"])]
    return sum(_close_all(connection, writer, now) for writer in dead)


def _close_all(connection: sqlite3.Connection, writer: str, now: float) -> int:
    with transaction(connection):
        replies = cut_off(connection, writer)
        for number, (message, reply) in replies.items():
            close(connection, number, message, reply, now)
    return len(replies)
