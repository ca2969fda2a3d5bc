"""The usage screen, and the choice where a window is full, at three sizes, dark and light, are what was looked at."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tchat.config import BudgetConfig
from tchat.domain.model import ModelFacts
from tchat.engine.shortening import SummaryForecast, WaysOut
from tchat.store.usage import Usages
from tchat.tui.screens.too_long import TooLongScreen
from tchat.tui.screens.usage import UsageScreen
from tests.tui.running import wait_for
from tests.tui.snapshots.looks import Looks
from tests.tui.snapshots.test_screens import home
from tests.tui.snapshots.test_templates import Stage
from tests.tui.spent import TODAY, open_spent

__all__ = ["home"]

BUDGET = BudgetConfig(per_day=0.5, per_month=2.5)
WAYS_OUT = WaysOut(summary=SummaryForecast(turns=14, calls=1, cost=0.46, worst_cost=2.71), left_out=9)
PAGES: dict[str, tuple[bool, BudgetConfig, list[str]]] = {
    "by day": (False, BUDGET, []),
    "by model": (False, BudgetConfig(per_month=2.0), ["a", "o"]),
    "by conversation": (False, BUDGET, ["c", "down"]),
    "nothing": (True, BudgetConfig(), ["a"]),
}


@pytest.mark.parametrize("name", PAGES)
def test_usage(looks: Looks, home: Path, name: str) -> None:
    """The budget, the table with its bars, what is unknown and what is estimated."""
    is_empty, budget, keys = PAGES[name]
    stage = Stage(home)

    async def come_there(pilot: Pilot[None]) -> None:
        chat = stage.app.screen_stack[0]
        await wait_for(pilot, lambda: getattr(chat, "is_settled", False) and not list(stage.app.workers))
        store = await open_spent(is_empty=is_empty)

        async def usages() -> Usages:
            return store.usage

        page = UsageScreen(usages, budget, lambda: TODAY)
        await stage.app.push_screen(page)
        for key in keys:
            await pilot.press(key)
        await wait_for(pilot, lambda: page.is_shown)
        await store.aclose()

    assert looks.differing(stage.app, come_there, stage.hold_still) == []


def test_a_conversation_that_is_too_long(looks: Looks, home: Path) -> None:
    """How much it is, and the ways out."""
    stage = Stage(home)

    async def come_there(pilot: Pilot[None]) -> None:
        chat = stage.app.screen_stack[0]
        await wait_for(pilot, lambda: getattr(chat, "is_settled", False) and not list(stage.app.workers))
        facts = ModelFacts(provider="anthropic", name="claude-opus-5-5", window=200_000)
        await stage.app.push_screen(TooLongScreen(231_400, facts, WAYS_OUT, has_turns=True, typed=lambda _: None))

    assert looks.differing(stage.app, come_there, stage.hold_still) == []
