"""Usage: what was spent, by day or by what it was spent on, and how much of the budget that is.

Law: every sum comes from the database; what was chosen last is what is shown in the end.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.config import BudgetConfig
from tchat.domain.errors import TchatError
from tchat.domain.spending import Grouping, Spending, SpendingRow
from tchat.domain.sums import doubts, without_gaps
from tchat.domain.text import printable
from tchat.store.usage import Usages
from tchat.tui.budget_gauges import gauge_lines
from tchat.tui.widgets.usage_table import Table, UsageTable

OpenUsages = Callable[[], Awaitable[Usages]]
"""Returns the sums of this user."""
Today = Callable[[], dt.date]

MOST_ROWS = 300
"""Groups that are shown; the dearest, where there are more."""
NOTHING_YET = "Nothing was spent yet. Once a model has answered, its tokens and its cost are told here."
NOTHING_THEN = "Nothing was spent in these days; `a` shows all that ever was."
NOT_KEPT = "these replies belong to no conversation that is kept"


class _Span(NamedTuple):
    key: str
    name: str
    days: int | None


GROUPINGS: tuple[tuple[str, Grouping], ...] = (
    ("d", "day"),
    ("m", "month"),
    ("o", "model"),
    ("p", "provider"),
    ("t", "template"),
    ("c", "conversation"),
)
SPANS = (_Span("7", "7 days", 7), _Span("3", "30 days", 30), _Span("1", "1 year", 365), _Span("a", "all", None))
_MOST_EMPTY_DAYS = 30


class UsageScreen(ModalScreen[str | None]):
    """Ends with the conversation that is to be opened, or None.

    Args:
        usages: opens the sums.
        budget: the limits.
        today: tells the day.
    """

    CSS_PATH: ClassVar[list[str]] = ["usage.tcss", "../widgets/usage_table.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"group('{by}')", f"By {by}", id=f"usage.{by}", tooltip=f"Sum by {by}")
            for key, by in GROUPINGS
        ),
        Binding("right,tab", "turn(1)", "Next grouping", id="usage.next", tooltip="Sum by what comes next"),
        Binding("left,shift+tab", "turn(-1)", "Grouping before", id="usage.before", tooltip="Sum by what came before"),
        *(
            Binding(span.key, f"span('{span.key}')", span.name, id=f"usage.span-{span.key}", tooltip=tooltip)
            for span, tooltip in (
                (span, f"Only the last {span.name}" if span.days else "All that was ever spent") for span in SPANS
            )
        ),
        Binding("up", "move(-1)", "Row above", id="usage.up", tooltip="Go to the row above"),
        Binding("down", "move(1)", "Row below", id="usage.down", tooltip="Go to the row below"),
        Binding("pageup", "page(-1)", "Page up", id="usage.page-up", tooltip="Go up by a page"),
        Binding("pagedown", "page(1)", "Page down", id="usage.page-down", tooltip="Go down by a page"),
        Binding("home", "edge(-1)", "First row", id="usage.home", tooltip="Go to the first row"),
        Binding("end", "edge(1)", "Last row", id="usage.end", tooltip="Go to the last row"),
        Binding("enter", "open", "Open", id="usage.open", tooltip="Open the conversation under the cursor"),
        Binding("escape,f6", "close", "Close", id="usage.close", tooltip="Go back to the conversation"),
    ]

    def __init__(self, usages: OpenUsages, budget: BudgetConfig, today: Today) -> None:
        super().__init__()
        self._usages = usages
        self._budget = budget
        self._today = today
        self.by: Grouping = "day"
        self.span = SPANS[1]
        self.is_shown = False
        """Whether what was chosen last is on the screen."""

    def compose(self) -> ComposeResult:
        """Put the budget above the table."""
        with Vertical(id="usage"):
            with Horizontal(id="usage-head"):
                yield Static("Usage", id="usage-title", markup=False)
                yield Static(id="usage-periods", markup=False)
            yield Static(id="usage-budget", markup=False)
            yield Static(id="usage-groupings", markup=False)
            yield UsageTable(id="usage-table")
            yield Static("one moment …", id="usage-message")
            yield Static(_key_line(), id="usage-keys", markup=False)

    @property
    def table(self) -> UsageTable:
        """The sums."""
        return self.query_one(UsageTable)

    def on_mount(self) -> None:
        """Begin with the last days."""
        self.table.display = False
        self._look()

    @on(UsageTable.Chosen)
    def _take_chosen(self) -> None:
        self.action_open()

    # --- looking up

    def _look(self) -> None:
        """Look up what is chosen; what was looked up before is given up."""
        self.is_shown = False
        self.query_one("#usage-groupings", Static).update(_tabs(GROUPINGS, self.by))
        spans = [(span.key, span.name) for span in SPANS]
        self.query_one("#usage-periods", Static).update(_tabs(spans, self.span.name))
        self.run_worker(self._find, name="usage", group="usage", exclusive=True)

    async def _find(self) -> None:
        by, span, today = self.by, self.span, self._today()
        first = None if span.days is None else today - dt.timedelta(days=span.days - 1)
        since = first.isoformat() if first else None
        is_dated = by in ("day", "month")
        try:
            usages = await self._usages()
            await usages.catch_up()
            rows = await usages.by(by, since=since, limit=None if is_dated else MOST_ROWS)
            everything = await usages.sum(since=since)
            spent = (await usages.in_period("day"), await usages.in_period("month"))
        except TchatError as error:
            self._tell("\n".join(filter(None, (error.message, error.hint))))
            return
        if rows and by == "day" and first and span.days and span.days <= _MOST_EMPTY_DAYS:
            rows = without_gaps(rows, by, first, today)
        self._show_budget(*spent)
        self._show(Table(by=by, rows=tuple(reversed(rows)) if is_dated else rows, everything=everything), span)

    def _show(self, table: Table, span: _Span) -> None:
        self.table.display = bool(table.rows)
        self.table.show(table)
        message = self.query_one("#usage-message", Static)
        if table.rows:
            notes = _notes(table.rows, table.everything)
            message.update(Content(printable("\n".join(notes))))
            message.display = bool(notes)
            message.remove_class("-alone")
        else:
            self._tell(NOTHING_YET if span.days is None else NOTHING_THEN)
        self.is_shown = True

    def _show_budget(self, today: Spending, month: Spending) -> None:
        lines = gauge_lines((("today", today, self._budget.per_day), ("this month", month, self._budget.per_month)))
        self.query_one("#usage-budget", Static).update(Content("\n").join(lines))

    def _tell(self, text: str) -> None:
        self.table.display = False
        message = self.query_one("#usage-message", Static)
        message.update(Content(printable(text)))
        message.display = True
        message.add_class("-alone")
        self.is_shown = True

    # --- actions

    def action_group(self, by: Grouping) -> None:
        """Sum by something else."""
        self.by = by
        self._look()

    def action_turn(self, step: int) -> None:
        """Sum by what stands beside."""
        groupings: list[Grouping] = [by for _, by in GROUPINGS]
        self.action_group(groupings[(groupings.index(self.by) + step) % len(groupings)])

    def action_span(self, key: str) -> None:
        """Look at more days, or fewer."""
        self.span = next(span for span in SPANS if span.key == key)
        self._look()

    def action_move(self, step: int) -> None:
        """Go to another row."""
        self.table.move(step)

    def action_page(self, direction: int) -> None:
        """Go up or down by a page of rows."""
        self.table.move(direction * self.table.page)

    def action_edge(self, direction: int) -> None:
        """Go to the first row, or to the last."""
        self.table.move(direction * max(1, len(self.table.table.rows)))

    def action_open(self) -> None:
        """Open the conversation under the cursor."""
        row = self.table.chosen
        if row is None or not self.is_shown:
            return
        if row.key is None:
            self.notify(NOT_KEPT, markup=False)
        else:
            self.dismiss(row.key)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def _tabs(names: Sequence[tuple[str, str]], shown: str) -> Content:
    """Return names beside each other, the key of each in it."""
    pieces: list[tuple[str, str]] = []
    for key, name in names:
        if name == shown:
            pieces.append((f" {name} ", "bold reverse $foreground"))
        else:
            before, _, after = name.partition(key)
            pieces += [(f" {before}", ""), (key, "bold underline $foreground"), (f"{after} ", "")]
    return Content.assemble(*pieces)


def _notes(rows: Sequence[SpendingRow], everything: Spending) -> list[str]:
    notes = list(doubts(everything))
    if len(rows) == MOST_ROWS:
        notes.append(f"the {MOST_ROWS} that took most are shown, the sum is that of all")
    return notes


def _key_line() -> Content:
    pieces: list[tuple[str, str]] = []
    for key, name in (("←→", "sum by"), ("↑↓", "row"), ("Enter", "opens a conversation"), ("Esc", "close")):
        pieces += [(key, "bold $foreground"), (f" {name}  ", "")]
    return Content.assemble(*pieces)
