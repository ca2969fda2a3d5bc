"""Laws of matching: the test of a text finds what FTS5 finds, and a passage shows where."""

import sqlite3
from collections.abc import Generator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.store.matching import Matcher

LETTERS = st.sampled_from("aAbBéÉäßñΣσςжЖ7²٣_-.'\" \n\u0301\u200d😀")
TEXTS = st.text(LETTERS, max_size=12)
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
INDEX = "CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2')"


@pytest.fixture(scope="module")
def index() -> Generator[sqlite3.Connection]:
    """An index that takes words apart as that of the database does."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(INDEX)
    yield connection
    connection.close()


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, query=TEXTS)
def test_the_test_of_a_text_finds_what_fts5_finds(index: sqlite3.Connection, text: str, query: str) -> None:
    """Words, beginnings, case and accents are the same to both."""
    matcher = Matcher(query)
    if not matcher.expression:
        return
    index.execute("DELETE FROM words")
    index.execute("INSERT INTO words VALUES (?)", (text,))
    found = index.execute("SELECT count(*) FROM words WHERE words MATCH ?", (matcher.expression,)).fetchone()[0]
    assert matcher.matches(text) == bool(found)


@settings(max_examples=60, deadline=None)
@given(text=ANY_TEXT, query=TEXTS)
def test_a_passage_is_a_piece_of_the_text(text: str, query: str) -> None:
    """Joined without the cuts at its ends, a passage stands in the text word for word."""
    pieces = Matcher(query).passage(text)
    joined = "".join(piece.text for piece in pieces)
    assert joined.removeprefix("…").removesuffix("…") in text or joined in text
    assert len(joined) <= 162
    assert bool(pieces) == bool(text)


@settings(max_examples=60, deadline=None)
@given(before=st.text("ab \n", max_size=400), after=st.text("ab \n", max_size=400))
def test_a_passage_shows_the_match(before: str, after: str) -> None:
    """However far into a text, a match is shown, and marked as one."""
    pieces = Matcher("needle").passage(f"{before} Nèedle {after}")
    assert [piece.text for piece in pieces if piece.is_match] == ["Nèedle"]


def test_a_passage_has_the_most_of_the_query() -> None:
    """Where words stand close together, that place is shown, not the first place of one of them."""
    text = f"alpha {'hay ' * 100}alpha beta {'hay ' * 100}beta"
    assert [piece.text for piece in Matcher("alpha beta").passage(text) if piece.is_match] == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("query", "text", "matched"),
    [
        ("本語", "これは日本語です", ["本語"]),
        ("GPT模型", "新的gpt模型很好", ["gpt模型"]),
        ("ภาษา", "ผมพูดภาษาไทย", ["ภาษา"]),
        ("日本 needle", "needles: 西日本 and needles", ["needles", "日本", "needles"]),
    ],
)
def test_scripts_without_blanks_are_found_within(query: str, text: str, matched: list[str]) -> None:
    """What is typed in a script that puts no blanks between words may stand anywhere."""
    matcher = Matcher(query)
    assert matcher.matches(text)
    assert [piece.text for piece in matcher.passage(text) if piece.is_match] == matched
