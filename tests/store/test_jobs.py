"""Writes that wait beside each other: one commit for all, each with its own end."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tchat.domain.errors import NotFound, StoreError
from tchat.store.conversations import Conversations
from tests.store.stores import opened, turn


@asynccontextmanager
async def held_up(store: Conversations) -> AsyncGenerator[list[str]]:
    """Keep the database busy, so that writes wait; give the statements that are run from then on."""
    statements: list[str] = []
    free = threading.Event()
    await store.database.run(lambda db: db.set_trace_callback(statements.append))
    store.database.post(lambda _: free.wait(60))
    yield statements
    await asyncio.sleep(0)  # every write is asked for
    free.set()


async def test_writes_that_wait_beside_each_other_share_a_commit(path: Path) -> None:
    """All are kept, in their order; work that comes after them finds them there."""
    async with opened(path) as store:
        async with held_up(store) as statements:
            asked = [asyncio.create_task(store.begin_turn(turn(f"number {number}"))) for number in range(5)]
            listed = asyncio.create_task(store.list())
        ids = await asyncio.gather(*asked)
        assert {conversation.id for conversation in await listed} == {each.conversation_id for each in ids}
        assert statements.count("COMMIT") == 1
        texts = [(await store.message(each.message_id)).message.text for each in ids]
        assert texts == [f"number {number}" for number in range(5)]


async def test_a_write_that_fails_fails_alone(path: Path) -> None:
    """What cannot be done is undone, and its neighbours are kept with the same commit."""
    async with opened(path) as store:
        async with held_up(store) as statements:
            asked = [
                asyncio.create_task(store.begin_turn(turn("x", conversation=conversation)))
                for conversation in (None, "nowhere", None)
            ]
        first, wrong, last = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(wrong, NotFound)
        assert not isinstance(first, BaseException)
        assert not isinstance(last, BaseException)
        assert statements.count("COMMIT") == 1
        assert len(await store.list()) == 2


async def test_a_disk_that_is_full_for_one_write_takes_the_others(path: Path) -> None:
    """SQLite undoes a whole transaction there: each write is tried again by itself."""
    async with opened(path) as store:
        pages = await store.database.run(lambda db: int(db.execute("PRAGMA page_count").fetchone()[0]))
        await store.database.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 20}"))
        async with held_up(store):
            asked = [asyncio.create_task(store.begin_turn(turn(said))) for said in ("a", "x" * 1_000_000, "b")]
        first, wrong, last = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(wrong, StoreError)
        assert "full" in wrong.message
        assert not isinstance(first, BaseException)
        assert not isinstance(last, BaseException)
        assert [(await store.message(ids.message_id)).message.text for ids in (first, last)] == ["a", "b"]
        assert len(await store.list()) == 2


async def test_a_write_is_done_even_if_its_waiter_is_gone(path: Path) -> None:
    """The others are told of theirs."""
    async with opened(path) as store:
        async with held_up(store):
            gone = asyncio.create_task(store.begin_turn(turn("gone")))
            stays = asyncio.create_task(store.begin_turn(turn("stays")))
            await asyncio.sleep(0)
            gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await stays
        replies = [
            (await store.message(conversation.leaf_id or "")).reply
            for conversation in await store.list()
            if conversation.title == "gone"
        ]
        assert [reply.state for reply in replies if reply is not None] == ["stopped"]
