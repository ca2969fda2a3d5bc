"""What was spent in a day and a month against what may be, as lines with a gauge."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from tchat.domain.figures import dollar_limit
from tchat.domain.spending import Spending
from tchat.tui.usage_sheet import costs_of

WARN, ALARM = 0.7, 0.9
"""Shares from which on a gauge is coloured."""
_LENGTH = 20


def gauge_lines(periods: Sequence[tuple[str, Spending, float | None]]) -> list[Content]:
    """Return a line for each period: its name, what was spent in it, and its limit, if it has one."""
    names = max(len(name) for name, *_ in periods)
    spent = costs_of([spending for _, spending, _ in periods])
    costs = [
        cost if spending.replies else f"$0.00{cost}" for cost, (_, spending, _) in zip(spent, periods, strict=True)
    ]
    widest = max(map(cell_len, costs))
    limits = ["" if limit is None else f"of {dollar_limit(limit)}" for *_, limit in periods]
    return [
        Content.assemble(
            (f"{name:<{names}}  ", "$foreground-muted"),
            f"{cost:>{widest}}  ",
            *_against(spending, limit, f"{said:<{max(map(len, limits))}}  "),
        )
        for (name, spending, limit), cost, said in zip(periods, costs, limits, strict=True)
    ]


def _against(spending: Spending, limit: float | None, said: str) -> list[Content | str | tuple[str, str]]:
    if limit is None:
        return [("no limit is set", "$foreground-muted")]
    share = spending.known_cost / limit if limit else 1.0
    filled = min(_LENGTH, round(share * _LENGTH) or int(share > 0))
    style = "$text-error" if share >= ALARM else "$text-warning" if share >= WARN else ""
    mark = " !" if share >= WARN else ""
    return [
        (said, "$foreground-muted"),
        ("▄" * filled, style or "$accent"),
        ("▁" * (_LENGTH - filled), "$foreground-disabled"),
        (f" {share * 100:.0f} %{mark}", style),
    ]
