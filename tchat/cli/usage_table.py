"""Sums of what was spent as a table, a chart, JSON or CSV."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tchat.domain.figures import dollars, short_count
from tchat.domain.spending import Grouping, Spending, SpendingRow
from tchat.domain.sums import doubts, part, spent, tokens
from tchat.domain.text import one_line

CHART_HEIGHT = 12
_WIDEST = 100
_BAR_WIDTH = 0.6
"""Of the room that each bar has."""
_LABEL, _AXIS = 7, 9
"""Cells that a label takes, and what stands at the left."""
_NOWHERE: dict[Grouping, str] = {"template": "(no template)", "conversation": "(not kept)"}
_BAR = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST_NAME = 40
_SHORT = 12
"""Characters of an id that tell conversations and runs apart, and that every command takes for it."""
_COLUMNS: tuple[tuple[str, Callable[[Spending], str]], ...] = (
    ("replies", lambda one: f"{one.replies:,}"),
    ("in", lambda one: tokens(one, one.usage.input)),
    ("cached", lambda one: part(one.usage.cached_read)),
    ("out", lambda one: tokens(one, one.usage.output)),
    ("reasoning", lambda one: part(one.usage.reasoning)),
    ("cost", lambda one: _cost(one)),  # noqa: PLW0108  # it is defined below
)


def as_table(rows: Sequence[SpendingRow], by: Grouping, everything: Spending, width: int) -> str:
    """Return a table with a bar for each row's share, and the sum of all rows, shown or not, at its end."""
    weigh = _measure(rows)
    most = max((weigh(row.spending) for row in rows), default=0.0)
    cells = [[_name(row, by), *(draw(row.spending) for _, draw in _COLUMNS)] for row in rows]
    cells.insert(0, [by, *(name for name, _ in _COLUMNS)])
    cells.append(["together", *(draw(everything) for _, draw in _COLUMNS)])
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    has_bars = sum(widths) + 2 * len(widths) + _BAR <= width
    bars = ["", *(_bar(weigh(row.spending) / most if most else 0.0) for row in rows), ""]
    lines: list[str] = []
    for row, bar in zip(cells, bars, strict=True):
        name, *figures = row
        drawn = [name.ljust(widths[0]), *(cell.rjust(size) for cell, size in zip(figures, widths[1:], strict=True))]
        lines.append(("  ".join(drawn) + (f"  {bar}" if has_bars else "")).rstrip())
    notes = list(doubts(everything))
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def as_chart(rows: Sequence[SpendingRow], by: Grouping, width: int) -> str:
    """Return bars over time, of cost, or of tokens where nothing costs anything."""
    import plotext

    weigh = _measure(rows)
    costs = any(row.spending.known_cost for row in rows)
    figure: Any = plotext.figure  # it is typed in part only
    figure.clear()
    heights = [weigh(row.spending) for row in rows]
    figure.draw(figure.bar(list(range(1, len(rows) + 1)), heights, width=_BAR_WIDTH))
    figure.title(f"{'US dollars' if costs else 'tokens'} by {by}")
    marks = _round_marks(max(heights, default=0.0))
    figure.ruler("y").ticks(
        marks, [dollars(mark).removesuffix(".00") if costs and mark else short_count(round(mark)) for mark in marks]
    )
    labels = [(row.key or "")[5 if by == "day" else 0 :] for row in rows]
    apart = -(-len(labels) * (_LABEL + 2) // max(1, min(width, _WIDEST) - _AXIS))
    places = range(len(labels) - 1, -1, -apart)  # the newest has a label
    figure.ruler("x").ticks([place + 1 for place in places], [labels[place] for place in places])
    figure.plot_size(min(width, _WIDEST), CHART_HEIGHT)
    return str(figure.build().string(colorless=True))


def _round_marks(most: float) -> list[float]:
    """Return at most five round values from 0 up to `most`."""
    if most <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(most / 4))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if most / (power * factor) <= 4)  # noqa: PLR2004
    return [step * number for number in range(int(most / step) + 1)]


def as_json(rows: Sequence[SpendingRow]) -> str:
    """Return a list of objects; what is unknown is null."""
    return msgspec.json.format(msgspec.json.encode([_plain(row) for row in rows])).decode() + "\n"


def as_csv(rows: Sequence[SpendingRow], by: Grouping) -> str:
    """Return lines of values, the first of which has their names; what is unknown is empty."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    names = list(_plain(SpendingRow(key="", spending=Spending())))
    table.writerow([by if name == "key" else name for name in names])
    table.writerows([_plain(row)[name] for name in names] for row in rows)
    return text.getvalue()


def _plain(row: SpendingRow) -> dict[str, object]:
    spending, usage = row.spending, row.spending.usage
    return {
        "key": row.key,
        "label": row.label,
        "replies": spending.replies,
        "estimated": spending.estimated,
        "unpriced": spending.unpriced,
        "input": usage.input,
        "cached_read": usage.cached_read,
        "cached_write": usage.cached_write,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "cost": None if spending.cost is None else round(spending.cost, 9),
        "known_cost": round(spending.known_cost, 9),
        "seconds": round(spending.seconds, 3),
    }


def _measure(rows: Sequence[SpendingRow]) -> Callable[[Spending], float]:
    """Return what rows are compared by: cost, or tokens where nothing costs anything."""
    if any(row.spending.known_cost for row in rows):
        return lambda one: one.known_cost
    return lambda one: float((one.usage.input or 0) + (one.usage.output or 0))


def _name(row: SpendingRow, by: Grouping) -> str:
    if row.key is None:
        return _NOWHERE.get(by, "?")
    label = f"{row.key[:_SHORT]} {row.label}" if row.label else row.key
    name = one_line(label)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _cost(spending: Spending) -> str:
    return spent(spending) if spending.known_cost or spending.unpriced else dollars(0.0)


def _bar(share: float) -> str:
    eighths = round(share * _BAR * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")
