"""The settings: what is changed holds at once, what cannot be changed says why, and no key is ever seen."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input, OptionList, Select, Static, TextArea

from tchat.config import load_config
from tchat.key_keeping import keep_key
from tchat.runtime import Runtime
from tchat.tui.preferences import FieldKey
from tchat.tui.screens.models import ModelPicker
from tchat.tui.screens.settings import SECTIONS, SettingsScreen
from tchat.tui.widgets.alias_section import AliasSection
from tchat.tui.widgets.field_row import FieldRow
from tchat.tui.widgets.key_prompt import KeyPrompt
from tchat.tui.widgets.line_prompt import LinePrompt
from tchat.tui.widgets.provider_section import ProviderSection
from tests.homes import MemoryKeyring, home_runtime, listing, use_keyring
from tests.servers import Answer, scripted

SECRET = "sk-planted-0123456789abcdef"  # noqa: S105  # planted, to be looked for


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """A keyring of this test's own."""
    return use_keyring(monkeypatch)


class _Settings:
    """Settings that are open."""

    def __init__(self, pilot: Pilot[None], screen: SettingsScreen) -> None:
        self.pilot = pilot
        self.screen = screen
        self.is_closed = False

    @property
    def said(self) -> str:
        return str(self.screen.query_one("#settings-said", Static).render())

    @property
    def section(self) -> str | None:
        return self.screen.query_one(ContentSwitcher).current

    def row(self, provider: str) -> str:
        """What the row of a provider shows."""
        section = self.screen.query_one(ProviderSection)
        place = [account.provider for account in section._accounts].index(provider)
        return str(section.rows.get_option_at_index(place).prompt)

    def field(self, key: FieldKey) -> FieldRow:
        return next(row for row in self.screen.query(FieldRow) if row.key == key)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        names = {" ": "space", "/": "slash", ":": "colon", ".": "full_stop", "-": "minus", "$": "dollar_sign"}
        await self.pilot.press(*(names.get(letter, letter) for letter in text))

    async def settle(self) -> None:
        await self.pilot.pause()
        await self.pilot.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def go_to(self, section: str) -> None:
        while self.section != section:
            await self.press("ctrl+pagedown")

    async def go_to_provider(self, provider: str) -> None:
        section = self.screen.query_one(ProviderSection)
        section.rows.focus()
        section.rows.highlighted = [account.provider for account in section._accounts].index(provider)
        await self.pilot.pause()


@asynccontextmanager
async def _open(
    runtime: Runtime, provider: str | None = None, *, size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[_Settings]:
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        screen = SettingsScreen(runtime, provider)
        opened = _Settings(pilot, screen)

        def closed(_: None) -> None:
            opened.is_closed = True

        await app.push_screen(screen, closed)
        await opened.settle()
        yield opened
    await runtime.aclose()


async def test_every_section_is_reached_by_keys(tmp_path: Path) -> None:
    """Up and down in the list of sections turn to them, Enter goes in, Escape comes back, once more leaves."""
    async with _open(home_runtime(tmp_path)) as opened:
        await opened.press("escape")
        assert opened.screen.query_one("#sections", OptionList).has_focus
        for section in list(SECTIONS)[1:]:
            await opened.press("down")
            assert opened.section == section
            await opened.press("enter")
            assert opened.screen.query_one(f"#{section}").has_focus_within
            await opened.press("escape")
        await opened.press("escape")
        assert opened.is_closed


async def test_sections_are_turned_without_leaving_them(tmp_path: Path) -> None:
    """Ctrl+PgDn and Ctrl+PgUp go round, from within any field."""
    async with _open(home_runtime(tmp_path)) as opened:
        seen = [opened.section]
        for _ in SECTIONS:
            await opened.press("ctrl+pagedown")
            seen.append(opened.section)
        assert seen == [*SECTIONS, "providers-section"]
        await opened.press("ctrl+pageup")
        assert opened.section == "aliases-section"


async def test_every_provider_has_a_row_with_the_state_of_its_key(tmp_path: Path) -> None:
    """Where the key comes from is said, and dots stand for it."""
    async with _open(home_runtime(tmp_path, OPENAI_API_KEY=SECRET)) as opened:
        assert "ready" in opened.row("openai")
        assert "•••• environment OPENAI_API_KEY" in opened.row("openai")
        assert "no key" in opened.row("anthropic")
        assert "no key needed" in opened.row("ollama")


@pytest.mark.parametrize("key", ["enter", "k"])
async def test_a_key_is_added_and_used_at_once(tmp_path: Path, keyring: MemoryKeyring, key: str) -> None:
    """It goes into the keyring, the next request bears it, and nothing on the screen does."""
    with scripted(listing("m")) as server:
        runtime = home_runtime(tmp_path, f'[providers.groq]\nbase_url = "{server.url}/v1"\n')
        async with _open(runtime) as opened:
            await opened.go_to_provider("groq")
            await opened.press(key)
            await opened.type(SECRET)
            line = opened.screen.query_one(KeyPrompt).query_one(Input)
            assert line.password
            assert SECRET not in opened.pilot.app.export_screenshot()
            await opened.press("enter")
            assert line.value == ""
            assert "in the keyring" in opened.said
            assert "•••• keyring" in opened.row("groq")
            assert keyring.passwords["tchat", "groq"] == SECRET
            await opened.press("t")
            assert "answers in" in opened.row("groq")
            assert SECRET not in opened.pilot.app.export_screenshot()
            shown = " ".join(str(widget.render()) for widget in opened.screen.query(Static))
            assert SECRET not in shown
    assert server.requests[-1].headers["authorization"] == f"Bearer {SECRET}"


async def test_without_a_keyring_it_is_said_where_the_key_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is named, and is the user's alone."""
    use_keyring(monkeypatch, refuses=True)
    runtime = home_runtime(tmp_path)
    async with _open(runtime, size=(140, 30)) as opened:
        await opened.go_to_provider("groq")
        await opened.press("k")
        await opened.type(SECRET)
        await opened.press("enter")
        assert "no keyring here" in opened.said
        assert "keys.toml" in opened.said
        assert "•••• file" in opened.row("groq")
    assert runtime.paths.keys_file.stat().st_mode & 0o777 == 0o600


async def test_a_key_can_be_left_as_it_is(tmp_path: Path, keyring: MemoryKeyring) -> None:
    """Escape forgets what was typed."""
    async with _open(home_runtime(tmp_path)) as opened:
        await opened.press("k")
        await opened.type(SECRET)
        await opened.press("escape")
        prompt = opened.screen.query_one(KeyPrompt)
        assert not prompt.display
        assert prompt.query_one(Input).value == ""
        assert not keyring.passwords
        assert opened.screen.query_one(ProviderSection).rows.has_focus


async def test_what_is_no_key_is_refused_without_repeating_it(tmp_path: Path, keyring: MemoryKeyring) -> None:
    """Two words are none."""
    async with _open(home_runtime(tmp_path)) as opened:
        await opened.press("k")
        await opened.type("two words")
        await opened.press("enter")
        assert "that is no key for 'openai'" in opened.said
        assert "two words" not in opened.said
        assert not keyring.passwords


@pytest.mark.parametrize("key", ["x", "delete"])
async def test_a_key_is_forgotten(tmp_path: Path, keyring: MemoryKeyring, key: str) -> None:
    """It is gone from where it was kept; one in the environment is said to be there."""
    runtime = home_runtime(tmp_path, OPENAI_API_KEY=SECRET)
    keep_key(runtime, "groq", SECRET)
    async with _open(runtime) as opened:
        await opened.go_to_provider("groq")
        await opened.press(key)
        assert "is gone from keyring" in opened.said
        assert "no key" in opened.row("groq")
        assert not keyring.passwords
        await opened.go_to_provider("openai")
        await opened.press(key)
        assert "OPENAI_API_KEY is set in the environment" in opened.said


async def test_a_failing_test_says_what_to_do(tmp_path: Path) -> None:
    """The error and its hint stand at the provider and below, without the key, and everything still works."""
    answer = Answer(
        status=401, content_type="application/json", body=(f'{{"error": {{"message": "{SECRET}"}}}}'.encode(),)
    )
    with scripted(answer) as server:
        runtime = home_runtime(tmp_path, f'[providers.groq]\nbase_url = "{server.url}/v1"\n', GROQ_API_KEY=SECRET)
        async with _open(runtime, size=(140, 30)) as opened:
            await opened.go_to_provider("groq")
            await opened.press("t")
            assert "! groq does not accept the key" in opened.row("groq")
            assert "tchat keys set groq" in opened.said
            assert SECRET not in opened.pilot.app.export_screenshot()


async def test_a_test_that_hangs_stops_nothing(tmp_path: Path) -> None:
    """A new key for the provider ends it; leaving does not wait for it."""
    with scripted(Answer(body=("hang",)), Answer(body=("hang",))) as server:
        runtime = home_runtime(tmp_path, f'[providers.groq]\nbase_url = "{server.url}/v1"\n', GROQ_API_KEY="old")
        async with _open(runtime) as opened:
            await opened.go_to_provider("groq")
            await opened.pilot.press("t")
            while not server.requests:
                await opened.pilot.pause(0.01)
            await opened.pilot.press("k")
            await opened.type(SECRET)
            await opened.press("enter")
            assert "in the keyring" in opened.said
            await opened.pilot.press("t")
            await opened.pilot.press("f7")
            while not opened.is_closed:
                await opened.pilot.pause(0.01)


async def test_an_own_endpoint_is_added_and_forgotten(tmp_path: Path) -> None:
    """Name and base URL are asked for in turn; the row can be tested at once; no URL forgets it."""
    with scripted(listing("m1", "m2")) as server:
        runtime = home_runtime(tmp_path)
        async with _open(runtime) as opened:
            await opened.press("n")
            await opened.type("lab")
            await opened.press("enter")
            line = opened.screen.query_one(ProviderSection).query_one(LinePrompt).query_one(Input)
            line.value = f"{server.url}/v1"
            await opened.press("enter")
            assert runtime.spec("lab").base_url == f"{server.url}/v1"
            await opened.go_to_provider("lab")
            await opened.press("t")
            assert "with 2 models" in opened.row("lab")
            await opened.press("u")
            assert line.value == f"{server.url}/v1"
            line.value = ""
            await opened.press("enter")
            assert "lab" not in runtime.provider_names
            assert "lab" not in load_config(runtime.paths).providers


async def test_a_wrong_endpoint_is_refused(tmp_path: Path) -> None:
    """What is no URL is said to be none, and nothing changes."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.press("n")
        await opened.type("lab")
        await opened.press("enter")
        opened.screen.query_one(ProviderSection).query_one(LinePrompt).query_one(Input).value = "nonsense"
        await opened.press("enter")
        assert "not an http or https URL" in opened.said
        assert "lab" not in runtime.provider_names


async def test_buttons_do_what_the_keys_do(tmp_path: Path) -> None:
    """A click begins what its key begins."""
    async with _open(home_runtime(tmp_path)) as opened:
        await opened.pilot.click("#wish-key")
        await opened.settle()
        assert opened.screen.query_one(KeyPrompt).display
        await opened.press("escape")
        await opened.pilot.click("#wish-endpoint")
        await opened.settle()
        assert opened.screen.query_one(ProviderSection).query_one(LinePrompt).display


async def test_settings_can_be_opened_for_a_key(tmp_path: Path) -> None:
    """Whoever comes for the key of a provider is asked for it at once."""
    async with _open(home_runtime(tmp_path), "mistral") as opened:
        prompt = opened.screen.query_one(KeyPrompt)
        assert prompt.display
        assert prompt.has_focus_within
        chosen = opened.screen.query_one(ProviderSection).chosen
        assert chosen is not None
        assert chosen.provider == "mistral"


async def test_a_theme_is_taken_and_kept(tmp_path: Path) -> None:
    """It shows at once and at the next start."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.go_to("theme-section")
        themes = opened.screen.query_one("#themes", OptionList)
        themes.highlighted = themes.get_option_index("nord")
        await opened.press("enter")
        assert opened.pilot.app.theme == "nord"
        assert runtime.config.theme == load_config(runtime.paths).theme == "nord"


async def test_fields_are_kept_when_they_are_left(tmp_path: Path) -> None:
    """Enter, Tab, another section and leaving the settings all keep what was typed."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.go_to("budget-section")
        await opened.type("$20")
        await opened.press("enter")
        assert runtime.config.budget.per_month == 20
        await opened.press("tab")
        await opened.type("0.5")
        await opened.press("ctrl+pageup")
        assert runtime.config.budget.per_run == 0.5
        opened.field("system").query_one(TextArea).focus()
        await opened.type("Be brief")
        await opened.press("f7")
        assert opened.is_closed
    assert load_config(runtime.paths).system == "Be brief"


async def test_ctrl_s_keeps_a_field(tmp_path: Path) -> None:
    """A text that Enter goes on in is kept without leaving it."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.go_to("defaults-section")
        opened.field("system").query_one(TextArea).focus()
        await opened.type("a")
        await opened.press("enter")
        await opened.type("b")
        await opened.press("ctrl+s")
        assert runtime.config.system == "a\nb"


async def test_what_cannot_be_kept_is_told_and_does_not_hold(tmp_path: Path) -> None:
    """The field goes back to what holds; leaving waits until the reason was seen."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.go_to("budget-section")
        await opened.type("much")
        await opened.press("enter")
        assert "no amount of US dollars" in opened.said
        assert opened.field("budget.per_month").text == ""
        await opened.type("more")
        await opened.press("f7")
        assert not opened.is_closed
        await opened.press("f7")
        assert opened.is_closed


async def test_effort_is_chosen_from_the_levels(tmp_path: Path) -> None:
    """And can go back to the model's own."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.go_to("defaults-section")
        select = opened.field("effort").query_one(Select[str])
        select.value = "high"
        await opened.settle()
        assert runtime.config.effort == "high"
        select.clear()
        await opened.settle()
        assert runtime.config.effort is None


async def test_the_default_model_is_chosen_from_the_picker(tmp_path: Path) -> None:
    """Ctrl+O opens it, and what it gives is kept."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.go_to("defaults-section")
        await opened.press("ctrl+o")
        assert isinstance(opened.pilot.app.screen, ModelPicker)
        await opened.type("smol")
        await opened.press("enter")
        assert runtime.config.model == "local/smollm2-135m-instruct"


async def test_what_stands_in_the_users_own_file_is_shown_as_fixed(tmp_path: Path) -> None:
    """The field is not to be changed, and says why."""
    runtime = home_runtime(tmp_path, 'effort = "low"\nsystem = "Mine"\n[aliases]\nfast = "local"\n')
    async with _open(runtime) as opened:
        await opened.go_to("defaults-section")
        for key in ("effort", "system"):
            row = opened.field(key)
            assert row.query_one("TextArea, Select").disabled
            assert "config.toml" in str(row.query_one(".note", Static).render())
        await opened.go_to("aliases-section")
        await opened.press("x")
        assert "config.toml" in opened.said
        assert runtime.config.aliases == {"fast": "local"}


async def test_aliases_are_added_changed_and_forgotten(tmp_path: Path) -> None:
    """Name and model are asked for in turn; Enter changes the model of one."""
    runtime = home_runtime(tmp_path)
    async with _open(runtime) as opened:
        await opened.go_to("aliases-section")
        await opened.press("n")
        await opened.type("tiny")
        await opened.press("enter")
        await opened.type("local")
        await opened.press("enter")
        assert runtime.config.aliases == {"tiny": "local"}
        section = opened.screen.query_one(AliasSection)
        section.rows.highlighted = 4
        await opened.press("enter", "backspace", "backspace", "backspace", "backspace", "backspace")
        await opened.type("openai/gpt-6-sol")
        await opened.press("enter")
        assert runtime.config.aliases == {"tiny": "openai/gpt-6-sol"}
        section.rows.highlighted = 4
        await opened.press("x")
        assert runtime.config.aliases == {}
