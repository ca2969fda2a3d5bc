"""Laws of what `tchat usage` prints."""

import csv
import io
import json

from tchat.cli.usage_table import as_chart, as_csv, as_json, as_table
from tchat.domain.spending import Spending, SpendingRow
from tchat.domain.usage import Usage

KNOWN = Spending(replies=2, usage=Usage(input=1_500, cached_read=900, output=400), known_cost=1.25)
STOPPED = Spending(replies=1, estimated=1, usage=Usage(input=100, output=20), known_cost=0.02)
UNKNOWN = Spending(replies=1, unpriced=1, usage=Usage(input=100, output=20))
ROWS = [
    SpendingRow(key=key, spending=spending) for key, spending in (("a/a", KNOWN), ("b/b", STOPPED), ("c/c", UNKNOWN))
]
ALL = Spending(
    replies=4, estimated=1, unpriced=1, usage=Usage(input=1_700, cached_read=900, output=440), known_cost=1.27
)


def test_a_table_marks_what_is_unknown_and_what_is_estimated() -> None:
    """`?` is never 0 and never free, and what the marks mean stands below."""
    head, known, stopped, unknown, together, _, *notes = as_table(ROWS, "model", ALL, 100).splitlines()
    assert head.split() == ["model", "replies", "in", "cached", "out", "reasoning", "cost"]
    assert known.split()[:7] == ["a/a", "2", "1.5k", "900", "400", "–", "$1.25"]
    assert stopped.split()[:7] == ["b/b", "1", "≈100", "–", "≈20", "–", "≈$0.020"]
    assert unknown.split() == ["c/c", "1", "100", "–", "20", "–", "$?"]
    assert together.split()[-3:] == ["≈$1.27", "+", "?"]
    assert [note[0] for note in notes] == ["?", "≈"]


def test_data_has_nothing_in_place_of_an_unknown_cost() -> None:
    """JSON null and an empty cell, beside what is known."""
    costs = [(row["cost"], row["known_cost"]) for row in json.loads(as_json(ROWS))]
    assert costs == [(1.25, 1.25), (0.02, 0.02), (None, 0.0)]
    assert [row["cost"] for row in csv.DictReader(io.StringIO(as_csv(ROWS, "model")))] == ["1.25", "0.02", ""]


def test_a_chart_is_no_wider_than_its_terminal() -> None:
    """The newest bar has its name."""
    days = [SpendingRow(key=f"2026-11-{day:02}", spending=KNOWN) for day in range(1, 29)]
    for width in (60, 80, 200):
        lines = as_chart(days, "day", width).splitlines()
        assert max(map(len, lines)) <= width
        assert "11-28" in lines[-1]
