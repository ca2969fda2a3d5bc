"""Short names for models, and changing them."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.cells import set_cell_size
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tchat.domain.text import one_line
from tchat.tui.preferences import AliasRow
from tchat.tui.widgets.line_prompt import LinePrompt

NOTE = "Enter changes one · n adds one · x forgets it; fast, strong, judge and vision are what templates ask for"
_NAME = 14
"""Cells of the names."""


class AliasSection(Widget):
    """Shows aliases; posts what they are to stand for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "wish('new')", "New alias", id="aliases.new", tooltip="Give a model a short name"),
        Binding("x,delete", "wish('forget')", "Forget", id="aliases.forget", tooltip="Forget the alias"),
    ]

    class AliasGiven(Message):
        """An alias is to stand for a model; an empty target forgets it."""

        def __init__(self, name: str, target: str) -> None:
            super().__init__()
            self.alias = name
            self.target = target

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._rows: tuple[AliasRow, ...] = ()
        self._naming = ""
        """The alias whose model is asked for."""

    def compose(self) -> ComposeResult:
        """Put the list above the question."""
        yield OptionList(markup=False, compact=True, id="aliases")
        yield LinePrompt()
        yield Static(NOTE, markup=False, classes="note")

    @property
    def rows(self) -> OptionList:
        """The list."""
        return self.query_one("#aliases", OptionList)

    @property
    def chosen(self) -> AliasRow | None:
        """The alias under the cursor."""
        place = self.rows.highlighted
        return self._rows[place] if place is not None and place < len(self._rows) else None

    def show(self, rows: Sequence[AliasRow]) -> None:
        """Show aliases, staying on the same one."""
        wanted = self.chosen.name if self.chosen else None
        self._rows = tuple(rows)
        self.rows.set_options(Option(_line(row)) for row in self._rows)
        names = [row.name for row in self._rows]
        if names:
            self.rows.highlighted = names.index(wanted) if wanted in names else 0

    @on(OptionList.OptionSelected, "#aliases")
    def _take_enter(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        row = self.chosen
        if row is not None:
            self._ask_target(row.name, row.target)

    def action_wish(self, wish: Literal["new", "forget"]) -> None:
        """Begin what is wanted."""
        row = self.chosen
        if wish == "new":
            self._naming = ""
            self.query_one(LinePrompt).ask("name of the alias", "")
        elif row is not None and row.target:
            self.post_message(self.AliasGiven(row.name, ""))

    def _ask_target(self, name: str, target: str) -> None:
        self._naming = name
        self.query_one(LinePrompt).ask(f"the model that {one_line(name)} stands for, as provider/model", target)

    @on(LinePrompt.Answered)
    def _take_line(self, event: LinePrompt.Answered) -> None:
        event.stop()
        text = event.text.strip()
        name, self._naming = self._naming, ""
        if name:
            self.rows.focus()
            self.post_message(self.AliasGiven(name, text))
        elif text:
            self._ask_target(text, "")
        else:
            self.rows.focus()

    @on(LinePrompt.Cancelled)
    def _take_nothing(self, event: LinePrompt.Cancelled) -> None:
        event.stop()
        self._naming = ""
        self.rows.focus()


def _line(row: AliasRow) -> Content:
    target = (one_line(row.target), "") if row.target else ("the default model", "dim")
    fixed = ("  set in config.toml", "dim") if row.fixed else ("", "")
    return Content.assemble((set_cell_size(one_line(row.name), _NAME), "bold"), "→ ", target, fixed)
