"""Sums of what was spent as a table with bars: what is unknown is `?`, what is estimated bears `≈`."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from tchat.domain.spending import Grouping, Spending, SpendingRow
from tchat.domain.sums import part, tokens
from tchat.domain.text import one_line
from tchat.tui.wrapping import cut

LONGEST_BAR = 40
SHORTEST_BAR = 10
LONGEST_NAME = 44
SHORTEST_NAME = 12
TOGETHER = "together"
FULL, HALF = "▄", "▖"
_GAP = "  "
_NOWHERE: dict[Grouping, str] = {"template": "(no template)", "conversation": "(not kept)"}
_LEFT_OUT = ("reasoning", "cached", "replies", "in")
"""Columns that go where it is narrow, the first one first."""


class Line(Struct, frozen=True, kw_only=True):
    """One line of the table."""

    text: str
    bar: str = ""
    is_quiet: bool = False
    """Whether nothing was spent."""


class Sheet(Struct, frozen=True, kw_only=True):
    """A table for one width."""

    header: Line
    lines: tuple[Line, ...]
    total: Line


def sheet_of(rows: Sequence[SpendingRow], by: Grouping, everything: Spending, width: int) -> Sheet:
    """Return the table of some rows and of what all of them took together.

    Args:
        rows: in the order in which they are shown.
        by: what they are sums by.
        everything: the sum.
        width: cells that a line may have.
    """
    spent = [*(row.spending for row in rows), everything]
    names = [by, *names_of(rows, by), TOGETHER]
    columns = {name: [name, *(draw(one) for one in spent)] for name, draw in _COLUMNS.items()}
    costs = costs_of(spent)
    columns["cost"] = ["cost    " if any(cost.endswith("    ") for cost in costs) else "cost", *costs]
    natural = min(LONGEST_NAME, max(SHORTEST_NAME, 2 * width // 5), max(cell_len(name) for name in names))
    for name in _LEFT_OUT:
        if natural + _width_of(columns) + len(_GAP) + SHORTEST_BAR <= width:
            break
        del columns[name]
    room = max(SHORTEST_NAME, width - _width_of(columns) - len(_GAP) - SHORTEST_BAR)
    left = min(natural, room)
    widths = {name: max(map(len, cells)) for name, cells in columns.items()}
    longest = min(LONGEST_BAR, max(0, width - left - _width_of(columns) - len(_GAP)))
    weigh, measure = _measure(rows)
    most = max((weigh(row.spending) for row in rows), default=0.0) or 1.0
    lines: list[Line] = []
    for place, name in enumerate(names):
        cells = [set_cell_size(cut(name, left), left)]
        cells += [column[place].rjust(widths[title]) for title, column in columns.items()]
        own = rows[place - 1].spending if 0 < place <= len(rows) else None
        bar = _bar(weigh(own) / most, longest) if own else ""
        lines.append(Line(text=_GAP.join(cells), bar=bar, is_quiet=own is not None and not own.replies))
    header = Line(text=lines[0].text, bar=measure if longest >= len(measure) else "")
    return Sheet(header=header, lines=tuple(lines[1:-1]), total=lines[-1])


def names_of(rows: Sequence[SpendingRow], by: Grouping) -> Iterator[str]:
    """Yield what rows are called."""
    latest = max((row.key or "" for row in rows), default="")[:4]
    for row in rows:
        if row.key is None:
            yield _NOWHERE.get(by, "?")
        elif by == "day":
            day = dt.date.fromisoformat(row.key)
            yield f"{day:%a} {day.day:>2} {day:%b}{'' if row.key[:4] == latest else f' {day.year}'}"
        elif by == "month":
            yield f"{dt.date.fromisoformat(f'{row.key}-01'):%B %Y}"
        else:
            yield one_line((row.label or "untitled") if by == "conversation" else row.key)


def costs_of(spent: Sequence[Spending]) -> list[str]:
    """Return costs with their points below each other."""
    largest = max((one.known_cost for one in spent), default=0.0)
    digits = 2 if largest >= 1 else 3 if largest >= 0.1 else 4  # noqa: PLR2004  # dollars
    least = 10.0**-digits / 2
    is_partial = any(0 < one.unpriced < one.replies for one in spent)
    return [_cost(one, digits, least) + (_rest(one) if is_partial else "") for one in spent]


def _cost(one: Spending, digits: int, least: float) -> str:
    if not one.replies:
        return ""
    if one.unpriced == one.replies:
        return "$?"
    mark = "≈" if one.estimated else ""
    if one.known_cost == 0:
        return "free"
    if one.known_cost < least:
        return f"{mark}<${10.0**-digits:.{digits}f}"
    return f"{mark}${one.known_cost:,.{digits}f}"


def _rest(one: Spending) -> str:
    return " + ?" if 0 < one.unpriced < one.replies else "    "


_COLUMNS: dict[str, Callable[[Spending], str]] = {
    "replies": lambda one: f"{one.replies:,}" if one.replies else "",
    "in": lambda one: tokens(one, one.usage.input) if one.replies else "",
    "cached": lambda one: part(one.usage.cached_read) if one.replies else "",
    "out": lambda one: tokens(one, one.usage.output) if one.replies else "",
    "reasoning": lambda one: part(one.usage.reasoning) if one.replies else "",
}


def _width_of(columns: dict[str, list[str]]) -> int:
    return sum(len(_GAP) + max(map(len, cells)) for cells in columns.values())


def _measure(rows: Sequence[SpendingRow]) -> tuple[Callable[[Spending], float], str]:
    """Return what bars measure: cost, or tokens where nothing costs anything; the latter is said above them."""
    if any(row.spending.known_cost for row in rows):
        return lambda one: one.known_cost, ""
    return lambda one: float((one.usage.input or 0) + (one.usage.output or 0)), "tokens"


def _bar(share: float, longest: int) -> str:
    """Return a bar, half a line high, in halves of a cell; what is more than nothing is seen."""
    full, rest = divmod(max(round(share * longest * 2), int(share > 0)), 2)
    return FULL * full + HALF * rest
