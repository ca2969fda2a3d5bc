"""Laws of sums as people read them."""

import datetime as dt

import pytest

from tchat.domain.spending import Spending, SpendingRow
from tchat.domain.sums import doubts, part, spent, tokens, without_gaps


@pytest.mark.parametrize(
    ("spending", "said"),
    [
        (Spending(), "$0.00"),
        (Spending(replies=2), "$0.00"),
        (Spending(replies=2, known_cost=1.5), "$1.50"),
        (Spending(replies=2, known_cost=1.5, unpriced=1), "$1.50 + ?"),
        (Spending(replies=2, unpriced=1), "$0.00 + ?"),
        (Spending(replies=2, unpriced=2), "$?"),
        (Spending(replies=2, known_cost=0.0123, estimated=1), "≈$0.012"),
        (Spending(replies=2, known_cost=0.0123, estimated=1, unpriced=1), "≈$0.012 + ?"),
        (Spending(replies=2, estimated=1), "$0.00"),
    ],
)
def test_a_cost_says_what_of_it_is_unknown_or_estimated(spending: Spending, said: str) -> None:
    """What is unknown is never nothing, and never hides what is known."""
    assert spent(spending) == said


def test_tokens_that_nobody_said_are_unknown() -> None:
    """Every reply reads and writes some; from a cache, or for reasoning, it need not."""
    assert tokens(Spending(replies=1), 0) == "?"
    assert tokens(Spending(replies=1), 1_500) == "1.5k"
    assert tokens(Spending(replies=2, estimated=1), 1_500) == "≈1.5k"
    assert (part(0), part(1_500)) == ("–", "1.5k")


def test_doubts_say_what_the_marks_mean() -> None:
    """Nothing where nothing is marked."""
    assert list(doubts(Spending(replies=1))) == []
    assert list(doubts(Spending(replies=2000, unpriced=1, estimated=1200))) == [
        "? one reply is of unknown cost: no price is known of the model",
        "≈ 1,200 replies are estimated: the provider never said what was taken",
    ]


def test_every_day_and_month_has_a_row() -> None:
    """Across the end of a year, too; those on which something was spent have it."""
    one = Spending(replies=1, known_cost=1.0)
    days = without_gaps(
        [SpendingRow(key="2026-01-02", spending=one)], "day", dt.date(2025, 12, 30), dt.date(2026, 1, 3)
    )
    assert [row.key for row in days] == ["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03"]
    assert [row.spending.replies for row in days] == [0, 0, 0, 1, 0]
    months = without_gaps(
        [SpendingRow(key="2026-01", spending=one)], "month", dt.date(2025, 11, 30), dt.date(2026, 2, 1)
    )
    assert [(row.key, row.spending.replies) for row in months] == [
        ("2025-11", 0), ("2025-12", 0), ("2026-01", 1), ("2026-02", 0),
    ]  # fmt: skip
