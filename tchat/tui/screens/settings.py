"""The settings: providers and keys, theme, defaults, budget, aliases; what is changed holds at once."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import ContentSwitcher, OptionList, Static

from tchat.config import set_value
from tchat.domain.effort import EFFORTS
from tchat.domain.errors import TchatError
from tchat.domain.model import ModelRef
from tchat.domain.sums import spent
from tchat.domain.text import printable
from tchat.key_keeping import forget_key, keep_key
from tchat.keys import kept_where
from tchat.runtime import Runtime
from tchat.threads import in_background
from tchat.tui.preferences import (
    Account,
    FieldKey,
    Trial,
    accounts,
    alias_rows,
    fields,
    fixed_reason,
    set_alias,
    set_endpoint,
    set_field,
    try_out,
)
from tchat.tui.widgets.alias_section import AliasSection
from tchat.tui.widgets.field_row import FieldRow
from tchat.tui.widgets.key_prompt import KeyPrompt
from tchat.tui.widgets.provider_section import ProviderSection
from tchat.tui.widgets.theme_section import ThemeSection

_PATIENCE = 0.3
"""Seconds after which it is said that keys are looked for."""
SECTIONS = {
    "providers-section": "Providers",
    "theme-section": "Theme",
    "defaults-section": "Defaults",
    "budget-section": "Budget",
    "aliases-section": "Aliases",
}
"""Ids and titles."""


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"settings.{name}", tooltip=tooltip)


class SettingsScreen(Screen[None]):
    """Shows and changes settings.

    Args:
        runtime: whose settings; it takes every change in at once.
        provider: whose key is asked for at once, if one is.
    """

    CSS_PATH: ClassVar[list[str]] = ["settings.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("leave", "escape", "leave", "Back", "Go to the list of sections; from there, leave the settings"),
        Binding("f7", "close", "Close", id="settings.close", tooltip="Leave the settings", priority=True),
        _bound("model", "ctrl+o", "pick_model", "Choose", "Choose the default model from all there are"),
        _bound("section-before", "ctrl+pageup", "section(-1)", "Section above", "Go to the section before"),
        _bound("section-after", "ctrl+pagedown", "section(1)", "Section below", "Go to the next section"),
    ]

    def __init__(self, runtime: Runtime, provider: str | None = None) -> None:
        super().__init__()
        self._runtime = runtime
        self._asked_for = provider
        self._accounts: tuple[Account, ...] = ()
        self._trials: dict[str, Trial] = {}
        self._changing = asyncio.Lock()
        self._spent = ""

    # --- what is shown

    def compose(self) -> ComposeResult:
        """Put the sections beside their list."""
        yield Static("Settings", markup=False, id="settings-title")
        with Horizontal(id="settings-body"):
            yield OptionList(*SECTIONS.values(), markup=False, compact=True, id="sections")
            with ContentSwitcher(initial="providers-section", id="section"):
                yield ProviderSection(id="providers-section")
        yield Static(markup=False, id="settings-said")
        yield Static(
            "Enter or Tab goes in · Esc goes back · Ctrl+PgUp/PgDn other section", markup=False, id="settings-keys"
        )

    def on_mount(self) -> None:
        """Show what is known at once; the keyring is asked after the first paint."""
        self.query_one("#sections", OptionList).highlighted = 0
        self.query_one(ProviderSection).rows.focus()
        self.call_after_refresh(self._look)

    def _look(self) -> None:
        self.run_worker(self._begin(), name="settings", group="settings", exclusive=True)

    async def _begin(self) -> None:
        waiting = self.set_timer(_PATIENCE, lambda: self.say("looking for keys …"))
        await self._refresh_accounts(at=self._asked_for)
        waiting.stop()
        self.say("")
        if self._asked_for is not None:
            self.query_one(ProviderSection).ask_key()
        try:
            month = await self._runtime.spent_in("month")
        except TchatError as error:
            self.trouble(error)
        else:
            self._spent = f"{spent(month)} spent this month"
            self._show_plain()

    async def _refresh_accounts(self, *, at: str | None = None) -> None:
        runtime = self._runtime
        self._accounts = await in_background(lambda: accounts(runtime))
        self.query_one(ProviderSection).show(self._accounts, self._trials, at=at)

    def _show_plain(self) -> None:
        """Show what holds in the sections that were turned to."""
        known = fields(self._runtime)
        for row in self.query(FieldRow):
            row.show(known[row.key])
        for aliases in self.query(AliasSection):
            aliases.show(alias_rows(self._runtime))
        for themes in self.query(ThemeSection):
            themes.show(self.app.available_themes, self.app.theme, fixed_reason(self._runtime, "theme"))
        for line in self.query("#spent").results(Static):
            line.update(self._spent)

    def say(self, text: str) -> None:
        """Say how something went, below everything."""
        said = self.query_one("#settings-said", Static)
        if said.content != printable(text):
            said.update(printable(text))
        said.remove_class("-trouble")

    def trouble(self, error: TchatError) -> None:
        """Say what went wrong and what to do."""
        said = self.query_one("#settings-said", Static)
        said.update(printable(error.in_full))
        said.add_class("-trouble")

    # --- changing

    def _change(self, work: Callable[[], Awaitable[str]], provider: str | None = None) -> None:
        """Do something that changes settings, take it in, and say what it says."""
        self.run_worker(self._changed(work, provider), name="change", group="changes")

    async def _changed(self, work: Callable[[], Awaitable[str]], provider: str | None) -> None:
        async with self._changing:
            try:
                said = await work()
            except TchatError as error:
                self.trouble(error)
            else:
                self.say(said)
            try:
                await self._runtime.reload(provider)
            except TchatError as error:
                self.trouble(error)
            self._show_plain()
            if provider is not None:
                self._trials.pop(provider, None)
                await self._refresh_accounts()

    @on(FieldRow.Changed)
    def _take_field(self, event: FieldRow.Changed) -> None:
        self._change(lambda: self._keep_field(event.key, event.text))

    async def _keep_field(self, key: FieldKey, text: str) -> str:
        await in_background(lambda: set_field(self._runtime, key, text))
        return f"{key} is kept"

    @on(AliasSection.AliasGiven)
    def _take_alias(self, event: AliasSection.AliasGiven) -> None:
        async def work() -> str:
            await in_background(lambda: set_alias(self._runtime, event.alias, event.target))
            return f"{event.alias} stands for {event.target}" if event.target else f"{event.alias} is forgotten"

        self._change(work)

    @on(ThemeSection.Chosen)
    def _take_theme(self, event: ThemeSection.Chosen) -> None:
        name = event.theme

        async def work() -> str:
            await in_background(lambda: set_value(self._runtime.paths, "theme", name))
            await self._runtime.reload()
            self.app.theme = name
            return f"{name} is the theme from now on"

        self._change(work)

    @on(KeyPrompt.Given)
    def _take_key(self, event: KeyPrompt.Given) -> None:
        event.stop()
        provider, value = event.provider, event.value
        self.say(f"keeping the key of {provider} …")

        async def work() -> str:
            key = await in_background(lambda: keep_key(self._runtime, provider, value))
            variable = self._runtime.keys.variable(self._runtime.key_plan(provider))
            first = f"\n{variable} is set in the environment and goes first" if variable else ""
            return kept_where(provider, key) + first

        self._stop_trial(provider)
        self._change(work, provider)

    @on(ProviderSection.KeyForgotten)
    def _take_forgotten(self, event: ProviderSection.KeyForgotten) -> None:
        provider = event.provider

        async def work() -> str:
            places = await in_background(lambda: forget_key(self._runtime, provider))
            if places:
                return f"the key of {provider} is gone from {' and '.join(places)}"
            variable = self._runtime.keys.variable(self._runtime.key_plan(provider))
            return f"{variable} is set in the environment; unset it there" if variable else "no key is kept there"

        self._stop_trial(provider)
        self._change(work, provider)

    @on(ProviderSection.EndpointGiven)
    def _take_endpoint(self, event: ProviderSection.EndpointGiven) -> None:
        name, base_url = event.endpoint.strip(), event.base_url

        async def work() -> str:
            await in_background(lambda: set_endpoint(self._runtime, name, base_url))
            return f"{name} is at {base_url}" if base_url else f"{name} is as it was at first"

        self._stop_trial(name)
        self._change(work, name)

    # --- trying out

    @on(ProviderSection.TrialAsked)
    def _take_trial(self, event: ProviderSection.TrialAsked) -> None:
        self._stop_trial(event.provider)
        self.say(f"asking {event.provider} …")
        self.run_worker(self._try(event.provider), name="try", group=f"try-{event.provider}", exclusive=True)

    async def _try(self, provider: str) -> None:
        trial = await try_out(self._runtime, provider)
        self._trials[provider] = trial
        self.query_one(ProviderSection).show(self._accounts, self._trials)
        self.say(f"{provider}: {trial.said}")

    def _stop_trial(self, provider: str) -> None:
        """Leave a request that is under way: what it asks with is about to change."""
        self.workers.cancel_group(self, f"try-{provider}")

    # --- going about

    @on(OptionList.OptionHighlighted, "#sections")
    async def _turn(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        await self._turn_to(event.option_index)

    async def _turn_to(self, place: int) -> None:
        """Show a section, made when it is first turned to."""
        switcher, section = self.query_one(ContentSwitcher), list(SECTIONS)[place]
        if switcher.current == section:
            return
        if not switcher.query(f"#{section}"):
            await switcher.add_content(_SECTIONS[section]())
            self._show_plain()
        switcher.current = section
        self.say("")

    @on(OptionList.OptionSelected, "#sections")
    async def _enter(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        await self._turn_to(event.option_index)
        self._focus_section()

    def _focus_section(self) -> None:
        section = self.query_one(ContentSwitcher).visible_content
        inside = section.query("OptionList, Input, TextArea, Select").results(Widget) if section else ()
        first = next((widget for widget in inside if widget.focusable), None)
        if first is not None:
            first.focus()

    async def action_section(self, step: int) -> None:
        """Go to another section, and into it."""
        sections = self.query_one("#sections", OptionList)
        sections.highlighted = ((sections.highlighted or 0) + step) % len(SECTIONS)
        await self._turn_to(sections.highlighted)
        self._focus_section()

    async def action_pick_model(self) -> None:
        """Choose the default model."""
        from tchat.tui.screens.models import ModelPicker

        place = list(SECTIONS).index("defaults-section")
        self.query_one("#sections", OptionList).highlighted = place
        await self._turn_to(place)
        row = self.query_one("#field-model", FieldRow)
        provider, _, model = row.text.partition("/")

        def chosen(ref: ModelRef | None) -> None:
            if ref is not None:
                row.put(str(ref))

        self.app.push_screen(ModelPicker(self._runtime, ModelRef(provider, model)), chosen)

    def action_leave(self) -> None:
        """Go to the list of sections; from there, leave."""
        sections = self.query_one("#sections", OptionList)
        if sections.has_focus:
            self.action_close()
        else:
            sections.focus()

    def action_close(self) -> None:
        """Leave the settings; what was typed is kept first, and what cannot be is shown."""
        self.run_worker(self._close(), name="close", group="close", exclusive=True)

    async def _close(self) -> None:
        rows = self.query(FieldRow)
        changed: list[tuple[FieldKey, str]] = [(row.key, text) for row in rows if (text := row.take()) is not None]
        for key, text in changed:
            await self._changed(partial(self._keep_field, key, text), None)
        if changed and self.query_one("#settings-said").has_class("-trouble"):
            return
        async with self._changing:
            self.dismiss()


def _defaults() -> VerticalScroll:
    return VerticalScroll(
        FieldRow("model", "model", "the first provider with a key, if empty; Ctrl+O chooses one"),
        FieldRow("effort", "effort", "what the model does by itself, if empty", choices=EFFORTS),
        FieldRow("system", "system prompt", "what every new conversation begins with", lines=5),
        id="defaults-section",
        can_focus=False,
    )


def _budget() -> VerticalScroll:
    return VerticalScroll(
        FieldRow("budget.per_month", "dollars a month", "no limit, if empty"),
        FieldRow("budget.per_run", "dollars a run", "no limit, if empty"),
        Static(markup=False, id="spent", classes="note"),
        id="budget-section",
        can_focus=False,
    )


_SECTIONS: dict[str, Callable[[], Widget]] = {
    "theme-section": lambda: ThemeSection(id="theme-section"),
    "defaults-section": _defaults,
    "budget-section": _budget,
    "aliases-section": lambda: AliasSection(id="aliases-section"),
}
"""What makes each section but the first."""
