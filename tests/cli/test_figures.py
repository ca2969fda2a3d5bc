"""The figures of tests on data as the shell shows them."""

from tchat.cli.figures import figure_lines
from tchat.cli.verdicts import Measured
from tchat.templates.checking import Grade
from tchat.templates.examining import Attempt, Examined, Item
from tchat.templates.reporting import report


def test_only_nothing_is_no_percent_and_only_everything_is_all() -> None:
    """One of 3,000 is not 0.0 %, and all but one are not 100.0 %."""
    right: list[Grade] = ["right"] * 2999
    grades: list[Grade] = ["abstained", *right]
    items = tuple(
        Item(number=number, inputs={}, expected="", attempts=(Attempt(verdict=grade, text=""),))
        for number, grade in enumerate(grades, 1)
    )
    examined = Examined(template="t", file="t.toml", name="t", line=1, items=items, rows=3000)
    measured = Measured(by="m", is_live=False, examined=examined, report=report(examined), run_id=None)
    rows = dict(line.split("  ", 1) for line in figure_lines([measured], chart=False, width=80))
    assert rows["right"].strip() == "> 99.9 % (2,999 of 3,000)"
    assert rows["abstained"].strip() == "< 0.1 %"
    assert rows["no answer"].strip() == "0.0 %"
    assert rows["score"].strip().startswith("+1.000")
