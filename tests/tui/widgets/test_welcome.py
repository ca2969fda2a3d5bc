"""The empty transcript: three ways to begin for who has no key, one line for who has."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Static

import tchat.tui.widgets.welcome
from tchat.domain.model import ModelFacts, ModelRef
from tchat.providers.finding import FoundServer
from tchat.tui.welcoming import Embedded, Greeting
from tchat.tui.widgets.welcome import Way, Welcome
from tests.tui.running import running, wait_for

LOCAL = ModelRef("local", "smollm2-135m-instruct")
READY = Embedded(LOCAL)
SERVER = FoundServer("ollama", tuple(ModelFacts(provider="ollama", name=name) for name in ("nomic-embed", "llama3.2")))
STYLES = Path(tchat.tui.widgets.welcome.__file__).with_name("welcome.tcss")


class _App(App[None]):
    CSS_PATH: ClassVar[list[Path]] = [STYLES]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds

    def __init__(self, greeting: Greeting) -> None:
        super().__init__()
        self._greeting = greeting
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Welcome()

    def on_mount(self) -> None:
        self.query_one(Welcome).greeting = self._greeting

    def on_welcome_key_asked(self, event: Welcome.KeyAsked) -> None:
        self.told.append(event)

    def on_welcome_model_chosen(self, event: Welcome.ModelChosen) -> None:
        self.told.append(event)


@asynccontextmanager
async def _welcomed(greeting: Greeting) -> AsyncGenerator[tuple[_App, Pilot[None]]]:
    app = _App(greeting)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        yield app, pilot


def _shown(app: _App) -> str:
    return "\n".join(str(widget.render()) for widget in app.query(Static) if widget.display)


async def test_who_has_a_key_sees_one_line() -> None:
    """Model, effort and three keys."""
    async with _welcomed(Greeting(ref=ModelRef("openai", "gpt-6-sol"), effort="high", has_key=True)) as (app, _):
        assert "openai/gpt-6-sol · effort high" in _shown(app)
        assert "F1 help · Ctrl+O model · Ctrl+P palette" in _shown(app)
        assert not any(way.display for way in app.query(Way))


async def test_before_anything_is_known_nothing_is_claimed() -> None:
    """No word of missing keys until they were looked for."""
    async with _welcomed(Greeting(ref=LOCAL)) as (app, _):
        assert "No key" not in _shown(app)


async def test_who_has_no_key_sees_three_ways() -> None:
    """The embedded model with its limits, a key, and what answers on this machine."""
    async with _welcomed(Greeting(ref=LOCAL, has_key=False, embedded=READY, servers=(SERVER,))) as (app, _):
        shown = _shown(app)
        assert "very small and often wrong" in shown
        assert "Add a key" in shown
        assert "ollama answers on this machine with 2 models" in shown
        assert "Use ollama/llama3.2" in shown


async def test_what_is_missing_is_said_with_the_way_to_it() -> None:
    """And what cannot be taken is no stop for the keys."""
    lacking = Embedded(LOCAL, "the weights of the embedded model are not here", "run `tchat local pull`")
    async with _welcomed(Greeting(ref=LOCAL, has_key=False, embedded=lacking, servers=())) as (app, pilot):
        assert "tchat local pull" in _shown(app)
        assert "none answers now" in _shown(app)
        app.query_one(Welcome).focus_ways()
        await pilot.press("enter")
        await pilot.pause()
        assert [type(event) for event in app.told] == [Welcome.KeyAsked]


@pytest.mark.parametrize(
    ("presses", "told"), [(0, str(LOCAL)), (1, "key"), (2, "ollama/llama3.2")], ids=["embedded", "key", "server"]
)
async def test_every_way_is_taken_by_keys(presses: int, told: str) -> None:
    """Down goes to the next one, Enter takes it."""
    async with _welcomed(Greeting(ref=LOCAL, has_key=False, embedded=READY, servers=(SERVER,))) as (app, pilot):
        app.query_one(Welcome).focus_ways()
        await pilot.press(*["down"] * presses, "enter")
        await pilot.pause()
        assert [str(event.ref) if isinstance(event, Welcome.ModelChosen) else "key" for event in app.told] == [told]


async def test_up_goes_back() -> None:
    """And a click takes a way as well."""
    async with _welcomed(Greeting(ref=LOCAL, has_key=False, embedded=READY, servers=(SERVER,))) as (app, pilot):
        app.query_one(Welcome).focus_ways()
        await pilot.press("down", "up")
        assert app.query_one("#way-embedded", Way).has_focus
        await pilot.click("#way-key")
        await pilot.pause()
        assert [type(event) for event in app.told] == [Welcome.KeyAsked]


async def test_above_the_first_way_is_nothing(tmp_path: Path) -> None:
    """No key leads to what commands with letters; below the last one is what is written."""
    async with running(tmp_path, config="") as (pilot, screen):
        await wait_for(pilot, lambda: screen.query_one("#way-key", Way).can_focus)
        screen.query_one(Welcome).focus_ways()
        await pilot.press("up", "up")
        assert isinstance(screen.focused, Way)
        await pilot.press("down", "down", "down")
        await wait_for(pilot, lambda: screen.composer.has_focus_within)


async def test_what_is_found_later_takes_its_place() -> None:
    """While it is looked for that is said."""
    greeting = Greeting(ref=LOCAL, has_key=False)
    async with _welcomed(greeting) as (app, pilot):
        assert "looking for" in _shown(app)
        app.query_one(Welcome).greeting = Greeting(ref=LOCAL, has_key=False, embedded=READY, servers=(SERVER,))
        await pilot.pause()
        assert "looking for" not in _shown(app)
