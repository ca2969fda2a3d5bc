"""Laws of forks: the same story in a conversation of its own, paid for once."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tchat.domain.conversation import Failure, Reply, StoredMessage
from tchat.domain.errors import NotFound, UsageError
from tchat.domain.message import ImagePart, Message, SealedPart, TextPart, user
from tchat.domain.request import Settings
from tchat.domain.usage import Usage
from tchat.store.conversations import Conversations
from tests.store.stores import exchange, opened, turn
from tests.store.test_discarding import grown
from tests.store.test_surviving import killed

PICTURE = ImagePart(digest="a" * 64, media_type="image/png", name="chart.png", width=3, height=2)
ANSWER = Message("assistant", (TextPart("a\0b"), SealedPart(provider="own", model="model", data=[{"x": 1}])))
REPLY = Reply(
    provider="own",
    model="model",
    state="failed",
    settings=Settings(effort="high"),
    system="Be brief.",
    answered_by="model-1",
    reasoning="because",
    finish="length",
    failure=Failure(kind="Stalled", message="silent", hint="ask again"),
    usage=Usage(input=5, cached_read=2, cached_write=1, output=4, reasoning=3),
    usage_final=True,
    cost=1.5,
    first_token_after=0.25,
    seconds=1.5,
)


def told(messages: tuple[StoredMessage, ...]) -> list[StoredMessage]:
    """Return messages without what tells a copy from its original."""
    return [replace(message, id="", conversation_id="", parent_id=None) for message in messages]


async def test_a_fork_tells_the_same_story(store: Conversations) -> None:
    """Messages and replies are copied whole, in their order; the branch and all beside it stay as they were."""
    ids = await store.begin_turn(turn(user("look", PICTURE), lead=(user("1+1"),)))
    await store.finish(ids.reply_id, ANSWER, REPLY)
    more = await exchange(store, "more", "yes", after=ids)
    await exchange(store, "elsewhere", "no", after=ids)
    await store.set_folder(ids.conversation_id, "course")
    before = await store.tree(ids.conversation_id), await store.conversation(ids.conversation_id)
    made = await store.fork(more.reply_id)
    copy = await store.conversation(made)
    assert copy.leaf_id is not None
    branch = await store.path(copy.leaf_id)
    assert told(branch) == told(await store.path(more.reply_id))
    assert branch == await store.tree(made)
    assert [message.parent_id for message in branch] == [None, *(message.id for message in branch[:-1])]
    assert {message.conversation_id for message in branch} == {made}
    assert (copy.title, copy.folder, copy.messages) == ("look", "course", len(branch))
    assert (await store.tree(ids.conversation_id), await store.conversation(ids.conversation_id)) == before


async def test_a_fork_may_have_a_title_of_its_own_and_goes_on_by_itself(store: Conversations) -> None:
    """Turns after the copy are turns of the copy only."""
    ids = await exchange(store, "hello", "hi")
    made = await store.fork(ids.message_id, title="other\n")
    copy = await store.conversation(made)
    assert copy.title == "other"
    await store.begin_turn(turn(None, after=copy.leaf_id))
    assert [(await store.conversation(name)).messages for name in (made, ids.conversation_id)] == [2, 2]


async def test_what_a_fork_copies_is_paid_for_once(path: Path) -> None:
    """Sums of spending stay as they are when a branch is forked, forked again, and purged in any order."""
    async with opened(path) as store:
        made = await grown(store, [None, 0])
        copy = await store.conversation(await store.fork(made[1].reply_id))
        again = await store.fork(copy.leaf_id or "")
        assert (await store.usage.since(0)).known_cost == 2
        for name in (copy.id, made[0].conversation_id, again):
            await store.purge(name)
            assert (await store.usage.since(0)).known_cost == 2
        assert await store.database.run(lambda db: db.execute("SELECT count(*) FROM copied_reply").fetchone()[0]) == 0


async def test_a_fork_leaves_out_what_is_discarded_and_refuses_what_streams(store: Conversations) -> None:
    """Only what can be read and has ended is copied; a branch beside a streaming reply can be."""
    first = await exchange(store, "hello", "hi")
    streaming = await store.begin_turn(turn("more", after=first.reply_id))
    with pytest.raises(UsageError, match="still being written") as caught:
        await store.fork(streaming.reply_id)
    assert caught.value.hint
    assert (await store.conversation(await store.fork(streaming.message_id))).messages == 3
    for name in ("nowhere", ""):
        with pytest.raises(NotFound):
            await store.fork(name)
    assert len(await store.list()) == 2


async def test_an_interrupted_reply_is_forked_with_its_words(path: Path) -> None:
    """What a dead process left is copied as it reads."""
    reply_id, _ = killed(path, 5)
    async with opened(path) as store:
        copy = await store.conversation(await store.fork(reply_id))
        assert told(await store.tree(copy.id)) == told(await store.path(reply_id))
