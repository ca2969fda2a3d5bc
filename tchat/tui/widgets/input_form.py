"""The inputs of a template as a form: one field each, of its kind, with what is wrong beside it.

Law: what stands in the fields is text; what it means is not known here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Select, Static, TextArea

from tchat.domain.text import one_line, printable
from tchat.templates.format import Input as Spec
from tchat.templates.format import Template
from tchat.tui.key_order import act_in_order
from tchat.tui.templates.about_page import bounds_of
from tchat.tui.templates.form_values import NEEDED, spelled
from tchat.tui.widgets.line_input import LineInput
from tchat.tui.widgets.path_input import PathInput

_WIDEST_NAME = 16


class InputRow(Horizontal):
    """One input: its name, its field, and below that what is to be said of it."""

    def __init__(self, spec: Spec, text: str, folder: Path, held: str = "") -> None:
        """Take the input, what stands in its field, where paths begin, and what it holds while the field is empty."""
        super().__init__(id=f"input-{spec.name}")
        self.spec = spec
        self._held = held
        self.control = _control(spec, text, folder, held)

    def compose(self) -> ComposeResult:
        """Put the name before the field and the note below it."""
        yield Static(one_line(self.spec.name), classes="input-name", markup=False)
        with Vertical(classes="input-body"):
            yield self.control
            yield Static(classes="input-note", markup=False)

    def on_mount(self) -> None:
        """Say what the field takes."""
        self.explain(None)

    @property
    def text(self) -> str:
        """What stands in the field."""
        if isinstance(self.control, TextArea):
            return self.control.text
        if isinstance(self.control, Select):
            return cast("Select[str]", self.control).selection or ""
        return cast("Input", self.control).value

    def explain(self, problem: str | None) -> None:
        """Say below the field what is wrong with it; without a problem, what it takes."""
        self.set_class(problem is not None, "-wrong")
        note = self.query_one(".input-note", Static)
        if problem is not None:
            said = "this is needed" if problem == NEEDED else problem
            note.update(Content(f"! {printable(said)}"))
            return
        is_hint_seen = isinstance(self.control, TextArea | Input) and not self.text
        parts = ["" if is_hint_seen else one_line(self.spec.help), bounds_of(self.spec)]
        note.update(Content(" · ".join(part for part in parts if part)))


class InputForm(VerticalScroll, can_focus=False):
    """The fields of one template."""

    class Changed(Message):
        """Something else stands in a field."""

    class Left(Message):
        """Enter was pressed in the last field."""

    def __init__(
        self,
        template: Template,
        texts: Mapping[str, str],
        *,
        held: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """Take what stands in the fields already; all others have their defaults.

        Args:
            template: whose inputs they are.
            texts: what stands in fields.
            held: what inputs are while their field is empty, by name, in words.
            folder: where paths begin.
        """
        super().__init__()
        self.template = template
        self._texts = texts
        self._held = held or {}
        self._folder = folder or Path()

    def compose(self) -> ComposeResult:
        """Make the fields."""
        for spec in self.template.inputs:
            text = self._texts.get(spec.name, spelled(spec.default))
            yield InputRow(spec, text, self._folder, self._held.get(spec.name, ""))
        if not self.template.inputs:
            yield Static("It takes no inputs.", classes="input-none", markup=False)

    def on_mount(self) -> None:
        """Line the fields up."""
        widest = max((len(spec.name) for spec in self.template.inputs), default=0)
        for name in self.query(".input-name"):
            name.styles.width = min(_WIDEST_NAME, widest) + 2

    @property
    def rows(self) -> list[InputRow]:
        """The fields, from top to bottom."""
        return list(self.query(InputRow))

    @property
    def texts(self) -> dict[str, str]:
        """What stands in each field."""
        return {row.spec.name: row.text for row in self.rows}

    def explain(self, problems: Mapping[str, str], *, is_strict: bool) -> None:
        """Say what is wrong beside each field; what is only missing yet, only if it is to be `is_strict`."""
        for row in self.rows:
            problem = problems.get(row.spec.name)
            row.explain(None if problem == NEEDED and not is_strict else problem)

    def focus_on(self, name: str | None = None) -> bool:
        """Go to a field, by default the first one; return whether there is one."""
        row = next((row for row in self.rows if name in (None, row.spec.name)), None)
        if row is not None:
            row.control.focus()
        return row is not None

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Select.Changed)
    def _take(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Changed())

    @on(Input.Submitted)
    def _go_on(self, event: Input.Submitted) -> None:
        """Go to the next field."""
        event.stop()
        rows = self.rows
        at = next((number for number, row in enumerate(rows) if row.control is event.input), len(rows))
        if at + 1 < len(rows):
            rows[at + 1].control.focus()
        else:
            self.post_message(self.Left())


class FieldArea(TextArea):
    """A text of several lines in a form: the arrows leave it where it ends."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+u", "delete_all", "Empty", id="form.empty", tooltip="Empty the field; Ctrl+Z brings it back"),
    ]

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event, types=True)

    def action_delete_all(self) -> None:
        """Empty the field."""
        self.clear()


def _control(spec: Spec, text: str, folder: Path, held: str) -> Widget:
    hint = held or one_line(spec.help)
    match spec.type:
        case "choice" | "bool":
            choices = spec.choices if spec.type == "choice" else ("yes", "no")
            if text in choices:
                return Select([(choice, choice) for choice in choices], allow_blank=False, value=text, compact=True)
            return Select([(choice, choice) for choice in choices], prompt="choose", compact=True)
        case "int" | "number":
            return LineInput(text, placeholder=hint, compact=True)
        case "file" | "image":
            return PathInput(text, folder, placeholder=hint)
        case "text" | "list" | "json":
            area = FieldArea(text, placeholder=hint, compact=True, soft_wrap=True, tab_behavior="focus")
            area.styles.min_height = 1 if spec.default is not None else 3
            area.highlight_cursor_line = False
            return area
