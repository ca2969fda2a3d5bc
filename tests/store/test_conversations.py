"""Laws of turns, lists and of what is kept of a message."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tchat.domain.conversation import Failure, Reply, TurnIds
from tchat.domain.errors import NotFound, StoreError, UsageError
from tchat.domain.message import (
    DocumentPart,
    ImagePart,
    Message,
    Part,
    SealedPart,
    TextPart,
    assistant,
    user,
)
from tchat.domain.request import Settings
from tchat.domain.usage import Usage
from tchat.store.conversations import Conversations
from tchat.store.search import search
from tchat.store.writing import TITLE_LENGTH, title_of
from tests.store.stores import complete, exchange, opened, turn

ANY_TEXT = st.text(st.characters(exclude_categories=()))
PLAIN_TEXT = st.text(st.characters(exclude_categories=("Cs",)))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | PLAIN_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN_TEXT, inner, max_size=3),
    max_leaves=6,
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(TextPart, PLAIN_TEXT),
    st.builds(ImagePart, digest=st.just("a" * 64), media_type=st.just("image/png"), name=PLAIN_TEXT, width=st.none()),
    st.builds(DocumentPart, digest=st.just("b" * 64), media_type=st.just("application/pdf"), name=PLAIN_TEXT),
)
SEALED = st.builds(SealedPart, provider=PLAIN_TEXT, model=PLAIN_TEXT, data=JSON, account=PLAIN_TEXT, prefix=PLAIN_TEXT)


async def kept(said: Message, answer: Message, reply: Reply) -> tuple[Message, Message, Reply]:
    """Return a turn as it comes back from the store."""
    async with opened(None) as store:
        ids = await store.begin_turn(turn(said))
        await store.finish(ids.reply_id, answer, reply)
        question, stored = await store.path(ids.reply_id)
        assert stored.reply is not None
        return question.message, stored.message, stored.reply


@settings(max_examples=60, deadline=None)
@given(said=ANY_TEXT, pieces=st.lists(ANY_TEXT, max_size=3), system=ANY_TEXT)
async def test_any_text_is_kept(said: str, pieces: list[str], system: str) -> None:
    """NUL and all else comes back as it was said; halves of surrogate pairs, which UTF-8 cannot hold, as U+FFFD."""
    async with opened(None) as store:
        ids = await store.begin_turn(replace(turn(said), system=system))
        for piece in pieces:
            await store.append(ids.reply_id, text=piece, reasoning=piece)
        question, reply = await store.path(ids.reply_id)
    assert reply.reply is not None
    came_back = [question.message.text, reply.reply.system or "", reply.message.text]
    for original, kept_text in zip([said, system, "".join(pieces)], came_back, strict=True):
        kept_text.encode()
        assert len(kept_text) <= len(original)
        if not any("\ud800" <= character <= "\udfff" for character in original):
            assert kept_text == original
    assert reply.reply.reasoning == reply.message.text


@settings(max_examples=60, deadline=None)
@given(said=st.lists(PARTS), answer=st.lists(st.builds(TextPart, PLAIN_TEXT)), sealed=st.none() | SEALED)
async def test_any_message_is_kept(said: list[Part], answer: list[Part], sealed: SealedPart | None) -> None:
    """Parts come back in their order, with the sealed part last."""
    asked = Message("user", tuple(said))
    answered = Message("assistant", (*answer, *([sealed] if sealed else [])))
    question, reply, _ = await kept(asked, answered, complete())
    assert (question, reply) == (asked, answered)


async def test_everything_of_a_reply_is_kept() -> None:
    """Every field of a reply comes back as it went in."""
    reply = Reply(
        provider="own",
        model="model",
        state="failed",
        settings=Settings(effort="high", temperature=0.5, stop=("a\0", "é"), seed=2**40, schema={"type": "object"}),
        system="Be brief.",
        answered_by="model-1",
        reasoning="because",
        finish="length",
        failure=Failure(kind="Stalled", message="silent", hint="ask again"),
        usage=Usage(input=2**50, cached_read=2, cached_write=0, output=4, reasoning=None),
        usage_final=True,
        cost=0.1 + 0.2,
        first_token_after=0.25,
        seconds=1.5,
    )
    assert (await kept(user("hello"), assistant("hi"), reply))[2] == reply


async def test_halves_of_surrogate_pairs_break_nothing() -> None:
    """Names of files, stop sequences, schemas and failures may hold what no UTF-8 can."""
    picture = ImagePart(digest="a" * 64, media_type="image/png", name="\udcff.png")
    reply = replace(
        complete(),
        settings=Settings(stop=("\ud800",), schema={"\udfff": 1}),
        failure=Failure(kind="X", message="\udc80"),
    )
    question, _, stored = await kept(user("\ud83d", picture), assistant("ok"), reply)
    assert question == user("\ufffd", replace(picture, name="\ufffd.png"))
    assert stored.settings == Settings(stop=("\ufffd",), schema={"\ufffd": 1})
    assert stored.failure == Failure(kind="X", message="\ufffd")


async def test_a_turn_is_there_once_it_began(store: Conversations) -> None:
    """The question and an empty streaming reply stand in a new conversation, which reads that branch."""
    ids = await store.begin_turn(turn("What is 2 + 2?"))
    conversation = await store.conversation(ids.conversation_id)
    assert (conversation.title, conversation.leaf_id, conversation.messages) == ("What is 2 + 2?", ids.reply_id, 2)
    question, reply = await store.path(ids.reply_id)
    assert (question.id, question.parent_id, question.message) == (ids.message_id, None, user("What is 2 + 2?"))
    assert (reply.id, reply.parent_id, reply.message) == (ids.reply_id, ids.message_id, assistant(""))
    assert question.reply is None
    assert reply.reply == Reply(provider="own", model="model", state="streaming")


async def test_a_turn_answers_again_beside_its_first_reply(store: Conversations) -> None:
    """Without a message the parent is answered once more: the replies are siblings, the question is there once."""
    first = await exchange(store, "hello", "hi")
    again = await store.begin_turn(turn(None, after=first.message_id))
    assert (again.conversation_id, again.message_id) == (first.conversation_id, first.message_id)
    replies = await store.siblings(first.reply_id)
    assert [reply.id for reply in replies] == [first.reply_id, again.reply_id]
    assert await store.children(first.message_id) == replies
    assert (await store.conversation(first.conversation_id)).leaf_id == again.reply_id


async def test_an_edited_first_message_is_another_root(store: Conversations) -> None:
    """A conversation may begin in several ways: roots of other conversations are no siblings."""
    first = await exchange(store, "hello", "hi")
    await exchange(store, "elsewhere", "there")
    edited = await store.begin_turn(turn("hello!", conversation=first.conversation_id))
    assert [root.id for root in await store.siblings(edited.message_id)] == [first.message_id, edited.message_id]
    assert [message.id for message in await store.path(first.reply_id)] == [first.message_id, first.reply_id]


async def test_examples_are_stored_above_the_question(store: Conversations) -> None:
    """Few-shot examples of a turn are messages of its branch, and no replies."""
    ids = await store.begin_turn(turn("3+3", lead=(user("1+1"), assistant("2"))))
    *messages, reply = await store.path(ids.reply_id)
    assert [message.message for message in messages] == [user("1+1"), assistant("2"), user("3+3")]
    assert [message.reply for message in messages] == [None] * 3
    assert (reply.parent_id, ids.message_id) == (messages[-1].id, messages[-1].id)
    assert (await store.conversation(ids.conversation_id)).title == "3+3"


async def test_a_turn_needs_its_place(store: Conversations) -> None:
    """A parent or conversation that is not there, not together or not to be answered stores nothing."""
    first, other = await exchange(store, "hello", "hi"), await exchange(store, "other", "hi")
    gone = await exchange(store, "gone", "hi")
    await store.delete(gone.conversation_id)
    before = await store.list()
    for wrong in (
        turn("x", after="nowhere"),
        turn("x", conversation="nowhere"),
        turn("x", conversation=other.conversation_id, after=first.reply_id),
        turn("x", conversation=gone.conversation_id),
        turn("x", after=gone.reply_id),
        turn(None),
        turn(None, conversation=first.conversation_id),
        turn(None, after=first.reply_id),
    ):
        with pytest.raises(NotFound):
            await store.begin_turn(wrong)
    assert await store.list() == before


async def test_a_finished_reply_is_never_changed(store: Conversations) -> None:
    """A second end is refused, as is every other way to change what was said."""
    ids = await exchange(store, "hello", "hi")
    before = await store.path(ids.reply_id)
    with pytest.raises(StoreError, match="finished already"):
        await store.finish(ids.reply_id, assistant("other"), complete())
    for update in (
        "UPDATE message SET text = 'other'",
        "UPDATE message SET sealed = '{}'",
        "UPDATE message SET parent_id = NULL",
        "UPDATE message SET role = 'user'",
        "UPDATE message SET id = 'x'",
    ):
        with pytest.raises(StoreError, match=r"never changed|keeps its place"):
            await store.database.run(lambda db, sql=update: db.execute(sql))
    assert await store.path(ids.reply_id) == before


async def test_what_is_not_there_is_not_found(store: Conversations) -> None:
    """Every question about an unknown id says that there is no such thing."""
    ids = await exchange(store, "hello", "hi")
    asked: list[Any] = [
        store.message("x"),
        store.path("x"),
        store.children("x"),
        store.siblings("x"),
        store.conversation("x"),
        store.conversation(""),
        store.conversation("%"),
        store.finish("x", assistant(""), complete()),
        store.finish(ids.message_id, assistant(""), complete()),
        store.rename("x", "title"),
        store.set_leaf("x", ids.reply_id),
        store.set_leaf(ids.conversation_id, "x"),
        store.delete("x"),
        store.undelete("x"),
        store.undelete(ids.conversation_id),
        store.purge("x"),
    ]
    for question in asked:
        with pytest.raises(NotFound):
            await question
    assert await store.tree("x") == ()


async def test_a_conversation_is_found_by_the_beginning_of_its_id(store: Conversations) -> None:
    """A beginning in either case is enough if it is the only one."""
    first = await store.create(title="first")
    second = await store.create(title="second")
    assert (await store.conversation(first.lower())).title == "first"
    common = next(length for length in range(27) if first[:length] != second[:length]) - 1
    assert (await store.conversation(second[: common + 1])).title == "second"
    with pytest.raises(NotFound, match="more than one"):
        await store.conversation(first[:common])
    await store.delete(first)
    assert (await store.conversation(first[:common])).title == "second"


async def test_conversations_are_listed_by_their_last_turn(path: Path) -> None:
    """The list begins with what was written to last; pages follow each other without gap or repetition."""
    now = iter(float(second) for second in range(1000))
    async with opened(path, lambda: next(now)) as store:
        assert await store.last() is None
        made = [await exchange(store, f"question {number}", "answer") for number in range(7)]
        await exchange(store, "more", "answer", after=made[2])
        await store.rename(made[0].conversation_id, "renamed\x1b[2J\n")
        listed = await store.list()
        numbers = [made.index(next(ids for ids in made if ids.conversation_id == item.id)) for item in listed]
        assert numbers == [2, 6, 5, 4, 3, 1, 0]
        assert listed[-1].title == "renamed[2J"
        assert await store.last() == listed[0]
        assert (listed[0].messages, listed[1].messages) == (4, 2)
        pages = await store.list(limit=3)
        while page := await store.list(limit=3, after=pages[-1]):
            pages += page
        assert pages == listed == await store.list(limit=None)


async def test_a_branch_is_chosen_by_its_last_message(store: Conversations) -> None:
    """Choosing a branch to read changes nothing but the choice."""
    first = await exchange(store, "hello", "hi")
    await exchange(store, "more", "answer", after=first)
    before = await store.conversation(first.conversation_id)
    await store.set_leaf(first.conversation_id, first.reply_id)
    assert await store.conversation(first.conversation_id) == replace(before, leaf_id=first.reply_id)
    other = await exchange(store, "other", "hi")
    with pytest.raises(NotFound):
        await store.set_leaf(first.conversation_id, other.reply_id)


async def test_a_deleted_conversation_comes_back_as_it_was(store: Conversations) -> None:
    """Deleting hides it from lists and search, undeleting undoes just that; a reply that streams goes on."""
    ids = await exchange(store, "needle", "hi")
    streaming = await store.begin_turn(turn("more", after=ids.reply_id))
    before = await store.list()
    await store.delete(ids.conversation_id)
    assert await store.list() == ()
    assert await search(store.database, "needle") == ()
    with pytest.raises(NotFound):
        await store.delete(ids.conversation_id)
    await store.append(streaming.reply_id, text="still", reasoning="")
    await store.undelete(ids.conversation_id)
    assert await store.list() == before
    assert len(await search(store.database, "needle")) == 1
    assert (await store.message(streaming.reply_id)).message.text == "still"


async def test_a_purged_conversation_leaves_only_its_cost(path: Path) -> None:
    """Purging removes a conversation of any length, and a limit still counts what it has cost."""
    async with opened(path, lambda: 100.0) as store:
        ids: TurnIds | None = None
        for number in range(1100):  # longer than SQLite's triggers may nest
            ids = await store.begin_turn(turn(f"needle {number}", after=ids and ids.reply_id))
            await store.finish(ids.reply_id, assistant("ok"), complete(cost=0.01))
        assert ids is not None
        await store.purge(ids.conversation_id)
        assert math.isclose((await store.usage.since(100.0)).known_cost, 11.0)
        assert await store.list() == ()
        assert await search(store.database, "needle") == ()
        for table in ("message", "reply", "reply_chunk", "message_search_docsize"):
            query = f"SELECT count(*) FROM {table}"  # noqa: S608  # names of tables
            assert await store.database.run(lambda db, sql=query: db.execute(sql).fetchone()[0]) == 0, table
    async with opened(path) as store:
        found = await store.database.run(lambda db: db.execute("PRAGMA foreign_key_check").fetchall())
        assert found == []


async def test_no_word_of_a_purged_conversation_is_left(path: Path) -> None:
    """Nor in the index of the search, whose words can be read in the file."""
    async with opened(path) as store:
        kept, gone = [await exchange(store, f"{word} " * 30, "ok") for word in ("zebrawords", "quaggawords")]
        await store.purge(gone.conversation_id)
        await store.forget_words()
        assert await search(store.database, "zebrawords") != ()
    files = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    assert b"zebrawords" in files
    assert b"quaggawords" not in files
    assert kept.conversation_id.encode() in files


async def test_a_conversation_whose_reply_streams_is_not_purged(path: Path) -> None:
    """What it costs would be lost, and what is held for it would stay; one of a dead process goes."""
    async with opened(path) as store:
        ids = await store.begin_turn(turn("hello"))
        with pytest.raises(UsageError, match="still being written"):
            await store.purge(ids.conversation_id)
    async with opened(path) as store:
        await store.purge(ids.conversation_id)
        assert await store.list() == ()


async def test_spending_counts_from_its_day_on(path: Path) -> None:
    """Costs count on the day on which the reply ended; unknown ones count as nothing."""
    day = 86_400.0
    times = iter([1 * day, 2 * day, 3 * day, 4 * day, 5 * day, 6 * day])
    async with opened(path, lambda: next(times)) as store:
        assert (await store.usage.since(0)).known_cost == 0
        for cost in (1.0, None, 4.0):
            ids = await store.begin_turn(turn("hello"))
            await store.finish(ids.reply_id, assistant("hi"), complete(cost=cost))
        assert [(await store.usage.since(days * day)).known_cost for days in (0, 2, 3, 6, 7)] == [5, 5, 4, 4, 0]


@pytest.mark.parametrize(
    ("message", "title"),
    [
        (user("\n  What\tis \x1b[1mthis?\nmore"), "What is [1mthis?"),
        (user("word " * 30), "word " * 11 + "word…"),
        (user("x" * 100), "x" * 59 + "…"),
        (user("x" * 60), "x" * 60),
        (user(" ", ImagePart(digest="", media_type="image/png", name="chart.png")), "chart.png"),
        (user('<document name="a.md">\n# A\n</document>\n\nSum it up'), "Sum it up"),
        (user('See <document name="a.md">\n# A\n</document>\n\n, will you?'), "See"),
        (user('<document name="a.md">\n\n</document>\n\n<document name="b.md">\nB\n</document>\n\n'), "a.md b.md"),
        (user('<document name="a.md">\nno end'), '<document name="a.md">'),
        (user(""), "untitled"),
        (None, "untitled"),
    ],
)
def test_a_title_is_the_first_line_cut_on_a_word(message: Message | None, title: str) -> None:
    """One printable line of at most 60 characters; without words it is what is attached."""
    assert title_of(message) == title


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_a_title_is_never_empty_or_long(text: str) -> None:
    """Whatever is said, there is something to show in a list."""
    title = title_of(user(text))
    assert title
    assert title == title.strip()
    assert len(title) <= TITLE_LENGTH


async def test_a_title_may_be_given(store: Conversations) -> None:
    """A turn that starts a conversation may say its title and where it comes from."""
    ids = await store.begin_turn(replace(turn("hello"), title="Greeting", source="greet"))
    conversation = await store.conversation(ids.conversation_id)
    assert (conversation.title, conversation.source) == ("Greeting", "greet")
    made = await store.create(title="Empty", source="greet")
    assert (await store.conversation(made)).messages == 0
    await store.begin_turn(turn("hello", conversation=made))
    assert (await store.conversation(made)).title == "Empty"


async def test_reads_go_by_index(store: Conversations) -> None:
    """No question walks through a whole table, whatever the size of the history."""
    ids = await exchange(store, "hello", "hi")
    statements: list[str] = []
    await store.database.run(lambda db: db.set_trace_callback(statements.append))
    page = await store.list()
    await store.list(after=page[-1])
    await store.conversation(ids.conversation_id[:10])
    for question in (store.message, store.path, store.children, store.siblings):
        await question(ids.reply_id)
    await store.tree(ids.conversation_id)
    await store.usage.since(0)
    await store.recover()
    await store.database.run(lambda db: db.set_trace_callback(None))
    queries = [sql for sql in statements if "SELECT" in sql.upper()]
    assert len(queries) >= 10
    for query in queries:
        plan = await store.database.run(
            lambda db, sql=query: [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        )
        assert not [step for step in plan if step.startswith(("SCAN message", "SCAN reply")) and "INDEX" not in step]
        assert not [step for step in plan if "TEMP B-TREE" in step], query
