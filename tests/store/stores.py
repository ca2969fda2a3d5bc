"""Stores for tests: opened and closed in one place, turns in a few words, and other processes that write."""

import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tchat.domain.conversation import NewTurn, Reply, TurnIds
from tchat.domain.ids import id_maker
from tchat.domain.message import Message, assistant, user
from tchat.store import migrating
from tchat.store.conversations import Conversations
from tchat.store.database import Database
from tests.servers import ROOT


@asynccontextmanager
async def opened(path: Path | None, clock: Callable[[], float] | None = None) -> AsyncGenerator[Conversations]:
    """Open the store at a path, or one in memory, and close it in the end."""
    database = await Database.open(path)
    store = Conversations(database, id_maker(), clock) if clock else Conversations(database, id_maker())
    try:
        yield store
    finally:
        await store.aclose()


def turn(
    said: str | Message | None,
    *,
    conversation: str | None = None,
    after: str | None = None,
    lead: tuple[Message, ...] = (),
) -> NewTurn:
    """Return a turn for the model `own/model`."""
    message = user(said) if isinstance(said, str) else said
    return NewTurn(
        provider="own", model="model", message=message, conversation_id=conversation, parent_id=after, lead=lead
    )


def complete(*, cost: float | None = None) -> Reply:
    """Return what becomes of a reply that goes well."""
    return Reply(provider="own", model="model", state="complete", finish="stop", cost=cost)


def backfill() -> str:
    """Return the statement with which a migration counts the replies that are there."""
    script = Path(migrating.__file__).with_name("schema_4.sql").read_text("utf-8")
    return next(part for part in script.split(";") if "INSERT INTO spending" in part and "FROM reply" in part)


async def exchange(store: Conversations, said: str, answer: str, *, after: TurnIds | None = None) -> TurnIds:
    """Ask and answer once, in a new conversation or after another turn."""
    ids = await store.begin_turn(
        turn(said, conversation=after and after.conversation_id, after=after and after.reply_id)
    )
    await store.finish(ids.reply_id, assistant(answer), complete())
    return ids


def writer(path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `tests.store.writer` on a database, in a process of its own."""
    command = [sys.executable, "-m", "tests.store.writer", str(path), *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
