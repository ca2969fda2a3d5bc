"""Laws of splitting reasoning from an answer by its tags."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.providers.think_tags import CLOSER, OPENER, ThinkTags

PROSE = st.lists(st.sampled_from([*"ab<>/\n ", OPENER, CLOSER, "<th", "</thi", "nk>", "é"]), max_size=8).map("".join)
BLANK = st.text(st.sampled_from(" \n\t"), max_size=3)


def split(*pieces: str) -> tuple[str, str]:
    """Return reasoning and answer of a text that comes in pieces."""
    tags = ThinkTags()
    parts = [*(tags.split(piece) for piece in pieces), tags.finish()]
    return "".join(reasoning for reasoning, _ in parts), "".join(answer for _, answer in parts)


def cut(text: str, cuts: list[int]) -> list[str]:
    """Return `text` in pieces."""
    places = [0, *sorted(min(place, len(text)) for place in cuts), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places)]


@given(PROSE, BLANK, st.lists(st.integers(0, 40), max_size=8))
def test_tags_split_the_same_wherever_the_text_is_cut(prose: str, blank: str, cuts: list[int]) -> None:
    """Tags may be spread over any number of pieces."""
    text = f"{blank}{OPENER}{blank}{prose}{blank}{CLOSER}{blank}{prose}"
    for whole in (text, prose, f"{OPENER}{prose}", f"{prose}{CLOSER}"):
        assert split(*cut(whole, cuts)) == split(whole)


@given(BLANK, BLANK)
def test_tags_take_the_white_space_around_them(before: str, after: str) -> None:
    """Neither the reasoning nor the answer begins or ends with the blank lines of the tags."""
    text = f"{before}{OPENER}{after}I  think.\nSo.{before}{CLOSER}{after}Yes, \n"
    assert split(text) == ("I  think.\nSo.", "Yes, \n")


@given(PROSE.filter(lambda text: not text.strip().startswith(OPENER)), st.lists(st.integers(0, 20), max_size=5))
def test_tags_leave_every_other_answer_as_it_is(text: str, cuts: list[int]) -> None:
    """What does not begin with the opening tag comes out unchanged, white space included."""
    assert split(*cut(text, cuts)) == ("", text)


@pytest.mark.parametrize(
    "text",
    [
        "reasoning\n</think>\n\nanswer",
        "<thinking>step</thinking>answer",
        "Use <think>tags</think> like this",
        "<think",
        "<THINK>x</THINK>",
        "\n\n",
    ],
)
def test_tags_that_are_the_answers_own_stay_in_it(text: str) -> None:
    """A closing tag alone, other tags and tags further on are text."""
    assert split(text) == ("", text)


def test_tags_that_are_never_closed_make_all_of_it_reasoning() -> None:
    """A reply that was cut while the model thought has no answer."""
    assert split("<think>\nfirst", " second </thi\n") == ("first second </thi", "")


def test_tags_around_nothing_are_no_reasoning() -> None:
    """A model whose thinking is turned off writes empty tags."""
    assert split("<think>\n\n</think>\n\nYes") == ("", "Yes")


def test_tags_are_looked_for_once() -> None:
    """A second pair of tags is the answer's own."""
    assert split("<think>a</think>b<think>c</think>") == ("a", "b<think>c</think>")


def test_tags_hold_back_no_more_than_could_be_a_tag() -> None:
    """Text is passed on at once, but for what a closing tag could begin with."""
    tags = ThinkTags()
    assert tags.split("<th") == ("", "")
    assert tags.split("ink>so it") == ("so it", "")
    assert tags.split(" is <") == (" is", "")
    assert tags.split("b> </th") == (" <b>", "")
    assert not tags.are_passed
    assert tags.split("ink>yes") == ("", "yes")
    assert tags.are_passed
    assert tags.split(" </think>") == ("", " </think>")
