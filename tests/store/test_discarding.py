"""Laws of discarding: a branch is hidden from everything and comes back as it was."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.conversation import TurnIds
from tchat.domain.errors import NotFound, UsageError
from tchat.domain.message import assistant
from tchat.store.conversations import Conversations
from tchat.store.search import search
from tests.store.stores import complete, exchange, opened, turn
from tests.store.test_surviving import estimated, killed

PLACES = st.lists(st.none() | st.integers(0, 10), min_size=1, max_size=8)
"""Turns of one conversation: each after one of the turns before it, or a root."""


async def grown(store: Conversations, places: list[int | None]) -> list[TurnIds]:
    """Take turns in one conversation, each after the turn of that number (or a root), and return them."""
    made: list[TurnIds] = []
    for number, place in enumerate(places):
        after = made[place % number] if number and place is not None else None
        home = made[0].conversation_id if made else None
        ids = await store.begin_turn(turn(f"word{number}", conversation=home, after=after and after.reply_id))
        await store.finish(ids.reply_id, assistant(f"word{number} answer"), complete(cost=1.0))
        made.append(ids)
    return made


async def readable(store: Conversations) -> list[Any]:
    """Return all that can be read."""
    found: list[Any] = [
        await store.list(limit=None),
        await search(store.database, "wor"),
        (await store.usage.since(0)).known_cost,
    ]
    for conversation in await store.list(limit=None):
        tree = await store.tree(conversation.id)
        found.append(tree)
        for message in tree:
            found.append(await store.branch(message.id))
            found.append(await store.children(message.id))
            found.append(await store.siblings(message.id))
            found.append(await store.leaf_below(message.id))
    return found


@settings(max_examples=30, deadline=None)
@given(places=PLACES, discards=st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=4), leaf=st.integers(0))
async def test_restoring_is_the_inverse_of_discarding(
    places: list[int | None], discards: list[tuple[int, bool]], leaf: int
) -> None:
    """Discards that are undone in reverse leave everything that can be read as it was, step by step."""
    async with opened(None) as store:
        made = await grown(store, places)
        await store.set_leaf(made[0].conversation_id, made[leaf % len(made)].reply_id)
        steps: list[tuple[str, list[Any]]] = []
        for choice, is_question in discards:
            tree = await store.tree(made[0].conversation_id)
            candidates = [message.id for message in tree if (message.reply is None) == is_question]
            if candidates:
                before = await readable(store)
                steps.append((candidates[choice % len(candidates)], before))
                await store.discard(steps[-1][0])
        for message_id, before in reversed(steps):
            await store.restore(message_id)
            assert await readable(store) == before


@settings(max_examples=30, deadline=None)
@given(places=PLACES, choice=st.integers(0), leaf=st.integers(0))
async def test_a_discard_hides_a_message_and_what_follows_it(places: list[int | None], choice: int, leaf: int) -> None:
    """Nothing that reads knows what was discarded, all else is read as before, and the leaf is one that can be read."""
    async with opened(None) as store:
        made = await grown(store, places)
        home = made[0].conversation_id
        await store.set_leaf(home, made[leaf % len(made)].reply_id)
        tree = await store.tree(home)
        discarded = tree[choice % len(tree)].id
        hidden = {discarded}
        for message in tree:
            if message.parent_id in hidden:
                hidden.add(message.id)
        before = await store.conversation(home)
        new_leaf = await store.discard(discarded)
        rest = tuple(message for message in tree if message.id not in hidden)
        after = await store.conversation(home)
        assert await store.tree(home) == rest
        assert (after.messages, after.leaf_id, after.updated_at) == (len(rest), new_leaf, before.updated_at)
        assert new_leaf == before.leaf_id or before.leaf_id in hidden
        assert new_leaf in {message.id for message in rest} | {None}
        assert {hit.message_id for hit in await search(store.database, "wor")} == {message.id for message in rest}
        for message in rest:
            beside = [other for other in rest if other.parent_id == message.parent_id]
            assert await store.siblings(message.id) == tuple(beside)
            branch = await store.branch(message.id)
            assert [item.stored for item in branch] == list(await store.path(message.id))
            assert branch[-1].siblings == tuple(other.id for other in beside)
            leaf_below = await store.leaf_below(message.id)
            assert message.id in {item.id for item in await store.path(leaf_below)}
            assert await store.children(leaf_below) == ()
        assert (await store.usage.since(0)).known_cost == len(made)


async def test_a_discarded_message_is_not_there(store: Conversations) -> None:
    """Every question about it, or about what followed it, is answered as for an unknown id; nothing can follow it."""
    ids = await exchange(store, "hello", "hi")
    below = await exchange(store, "more", "yes", after=ids)
    await store.discard(ids.reply_id)
    for name in (ids.reply_id, below.message_id, below.reply_id):
        asked: list[Any] = [
            store.message(name),
            store.path(name),
            store.branch(name),
            store.children(name),
            store.siblings(name),
            store.leaf_below(name),
            store.set_leaf(ids.conversation_id, name),
            store.discard(name),
            store.fork(name),
            store.begin_turn(turn("x", after=name)),
        ]
        for question in asked:
            with pytest.raises(NotFound):
                await question


async def test_only_what_was_discarded_is_restored(store: Conversations) -> None:
    """A visible message, one that went with another and an unknown one are not found."""
    ids = await exchange(store, "hello", "hi")
    for name in ("nowhere", ids.message_id):
        with pytest.raises(NotFound):
            await store.restore(name)
    await store.discard(ids.message_id)
    with pytest.raises(NotFound):
        await store.restore(ids.reply_id)


async def test_a_discard_within_another_stays(store: Conversations) -> None:
    """What was discarded before stays so when what it followed comes back, and cannot come back before that."""
    first = await exchange(store, "hello", "hi")
    second = await exchange(store, "more", "yes", after=first)
    await store.discard(second.message_id)
    await store.discard(first.message_id)
    with pytest.raises(UsageError) as caught:
        await store.restore(second.message_id)
    assert caught.value.hint
    assert await store.restore(first.message_id) == first.reply_id
    assert await store.children(first.reply_id) == ()
    assert await store.restore(second.message_id) == second.reply_id


async def test_reading_goes_on_beside_what_was_discarded(store: Conversations) -> None:
    """The newest line of the sibling before is read, else of the one after, else the parent."""
    root = await exchange(store, "root", "answer")
    first, second, third = [await exchange(store, f"{number}", "answer", after=root) for number in range(3)]
    deep = await exchange(store, "deep", "answer", after=first)
    await store.set_leaf(root.conversation_id, second.reply_id)
    assert await store.discard(second.message_id) == deep.reply_id
    assert await store.discard(first.message_id) == third.reply_id
    assert await store.discard(third.message_id) == root.reply_id
    assert await store.discard(root.message_id) is None
    assert (await store.conversation(root.conversation_id)).messages == 0
    assert await store.restore(root.message_id) == root.reply_id
    assert await store.restore(third.message_id) == third.reply_id


async def test_a_leaf_elsewhere_stays(store: Conversations) -> None:
    """Discarding a branch that is not read changes nothing about what is read; nor does restoring it."""
    root = await exchange(store, "root", "answer")
    first = await exchange(store, "first", "answer", after=root)
    second = await exchange(store, "second", "answer", after=root)
    assert await store.discard(first.message_id) == second.reply_id
    assert await store.restore(first.message_id) == first.reply_id
    assert (await store.conversation(root.conversation_id)).leaf_id == second.reply_id


async def test_what_streams_is_not_discarded(store: Conversations) -> None:
    """A branch with a reply under way is refused as a whole, with a hint, until the reply has ended."""
    root = await exchange(store, "root", "answer")
    streaming = await store.begin_turn(turn("more", after=root.reply_id))
    before = await readable(store)
    for name in (root.message_id, streaming.message_id, streaming.reply_id):
        with pytest.raises(UsageError, match="still being written") as caught:
            await store.discard(name)
        assert caught.value.hint
    assert await readable(store) == before
    await store.finish(streaming.reply_id, assistant("done"), complete())
    assert await store.discard(streaming.message_id) == root.reply_id


async def test_a_reply_of_a_dead_process_can_be_discarded(path: Path) -> None:
    """Nobody goes on with it: it is recovered and hidden, and comes back with its words."""
    reply_id, _ = killed(path, 5)
    async with opened(path) as store:
        before = await store.message(reply_id)
        await store.discard(reply_id)
        await store.restore(reply_id)
        assert await store.message(reply_id) == estimated(before)


async def test_purging_takes_what_was_discarded_along(path: Path) -> None:
    """Nothing of a purged conversation is left but what it cost, discarded or not."""
    async with opened(path) as store:
        made = await grown(store, [None, 0, 0])
        await store.discard(made[1].message_id)
        await store.purge(made[0].conversation_id)
        for table in ("message", "discarded", "reply"):
            query = f"SELECT count(*) FROM {table}"  # noqa: S608  # names of tables
            assert await store.database.run(lambda db, sql=query: db.execute(sql).fetchone()[0]) == 0, table
        assert (await store.usage.since(0)).known_cost == 3
