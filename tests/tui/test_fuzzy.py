"""Names are found by a few of their letters, the best first, and marked where they were found."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.tui.fuzzy import Query

NAMES = ("anthropic/claude-opus-5-5", "anthropic/claude-sonnet-5-5", "openai/gpt-6-sol", "openai/gpt-5-mini")


def _best(text: str) -> str:
    query = Query(text)
    return max(NAMES, key=query.score)


@pytest.mark.parametrize(
    ("text", "found"),
    [("opus", NAMES[0]), ("OPUS claude", NAMES[0]), ("cls", NAMES[1]), ("gpt6", NAMES[2]), ("mini", NAMES[3]),
     ("openai mi", NAMES[3])],
)  # fmt: skip
def test_a_few_letters_find_the_name(text: str, found: str) -> None:
    """Words in any order and case, and letters with gaps, find what they come from."""
    assert _best(text) == found


def test_better_places_score_more() -> None:
    """The beginning before the beginning of a word before the middle of one before letters with gaps."""
    query = Query("gpt")
    scores = [query.score(name) for name in ("gpt-6", "openai/gpt-6", "chatgpt-4", "g-p-t-4")]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_letters_too_far_apart_are_not_found() -> None:
    """What is spread over a whole name is no find."""
    assert Query("as").score(f"a{'-' * 40}s") == 0


@given(st.text("ab/-.5", min_size=1, max_size=6), st.text("ab/-.5", max_size=20))
@settings(max_examples=100)
def test_what_is_found_is_marked(text: str, name: str) -> None:
    """Whatever scores has its letters marked, in the name; whatever holds the text scores."""
    query = Query(text)
    places = query.places(name)
    assert all(0 <= place < len(name) for place in places)
    if query.score(name):
        assert {name[place] for place in places} >= set(text)
    if text in name:
        assert query.score(name) > 0
    if not re.search(".*".join(map(re.escape, text)), name):
        assert query.score(name) == 0


@pytest.mark.parametrize("text", ["a", "claude", "a" * 40, "openrouter/anthropic/claude-x", "zzz", "(((", "a b c d e"])
def test_thousands_of_names_are_searched_at_once(text: str) -> None:
    """Two thousand names take a few milliseconds, however little or much is typed."""
    names = [f"openrouter/vendor-{number % 40}/claude-{'a' * (number % 30)}-{number}" for number in range(2_000)]
    query = Query(text)
    best = 1.0
    for _ in range(3):
        began = time.thread_time()
        for name in names:
            query.score(name)
        best = min(best, time.thread_time() - began)
    assert best < 0.06  # four times what it takes, for machines that are slow
