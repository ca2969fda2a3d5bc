"""The measures of a test."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.templates.measuring import Amount, add, calibrate, pass_at, wilson

COUNTS = st.integers(1, 400).flatmap(lambda drawn: st.tuples(st.integers(0, drawn), st.just(drawn)))


@given(counts=COUNTS)
def test_the_interval_holds_the_rate(counts: tuple[int, int]) -> None:
    """And lies between 0 and 1."""
    low, high = wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


def test_the_interval_is_that_of_wilson() -> None:
    """As in textbooks: 8 of 10, and none of 20."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


@given(counts=COUNTS, data=st.data())
def test_more_samples_never_lower_the_chance(counts: tuple[int, int], data: st.DataObject) -> None:
    """With one it is the rate, and it is what counting combinations comes to."""
    right, drawn = counts
    k = data.draw(st.integers(1, drawn))
    chance = pass_at(k, drawn, right)
    assert pass_at(1, drawn, right) == pytest.approx(right / drawn)
    assert chance == pytest.approx(1 - math.comb(drawn - right, k) / math.comb(drawn, k))
    assert k == drawn or chance <= pass_at(k + 1, drawn, right) + 1e-12


def test_calibration_compares_what_was_said_with_what_was_right() -> None:
    """By bins of equal width, each with its upper end."""
    found = calibrate([(0.9, True), (0.9, False), (0.1, False), (0.0, False), (1.0, True)])
    assert found.ece == pytest.approx((2 * abs(0.9 - 0.5) + 2 * 0.05 + 0) / 5)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.01) / 5)
    assert [each.count for each in found.bins] == [2, 0, 0, 0, 0, 0, 0, 0, 2, 1]
    assert (found.bins[8].confidence, found.bins[8].accuracy) == (pytest.approx(0.9), 0.5)
    assert found.bins[1].accuracy is None


@given(said=st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_errors_lie_between_0_and_1(said: list[tuple[float, bool]]) -> None:
    """And every item is in a bin."""
    found = calibrate(said)
    assert 0 <= found.ece <= 1
    assert 0 <= found.brier <= 1
    assert sum(each.count for each in found.bins) == len(said)


def test_what_is_unknown_stays_unknown() -> None:
    """One missing price leaves the sum open."""
    assert add([1, 2.5]) == Amount(3.5, 1.75)
    assert add([1, None]) == add([]) == Amount(None, None)
