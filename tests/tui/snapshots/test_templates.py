"""The library and runs of templates at three sizes, dark and light, are what was looked at."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tchat.domain.errors import RateLimited
from tchat.runtime import Runtime
from tchat.templates.library import Library
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.permission import PermissionScreen
from tchat.tui.screens.prompts import PromptsScreen
from tchat.tui.screens.run_view import RunView
from tchat.tui.templates.forms import Forms
from tchat.tui.templates.looks import Choice
from tests.tui.gates import Gate
from tests.tui.running import wait_for
from tests.tui.snapshots.looks import Looks, Prepare
from tests.tui.snapshots.test_screens import home, stop_blinking
from tests.tui.staged import CHAIN, FIVE, ITEMS, POINTS, SAMPLES, StagedModel, stage, template_of

__all__ = ["home"]

WRONG = 'title = "With a mistake"\nprompt = "Answer: {{ quest }}"\n[inputs]\nquestion = "text"\n'
PROGRAM = """
title = "Code until the tests pass"
[inputs]
task = "text"
[[step]]
name = "code"
extract = "code"
prompt = "Write {{ task }}"
[[step]]
name = "report"
command = ["python3", "-I", "-c", "{{ code }}"]
"""
TEMPLATES = {
    "basics/translate-and-shorten": CHAIN,
    "basics/outline": ITEMS,
    "basics/rewrite": CHAIN.replace("Translate, then shorten", "Rewrite"),
    "reasoning/five-samples": SAMPLES,
    "reasoning/step-back": CHAIN.replace("Translate, then shorten", "Step back"),
    "check/wrong": WRONG,
    "check/code-until-tests-pass": PROGRAM,
}
CONFIG = 'model = "anthropic/claude-opus-5-5"\n'
MOON = {
    "translation": ["The moon goes around the earth once every 27 days, and makes the tides."],
    "short": ["The moon circles the earth in **27 days** and makes the *tides*:\n\n- two high ones\n- two low ones"],
}


class Stage:
    """The application with a screen of templates on it."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.toml").write_text(CONFIG, "utf-8")
        self.runtime = Runtime.open({"TCHAT_HOME": str(home)})
        self.app = TchatApp(self.runtime, Opening())

    async def hold_still(self, pilot: Pilot[None]) -> None:
        """Wait until all is shown, and stop what blinks."""
        await pilot.pause()
        await wait_for(pilot, lambda: not list(self.app.workers))
        await stop_blinking(self.app, pilot)

    async def open_library(self, pilot: Pilot[None]) -> PromptsScreen:
        """Open a library that is always the same."""
        folder = Path("library")
        for name, text in TEMPLATES.items():
            path = folder / f"{name}.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        choice = Choice(model="anthropic/claude-opus-5-5")
        screen = PromptsScreen(self.runtime, Library((folder,)), Forms(), choice, lambda _: None)
        await self.app.push_screen(screen)
        await wait_for(pilot, lambda: screen.is_settled)
        return screen


def differing(looks: Looks, stage: Stage, come_there: Prepare) -> list[str]:
    """Return the looks in which the screen that is come to differs."""

    async def prepare(pilot: Pilot[None]) -> None:
        chat = stage.app.screen_stack[0]
        await wait_for(pilot, lambda: getattr(chat, "is_settled", False) and not list(stage.app.workers))
        await come_there(pilot)

    return looks.differing(stage.app, prepare, stage.hold_still)


LIBRARY = {
    "list": ["down"],
    "search": [*"short"],
    "form": ["down", "down", "enter", *"Der Mond kreist um die Erde."],
    "what is missing": ["down", "down", "f9"],
    "preview": ["down", "down", "enter", *"Der Mond.", "f6"],
    "steps": ["down", "f7"],
    "plan": ["down", "down", "f8"],
    "mistake": ["end"],
}


@pytest.mark.parametrize("name", LIBRARY)
def test_the_library(looks: Looks, home: Path, name: str) -> None:
    """What it lists, and what it shows of a template."""
    stage = Stage(home)

    async def come_there(pilot: Pilot[None]) -> None:
        screen = await stage.open_library(pilot)
        for key in LIBRARY[name]:
            if key == "end":
                screen.query_one("#prompts-list").focus()
            await pilot.press({" ": "space", ".": "full_stop"}.get(key, key))
        await pilot.pause(0.2)
        await wait_for(pilot, lambda: screen.is_settled)

    assert differing(looks, stage, come_there) == []


RUNS: dict[str, tuple[str, dict[str, list[str]], list[str]]] = {
    "items": (ITEMS, POINTS, []),
    "samples": (SAMPLES, FIVE, []),
    "samples unfolded": (SAMPLES, FIVE, ["home", "right"]),
    "a chain": (CHAIN, MOON, []),
    "an open call": (CHAIN, MOON, ["home", "down", "enter"]),
    "a prompt": (CHAIN, MOON, ["home", "down", "enter", "tab"]),
    "a value": (ITEMS, POINTS, ["home", "e"]),
}
INPUTS = {ITEMS: {"subject": "the moon"}, SAMPLES: {"question": "What is 7 × 8?"}, CHAIN: {"text": "Der Mond."}}


@pytest.mark.parametrize("name", RUNS)
def test_a_run(looks: Looks, home: Path, name: str) -> None:
    """What it came to, and any place of it whole."""
    source, replies, keys = RUNS[name]
    desk = Stage(home)

    async def come_there(pilot: Pilot[None]) -> None:
        staging = stage(desk.runtime, source, StagedModel(replies), **INPUTS[source])
        view = RunView(staging, _copy)
        await desk.app.push_screen(view)
        await wait_for(pilot, lambda: staging.is_over and staging.board.result and view.shows_all)
        await pilot.press(*keys)

    assert differing(looks, desk, come_there) == []


def test_a_run_that_goes_on(looks: Looks, home: Path) -> None:
    """What is done, what runs side by side, what waits."""
    gate, desk = Gate(), Stage(home)

    async def come_there(pilot: Pilot[None]) -> None:
        staging = stage(desk.runtime, ITEMS, StagedModel(POINTS, {"points": gate}), subject="the moon")
        view = RunView(staging, _copy)
        await desk.app.push_screen(view)
        await gate.reached.wait()
        await wait_for(pilot, lambda: view.shows_all)

    assert differing(looks, desk, come_there) == []


def test_a_run_that_failed(looks: Looks, home: Path) -> None:
    """What went wrong, and what to do."""
    desk = Stage(home)
    error = RateLimited("anthropic: too many requests for now", hint="wait a minute, or ask another model")

    async def come_there(pilot: Pilot[None]) -> None:
        staging = stage(desk.runtime, CHAIN, StagedModel(MOON, errors={"short": error}), text="Der Mond.")
        view = RunView(staging, _copy)
        await desk.app.push_screen(view)
        await wait_for(pilot, lambda: staging.is_over and staging.board.error and view.shows_all)

    assert differing(looks, desk, come_there) == []


def test_a_question_before_programs_run(looks: Looks, home: Path) -> None:
    """Which programs, as whom, and for how long that holds."""
    desk = Stage(home)

    async def come_there(pilot: Pilot[None]) -> None:
        del pilot
        await desk.app.push_screen(PermissionScreen(template_of(PROGRAM, "check/code-until-tests-pass")))

    assert differing(looks, desk, come_there) == []


async def _copy(text: str, what: str) -> None:
    del text, what
