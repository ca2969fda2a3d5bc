"""Laws of the view of a run."""

import asyncio
import time
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from tchat.domain.errors import RateLimited, TchatError
from tchat.templates.format import Value
from tchat.tui.screens.call_sheet import CallSheet
from tchat.tui.screens.help import HelpScreen
from tchat.tui.screens.run_view import RunView, Taken
from tchat.tui.screens.value_editor import ValueEditor
from tchat.tui.templates.board_rows import AnswerRow, PlaceRow
from tchat.tui.themes import DARK
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.reply_text import ReplyText
from tchat.tui.widgets.run_list import RESULT, RunList
from tests.tui.gates import Gate
from tests.tui.running import make_runtime, wait_for
from tests.tui.staged import CHAIN, FIVE, ITEMS, POINTS, SAMPLES, StagedModel, stage

REPLIES = {"translation": ["Hello there."], "short": ["Hi.", "Hey."]}


class Desk(App[None]):
    """Shows one run and keeps what is wanted of it."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, home: Path, source: str, model: StagedModel, **inputs: Value) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.model = model
        self.staging = stage(make_runtime(home), source, model, **inputs)
        self.ended: list[Taken | None] = []
        self.copied: list[str] = []
        self.priced: list[frozenset[str]] = []
        """Steps whose cost was to be agreed to."""
        self.agrees = True

    def on_mount(self) -> None:
        """Open it."""
        self.push_screen(RunView(self.staging, self.copy, self.agree), self.ended.append)

    async def agree(self, steps: frozenset[str]) -> bool:
        """Keep what may cost something."""
        self.priced.append(steps)
        return self.agrees

    async def copy(self, text: str, what: str) -> None:
        """Keep what is copied."""
        del what
        self.copied.append(text)

    @property
    def view(self) -> RunView:
        """The run."""
        screen = self.screen
        assert isinstance(screen, RunView)
        return screen

    @property
    def rows(self) -> RunList:
        """Its rows."""
        return self.view.rows

    @property
    def places(self) -> list[str]:
        """The places that are shown."""
        return [row.node.place for _, row in self.rows.rows if isinstance(row, PlaceRow)]

    def line(self, place: str) -> str:
        """Return the row of a place as it is drawn."""
        number = next(n for n, (owner, _) in enumerate(self.rows.rows) if owner == place)
        return self.rows.render_line(number - round(self.rows.scroll_y)).text

    def said(self, name: str) -> str:
        """Return what a line of the screen says."""
        return str(self.screen.query_one(f"#{name}", Static).content)


async def over(app: Desk, pilot: Pilot[None]) -> None:
    """Wait until the run is over and drawn."""
    await pilot.pause()
    await wait_for(pilot, lambda: app.staging.is_over and app.staging.board.phase != "running")
    await wait_for(pilot, lambda: app.view.shows_all)


async def test_a_run_is_shown_as_it_goes_on(tmp_path: Path) -> None:
    """What waits, what runs with what it says, what is done; then the result, which is gone to."""
    gate = Gate()
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES, {"short": gate}), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await gate.reached.wait()
        await wait_for(pilot, lambda: app.view.shows_all)
        assert "done" in app.line("translation")
        assert "Hello there." in app.line("translation")
        assert "running" in app.line("short")
        assert "Hi." in app.line("short")
        assert "running" in app.said("run-state")
        gate.open()
        await over(app, pilot)
        assert "done" in app.said("run-state")
        assert "2 calls · 320 tok · $0.0032" in app.said("run-figures")
        assert app.rows.cursor == RESULT


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        ("c", Taken(into="composer", text="Hi.")),
        ("enter", Taken(into="composer", text="Hi.")),
        ("n", Taken(into="new", text="Hi.")),
        ("escape", None),
    ],
)
async def test_the_result_is_taken_with_one_key(tmp_path: Path, key: str, taken: Taken | None) -> None:
    """Into the composer, or a new conversation; Escape leaves it."""
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        await pilot.press("y", key)
        await wait_for(pilot, lambda: app.ended)
        assert app.ended == [taken]
        assert app.copied == ["Hi."]


async def test_any_row_opens_to_prompt_reply_reasoning_and_value(tmp_path: Path) -> None:
    """Tab goes from one to the next; y copies what is shown."""
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        await pilot.press("home", "enter")
        await wait_for(pilot, lambda: isinstance(app.screen, CallSheet))
        sheet = app.screen
        assert isinstance(sheet, CallSheet)
        await wait_for(pilot, lambda: sheet.query_one(ReplyText).text == "Hello there.")
        assert sheet.views == ("reply", "prompt", "reasoning", "value")
        await pilot.press("tab")
        assert sheet.view == "prompt"
        assert "Translate into English:" in sheet.query_one("#prompt", LongText).lines
        await pilot.press("y", "right")
        assert sheet.query_one("#reasoning", LongText).lines == ["Let me see."]
        await pilot.press("left", "shift+tab")
        assert sheet.view == "reply"
        assert "120 in" in str(sheet.query_one("#call-figures", Static).content)
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(app.screen, RunView))
        assert app.copied == ["Translate into English:\nHallo."]


async def test_a_reply_that_is_open_grows(tmp_path: Path) -> None:
    """Until it is whole."""
    gate = Gate()
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES, {"translation": gate}), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await gate.reached.wait()
        await wait_for(pilot, lambda: app.view.shows_all)
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, CallSheet))
        assert app.screen.query_one(ReplyText).text == "Hello"
        gate.open()
        await wait_for(pilot, lambda: app.screen.query_one(ReplyText).text == "Hello there.")


async def test_a_value_is_changed_and_what_depends_on_it_runs_again(tmp_path: Path) -> None:
    """F9 in the editor; Escape leaves everything as it was."""
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        await pilot.press("home", "e")
        await wait_for(pilot, lambda: isinstance(app.screen, ValueEditor))
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(app.screen, RunView))
        await pilot.press("e")
        await wait_for(pilot, lambda: isinstance(app.screen, ValueEditor))
        app.screen.query_one(TextArea).text = "Good day."
        await pilot.press("f9")
        await wait_for(pilot, lambda: isinstance(app.screen, RunView))
        await over(app, pilot)
        assert app.model.asked == ["translation", "short", "short"]
        assert "edited" in app.line("translation")
        assert app.staging.board.result is not None
        assert app.staging.board.result.text == "Hey."


async def test_what_goes_on_is_agreed_to_first(tmp_path: Path) -> None:
    """The steps that may ask again are named: those that depend on a value, those that have none; nothing runs else."""
    errors: dict[str, TchatError] = {"short": RateLimited("too many requests")}
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES, errors=errors), text="Hallo.")
    app.agrees = False
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        assert app.priced == []
        await pilot.press("r")
        await wait_for(pilot, lambda: app.priced == [frozenset({"short"})])
        await pilot.press("home", "e")
        await wait_for(pilot, lambda: isinstance(app.screen, ValueEditor))
        await pilot.press("f9")
        await wait_for(pilot, lambda: len(app.priced) == 2)
        assert app.priced[1] == {"short"}
        assert app.model.asked == ["translation", "short"]
        assert app.staging.board.phase == "failed"


async def test_e_is_offered_where_a_value_can_be_changed(tmp_path: Path) -> None:
    """And only there."""
    app = Desk(tmp_path, SAMPLES, StagedModel(FIVE), question="How many?")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        offers = {app.rows.cursor: "e edit" in app.said("run-keys")}
        for key in ("home", "right", "down"):
            await pilot.press(key)
            await wait_for(pilot, lambda: app.view.shows_all)
            offers[app.rows.cursor] = "e edit" in app.said("run-keys")
        assert offers.pop(RESULT) is False
        assert offers == {place: "#" not in place for place in offers}
        assert set(offers.values()) == {True, False}


async def test_a_value_that_is_no_text_is_changed_as_json(tmp_path: Path) -> None:
    """What is no JSON is told, and stays to be mended."""
    app = Desk(tmp_path, ITEMS, StagedModel(POINTS), subject="the moon")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        await pilot.press("home", "e")
        await wait_for(pilot, lambda: isinstance(app.screen, ValueEditor))
        area = app.screen.query_one(TextArea)
        area.text = '["Tides"'
        await pilot.press("ctrl+s")
        assert "not JSON" in app.said("value-said")
        area.text = '["Tides"]'
        await pilot.press("ctrl+s")
        await wait_for(pilot, lambda: isinstance(app.screen, RunView))
        await over(app, pilot)
        assert app.places == ["outline", "points", "points[1]", "whole"]
        assert "reused" in app.line("points")


async def test_s_stops_and_r_takes_it_up_again(tmp_path: Path) -> None:
    """The second s, or Escape, drops what is under way."""
    gate = Gate()
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES, {"translation": gate}), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await gate.reached.wait()
        await pilot.press("s")
        await wait_for(pilot, lambda: "stopping" in app.said("run-state"))
        await pilot.press("escape")
        await over(app, pilot)
        assert "stopped" in app.said("run-state")
        gate.open()
        await pilot.press("r")
        await over(app, pilot)
        assert app.staging.board.phase == "done"
        await pilot.press("s", "r", "escape")
        await wait_for(pilot, lambda: app.ended)


async def test_an_error_stands_in_the_view_with_what_to_do(tmp_path: Path) -> None:
    """And r tries again."""
    errors: dict[str, TchatError] = {"short": RateLimited("too many requests", hint="wait a minute")}
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES, errors=errors), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        shown = "\n".join(app.rows.render_line(y).text for y in range(app.rows.size.height))
        assert "× too many requests" in shown
        assert "wait a minute" in shown
        assert "r takes the run up again" in shown
        assert "failed" in app.line("short")
        errors.clear()
        await pilot.press("r")
        await over(app, pilot)
        assert "reused" in app.line("translation")
        assert app.staging.board.phase == "done"


async def test_samples_are_a_histogram(tmp_path: Path) -> None:
    """Right shows the samples themselves, left and space fold them."""
    app = Desk(tmp_path, SAMPLES, StagedModel(FIVE), question="7 × 8?")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        answers = [(row.answer, row.given) for _, row in app.rows.rows if isinstance(row, AnswerRow)]
        assert answers == [("56", 3), ("54", 1), ("48", 1)]
        assert app.places == ["solve", "answer"]
        await pilot.press("home", "right")
        assert app.places == ["solve", *(f"solve#{n}" for n in range(1, 6)), "answer"]
        await pilot.press("down", "left")
        assert (app.places, app.rows.cursor) == (["solve", "answer"], "solve")
        await pilot.press("space", "space")
        assert app.places == ["solve", "answer"]


async def test_the_cursor_goes_through_rows_and_a_long_result(tmp_path: Path) -> None:
    """Line by line where the result is higher than the view."""
    long = "\n\n".join(f"Paragraph {number}." for number in range(60))
    app = Desk(tmp_path, CHAIN, StagedModel({"translation": ["x"], "short": [long]}), text="Hallo.")
    async with app.run_test(size=(80, 24)) as pilot:
        await over(app, pilot)
        await pilot.press("home")
        assert app.rows.cursor == "translation"
        await pilot.press("down", "down")
        assert app.rows.cursor == RESULT
        await pilot.pause()
        top = app.rows.scroll_y
        await pilot.press("down")
        assert app.rows.scroll_y == top + 1
        await pilot.press("pagedown", "pageup", "up", "end")
        assert app.rows.cursor == RESULT
        await pilot.press("home", "up")
        assert app.rows.cursor == "translation"


async def test_a_click_chooses_and_opens(tmp_path: Path) -> None:
    """The second one on the same row opens it."""
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        await pilot.click(RunList, offset=(6, 1))
        assert app.rows.cursor == "short"
        await pilot.click(RunList, offset=(6, 1))
        await wait_for(pilot, lambda: isinstance(app.screen, CallSheet))


async def test_f1_shows_every_key(tmp_path: Path) -> None:
    """Those of the rows and those of the run."""
    app = Desk(tmp_path, CHAIN, StagedModel(REPLIES), text="Hallo.")
    async with app.run_test(size=(100, 30)) as pilot:
        await over(app, pilot)
        await pilot.press("o", "f1")
        await wait_for(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_a_thousand_calls_at_once_hold_nothing_up(tmp_path: Path) -> None:
    """What is drawn is what is seen, at most twenty times a second."""
    source = """
    [[step]]
    name = "all"
    for_each = "range(1000)"
    limit = 1000
    prompt = "{{ item }}"
    """
    app = Desk(tmp_path, source, StagedModel({"all": ["word " * 20]}))
    async with app.run_test(size=(100, 30)) as pilot:
        longest, before = 0.0, time.thread_time()
        while not (app.staging.is_over and app.staging.board.calls):
            await asyncio.sleep(0.001)
            now = time.thread_time()
            longest, before = max(longest, now - before), now
        await over(app, pilot)
        print(f"held for {longest:.3f} s at most")
        assert app.staging.board.calls == 1000
        assert app.places == ["all"]
        assert longest < 1.0
