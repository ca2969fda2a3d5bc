"""Laws of lists, folders, pins and titles."""

import asyncio
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tchat.domain.errors import NotFound
from tchat.store.conversations import Conversations
from tchat.store.search import search
from tests.benchmarks.library import make_library
from tests.store.stores import exchange, opened

TITLES = st.text(st.sampled_from("aAbB%_!*?[]^-ßäÄéжЖ日 "), max_size=6)


async def test_putting_in_order_changes_only_that(store: Conversations) -> None:
    """Pinning, filing and archiving are read back, and the time of the last turn stays."""
    ids = await exchange(store, "hello", "hi")
    before = await store.conversation(ids.conversation_id)
    assert (before.pinned, before.folder, before.archived) == (False, None, False)
    await store.set_pinned(ids.conversation_id, True)
    await store.set_folder(ids.conversation_id, " course\n\x1b work ")
    await store.set_archived(ids.conversation_id, True)
    after = await store.conversation(ids.conversation_id)
    assert after == replace(before, pinned=True, folder="course work", archived=True)
    await store.set_pinned(ids.conversation_id, False)
    await store.set_folder(ids.conversation_id, "  ")
    await store.set_archived(ids.conversation_id, False)
    assert await store.conversation(ids.conversation_id) == before


async def test_what_is_not_there_is_not_put_in_order(store: Conversations) -> None:
    """Unknown and deleted conversations are not found."""
    ids = await exchange(store, "hello", "hi")
    await store.delete(ids.conversation_id)
    for name in (ids.conversation_id, "nowhere"):
        for change in (store.set_pinned(name, True), store.set_folder(name, "x"), store.set_archived(name, True)):
            with pytest.raises(NotFound):
                await change


async def test_archived_conversations_are_listed_by_themselves(store: Conversations) -> None:
    """The list and the pins leave them out; a prefix of the id, titles and folders still know them."""
    first, second, third = [await exchange(store, f"question {number}", "answer") for number in range(3)]
    for ids in (first, second):
        await store.set_pinned(ids.conversation_id, True)
        await store.set_folder(ids.conversation_id, "course")
    await store.set_archived(second.conversation_id, True)
    assert [item.id for item in await store.list()] == [third.conversation_id, first.conversation_id]
    assert [item.id for item in await store.list(archived=True)] == [second.conversation_id]
    assert [item.id for item in await store.pinned()] == [first.conversation_id]
    assert [item.id for item in await store.titled("question")] == [
        ids.conversation_id for ids in (third, second, first)
    ]
    assert await store.folders() == ("course",)
    assert (await store.conversation(second.conversation_id)).archived


async def test_pins_do_not_come_first(store: Conversations) -> None:
    """The list is in the order of the last turns, whatever is pinned."""
    made = [await exchange(store, f"question {number}", "answer") for number in range(3)]
    before = [item.id for item in await store.list()]
    await store.set_pinned(made[0].conversation_id, True)
    assert [item.id for item in await store.list()] == before


async def test_folders_are_there_as_long_as_something_is_in_them(store: Conversations) -> None:
    """Folders are listed once each, in alphabetical order whatever their case."""
    made = [await store.create(title=f"{number}") for number in range(5)]
    for name, folder in zip(made, ["work", "Course", "work", "äpfel", None], strict=True):
        await store.set_folder(name, folder)
    assert await store.folders() == ("Course", "work", "äpfel")
    await store.delete(made[1])
    await store.set_folder(made[3], None)
    assert await store.folders() == ("work",)


@settings(max_examples=60, deadline=None)
@given(titles=st.lists(st.tuples(TITLES, TITLES), max_size=5), query=TITLES)
async def test_titles_are_found_by_any_part_of_them(titles: list[tuple[str, str]], query: str) -> None:
    """Every word typed stands somewhere in the title or the folder, in small or capital letters."""
    async with opened(None) as store:
        for title, folder in titles:
            await store.set_folder(await store.create(title=title), folder)
        found = await store.titled(query)
        expected = [
            item
            for item in await store.list()
            if all(word in f"{item.title}\n{item.folder or ''}".lower() for word in query.lower().split())
        ]
        assert list(found) == expected
        assert await store.titled(query, limit=1) == found[:1]


async def test_any_query_for_titles_is_one(store: Conversations) -> None:
    """A pasted page is looked for like anything else; what no title can hold does not count."""
    made = await store.create(title="something")
    for query in ("x" * 100_000, "word " * 10_000):
        assert await store.titled(query) == ()
    for query in ("", "\ud800", "\0", "some\0thing"):
        assert [item.id for item in await store.titled(query)] == [made]


async def test_titles_and_search_do_not_wait_for_work(path: Path) -> None:
    """While the database is at work for others, what was written before is found."""
    async with opened(path) as store:
        ids = await exchange(store, "needle", "hi")
        held = threading.Event()
        working = asyncio.create_task(store.database.run(lambda _: held.wait(60)))
        await asyncio.sleep(0)
        assert [item.id for item in await store.titled("need")] == [ids.conversation_id]
        assert [hit.message_id for hit in await search(store.database, "need")] == [ids.message_id]
        held.set()
        assert await working


def test_a_library_is_what_was_asked_for(path: Path) -> None:
    """The library for measurements is whole: counts, index and references are right."""
    path.parent.mkdir()
    make_library(path, conversations=7, messages=100)

    async def look() -> None:
        async with opened(path) as store:
            conversations = (*await store.list(limit=None), *await store.list(limit=None, archived=True))
            assert sorted(item.messages for item in conversations) == [14] * 5 + [15] * 2
            assert sum([len(await store.branch(item.leaf_id or "")) for item in conversations]) == 100
            check = "INSERT INTO message_search (message_search, rank) VALUES ('integrity-check', 1)"
            await store.database.run(lambda db: db.execute(check))
            assert await store.database.run(lambda db: db.execute("PRAGMA foreign_key_check").fetchall()) == []
            assert (await store.usage.since(0)).known_cost > 0

    asyncio.run(look())
