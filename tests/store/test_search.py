"""Laws of search: it finds words, and whatever is typed is a query."""

import asyncio
import sqlite3
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.errors import StoreError
from tchat.domain.ids import id_maker
from tchat.store.conversations import Conversations
from tchat.store.database import Database
from tchat.store.matching import Matcher, Piece
from tchat.store.search import search
from tests.benchmarks.library import make_library
from tests.store.stores import exchange, opened

HOSTILE = st.lists(
    st.sampled_from(
        ['"', "*", "-", "(", ")", "^", ":", "+", "{", "}", "\0", "\ud800", "OR", "NOT", "NEAR(", "AND", "text:"]
    )
    | st.text(st.characters(exclude_categories=()), max_size=4),
    max_size=8,
).flatmap(lambda words: st.sampled_from(["".join(words), " ".join(words)]))


@pytest.fixture(scope="module")
def runner() -> Generator[asyncio.Runner]:
    """An event loop that outlives one test."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def filled(runner: asyncio.Runner) -> Generator[Conversations]:
    """A store in memory with two conversations."""

    async def fill() -> Conversations:
        store = Conversations(await Database.open(None), id_maker())
        await exchange(store, "How does tail recursion work?", "A tail call needs no frame of its own.")
        await exchange(store, 'Say "OR" NEAR(Äpfel, birnen) \0 text: -not', "text:x AND NOT y \x02odd\x03 marks")
        return store

    store = runner.run(fill())
    yield store
    runner.run(store.aclose())


@settings(max_examples=60, deadline=None)
@given(query=HOSTILE)
def test_no_query_is_an_error(runner: asyncio.Runner, filled: Conversations, query: str) -> None:
    """Quotes, operators, brackets, NUL and halves of surrogate pairs are looked for like anything else."""
    for hit in runner.run(search(filled.database, query)):
        assert hit.pieces


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=30))
def test_a_message_is_found_by_its_own_words(runner: asyncio.Runner, text: str) -> None:
    """Whatever was said is found by saying it again, if it has a word at all."""

    async def found() -> int:
        store = Conversations(await Database.open(None), id_maker())
        try:
            await exchange(store, text, "")
            return len(await search(store.database, text))
        finally:
            await store.aclose()

    has_word = any(character.isascii() and character.isalnum() for character in text)
    assert runner.run(found()) == 1 or not has_word


@pytest.mark.parametrize(
    ("query", "snippets"),
    [
        ("recursion tail", ["How does [tail] [recursion] work?"]),
        ("RECURS", ["How does tail [recursion] work?"]),
        ("recurs tail", []),
        ("tail absent", []),
        ("tail", ["A [tail] call needs no frame of its own.", "How does [tail] recursion work?"]),
        ("apfel", ['Say "OR" NEAR([Äpfel], birnen) \0 text: -not']),
        ("frame-of", ["A tail call needs no [frame of] its own."]),
        ("", []),
        ('"*" -', []),
        ("tail " * 5000, ["A [tail] call needs no frame of its own.", "How does [tail] recursion work?"]),
    ],
)
def test_words_are_found_in_any_order(
    runner: asyncio.Runner, filled: Conversations, query: str, snippets: list[str]
) -> None:
    """Every word must be there whole, the last one may be a beginning; case and accents do not matter."""
    assert sorted(hit.snippet for hit in runner.run(search(filled.database, query))) == snippets


def test_a_hit_says_where_it_is(runner: asyncio.Runner, filled: Conversations) -> None:
    """A hit names its message and conversation, and marks what matched."""
    (hit,) = runner.run(search(filled.database, "recursion"))
    message = runner.run(filled.message(hit.message_id))
    assert (hit.conversation_id, hit.role, hit.created_at) == (message.conversation_id, "user", message.created_at)
    assert hit.title == "How does tail recursion work?"
    assert hit.pieces == (
        Piece("How does tail ", is_match=False),
        Piece("recursion", is_match=True),
        Piece(" work?", is_match=False),
    )


def test_marks_in_the_text_are_no_matches(runner: asyncio.Runner, filled: Conversations) -> None:
    """Characters that could be taken for marks lose nothing of the text around them."""
    (hit,) = runner.run(search(filled.database, "marks"))
    assert "odd" in hit.snippet
    assert "[marks]" in hit.snippet


def test_hits_are_limited_best_first(runner: asyncio.Runner) -> None:
    """The message that is about a word comes before one that mentions it."""

    async def found() -> list[str]:
        store = Conversations(await Database.open(None), id_maker())
        try:
            await exchange(store, "needle " + "hay " * 200, "needle")
            await exchange(store, "needle needle", "hay")
            return [hit.snippet for hit in await search(store.database, "needle", limit=2)]
        finally:
            await store.aclose()

    assert runner.run(found()) == ["[needle] [needle]", "[needle]"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library in which a common word is in too many messages to rank them."""
    path = tmp_path_factory.mktemp("library") / "tchat.db"
    make_library(path, conversations=50, messages=12_000)
    return path


async def test_what_many_hold_is_answered_with_the_newest(library: Path) -> None:
    """A query of few letters that thousands of messages match has the newest as its hits, in their order."""
    async with opened(library) as store:
        query = "SELECT id FROM message JOIN message_search ON message_search.rowid = number"
        newest = f"{query} WHERE message_search MATCH ? ORDER BY number DESC LIMIT 50"
        for typed in ("t", "th", "the", "the o"):
            expression = Matcher(typed).expression
            rows = await store.database.run(lambda db, found=expression: db.execute(newest, (found,)).fetchall())
            hits = await search(store.database, typed)
            assert [hit.message_id for hit in hits] == [row["id"] for row in rows]
            assert all(any(piece.is_match for piece in hit.pieces) for hit in hits)


@pytest.mark.parametrize("typed", ["q", "sh", "tri", "check s", "zzz t", "model answer question t", "the zo"])
async def test_a_short_beginning_finds_what_the_index_finds(library: Path, typed: str) -> None:
    """Letters that very many words begin with are answered without the index, with the same messages."""
    async with opened(library) as store:
        query, expression = "SELECT rowid FROM message_search WHERE message_search MATCH ?", Matcher(typed).expression
        rows = await store.database.run(lambda db: db.execute(query, (expression,)).fetchall())
        assert len(await search(store.database, typed, limit=12_000)) == len(rows)
        assert len(await search(store.database, typed)) == min(50, len(rows))


async def test_any_number_of_the_newest_is_found(library: Path) -> None:
    """A limit beyond what is read one by one is met too."""
    async with opened(library) as store:
        hits = await search(store.database, "th", limit=9_000)
        assert len({hit.message_id for hit in hits}) == 9_000
        assert [hit.created_at for hit in hits] == sorted((hit.created_at for hit in hits), reverse=True)


async def test_a_search_that_nobody_waits_for_ends(library: Path) -> None:
    """Cancelling a search stops the work at it, so that the next one is answered at once."""
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    async with opened(library) as store:
        begun = threading.Event()

        def count(connection: sqlite3.Connection) -> None:
            begun.set()
            connection.execute(endless).fetchone()

        counting = asyncio.create_task(store.database.look_up(count))
        await asyncio.to_thread(begun.wait)
        waiting = asyncio.create_task(search(store.database, "model"))
        counting.cancel()
        assert len(await asyncio.wait_for(waiting, 30)) == 50
        assert counting.cancelled()


async def test_closing_ends_every_search(library: Path) -> None:
    """A search does not hold up the end of the program; after it there is none."""
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    async with opened(library) as store:
        counting = asyncio.create_task(store.database.look_up(lambda db: db.execute(endless).fetchone()))
        await asyncio.sleep(0)
        await asyncio.wait_for(store.aclose(), 30)
        with pytest.raises(StoreError):
            await counting
        with pytest.raises(StoreError, match="closed"):
            await search(store.database, "model")


async def test_searching_changes_nothing(library: Path) -> None:
    """What looks something up cannot write."""
    async with opened(library) as store:
        with pytest.raises(StoreError, match="read-only"):
            await store.database.look_up(lambda db: db.execute("DELETE FROM message"))


async def test_scripts_without_blanks_are_searched_within(store: Conversations) -> None:
    """Chinese is found anywhere in a sentence, newest first, together with other words."""
    first = await exchange(store, "新的模型很好", "model 模型")
    assert [hit.message_id for hit in await search(store.database, "模型")] == [first.reply_id, first.message_id]
    assert [hit.snippet for hit in await search(store.database, "模型 mod")] == ["[model] [模型]"]
