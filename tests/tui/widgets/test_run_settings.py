"""The form of the run settings, by keys."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Settings
from tchat.tui.screens.run_settings import RunSettingsScreen, answer_schema
from tchat.tui.widgets.menu import Menu
from tchat.tui.widgets.run_settings import RunSettings
from tchat.tui.widgets.setting_row import SettingRow
from tests.tui.running import running, wait_for

STYLES = Path(__file__).parents[3] / "tchat" / "tui" / "widgets" / "run_settings.tcss"
LEFT_OPEN = Settings()
FREE = ModelFacts(provider="lab", name="free")
FULL = ModelFacts(
    provider="lab",
    name="full",
    efforts=("none", "low", "high"),
    effort_style="budget",
    budget=(1024, 8192),
    max_output=4096,
    sampling=True,
    stops=True,
    seeds=True,
    structured=True,
)
BARE = ModelFacts(provider="lab", name="bare", efforts=(), sampling=False, stops=False, seeds=False, structured=False)


class Host(App[None]):
    """A program that shows the form and keeps what it says."""

    CSS_PATH: ClassVar[list[Path]] = [STYLES]  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, facts: ModelFacts, settings: Settings, system: str | None) -> None:
        super().__init__()
        self.values = (facts, settings, system)
        self.told: list[tuple[Settings, str | None]] = []
        self.left = 0

    def compose(self) -> ComposeResult:
        """Show the form."""
        yield RunSettings(*self.values)

    def on_run_settings_changed(self, event: RunSettings.Changed) -> None:
        """Keep what was changed."""
        self.told.append((event.settings, event.system))

    def on_run_settings_left(self) -> None:
        """Count leaving."""
        self.left += 1

    async def on_run_settings_schema_file_asked(self, event: RunSettings.SchemaFileAsked) -> None:
        """Read the file."""
        await answer_schema(event)


class Form:
    """The form in a running program."""

    def __init__(self, host: Host, pilot: Pilot[None]) -> None:
        self.host = host
        self.pilot = pilot
        self.widget = host.query_one(RunSettings)

    async def type(self, name: str, text: str) -> None:
        """Go to a control, empty it and type."""
        control = self.widget.query_one(f"#{name}")
        control.focus()
        await self.pilot.press(*(("f7", "delete") if isinstance(control, TextArea) else ("end", "ctrl+u")))
        await self.pilot.press(*[{"\n": "enter", " ": "space"}.get(letter, letter) for letter in text])
        await self.pilot.pause()

    def note(self, name: str) -> str:
        """Return what is said below a control."""
        return self.widget.query_one(f"#row-{name}", SettingRow).note

    def is_off(self, name: str) -> bool:
        """Whether a control cannot be changed."""
        return self.widget.query_one(f"#row-{name}", SettingRow).control.disabled

    @property
    def last(self) -> tuple[Settings, str | None]:
        """What was told last."""
        return self.host.told[-1]


@asynccontextmanager
async def form(
    facts: ModelFacts = FULL, settings: Settings = LEFT_OPEN, system: str | None = None
) -> AsyncGenerator[Form]:
    """Run the form."""
    host = Host(facts, settings, system)
    async with host.run_test(size=(80, 50)) as pilot:
        await pilot.pause()
        yield Form(host, pilot)


EVERYTHING = Settings(
    effort="low",
    thinking_budget=2048,
    temperature=0.25,
    top_p=0.9,
    max_tokens=300,
    seed=-7,
    stop=("END", "\n\n"),
    schema={"type": "object", "title": "ä"},
)


@pytest.mark.parametrize("facts", [FREE, FULL, BARE])
async def test_showing_values_changes_nothing(facts: ModelFacts) -> None:
    """Whatever is shown to whatever model, nothing is told before the user changes something."""
    async with form(facts, EVERYTHING, "Be brief.\n") as shown:
        shown.widget.show(FREE, Settings(), None)
        await shown.pilot.pause()
        shown.widget.show(facts, EVERYTHING, "Be brief.\n")
        await shown.pilot.pause()
        assert shown.host.told == []


async def test_every_setting_is_shown_and_kept_when_another_changes() -> None:
    """A change of one value leaves every other as it was."""
    async with form(FREE, EVERYTHING, "Be brief.") as shown:
        await shown.type("seed", "8")
        assert shown.last == (replace(EVERYTHING, seed=8), "Be brief.")


@pytest.mark.parametrize(
    ("name", "typed", "settings"),
    [
        ("thinking_budget", "2048", Settings(thinking_budget=2048)),
        ("temperature", "0.7", Settings(temperature=0.7)),
        ("top_p", ".5", Settings(top_p=0.5)),
        ("max_tokens", "512", Settings(max_tokens=512)),
        ("seed", "42", Settings(seed=42)),
        ("stop", "END\n\\n", Settings(stop=("END", "\n"))),
    ],
)
async def test_a_typed_value_holds_at_once(name: str, typed: str, settings: Settings) -> None:
    """Every field says its value as soon as it has one, and the default again when it is emptied."""
    async with form() as shown:
        await shown.type(name, typed)
        assert shown.last == (settings, None)
        await shown.type(name, "")
        assert shown.last == (Settings(), None)


async def test_a_system_prompt_has_lines() -> None:
    """Enter makes a new line in it."""
    async with form() as shown:
        await shown.type("system", "be\nbrief")
        assert shown.last == (Settings(), "be\nbrief")


async def test_effort_is_one_of_the_models_levels() -> None:
    """The menu has the default and the levels, and nothing else."""
    async with form() as shown:
        shown.widget.query_one("#effort").focus()
        await shown.pilot.press("enter", "down", "down", "down", "enter")
        await shown.pilot.pause()
        assert shown.last == (Settings(effort="high"), None)


async def test_an_effort_that_the_model_has_not_is_kept_and_said() -> None:
    """The nearest level is shown; the wish stays for the next model."""
    async with form(FULL, Settings(effort="max")) as shown:
        assert shown.widget.query_one("#effort", Menu).value == "high"
        assert "has no effort max: sent with high" in str(
            shown.widget.query_one("#run-settings-notices", Static).visual
        )
        await shown.type("seed", "1")
        assert shown.last[0].effort == "max"


async def test_what_is_wrong_is_said_and_not_taken() -> None:
    """The last right value stands while the field is wrong, also when another field changes."""
    async with form(FULL, Settings(temperature=0.5)) as shown:
        await shown.pilot.pause()
        shown.widget.query_one("#temperature").focus()
        await shown.pilot.press("end", "x")
        await shown.pilot.pause()
        assert shown.note("temperature") == "! a number from 0 to 2, such as 0.7"
        assert shown.host.told == []
        await shown.type("seed", "3")
        assert shown.last == (Settings(temperature=0.5, seed=3), None)
        assert shown.note("temperature").startswith("!")


async def test_refused_controls_are_off_with_the_reason() -> None:
    """A model that takes nothing has every control off but those that every model takes."""
    async with form(BARE, Settings(temperature=0.5)) as shown:
        said = {
            name: shown.note(name) for name in ("effort", "thinking_budget", "temperature", "stop", "seed", "format")
        }
        assert said == {
            "effort": "this model does not reason",
            "thinking_budget": "this model does not reason",
            "temperature": "this model does not take temperature: not sent",
            "stop": "this model does not take stop sequences",
            "seed": "this model does not take a seed",
            "format": "this model does not enforce a schema",
        }
        assert all(map(shown.is_off, said))
        assert not shown.is_off("max_tokens")
        assert not shown.is_off("system")


async def test_a_refused_value_comes_back_with_a_model_that_takes_it() -> None:
    """Switching the model loses nothing."""
    async with form(BARE, EVERYTHING) as shown:
        shown.widget.show(FULL, EVERYTHING, None)
        await shown.pilot.pause()
        assert shown.widget.query_one("#temperature", Input).value == "0.25"
        assert not shown.is_off("temperature")
        assert shown.host.told == []


async def test_sampling_that_hangs_on_effort_follows_it() -> None:
    """A model that takes temperature only without thinking turns it off as soon as effort is chosen."""
    facts = ModelFacts(
        provider="lab", name="m", efforts=("none", "high"), sampling=True, sampling_at="none", default_effort="none"
    )
    async with form(facts) as shown:
        assert not shown.is_off("temperature")
        shown.widget.query_one("#effort").focus()
        await shown.pilot.press("enter", "down", "down", "enter")
        await shown.pilot.pause()
        assert shown.is_off("temperature")
        assert shown.note("temperature") == "this model takes temperature only with effort none"


async def test_a_schema_is_pasted_or_read_from_its_file(tmp_path: Path) -> None:
    """JSON holds as soon as it is whole; `@file` and Enter read a file, and say so if there is none."""
    (tmp_path / "s.json").write_text('{"type": "object"}')
    async with form() as shown:
        shown.widget.query_one("#format").focus()
        await shown.pilot.press("enter", "down", "enter")
        await shown.pilot.pause()
        area = shown.widget.query_one("#schema", TextArea)
        area.focus()
        area.insert('{"type":')
        await shown.pilot.pause()
        assert shown.note("schema").startswith("! not JSON")
        area.insert('"array"}')
        await shown.pilot.pause()
        assert shown.last[0].schema == {"type": "array"}
        area.text = f"@{tmp_path / 'none.json'}"
        await shown.pilot.press("enter")
        await shown.host.workers.wait_for_complete()
        await shown.pilot.pause()
        assert "cannot read none.json" in shown.note("schema")
        area.text = f"@{tmp_path / 's.json'}"
        await shown.pilot.press("enter")
        await shown.pilot.pause()
        assert shown.last[0].schema == {"type": "object"}
        shown.widget.query_one("#format").focus()
        await shown.pilot.press("enter", "up", "enter")
        await shown.pilot.pause()
        assert shown.last[0].schema is None


async def test_a_field_keeps_the_users_way_of_writing() -> None:
    """Showing the value that was just typed does not rewrite it."""
    async with form() as shown:
        await shown.type("temperature", "0.70")
        shown.widget.show(FULL, *shown.last)
        await shown.pilot.pause()
        assert shown.widget.query_one("#temperature", Input).value == "0.70"


async def test_hostile_names_are_text() -> None:
    """Markup and control characters of a model's name are shown as text, or not at all."""
    facts = ModelFacts(provider="lab", name="[red]m\x1b[31m", efforts=())
    async with form(facts, Settings(effort="low")) as shown:
        said = str(shown.widget.query_one("#run-settings-model", Static).visual)
        assert said == "lab/[red]m[31m"


async def test_escape_leaves() -> None:
    """Esc asks whoever holds the form to go back, from whatever control."""
    async with form() as shown:
        for name in ("system", "temperature", "effort"):
            shown.widget.query_one(f"#{name}").focus()
            await shown.pilot.press("escape")
        assert shown.host.left == 3


@pytest.mark.parametrize("key", ["escape", "f2"])
@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_the_screen_tells_of_changes_and_closes(key: str, size: tuple[int, int]) -> None:
    """The form over another screen says every change at once and goes with Esc or F2."""
    told: list[tuple[Settings, str | None]] = []
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        screen = RunSettingsScreen(FULL, Settings(), None, lambda settings, system: told.append((settings, system)))
        await app.push_screen(screen)
        await pilot.press("h", "i")
        await pilot.pause()
        assert told[-1] == (Settings(), "hi")
        form = screen.query_one(RunSettings)
        assert (form.size.width + 2, form.region.right) == (38, size[0])
        await pilot.press(key)
        await pilot.pause()
        assert screen not in app.screen_stack


@pytest.mark.parametrize(("width", "key"), [(100, "escape"), (150, "f2")])
async def test_what_is_wrong_stays_beside_other_changes_and_is_told_at_the_end(
    tmp_path: Path, width: int, key: str
) -> None:
    """On the screen and in the panel; what was mended meanwhile is not."""
    async with running(tmp_path, size=(width, 40)) as (pilot, screen):
        await pilot.press("f2")
        await wait_for(pilot, lambda: pilot.app.screen.query_one("#temperature", Input).is_mounted)
        form = pilot.app.screen.query_one(RunSettings)
        for name, text in (("temperature", "hot"), ("max_tokens", "many")):
            form.query_one(f"#{name}", Input).value = text
        await wait_for(pilot, lambda: form.query_one("#row-max_tokens", SettingRow).note)
        form.query_one("#max_tokens", Input).value = "100"
        await wait_for(pilot, lambda: screen.talk.choice.settings == Settings(max_tokens=100))
        await pilot.pause()
        assert form.query_one("#temperature", Input).value == "hot"
        await screen.use_model(ModelRef("script", "slow"))
        await pilot.pause()
        assert form.query_one("#temperature", Input).value == "hot"
        await pilot.press(key)
        await wait_for(pilot, lambda: pilot.app._notifications)
        assert [note.message for note in pilot.app._notifications] == [
            "not taken: Temperature: a number from 0 to 2, such as 0.7"
        ]


async def test_the_screen_reads_the_schemas_file(tmp_path: Path) -> None:
    """A named file is read beside the event loop."""
    told: list[Settings] = []
    (tmp_path / "s.json").write_text('{"type": "object"}')
    app: App[None] = App()
    async with app.run_test() as pilot:
        screen = RunSettingsScreen(FULL, Settings(schema={}), None, lambda settings, _: told.append(settings))
        await app.push_screen(screen)
        area = screen.query_one("#schema", TextArea)
        area.focus()
        area.text = f"@{tmp_path / 's.json'}"
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert told[-1].schema == {"type": "object"}
