"""The model picker: every model that can be asked, found by a few letters of its name."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tchat.config import set_value
from tchat.domain.errors import TchatError
from tchat.domain.model import ModelRef
from tchat.domain.text import printable
from tchat.runtime import Runtime
from tchat.threads import in_background
from tchat.tui.compositing import FrugalCompositor
from tchat.tui.model_listing import ModelListing
from tchat.tui.model_rows import (
    Candidate,
    Keyless,
    Source,
    Typed,
    candidates_of,
    rows_of,
    summary_of,
)
from tchat.tui.screens.query_screen import QueryScreen
from tchat.tui.widgets.line_input import LineInput
from tchat.tui.widgets.model_list import ModelHeads, ModelList

KEYS = "Enter takes it · Ctrl+S favourite · Esc leaves"


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"models.{name}", tooltip=tooltip)


def _effort(name: str, keys: str, step: int, description: str, tooltip: str) -> Binding:
    """Return a key that the line to type in would take for itself."""
    return Binding(keys, f"effort({step})", description, id=f"models.{name}", tooltip=tooltip, priority=True)


class ModelPicker(QueryScreen[ModelRef | None], ModalScreen[ModelRef | None]):
    """Gives the chosen model, or None.

    Args:
        runtime: the providers.
        current: the model that is asked at the moment.
        shift_effort: raises or lowers the effort for a model and says which it is now; None where it is not chosen.
    """

    CSS_PATH: ClassVar[list[str]] = ["../widgets/model_list.tcss", "models.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("up", "up", "move(-1)", "Row above", "Go to the model above"),
        _bound("down", "down", "move(1)", "Row below", "Go to the model below"),
        _bound("page-up", "pageup", "page(-1)", "Page up", "Go up by a page"),
        _bound("page-down", "pagedown", "page(1)", "Page down", "Go down by a page"),
        _bound("first", "ctrl+home", "edge(-1)", "First", "Go to the first model"),
        _bound("last", "ctrl+end", "edge(1)", "Last", "Go to the last model"),
        _bound("favourite", "ctrl+s,alt+s", "favourite", "Favourite", "Make the model a favourite, or one no more"),
        _bound("refresh", "ctrl+r,f5", "refresh", "Ask again", "Ask every provider for its models again"),
        _effort("effort-up", "ctrl+e", 1, "Raise effort", "Ask again with more reasoning effort"),
        _effort("effort-down", "alt+e,ctrl+shift+e", -1, "Lower effort", "Ask again with less reasoning effort"),
        _bound("close", "escape,ctrl+o", "close", "Close", "Go back to the model that was asked before"),
    ]

    def __init__(
        self, runtime: Runtime, current: ModelRef, shift_effort: Callable[[ModelRef, int], str] | None = None
    ) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()
        self._shift_effort = shift_effort
        self._runtime = runtime
        self._current = current
        self._listing = ModelListing(runtime, self._refill)
        self._candidates: tuple[Candidate, ...] = ()
        self._made: dict[str, tuple[tuple[object, ...], tuple[Candidate, ...]]] = {}
        """The candidates of each provider, and what they were made of."""
        self._favourites = runtime.config.favourites
        self._keeping = asyncio.Lock()
        self._has_moved = False
        """Whether the cursor is where the user put it."""

    def compose(self) -> ComposeResult:
        """Put what is typed above what is found."""
        with Vertical(id="models"):
            yield LineInput(placeholder="find a model, or type provider/any-name", compact=True, id="models-query")
            yield ModelHeads()
            yield ModelList(str(self._current), id="models-list")
            yield Static(markup=False, id="models-said")
            effort = "" if self._shift_effort is None else "Ctrl+E effort · "
            yield Static(f"{effort}{KEYS}", markup=False, id="models-keys")

    def on_mount(self) -> None:
        """Be ready to type; the models come after the first paint."""
        self.begin_typing(self.query_one(Input))
        self._models.show((), "", stay_at=None, notice="looking …")
        self.call_after_refresh(self._look)

    @property
    def _models(self) -> ModelList:
        return self.query_one(ModelList)

    @property
    def _query(self) -> str:
        return self.query_one(Input).value

    def _look(self) -> None:
        self.run_worker(self._read(), name="models", group="models", exclusive=True)

    async def _read(self) -> None:
        """Show what is known, then what the providers say."""
        await self._listing.read()
        await self._listing.ask()

    def _refill(self) -> None:
        """Show what is known by now, staying on the same row; nothing where a provider answers as this is closed."""
        if not self.query(ModelList):
            return
        self._candidates = tuple(
            candidate for source in self._listing.sources for candidate in self._candidates_of(source)
        )
        chosen = self._models.chosen
        is_first = not self._has_moved and not self._query.strip()
        at = str(self._current) if is_first else chosen.key if chosen is not None else None
        self._show(at if self._has_moved or is_first else None)

    def _candidates_of(self, source: Source) -> tuple[Candidate, ...]:
        """Return the models of a provider; those of one about which nothing new is known are made once."""
        made_of = (source.models, source.state == "keyless", self._favourites, self._listing.aliases)
        known = self._made.get(source.provider)
        if known is None or any(old is not new for old, new in zip(known[0], made_of, strict=True)):
            known = (made_of, candidates_of([source], self._favourites, self._listing.aliases))
            self._made[source.provider] = known
        return known[1]

    def _show(self, stay_at: str | None) -> None:
        rows = rows_of(self._listing.sources, self._candidates, self._query)
        self._models.show(rows, self._query, stay_at=stay_at, notice="nothing found")

    def _say(self, text: str, *, is_trouble: bool = False) -> None:
        said = self.query_one("#models-said", Static)
        said.update(printable(text))
        said.set_class(is_trouble, "-trouble")

    @on(Input.Changed)
    def _take_query(self, event: Input.Changed) -> None:
        event.stop()
        self._has_moved = False
        self._show(None if self._query.strip() else str(self._current))

    @on(ModelList.Highlighted)
    def _take_highlighted(self, event: ModelList.Highlighted) -> None:
        event.stop()
        self._say(summary_of(event.row))

    @on(ModelList.Clicked)
    @on(Input.Submitted)
    def _take_choice(self, event: ModelList.Clicked | Input.Submitted) -> None:
        event.stop()
        row = self._models.chosen
        match row:
            case Candidate():
                self.dismiss(row.facts.ref)
            case Typed(text):
                self.run_worker(self._resolve(text), name="resolve", group="resolve", exclusive=True)
            case Keyless(provider, _):
                self._add_key(provider)
            case None:
                self._say("no model is chosen")

    def _add_key(self, provider: str) -> None:
        from tchat.tui.screens.settings import SettingsScreen

        self.app.push_screen(SettingsScreen(self._runtime, provider), lambda _: self._look())

    async def _resolve(self, text: str) -> None:
        """Take what was typed as a name."""
        try:
            ref = await in_background(lambda: self._runtime.resolve(text))
            await in_background(lambda: self._runtime.facts(ref))
        except TchatError as error:
            self._say(error.in_full, is_trouble=True)
        else:
            self.dismiss(ref)

    def action_move(self, step: int) -> None:
        """Go up or down."""
        self._has_moved = True
        self._models.move(step)

    def action_page(self, direction: int) -> None:
        """Go up or down by a page."""
        self._has_moved = True
        self._models.move(direction * self._models.page)

    def action_edge(self, direction: int) -> None:
        """Go to the first row, or to the last one."""
        self._has_moved = True
        self._models.move(direction * len(self._models.rows))

    def action_refresh(self) -> None:
        """Ask the providers again."""
        self._look()

    def action_favourite(self) -> None:
        """Make the model under the cursor a favourite, or one no more; kept in the settings."""
        row = self._models.chosen
        if not isinstance(row, Candidate):
            return
        others = tuple(ref for ref in self._favourites if ref != row.key)
        self._favourites = others if row.is_favourite else (*others, row.key)
        self._has_moved = True
        self._refill()
        self.run_worker(self._keep_favourites(), name="favourites", group="favourites")

    async def _keep_favourites(self) -> None:
        paths = self._runtime.paths
        try:
            async with self._keeping:
                await in_background(lambda: set_value(paths, "favourites", list(self._favourites) or None))
                await self._runtime.reload()
        except TchatError as error:
            self._favourites = self._runtime.config.favourites
            self._refill()
            self._say(error.in_full, is_trouble=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Leave the keys for effort to the text where none is chosen."""
        del parameters
        return action != "effort" or self._shift_effort is not None

    def action_effort(self, step: int) -> None:
        """Raise or lower the effort with which the model under the cursor is asked."""
        row = self._models.chosen
        if self._shift_effort is not None and isinstance(row, Candidate):
            self.query_one("#models-keys", Static).update(f"{self._shift_effort(row.facts.ref, step)} · {KEYS}")

    def action_close(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)
