"""Laws of the usage screen, with the database behind it."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tchat.config import BudgetConfig
from tchat.domain.errors import StoreError
from tchat.domain.spending import Grouping
from tchat.store.conversations import Conversations
from tchat.store.usage import Usages
from tchat.tui.screens.usage import GROUPINGS, NOT_KEPT, NOTHING_YET, SPANS, UsageScreen
from tchat.tui.widgets.usage_table import MARK, UsageTable
from tests.tui.running import ask, running, type_text, wait_for
from tests.tui.spent import TODAY, open_spent

BUDGET = BudgetConfig(per_day=0.5, per_month=2.0)


@pytest.fixture(autouse=True)
def one_time_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let days begin where they do in the prepared store."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Desk(App[None]):
    """Opens the usage screen and keeps what it ends with."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, store: Conversations, budget: BudgetConfig = BUDGET) -> None:
        super().__init__()
        self.store = store
        self.ended: list[str | None] = []
        self.notices: list[str] = []
        self.page = UsageScreen(self._usages, budget, lambda: TODAY)

    async def _usages(self) -> Usages:
        return self.store.usage

    def on_mount(self) -> None:
        """Open the screen."""
        self.push_screen(self.page, self.ended.append)

    def notify(self, message: str, **options: object) -> None:
        """Keep what is told."""
        del options
        self.notices.append(message)

    @property
    def lines(self) -> list[str]:
        """The table as it is seen."""
        table = self.page.query_one(UsageTable)
        return [table.render_line(y).text.rstrip() for y in range(table.size.height)] if table.display else []

    @property
    def is_drawn(self) -> bool:
        """Whether what was chosen last is on the screen, and has its size."""
        return self.page.is_shown and (not self.page.table.display or self.page.table.size.height > 0)

    def told(self, name: str) -> str:
        """Return what one of the lines says."""
        return str(self.page.query_one(f"#usage-{name}", Static).content)


@asynccontextmanager
async def shown(
    *, is_empty: bool = False, budget: BudgetConfig = BUDGET, size: tuple[int, int] = (100, 30)
) -> AsyncGenerator[tuple[Desk, Pilot[None]]]:
    """Show the screen over the prepared store."""
    store = await open_spent(is_empty=is_empty)
    try:
        desk = Desk(store, budget)
        async with desk.run_test(size=size) as pilot:
            await wait_for(pilot, lambda: desk.is_drawn)
            yield desk, pilot
    finally:
        await store.aclose()


async def press(desk: Desk, pilot: Pilot[None], *keys: str) -> None:
    """Press keys and wait for what they show."""
    for key in keys:
        await pilot.press(key)
        await wait_for(pilot, lambda: not desk.page.is_attached or desk.is_drawn)


async def test_usage_begins_with_the_days_of_a_month_and_the_budget() -> None:
    """The newest day first, a row for every one of them, a bar on those on which something was spent."""
    async with shown(size=(100, 45)) as (desk, _):
        assert desk.lines[0].split() == ["day", "replies", "in", "cached", "out", "reasoning", "cost"]
        assert desk.lines[1].startswith("  Sat 28 Nov ")
        assert "▄" in desk.lines[1]
        assert desk.lines[4].strip() == "Wed 25 Nov"
        assert desk.lines[30].startswith("  Fri 30 Oct")
        assert desk.lines[31].startswith("  together")
        today, month = desk.told("budget").split("\n")
        assert today.startswith("today")
        assert "$0.11 + ?  of $0.50" in today
        assert "23 %" in today
        assert "of $2.00" in month
        assert "!" in month


async def test_usage_says_what_is_unknown_and_what_is_estimated() -> None:
    """`?` and `≈`, and what they mean, in the table and below it."""
    async with shown() as (desk, pilot):
        assert "$0.11 + ?" in desk.lines[1]
        assert "≈" in desk.lines[2]
        await press(desk, pilot, "o")
        own = next(line for line in desk.lines if "lab/own-model" in line)
        assert "$?" in own
        assert "free" not in own
        assert desk.told("message").split("\n") == [
            "? one reply is of unknown cost: no price is known of the model",
            "≈ one reply is estimated: the provider never said what was taken",
        ]


NAMES: dict[Grouping, str] = {
    "day": "Sat 28 Nov",
    "month": "November 2026",
    "model": "anthropic/claude-opus-5-5",
    "provider": "openai",
    "template": "chain-of-density",
    "conversation": "Moon landing",
}


@pytest.mark.parametrize(("key", "by"), GROUPINGS)
async def test_usage_has_a_key_for_every_grouping(key: str, by: Grouping) -> None:
    """The table is by what was chosen."""
    async with shown() as (desk, pilot):
        await press(desk, pilot, key)
        assert desk.lines[0].split()[0] == by
        assert any(NAMES[by] in line for line in desk.lines)


async def test_usage_turns_through_the_groupings_with_arrows_and_tab() -> None:
    """There and back, around the ends."""
    async with shown() as (desk, pilot):
        for keys, by in (
            (("right",), "month"),
            (("tab", "tab"), "provider"),
            (("left", "shift+tab"), "month"),
            (("left", "left"), "conversation"),
        ):
            await press(desk, pilot, *keys)
            assert desk.page.by == by
            assert desk.lines[0].split()[0] == by


async def test_usage_has_a_key_for_every_period() -> None:
    """Seven days, thirty, a year, all."""
    async with shown(size=(100, 50)) as (desk, pilot):
        sums: list[int] = []
        for span in SPANS:
            await press(desk, pilot, span.key)
            total = next(line for line in desk.lines if line.strip().startswith("together"))
            sums.append(int(total.split()[1]))
        assert sums == [12, 19, 24, 24]
        await press(desk, pilot, "7")
        assert [line.split()[0] for line in desk.lines[1:8]] == ["Sat", "Fri", "Thu", "Wed", "Tue", "Mon", "Sun"]


async def test_usage_opens_the_conversation_under_the_cursor() -> None:
    """Down and Enter; the screen ends with its id."""
    async with shown() as (desk, pilot):
        await press(desk, pilot, "c")
        assert desk.lines[1].startswith(MARK)
        await press(desk, pilot, "down")
        assert desk.lines[2].startswith(MARK)
        row = desk.page.table.chosen
        assert row is not None
        await pilot.press("enter")
        await pilot.pause()
        assert desk.ended == [row.key]


async def test_usage_opens_a_conversation_that_is_clicked() -> None:
    """Once is enough."""
    async with shown() as (desk, pilot):
        await press(desk, pilot, "c")
        row = desk.page.table.table.rows[2]
        await pilot.click(UsageTable, offset=(10, 3))
        await pilot.pause()
        assert desk.ended == [row.key]


async def test_usage_does_not_open_what_is_gone() -> None:
    """Its money is still counted; Enter says why nothing opens."""
    async with shown() as (desk, pilot):
        await press(desk, pilot, "c")
        for row in desk.page.table.table.rows:
            assert row.key is not None
            await desk.store.purge(row.key)
        await press(desk, pilot, "c", "enter")
        assert "(not kept)" in desk.lines[1]
        assert desk.ended == []
        assert desk.notices == [NOT_KEPT]  # Textual tells of them nowhere else


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("down",), 1),
        (("down", "down", "up"), 1),
        (("up",), 0),
        (("pagedown",), -1),
        (("end",), -1),
        (("end", "home"), 0),
        (("pagedown", "pageup"), 0),
    ],
)
async def test_usage_moves_through_conversations(keys: tuple[str, ...], place: int) -> None:
    """Up, down, the page keys, Home and End; the row stays in sight."""
    async with shown(size=(80, 24)) as (desk, pilot):
        await press(desk, pilot, "a", "c", *keys)
        table = desk.page.table
        if place == -1 and keys == ("pagedown",):
            assert table.cursor == min(table.page, len(table.table.rows) - 1)
        else:
            assert table.cursor == (place if place >= 0 else len(table.table.rows) - 1)
        assert sum(line.startswith(MARK) for line in desk.lines) == 1


async def test_usage_scrolls_days_between_names_and_sum() -> None:
    """The first and the last line of the table stay."""
    async with shown(size=(80, 24)) as (desk, pilot):
        before = desk.lines
        await press(desk, pilot, "down", "down")
        await pilot.pause()
        assert desk.lines[1] == before[3]
        await press(desk, pilot, "end")
        await pilot.pause()
        after = desk.lines
        assert after[0] == before[0]
        assert after[-1] == before[-1]
        assert after[-2].startswith("  Fri 30 Oct")


@pytest.mark.parametrize("key", ["escape", "f6"])
async def test_usage_closes(key: str) -> None:
    """Nothing is opened."""
    async with shown() as (desk, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert desk.ended == [None]


async def test_usage_says_so_where_nothing_was_spent() -> None:
    """One sentence in place of a table, and no gauge without a limit."""
    async with shown(is_empty=True, budget=BudgetConfig()) as (desk, pilot):
        assert "Nothing was spent in these days" in desk.told("message")
        assert "today       $0.00  no limit is set" in desk.told("budget")
        await press(desk, pilot, "a")
        assert desk.told("message") == NOTHING_YET
        assert desk.lines == []
        await press(desk, pilot, "c", "enter", "down", "end", "pageup")
        assert desk.ended == []


async def test_usage_tells_what_the_store_cannot_do() -> None:
    """A failure is told in place of the table."""
    async with shown() as (desk, pilot):

        async def fail() -> Usages:
            raise StoreError("the database is locked", hint="close the other program")

        desk.page._usages = fail  # pyright: ignore[reportPrivateUsage]  # a store that fails
        await press(desk, pilot, "m")
        assert desk.told("message") == "the database is locked\nclose the other program"
        assert desk.lines == []


async def test_usage_shows_what_was_chosen_last() -> None:
    """However slow the database is, and while it is, keys are taken."""
    async with shown() as (desk, pilot):
        gate = asyncio.Event()
        asked = 0

        async def slow() -> Usages:
            nonlocal asked
            asked += 1
            if asked == 1:
                await gate.wait()
            return desk.store.usage

        desk.page._usages = slow  # pyright: ignore[reportPrivateUsage]  # a slow store
        await pilot.press("m", "o", "p")
        gate.set()
        await wait_for(pilot, lambda: desk.page.is_shown)
        assert desk.lines[0].split()[0] == "provider"


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 45)])
async def test_usage_fits_the_terminal(size: tuple[int, int]) -> None:
    """No line of any table is cut at its end."""
    async with shown(size=size) as (desk, pilot):
        for key, _ in GROUPINGS:
            await press(desk, pilot, "a", key)
            width = desk.page.table.scrollable_content_region.width
            sheet = desk.page.table._sheet_for(width)  # pyright: ignore[reportPrivateUsage]  # lines before they are cut
            assert all(
                len(f"{line.text}  {line.bar}") + len(MARK) <= width for line in sheet.lines if line.text.isascii()
            )


@pytest.mark.parametrize("keys", ["f6", "/usage\n"])
async def test_usage_is_reached_from_the_conversation_and_leads_back_to_one(tmp_path: Path, keys: str) -> None:
    """F6 or `/usage`; Enter on a conversation turns to it."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "hello")
        first = screen.talk.conversation
        assert first is not None
        await pilot.press("ctrl+n")
        await wait_for(pilot, lambda: screen.talk.conversation is None and screen.is_settled)
        if keys == "f6":
            await pilot.press("f6")
        else:
            await type_text(pilot, keys)
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, UsageScreen) and pilot.app.screen.is_shown)
        page = pilot.app.screen
        assert isinstance(page, UsageScreen)
        await pilot.press("c")
        await wait_for(pilot, lambda: page.is_shown and page.table.chosen)
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.talk.conversation and screen.talk.conversation.id == first.id)


def test_the_prepared_day_is_a_saturday() -> None:
    """What the other laws take for granted."""
    assert dt.date.isoweekday(TODAY) == 6
