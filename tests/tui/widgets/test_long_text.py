"""A long text, by keys and by what is drawn."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tchat.tui.widgets.long_text import LongText, Span

STYLES = Path(__file__).parents[3] / "tchat" / "tui" / "widgets" / "long_text.tcss"


class Host(App[None]):
    """A program with nothing else."""

    CSS_PATH: ClassVar[list[Path]] = [STYLES]  # pyright: ignore[reportIncompatibleVariableOverride]

    def compose(self) -> ComposeResult:
        """Show the text."""
        yield LongText()


@asynccontextmanager
async def shown(size: tuple[int, int] = (40, 10)) -> AsyncGenerator[tuple[LongText, Pilot[None]]]:
    """Run the program."""
    app = Host()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        text = app.query_one(LongText)
        text.focus()
        yield text, pilot


def seen(text: LongText) -> list[str]:
    """Return the rows in view."""
    return [text.render_line(y).text.rstrip() for y in range(text.size.height)]


async def _settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize("count", [30, 5_000])
async def test_keys_lead_through_all_of_it(count: int) -> None:
    """Home, end, pages and arrows, however long it is."""
    async with shown() as (text, pilot):
        text.show([f"line {number}" for number in range(count)])
        await _settled(pilot)
        assert seen(text)[0] == "line 0"
        await pilot.press("end")
        await pilot.pause()
        assert seen(text)[-1] == f"line {count - 1}"
        await pilot.press("home")
        await pilot.pause()
        assert seen(text)[0] == "line 0"
        await pilot.press("pagedown")
        await pilot.wait_for_scheduled_animations()
        assert seen(text)[0] != "line 0"


async def test_only_what_is_seen_is_painted() -> None:
    """A hundred thousand lines cost what a screen of them costs."""
    painted: list[int] = []

    def paint(number: int, _: str) -> Sequence[Span]:
        painted.append(number)
        return ()

    async with shown() as (text, pilot):
        text.show(["x" * 100] * 100_000, paint)
        await _settled(pilot)
        await pilot.press("end")
        await pilot.pause()
        assert seen(text)[-1].strip(" x") == ""
        assert 0 < len(set(painted)) < 100


async def test_folded_rows_hang_and_keep_their_style() -> None:
    """What is folded stands further right; a passage goes on in the next row."""
    async with shown((20, 6)) as (text, pilot):
        text.show(["  abcdefghijklmnopqrstuvwxyz"], lambda _, __: (Span(2, 28, "strong"),))
        await pilot.pause()
        first, second, *_ = seen(text)
        assert first.strip() + second.strip() == "abcdefghijklmnopqrstuvwxyz"
        assert second.startswith("    ")
        bold = [segment for segment in text.render_line(1) if segment.style and segment.style.bold]
        assert "".join(segment.text for segment in bold) == second.strip()


async def test_resizing_stays_at_the_line() -> None:
    """The line at the top is still there when the width is another."""
    async with shown((40, 6)) as (text, pilot):
        text.show([f"{number}: " + "word " * 8 for number in range(200)])
        await pilot.pause()
        text.scroll_to(y=100, animate=False, force=True)
        await pilot.pause()
        assert seen(text)[0].startswith("50: ")
        await pilot.resize_terminal(60, 8)
        await pilot.pause()
        assert seen(text)[0].startswith("50: ")


async def test_showing_less_leaves_nothing_behind() -> None:
    """Another text begins at its first line, and below its last one there is nothing."""
    async with shown() as (text, pilot):
        text.show([str(number) for number in range(5_000)])
        await _settled(pilot)
        await pilot.press("end")
        text.show(["only"])
        await _settled(pilot)
        assert seen(text)[0] == "only"
        assert set(seen(text)[1:]) == {""}


async def test_a_row_that_is_cut_says_so() -> None:
    """Also where the cut falls into a wide character."""
    async with shown() as (text, pilot):
        text.show(["short", "word " * 20, "日本語" * 20], cropped=(0, 1, 2))
        await _settled(pilot)
        assert seen(text)[0] == "short"
        for y in (1, 2):
            strip = text.render_line(y)
            assert strip.text.rstrip().endswith("…")
            assert strip.cell_length == text.size.width
