"""The figures of tests on data, against sums done by hand."""

import pytest

from tchat.domain.usage import Usage
from tchat.templates.checking import Grade
from tchat.templates.examining import Attempt, Examined, Item
from tchat.templates.reporting import report

LETTERS: dict[str, Grade] = {"r": "right", "w": "wrong", "a": "abstained", "-": "unanswered"}


def examined(*items: str, threshold: float | None = None, confidence: float | None = None) -> Examined:
    """Return a test whose items have attempts as their letters say."""
    return Examined(
        template="t",
        file="t.toml",
        name="t",
        line=1,
        items=tuple(
            Item(
                number=number,
                inputs={},
                expected="",
                attempts=tuple(Attempt(verdict=LETTERS[letter], text="", confidence=confidence) for letter in letters),
            )
            for number, letters in enumerate(items, 1)
        ),
        rows=len(items),
        threshold=threshold,
    )


def test_shares_are_of_all_attempts() -> None:
    """Right, without an answer and abstained add up with wrong to one."""
    found = report(examined("r", "r", "w", "a", "-"))
    assert found is not None
    assert (found.accuracy, found.unanswered, found.abstained) == (0.4, 0.2, 0.2)
    assert (found.items, found.right, found.pass_at) == (5, 2, {})
    assert 0 < found.low < 0.4 < found.high < 1


def test_a_wrong_answer_costs_what_the_threshold_says() -> None:
    """Right 1, abstaining and no answer 0, wrong -t/(1-t); a point where the test names no threshold."""
    strict = report(examined("r", "r", "w", "a", "-", threshold=0.75))
    even = report(examined("r", "r", "w", "a", "-"))
    assert strict is not None
    assert even is not None
    assert strict.score == pytest.approx((2 - 3) / 5)
    assert even.score == pytest.approx((2 - 1) / 5)


def test_an_item_counts_once_however_often_it_is_run() -> None:
    """Accuracy is the mean over items of the part that is right, and pass@k the unbiased estimate."""
    found = report(examined("rrww", "wwww", "rrrr"))
    assert found is not None
    assert (found.items, found.attempts, found.right) == (3, 12, 1.5)
    assert found.accuracy == pytest.approx(0.5)
    assert found.pass_at == pytest.approx({1: 0.5, 2: (1 - 1 / 6 + 0 + 1) / 3, 4: 2 / 3})


def test_confidence_is_held_against_success() -> None:
    """Three of four right at a stated 0.9: the error is 0.15, and Brier is the mean square of the distances."""
    found = report(examined("r", "r", "r", "w", "-", confidence=0.9))
    assert found is not None
    assert found.calibration is not None
    assert found.confident == 4
    assert found.calibration.ece == pytest.approx(0.15)
    assert found.calibration.brier == pytest.approx((3 * 0.01 + 0.81) / 4)
    assert [(each.low, each.count, each.accuracy) for each in found.calibration.bins if each.count] == [(0.8, 4, 0.75)]


def test_what_is_unknown_stays_unknown() -> None:
    """A cost that is missing of one attempt is missing of all, and so are tokens."""
    attempts = (
        Attempt(verdict="right", text="", usage=Usage(input=10, output=4), cost=0.5, seconds=1.0, calls=1),
        Attempt(verdict="right", text="", usage=Usage(input=20), cost=None, seconds=3.0, calls=2),
    )
    items = tuple(Item(number=1, inputs={}, expected="", attempts=(made,)) for made in attempts)
    found = report(Examined(template="t", file="t", name="t", line=1, items=items, rows=2))
    assert found is not None
    assert (found.input_tokens, found.output_tokens, found.cost, found.seconds, found.calls) == (15, None, None, 2, 1.5)


def test_nothing_done_has_no_figures() -> None:
    """There is no accuracy of nothing."""
    assert report(examined()) is None
