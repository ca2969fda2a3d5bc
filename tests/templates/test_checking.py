"""What is said of answers that do not pass, and what abstaining is."""

import pytest

from tchat.templates.checking import Condition, Outcome, abstains, problems, threshold_score
from tchat.templates.filters import shown
from tchat.templates.format import Value


def said(value: Value, **conditions: Condition) -> str:
    """Return all problems of a value."""
    return "; ".join(problems(value, shown(value), conditions))


@pytest.mark.parametrize(
    ("value", "conditions"),
    [
        ("$18.00", {"equals": 18}),
        ("So it is 3 + 6 = 9.", {"number": "9"}),
        (9.4, {"number": 9, "tolerance": 0.4}),
        ({"n": 4}, {"number": 4}),
        ("b.", {"one_of": ["A", "B"]}),
        ("a1", {"matches": r"\d$"}),
        ("Cats sleep.", {"contains": ["cats", "SLEEP"], "lacks": "dog", "min_words": 2, "max_words": 2}),
        ("x", {"expr": Outcome(True, "never said"), "command": Outcome(True, "never said")}),
        ("I don’t know.", {"abstain": True}),
        ("pass", {"abstain": "Pass"}),
        ("pass", {"abstain": ["skip", "pass"], "equals": 3}),
        ("4", {"abstain": False}),
        (None, {}),
    ],
)
def test_a_right_answer_has_no_problems(value: Value, conditions: dict[str, Condition]) -> None:
    """Whichever word it is asked for with."""
    assert problems(value, shown(value), conditions) == []


@pytest.mark.parametrize(
    ("value", "conditions", "problem"),
    [
        (7, {"equals": "9"}, 'is 7, and "9" is expected'),
        ("it is 7", {"number": 9}, "is 7, and 9 is expected"),
        (7, {"number": 9, "tolerance": 1}, "is 7, and 9, give or take 1, is expected"),
        ("none", {"number": 9}, "has no number, and 9 is expected"),
        ("c", {"one_of": ["a", "b"]}, 'is "c", which is none of "a", "b"'),
        ("a", {"matches": r"^\d"}, r"does not match /^\d/"),
        ("a", {"contains": "b"}, 'does not contain "b"'),
        ("A", {"lacks": "a"}, 'contains "a", which it must not'),
        ("a b c", {"max_words": 2}, "has 3 words, at most 2 are allowed"),
        ("a", {"min_words": 2}, "has 1 word, at least 2 are needed"),
        ("a", {"expr": Outcome(False, "does not rhyme")}, "does not rhyme"),
        ("a", {"abstain": True}, "does not abstain"),
        ("I don't know", {"abstain": False}, "abstains"),
        (None, {"equals": 1, "max_words": 3}, "is missing"),
    ],
)
def test_a_problem_is_said_in_words(value: Value, conditions: dict[str, Condition], problem: str) -> None:
    """A clause for a model that repairs its answer, and for a report."""
    assert said(value, **conditions) == problem


def test_every_problem_is_said() -> None:
    """In the order of the conditions."""
    assert said("a b", max_words=1, contains="c") == 'has 2 words, at most 1 are allowed; does not contain "c"'


@pytest.mark.parametrize(
    "text", ["I don't know", "I don’t know.", "**Unknown**", "I do not know who that was", "Hm. So I don't know."]
)
def test_an_abstention_is_recognised(text: str) -> None:
    """By how it begins or ends."""
    assert abstains(text, True)


@pytest.mark.parametrize("text", ["Paris", "I don't know, but I say Paris", "The unknown soldier", "known", ""])
def test_an_answer_is_no_abstention(text: str) -> None:
    """Even if it is unsure."""
    assert not abstains(text, True)


def test_a_wrong_answer_costs_what_the_threshold_says() -> None:
    """At 0.75 it takes three right answers to make up for it."""
    assert threshold_score("right", 0.75) == 1
    assert threshold_score("wrong", 0.75) == -3
    assert threshold_score("abstained", 0.75) == threshold_score("unanswered", 0.75) == 0
