"""The run settings beside a screen that is too narrow to have them in it."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tchat.domain.errors import UsageError
from tchat.domain.model import ModelFacts
from tchat.domain.request import Settings
from tchat.threads import in_background
from tchat.tui.run_values import read_schema_file
from tchat.tui.widgets.run_settings import FIRST, RunSettings


class RunSettingsScreen(ModalScreen[None]):
    """Holds the form at the right edge, over what is below.

    Args:
        facts: the model of the next turn.
        settings: its settings.
        system: its system prompt.
        changed: is told of every change at once.
    """

    CSS_PATH: ClassVar[list[str]] = ["../widgets/run_settings.tcss", "run_settings.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    AUTO_FOCUS: ClassVar[str | None] = f"#{FIRST}"  # pyright: ignore[reportIncompatibleVariableOverride]  # Textual reads the class attribute
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f2", "close", "Close", id="run-settings.close", tooltip="Close the run settings; what was changed holds"
        )
    ]

    def __init__(
        self,
        facts: ModelFacts,
        settings: Settings,
        system: str | None,
        changed: Callable[[Settings, str | None], None],
    ) -> None:
        super().__init__()
        self._values = (facts, settings, system)
        self._changed = changed

    def compose(self) -> ComposeResult:
        """Show the form."""
        yield RunSettings(*self._values)

    @on(RunSettings.Changed)
    def _pass_on(self, event: RunSettings.Changed) -> None:
        self._changed(event.settings, event.system)

    @on(RunSettings.SchemaFileAsked)
    def _read_file(self, event: RunSettings.SchemaFileAsked) -> None:
        self.run_worker(answer_schema(event), group="schema", exclusive=True)

    @on(RunSettings.Left)
    def action_close(self) -> None:
        """Go back."""
        self.dismiss()


async def answer_schema(event: RunSettings.SchemaFileAsked) -> None:
    """Read the file that a form asks for, and give the form what is in it or say why not."""
    try:
        text = await in_background(lambda: read_schema_file(event.path))
    except UsageError as error:
        event.control.refuse_schema(error.message)
    else:
        event.control.take_schema(text)
