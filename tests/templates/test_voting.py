"""How samples become one answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.templates import voting
from tchat.templates.comparing import same
from tchat.templates.extracting import Unanswered
from tchat.templates.format import Value
from tchat.templates.voting import Tally

SAMPLES: st.SearchStrategy[list[Value]] = st.lists(st.sampled_from([None, 1, "1.0", 2, "a", "A."]), max_size=9)


def test_the_answer_given_most_often_wins() -> None:
    """It is the one of its first sample, and its share is of all samples drawn."""
    assert voting.majority([26, 18, None, "$18.00", "9"]) == Tally(18, 1, (("18", 2), ("26", 1), ("9", 1)), 0.4)


def test_ties_go_to_the_earlier_sample() -> None:
    """Whatever the later ones say."""
    assert voting.majority(["b", "a", "a", "b"]).value == "b"


def test_nobody_wins_where_nobody_answers() -> None:
    """With or without samples."""
    assert voting.majority([None, None]) == Tally(None)
    assert voting.majority([]) == Tally(None)


@given(samples=SAMPLES, data=st.data())
def test_order_decides_nothing_but_ties(samples: list[Value], data: st.DataObject) -> None:
    """A majority of its own stays the majority however samples are ordered."""
    tally = voting.majority(samples)
    again = voting.majority(data.draw(st.permutations(samples)))
    assert again.share == tally.share
    assert sorted(count for _, count in again.votes) == sorted(count for _, count in tally.votes)
    if len(tally.votes) == 1 or (tally.votes and tally.votes[0][1] > tally.votes[1][1]):
        assert same(again.value, tally.value)
    if tally.winner is not None:
        assert samples[tally.winner] is tally.value


def test_the_first_that_passes_wins() -> None:
    """None where none does."""
    assert voting.check([None, "a", "b"], [True, False, True]) == Tally("b", 2, (("a", 1), ("b", 1)), 1 / 3)
    assert voting.check(["a", "b"], [False, False]).value is None


def test_a_judge_counts_candidates_from_one() -> None:
    """Those without an answer are not among them."""
    samples: list[Value] = [None, "a", "b"]
    assert voting.candidates(samples) == ["a", "b"]
    assert voting.judge(samples, 2).winner == 2
    assert voting.judge(samples, "1.").value == "a"


@pytest.mark.parametrize("choice", [0, 3, -1, 1.5, True, "none", None])
def test_a_judge_names_a_candidate(choice: Value) -> None:
    """Anything else is no answer."""
    with pytest.raises(Unanswered, match="the candidates are numbered from 1 to 2"):
        voting.judge(["a", "b"], choice)


def test_the_highest_score_wins() -> None:
    """The earlier of two; answers without a score, and scores without an answer, cannot win."""
    tally = voting.score([None, "a", "b", "c"], [9, 5.0, 7, 7])
    assert (tally.value, tally.winner, tally.scores) == ("b", 2, (9, 5.0, 7, 7))
    assert voting.score(["a", "b"], [None, -1]).value == "b"
    assert voting.score(["a"], [None]).value is None


def test_the_mean_is_exact() -> None:
    """Of the numbers that there are."""
    assert voting.mean([20, None, 1, "0.3"]).value == 7.1
    assert voting.mean([20, None]).share == 0.5
    assert voting.mean([1, 3]).value == 2
    assert voting.mean(["a", None]).value is None


def test_all_keeps_every_sample() -> None:
    """Those without an answer, too."""
    assert voting.everything(["a", None]).value == ["a", None]
