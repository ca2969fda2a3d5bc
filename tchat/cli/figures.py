"""The figures of tests on data as a table: one row a figure, one column a test, as many as the terminal holds."""

from collections.abc import Callable, Iterator, Sequence

from tchat.cli.charts import calibration_chart, interval_chart, pass_chart
from tchat.cli.layout import columns, cut, width_of
from tchat.cli.verdicts import Measured
from tchat.domain.figures import dollars, seconds
from tchat.domain.text import one_line
from tchat.templates.reporting import Report

_LEAST_SHOWN = 0.0005
_NAME = 40
"""Cells that the name of a test has at most where tests stand side by side."""

Figure = Callable[[Measured, Report], str]


def figure_lines(measured: Sequence[Measured], *, chart: bool, width: int) -> Iterator[str]:
    """Yield the table, or one below the other where they do not fit, and the charts."""
    done = [(each, each.report) for each in measured if each.report is not None]
    yield from (f"{one_line(each.examined.name)}: nothing was done" for each in measured if each.report is None)
    table = columns(_table(done))
    if max(map(width_of, table), default=0) < width:
        yield from table
    else:
        for index, pair in enumerate(done):
            yield from ([""] if index else [])
            yield from columns(_table([pair]))
    if chart:
        yield from _charts(done, width)


def _table(done: Sequence[tuple[Measured, Report]]) -> list[list[str]]:
    """Return the rows that say something of any test."""
    rows = [[name, *(figure(each, report) for each, report in done)] for name, figure in _figures(done)]
    return [row for row in rows if any(row[1:])]


def _figures(done: Sequence[tuple[Measured, Report]]) -> Iterator[tuple[str, Figure]]:
    def named(name: str) -> str:
        return one_line(name) if len(done) == 1 else cut(one_line(name), _NAME)

    yield "template", lambda each, _: named(each.examined.template)
    yield "test", lambda each, _: named(each.examined.name)
    yield "answered by", lambda each, _: named(each.by)
    yield "right", _right
    yield "95 % interval", lambda _, report: f"{_percent(report.low)} to {_percent(report.high)}"
    yield "no answer", lambda _, report: _percent(report.unanswered)
    yield "abstained", lambda _, report: _percent(report.abstained)
    yield "score", _score
    for k in sorted({k for _, report in done for k in report.pass_at}):
        yield f"pass@{k}", lambda _, report, k=k: _percent(report.pass_at[k]) if k in report.pass_at else ""
    yield "calibration", _calibration
    yield "attempts", lambda _, report: f"{report.attempts:,}" if report.attempts != report.items else ""
    yield "calls", lambda each, report: f"{report.calls:.3g} an attempt" if each.is_live else ""
    yield "tokens", lambda each, report: _tokens(report) if each.is_live else ""
    yield "cost", lambda each, report: _cost(report) if each.is_live else ""
    yield "time", lambda each, report: f"{seconds(report.seconds)} an attempt" if each.is_live else ""
    yield "not done", lambda _, report: f"{report.rows - report.items:,} rows" if report.rows > report.items else ""
    yield "run", lambda each, _: each.run_id or ""


def _right(_: Measured, report: Report) -> str:
    count = f"{report.right:,.0f}" if report.right == round(report.right) else f"{report.right:,.2f}"
    return f"{_percent(report.accuracy)} ({count} of {report.items:,})"


def _score(each: Measured, report: Report) -> str:
    if each.examined.threshold is None and not report.abstained:
        return ""
    return f"{report.score:+.3f} (right 1, wrong {-report.threshold / (1 - report.threshold):.3g})"


def _calibration(_: Measured, report: Report) -> str:
    found = report.calibration
    return f"ECE {found.ece:.3f}, Brier {found.brier:.3f} ({report.confident:,} answers)" if found else ""


def _tokens(report: Report) -> str:
    said = ["?" if count is None else f"{count:,.0f}" for count in (report.input_tokens, report.output_tokens)]
    return f"{said[0]} in, {said[1]} out an attempt"


def _cost(report: Report) -> str:
    return f"{dollars(report.cost)} an attempt, {dollars(report.total_cost)} in all"


def _percent(part: float) -> str:
    """Return a part in percent; nothing and everything are said of nothing and everything only."""
    if 0 < part < _LEAST_SHOWN:
        return "< 0.1 %"
    return "> 99.9 %" if 1 - _LEAST_SHOWN < part < 1 else f"{100 * part:.1f} %"


def _charts(done: Sequence[tuple[Measured, Report]], width: int) -> Iterator[str]:
    yield from ("", "right, and the 95 % interval")
    names = [cut(one_line(_short_name(each, done)), _NAME) for each, _ in done]
    yield from interval_chart([(name, report) for name, (_, report) in zip(names, done, strict=True)], width)
    for name, (_, report) in zip(names, done, strict=True):
        if report.pass_at:
            yield from ("", f"pass@k: {name}", *pass_chart(report.pass_at, width))
        if report.calibration:
            yield from ("", f"calibration: {name}", *calibration_chart(report.calibration, width))


def _short_name(each: Measured, done: Sequence[tuple[Measured, Report]]) -> str:
    """Return what tells a test from the others: its name, or who answered."""
    names = [other.examined.name for other, _ in done]
    return each.by if len(set(names)) < len(names) else each.examined.name
