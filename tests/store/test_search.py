"""Laws of search: it finds words, and whatever is typed is a query."""

import asyncio
from collections.abc import Generator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.ids import id_maker
from tchat.store.conversations import Conversations
from tchat.store.database import Database
from tchat.store.search import Piece, search
from tests.store.stores import exchange

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
        ("apfel", ['Say "OR" NEAR([Äpfel], birnen) ']),
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
