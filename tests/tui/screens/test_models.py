"""The model picker: everything that can be asked is found by a few letters, and nothing waits for the network."""

import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tchat.config import load_config
from tchat.domain.model import ModelFacts, ModelRef
from tchat.runtime import Runtime
from tchat.tui.model_rows import Candidate, Heading, Keyless, Typed
from tchat.tui.screens.models import ModelPicker
from tchat.tui.screens.settings import SettingsScreen
from tchat.tui.widgets.model_list import ModelList
from tests.homes import home_runtime, listing, use_keyring
from tests.servers import Answer, scripted

CURRENT = ModelRef("script", "echo")


@pytest.fixture(autouse=True)
def _keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch)


class _Picking:
    """A picker that is open, and what it gave."""

    def __init__(self, pilot: Pilot[None], picker: ModelPicker) -> None:
        self.pilot = pilot
        self.picker = picker
        self.given: list[ModelRef | None] = []

    @property
    def models(self) -> ModelList:
        return self.picker.query_one(ModelList)

    @property
    def keys(self) -> list[str]:
        """The rows that can be chosen."""
        return [row.key for row in self.models.rows if not isinstance(row, Heading)]

    @property
    def headings(self) -> dict[str, str]:
        return {row.title: row.note for row in self.models.rows if isinstance(row, Heading)}

    @property
    def chosen(self) -> str:
        return self.models.chosen.key if self.models.chosen else ""

    @property
    def said(self) -> str:
        return str(self.picker.query_one("#models-said", Static).render())

    async def settle(self) -> None:
        await self.pilot.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.pilot.press(*(("space" if letter == " " else letter) for letter in text))
        await self.pilot.pause()


@asynccontextmanager
async def _picking(
    runtime: Runtime, *, current: ModelRef = CURRENT, settled: bool = True, size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[_Picking]:
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        picker = ModelPicker(runtime, current)
        picking = _Picking(pilot, picker)
        await app.push_screen(picker, picking.given.append)
        await pilot.pause()
        if settled:
            await picking.settle()
        yield picking
    await runtime.aclose()


async def test_the_models_of_an_endpoint_are_listed_with_their_facts(tmp_path: Path) -> None:
    """What the endpoint lists is there, and what it says of them."""
    with scripted(listing({"id": "big", "context_length": 200_000}, "small")) as server:
        runtime = home_runtime(tmp_path, f'[providers.lab]\nbase_url = "{server.url}/v1"\n')
        async with _picking(runtime) as picking:
            assert {"lab/big", "lab/small", "local/smollm2-135m-instruct"} <= set(picking.keys)
            assert runtime.facts(ModelRef("lab", "big")).window == 200_000
            await picking.type("lab big")
            await picking.pilot.press("enter")
            assert picking.given == [ModelRef("lab", "big")]


async def test_what_is_known_is_there_before_any_endpoint_answers(tmp_path: Path) -> None:
    """A silent endpoint holds nothing up: the picker works, and leaving does not wait for it."""
    with scripted(Answer(body=("hang",))) as server:
        runtime = home_runtime(
            tmp_path, f'[providers.openai]\nbase_url = "{server.url}/v1"\n', OPENAI_API_KEY="sk-planted"
        )
        async with _picking(runtime, settled=False) as picking:
            while "openai/gpt-6-sol" not in picking.keys or picking.headings["openai"] != "asking …":
                await picking.pilot.pause(0.01)
            await picking.type("gpt-6-sol")
            await picking.pilot.press("enter")
            assert picking.given == [ModelRef("openai", "gpt-6-sol")]


async def test_an_answer_that_comes_as_it_closes_is_not_shown(tmp_path: Path) -> None:
    """The list may be taken away before who asked knows of it."""
    async with _picking(home_runtime(tmp_path, "")) as picking:
        await picking.picker.query("#models").remove()
        await picking.picker._listing.read()
        assert picking.picker._listing.sources


async def test_failures_are_one_quiet_line_each(tmp_path: Path) -> None:
    """What went wrong stands beside the provider; servers that do not run here share a line; no key is told."""
    refused = Answer(status=401, content_type="application/json", body=(b'{"error":{"message":"bad sk-planted-1"}}',))
    with scripted(refused) as server:
        runtime = home_runtime(
            tmp_path, f'[providers.groq]\nbase_url = "{server.url}/v1"\n', GROQ_API_KEY="sk-planted-1"
        )
        async with _picking(runtime, size=(140, 45)) as picking:
            assert "does not accept the key" in picking.headings["groq"]
            assert "sk-planted" not in picking.headings["groq"]
            assert picking.headings["not running here"] == "ollama, lmstudio, llamacpp, vllm"


async def test_the_cursor_begins_at_the_model_that_is_asked(tmp_path: Path) -> None:
    """It is marked, and stays under the cursor while lists arrive."""
    with scripted(listing("a", "b", "c")) as server:
        runtime = home_runtime(tmp_path, f'[providers.lab]\nbase_url = "{server.url}/v1"\n')
        async with _picking(runtime, current=ModelRef("lab", "b")) as picking:
            assert picking.chosen == "lab/b"


@pytest.mark.parametrize("key", ["escape", "ctrl+o"])
async def test_leaving_gives_nothing(tmp_path: Path, key: str) -> None:
    """The model stays as it was."""
    async with _picking(home_runtime(tmp_path)) as picking:
        await picking.pilot.press(key)
        assert picking.given == [None]


async def test_keys_go_through_the_rows_and_pass_over_headings(tmp_path: Path) -> None:
    """Up, down, pages and ends; typing goes on meanwhile."""
    async with _picking(home_runtime(tmp_path)) as picking:
        press, keys = picking.pilot.press, picking.keys
        await press("ctrl+home")
        assert picking.chosen == keys[0]
        await press("down", "down", "up")
        assert picking.chosen == keys[1]
        await press("up", "up", "up")
        assert picking.chosen == keys[0]
        await press("ctrl+end")
        assert picking.chosen == keys[-1]
        await press("pageup")
        assert picking.chosen not in (keys[0], keys[-1])
        before = picking.chosen
        await press("pagedown")
        assert keys.index(picking.chosen) > keys.index(before)
        assert picking.picker.query_one(Input).has_focus


async def test_typing_finds_and_the_best_is_first(tmp_path: Path) -> None:
    """The cursor is on the best find after every letter, and back on the model that is asked when nothing is typed."""
    async with _picking(home_runtime(tmp_path)) as picking:
        await picking.type("smol")
        assert picking.chosen == "local/smollm2-135m-instruct"
        await picking.pilot.press(*["backspace"] * 4)
        assert picking.chosen == str(CURRENT)


@pytest.mark.parametrize("key", ["ctrl+s", "alt+s"])
async def test_a_favourite_goes_first_and_is_kept(tmp_path: Path, key: str) -> None:
    """The key works while typing; pressed again, the model is a favourite no more."""
    runtime = home_runtime(tmp_path)
    async with _picking(runtime) as picking:
        await picking.type("smol")
        await picking.pilot.press(key)
        await picking.settle()
        assert load_config(runtime.paths).favourites == ("local/smollm2-135m-instruct",)
        assert runtime.config.favourites == ("local/smollm2-135m-instruct",)
        await picking.pilot.press(*["backspace"] * 4)
        assert picking.keys[0] == "local/smollm2-135m-instruct"
        await picking.pilot.press("ctrl+home", key)
        await picking.settle()
        assert load_config(runtime.paths).favourites == ()


async def test_favourites_in_the_users_own_file_stay_as_they_are(tmp_path: Path) -> None:
    """That they cannot be changed here is said, with the file."""
    runtime = home_runtime(tmp_path, 'favourites = ["script/long"]\n')
    async with _picking(runtime) as picking:
        await picking.type("smol")
        await picking.pilot.press("ctrl+s")
        await picking.settle()
        assert "config.toml" in picking.said
        assert runtime.config.favourites == ("script/long",)


async def test_aliases_stand_beside_their_models(tmp_path: Path) -> None:
    """An alias finds its model, also through another alias."""
    runtime = home_runtime(tmp_path, '[aliases]\ntiny = "local"\nfast = "tiny"\n')
    async with _picking(runtime, size=(110, 30)) as picking:
        await picking.type("fast")
        row = picking.models.chosen
        assert isinstance(row, Candidate)
        assert set(row.aliases) == {"tiny", "fast"}
        line = "".join(segment.text for segment in picking.models.render_line(0))
        assert "← tiny fast" in line


@pytest.mark.parametrize(
    ("typed", "given"),
    [("ollama/any:7b-q4", ModelRef("ollama", "any:7b-q4")), ("claude-new-9", ModelRef("anthropic", "claude-new-9"))],
)
async def test_any_name_can_be_typed(tmp_path: Path, typed: str, given: ModelRef) -> None:
    """A model that nobody lists is as good as any other."""
    async with _picking(home_runtime(tmp_path)) as picking:
        await picking.type(typed)
        await picking.pilot.press("ctrl+end")
        assert isinstance(picking.models.chosen, Typed)
        await picking.pilot.press("enter")
        await picking.settle()
        assert picking.given == [given]


async def test_a_name_that_says_nothing_is_refused_in_place(tmp_path: Path) -> None:
    """What went wrong and what to do stand below the list, and the picker stays."""
    async with _picking(home_runtime(tmp_path)) as picking:
        await picking.type("qqqqqq")
        await picking.pilot.press("enter")
        await picking.settle()
        assert "no provider is known for the model 'qqqqqq'" in picking.said
        assert "provider/model" in picking.said
        assert picking.given == []


async def test_a_provider_without_a_key_leads_to_its_settings(tmp_path: Path) -> None:
    """It is listed with the way to a key, found by its models' names, and Enter asks for the key."""
    async with _picking(home_runtime(tmp_path)) as picking:
        await picking.type("opus")
        row = picking.models.chosen
        assert isinstance(row, Keyless)
        assert "ANTHROPIC_API_KEY" in row.note
        await picking.pilot.press("enter")
        await picking.settle()
        assert isinstance(picking.pilot.app.screen, SettingsScreen)


async def test_a_click_takes_a_model(tmp_path: Path) -> None:
    """The row under the pointer is given."""
    async with _picking(home_runtime(tmp_path)) as picking:
        await picking.type("smol")
        await picking.pilot.click(ModelList, offset=(5, 0))
        assert picking.given == [ModelRef("local", "smollm2-135m-instruct")]


@pytest.mark.parametrize("key", ["ctrl+r", "f5"])
async def test_endpoints_can_be_asked_again(tmp_path: Path, key: str) -> None:
    """What has changed there is taken in."""
    with scripted(listing("old"), listing("new")) as server:
        runtime = home_runtime(tmp_path, f'[providers.lab]\nbase_url = "{server.url}/v1"\n')
        async with _picking(runtime) as picking:
            assert "lab/old" in picking.keys
            await picking.pilot.press(key)
            await picking.settle()
            assert "lab/new" in picking.keys
            assert "lab/old" not in picking.keys


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
async def test_lines_are_as_wide_as_the_list(tmp_path: Path, width: int) -> None:
    """Whatever the width, and with wide characters, every line fills it exactly."""
    with scripted(listing("模型" * 30, "e" * 150)) as server:
        runtime = home_runtime(tmp_path, f'[providers.lab]\nbase_url = "{server.url}/v1"\n')
        async with _picking(runtime, size=(width, 24)) as picking:
            room = picking.models.scrollable_content_region.width
            assert {picking.models.render_line(y).cell_length for y in range(20)} == {room}


async def test_two_thousand_models_answer_every_key_at_once(tmp_path: Path) -> None:
    """A letter is shown within a frame or two."""
    runtime = home_runtime(tmp_path)
    models = tuple(ModelFacts(provider="ollama", name=f"vendor{n % 40}/model-{n}-chat") for n in range(2_000))
    runtime.catalogue.remember("ollama", models)
    async with _picking(runtime) as picking:
        assert len(picking.keys) > 2_000
        spent: list[float] = []
        for letter in "model-19":
            query = picking.picker.query_one(Input)
            began = time.thread_time()
            query.value += letter
            picking.picker._show(None)
            spent.append(time.thread_time() - began)
        assert statistics.median(spent) < 0.06  # four times what it takes, for machines that are slow
        await picking.pilot.pause()
        assert picking.chosen.endswith("-19-chat")
