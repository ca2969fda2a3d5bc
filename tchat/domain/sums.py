"""What replies took together, as people read it: what is unknown is `?`, what is estimated bears `≈`."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Literal

from tchat.domain.figures import dollars, short_count
from tchat.domain.spending import Spending, SpendingRow

NOTHING = "\N{EN DASH}"
"""Stands for no cached and no reasoning tokens."""


def spent(spending: Spending) -> str:
    """Return what it cost, `+ ?` where the cost of some is unknown.

    Nothing spent is a figure, not a price: `$0.00`.
    """
    if spending.replies and spending.unpriced == spending.replies:
        return dollars(None)
    known = dollars(spending.known_cost) if spending.known_cost else "$0.00"
    mark = "≈" if spending.estimated and spending.known_cost else ""
    return f"{mark}{known}{' + ?' if spending.unpriced else ''}"


def tokens(spending: Spending, number: int | None) -> str:
    """Return the tokens that were read or written: no reply does without, so that none means that nobody said."""
    return f"{'≈' if spending.estimated and number else ''}{short_count(number or None)}"


def part(number: int | None) -> str:
    """Return tokens that a reply may do without: those from a cache, those of reasoning."""
    return short_count(number) if number else NOTHING


def without_gaps(
    rows: Sequence[SpendingRow], by: Literal["day", "month"], first: dt.date, last: dt.date
) -> tuple[SpendingRow, ...]:
    """Return a row for every day or month between two days, in order; nothing was spent in those that had none."""
    known = {row.key: row for row in rows}
    days = ((first + dt.timedelta(days=number)).isoformat() for number in range((last - first).days + 1))
    keys = dict.fromkeys(day if by == "day" else day[:7] for day in days)
    return tuple(known.get(key) or SpendingRow(key=key, spending=Spending()) for key in keys)


def doubts(spending: Spending) -> Iterator[str]:
    """Yield what stands behind each mark, a sentence each."""
    if spending.unpriced:
        yield f"? {_replies(spending.unpriced)} of unknown cost: no price is known of the model"
    if spending.estimated:
        yield f"≈ {_replies(spending.estimated)} estimated: the provider never said what was taken"


def _replies(number: int) -> str:
    return "one reply is" if number == 1 else f"{number:,} replies are"
