"""`tchat usage`: what was spent, by day or by what it was spent on."""

import asyncio
import datetime as dt
import os
import re
import sys
from typing import get_args

import click
from msgspec import Struct

from tchat.cli.showing import write_stdout
from tchat.cli.terminal import Terminal
from tchat.cli.usage_table import as_chart, as_csv, as_json, as_table
from tchat.domain.errors import UsageError
from tchat.domain.figures import dollar_limit
from tchat.domain.spending import Grouping, Spending, SpendingRow
from tchat.domain.sums import spent, without_gaps
from tchat.runtime import Runtime

DAYS_SHOWN = 30
"""How many days a sum by day goes back, where nothing is said."""
GROUPS_SHOWN = 20

_DAYS_AGO = re.compile(r"(\d{1,5})d")


class Wanted(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    by: Grouping
    today: dt.date
    since: str | None
    until: str | None
    number: int | None


class Found(Struct, frozen=True, kw_only=True):
    """What the database says."""

    rows: tuple[SpendingRow, ...]
    everything: Spending
    """Between the days that were asked for."""
    today: Spending
    month: Spending


@click.command()
@click.option("--by", type=click.Choice(get_args(Grouping)), default="day", show_default=True, help="What to sum by.")
@click.option("--since", metavar="DAY", help="The first day: 2026-11-01, 2026-11, today, or 30d for 30 days back.")
@click.option("--until", metavar="DAY", help="The last day.")
@click.option(
    "-n", "--number", type=click.IntRange(0), help=f"How many rows; 0 for all. {GROUPS_SHOWN} unless by day or month."
)
@click.option("--json", "as_json_", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv_", is_flag=True, help="Print CSV.")
@click.pass_context
def usage(  # noqa: PLR0913  # one for each option
    ctx: click.Context,
    by: Grouping,
    since: str | None,
    until: str | None,
    number: int | None,
    *,
    as_json_: bool,
    as_csv_: bool,
) -> None:
    """Show what was spent: tokens and cost of every reply, also of conversations that are gone.

    A cost that nobody knows is `?`. Days are those of this machine's time zone.
    """
    if as_json_ and as_csv_:
        raise click.UsageError("--json and --csv exclude each other", ctx)
    today = dt.datetime.now().astimezone().date()
    is_dated = by in ("day", "month")
    is_data = as_json_ or as_csv_
    first = f"{DAYS_SHOWN}d" if since is None and by == "day" and not is_data else since
    shown = None if is_dated or is_data else GROUPS_SHOWN
    wanted = Wanted(
        by=by,
        today=today,
        since=_day(first, today, last=False),
        until=_day(until, today, last=True),
        number=shown if number is None else number or None,
    )
    found, limits = asyncio.run(_look_up(wanted))
    if is_data:
        write_stdout(as_json(found.rows) if as_json_ else as_csv(found.rows, by))
        return
    write_stdout(_page(wanted, found, Terminal.of(sys.stdout, os.environ), limits))


async def _look_up(wanted: Wanted) -> tuple[Found, tuple[float | None, float | None]]:
    runtime = Runtime.open()
    try:
        usages = (await runtime.store()).usage
        await usages.catch_up()
        found = Found(
            rows=await usages.by(wanted.by, since=wanted.since, until=wanted.until, limit=wanted.number),
            everything=await usages.sum(wanted.by, since=wanted.since, until=wanted.until),
            today=await usages.in_period("day"),
            month=await usages.in_period("month"),
        )
    finally:
        await runtime.aclose()
    return found, (runtime.config.budget.per_day, runtime.config.budget.per_month)


def _page(wanted: Wanted, found: Found, terminal: Terminal, limits: tuple[float | None, float | None]) -> str:
    per_day, per_month = limits
    heads = [f"today {_of(found.today, per_day)}", f"this month {_of(found.month, per_month)}"]
    if not found.rows:
        between = "" if wanted.since is None and wanted.until is None else " between those days"
        return f"{' · '.join(heads)}\nnothing was spent{between}\n"
    chart = _chart(wanted, found, terminal.width) if terminal.styled else ""
    return f"{' · '.join(heads)}\n\n{chart}{as_table(found.rows, wanted.by, found.everything, terminal.width)}"


def _chart(wanted: Wanted, found: Found, width: int) -> str:
    """Return bars from the first day that something was spent on; nothing for what is no sum over time."""
    if wanted.by not in ("day", "month"):
        return ""
    today = wanted.today.isoformat()
    first, last = (dt.date.fromisoformat(f"{row.key}-01"[:10]) for row in (found.rows[0], found.rows[-1]))
    last = max(last, dt.date.fromisoformat(min(wanted.until or today, today)))
    return f"{as_chart(without_gaps(found.rows, wanted.by, first, last), wanted.by, width)}\n"


def _of(spending: Spending, limit: float | None) -> str:
    return spent(spending) + ("" if limit is None else f" of {dollar_limit(limit)}")


def _day(text: str | None, today: dt.date, *, last: bool) -> str | None:
    """Return the day that a word stands for.

    Raises:
        UsageError: it stands for none.
    """
    if text is None:
        return None
    ago = _DAYS_AGO.fullmatch(text)
    try:
        if text == "today":
            return today.isoformat()
        if ago:
            return (today - dt.timedelta(days=int(ago[1]))).isoformat()
        if re.fullmatch(r"\d{4}-\d\d", text):
            first = dt.date.fromisoformat(f"{text}-01")
            after = (first + dt.timedelta(days=31)).replace(day=1)
            return (after - dt.timedelta(days=1) if last else first).isoformat()
        return dt.date.fromisoformat(text).isoformat()
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no day", hint="for example 2026-11-01, 2026-11, today or 30d") from None
