"""Charts of plain characters."""

from tchat.cli.charts import calibration_chart, interval_chart, pass_chart
from tchat.cli.layout import width_of
from tchat.templates.examining import Attempt, Examined, Item
from tchat.templates.reporting import Report, report


def figures(right: int, of: int, confidence: float | None = None) -> Report:
    """Return the figures of a test with so many right answers."""
    items = tuple(
        Item(
            number=number,
            inputs={},
            expected="",
            attempts=(Attempt(verdict="right" if number <= right else "wrong", text="", confidence=confidence),),
        )
        for number in range(1, of + 1)
    )
    found = report(Examined(template="t", file="t", name="t", line=1, items=items, rows=of))
    assert found is not None
    return found


def test_a_bar_ends_where_its_part_is() -> None:
    """Half of the room is half of what can be right, and a chart fits its terminal."""
    (line,) = pass_chart({1: 0.5}, 60)
    assert line.count("█") == line.count("·")
    assert all(width_of(line) < width for width in (40, 80, 200) for line in pass_chart({1: 0.04, 100: 1.0}, width))


def test_intervals_stand_across_their_bars() -> None:
    """Both ends are drawn, more answers make them narrower, and nothing falls out of the chart."""
    few, many = interval_chart([("few", figures(5, 10)), ("many", figures(500, 1000))], 80)
    assert few.index("┤") - few.index("├") > many.index("┤") - many.index("├")
    assert width_of(few) == width_of(many) < 80
    for right in (0, 10):
        (line,) = interval_chart([("edge", figures(right, 10))], 80)
        assert width_of(line) < 80


def test_calibration_shows_what_was_said_beside_what_was_right() -> None:
    """The mark stands at the stated confidence, the bar ends at the success."""
    calibration = figures(3, 4, 0.9).calibration
    assert calibration is not None
    line, legend = calibration_chart(calibration, 100)
    assert "said  90 %, right  75 % of 4" in line
    assert line.index("│") > line.rindex("█")
    assert "│" in legend
