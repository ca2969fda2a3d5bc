"""The settings of the next turn as a form: what the model takes can be changed, what it refuses says why."""

from pathlib import Path
from typing import Any, ClassVar, cast

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from tchat.domain.detail import DETAILS
from tchat.domain.errors import UsageError
from tchat.domain.model import ModelFacts
from tchat.domain.request import Settings
from tchat.domain.text import encodable, one_line, printable
from tchat.providers.fitting import fit, refusals, without
from tchat.tui.run_values import (
    FIELDS,
    level_for,
    levels,
    read_schema,
    read_stops,
    schema_path,
    spell_schema,
    spell_stops,
)
from tchat.tui.widgets.line_input import LineInput
from tchat.tui.widgets.menu import Menu
from tchat.tui.widgets.setting_row import SettingRow

DEFAULT = "default"
"""What stands where the provider chooses."""
FIRST = "system"
"""The id of the control that keys go to at first."""
_TEXT, _JSON = "text", "JSON Schema"


class SchemaArea(TextArea):
    """A JSON Schema, or `@` and the name of its file: Enter reads that."""

    class Named(Message):
        """A file was named, and the line ended."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def on_key(self, event: events.Key) -> None:
        """Take Enter after a file's name."""
        path = schema_path(self.text)
        if event.key == "enter" and path is not None:
            event.stop()
            event.prevent_default()
            self.post_message(self.Named(path))


class RunSettings(VerticalScroll, can_focus=False):
    """System prompt, effort, sampling, limits and format of the next turn.

    Laws: what is wrong is not taken, and the last right value stands; what is empty is left to the provider; a value
    that the model refuses is kept, and its control says why it is not sent.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "leave",
            "Back",
            id="run-settings.leave",
            tooltip="Go back to writing; what was changed holds already",
        )
    ]

    class Changed(Message):
        """Something else holds for the next turn."""

        def __init__(self, control: "RunSettings", settings: Settings, system: str | None) -> None:
            super().__init__()
            self._control = control
            self.settings = settings
            self.system = system
            """None for no system prompt."""

        @property
        def control(self) -> "RunSettings":
            """The form."""
            return self._control

    class SchemaFileAsked(Message):
        """A file is named as JSON Schema: `take_schema` takes its text, `refuse_schema` why there is none."""

        def __init__(self, control: "RunSettings", path: Path) -> None:
            super().__init__()
            self._control = control
            self.path = path

        @property
        def control(self) -> "RunSettings":
            """The form."""
            return self._control

    class Left(Message):
        """The user wants back to where they came from."""

    def __init__(self, facts: ModelFacts, settings: Settings, system: str | None, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._facts = facts
        self._settings = settings
        self._system = system
        self._spelled: dict[str, tuple[str, Any]] = {}
        """What stands in each control for the value that was shown, and that value."""
        self._problems: dict[str, str] = {}
        """What is wrong in controls."""
        self._not_taken: list[str] = []
        """The same in words for people."""

    def compose(self) -> ComposeResult:
        """Make the form."""
        yield Static("Run settings", id="run-settings-title", markup=False)
        yield Static(id="run-settings-model", markup=False)
        yield SettingRow("system", "System prompt", _area("system"), is_tall=True)
        yield SettingRow("effort", "Effort", Menu([(DEFAULT, "")], id="effort"))
        yield SettingRow("detail", "Picture detail", Menu([(DEFAULT, ""), *((d, d) for d in DETAILS)], id="detail"))
        for field in FIELDS:
            yield SettingRow(field.name, field.label, LineInput(placeholder=DEFAULT, compact=True, id=field.name))
        yield SettingRow("stop", "Stop sequences, one a line", _area("stop"), is_tall=True)
        yield SettingRow("format", "Reply format", Menu([(_TEXT, _TEXT), (_JSON, _JSON)], id="format"))
        schema = SchemaArea(placeholder="a JSON Schema, or @ and its file", compact=True, id="schema")
        yield SettingRow("schema", "JSON Schema", schema, is_tall=True)
        yield Static(id="run-settings-notices", markup=False)

    def on_mount(self) -> None:
        """Show the first values."""
        self.show(self._facts, self._settings, self._system)

    def on_unmount(self) -> None:
        """Tell what goes with the form, because it was wrong."""
        if self._not_taken:
            self.app.notify(f"not taken: {'; '.join(self._not_taken)}", severity="warning", markup=False)

    def show(self, facts: ModelFacts, settings: Settings, system: str | None) -> None:
        """Show what holds for the next turn; a field that says just this already is left as it is written.

        So is one that is wrong, as long as nothing else is to stand there.
        """
        before = self._settings
        self._problems = {
            name: why for name, why in self._problems.items() if getattr(settings, name) == getattr(before, name)
        }
        self._facts, self._settings, self._system = facts, settings, system
        self.query_one("#run-settings-model", Static).update(Content(one_line(str(facts.ref))))
        with self.prevent(Input.Changed, TextArea.Changed, Menu.Changed):
            self._show_effort()
            self._choose("detail", settings.detail or "")
            self._spelled["detail"] = (self._raw("detail"), settings.detail)
            self._write("system", system, system or "")
            for field in FIELDS:
                value = getattr(settings, field.name)
                self._write(field.name, value, field.spell(value))
            self._write("stop", settings.stop, spell_stops(settings.stop))
            is_other = (
                settings.schema is not None or self._raw("format") == _TEXT or self._read("schema", {}) is not None
            )
            if is_other and "schema" not in self._problems:
                self._choose("format", _TEXT if settings.schema is None else _JSON)
                self._write("schema", settings.schema, spell_schema(settings.schema))
        self._judge(self._problems)

    def focus_first(self) -> None:
        """Go to the first control."""
        self.query_one(f"#{FIRST}", TextArea).focus()

    def take_schema(self, text: str) -> None:
        """Put the JSON Schema of the file that was asked for in place of its name."""
        self.query_one("#schema", TextArea).text = text

    def refuse_schema(self, why: str) -> None:
        """Say why the file that was asked for gives no schema."""
        self._judge({**self._problems, "schema": why})
        self._row("schema").explain(why, is_wrong=True)

    def action_leave(self) -> None:
        """Go back."""
        self.post_message(self.Left())

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Menu.Changed)
    def _take(self, event: Message) -> None:
        event.stop()
        problems: dict[str, str] = {}
        names = (*(field.name for field in FIELDS), "effort", "detail", "stop")
        values = {name: self._read(name, problems) for name in names}
        values["schema"] = self._read("schema", problems) if self._raw("format") == _JSON else None
        settings, system = replace(self._settings, **values), self._read("system", problems)
        is_other = (settings, system) != (self._settings, self._system)
        self._settings, self._system = settings, system
        self._judge(problems)
        if is_other:
            self.post_message(self.Changed(self, settings, system))

    @on(SchemaArea.Named)
    def _ask_for_schema(self, event: SchemaArea.Named) -> None:
        event.stop()
        self.post_message(self.SchemaFileAsked(self, event.path))

    # --- controls and what stands in them

    def _row(self, name: str) -> SettingRow:
        return self.query_one(f"#row-{name}", SettingRow)

    def _raw(self, name: str) -> str:
        control = self._row(name).control
        if isinstance(control, TextArea):
            return control.text
        return str(cast("Input | Menu", control).value)

    def _read(self, name: str, problems: dict[str, str]) -> Any:  # noqa: ANN401  # the setting's own type
        """Return what a control says; where that is wrong, note it and return what held before."""
        raw = self._raw(name)
        spelled, value = self._spelled.get(name, (None, None))
        if raw == spelled:
            return value
        try:
            return self._parsed(name, raw)
        except UsageError as error:
            problems[name] = error.message
            return getattr(self._settings, name)

    def _parsed(self, name: str, raw: str) -> Any:  # noqa: ANN401
        match name:
            case "system":
                return encodable(raw) if raw.strip() else None
            case "effort" | "detail":
                return raw or None
            case "stop":
                return read_stops(raw)
            case "schema" if schema_path(raw) is not None:
                raise UsageError("press Enter to read the file")
            case "schema":
                return read_schema(raw)
            case _:
                return next(field for field in FIELDS if field.name == name).read(raw, self._facts)

    def _write(self, name: str, value: object, text: str) -> None:
        """Let a control say `text` for `value`, unless what it says means that already, or stays though it is wrong."""
        problems: dict[str, str] = {}
        if name in self._problems or (name in self._spelled and self._read(name, problems) == value and not problems):
            return
        control = self._row(name).control
        if isinstance(control, TextArea):
            control.text = text
        elif isinstance(control, Input):
            control.value = text
        self._spelled[name] = (self._raw(name), value)

    def _choose(self, name: str, value: str) -> None:
        cast("Menu", self._row(name).control).value = value

    def _show_effort(self) -> None:
        facts, effort = self._facts, self._settings.effort
        default = f"{DEFAULT} ({facts.default_effort})" if facts.default_effort else DEFAULT
        options = [(default, ""), *((level, level) for level in levels(facts))]
        cast("Menu", self._row("effort").control).offer(options, level_for(effort, facts) or "")
        self._spelled["effort"] = (self._raw("effort"), effort)

    # --- what the model makes of it

    def _judge(self, problems: dict[str, str]) -> None:
        """Say beside each control what is wrong with it, or why the model does not take it."""
        self._problems = problems
        self._not_taken = [f"{self._row(name).label}: {printable(why)}" for name, why in problems.items()]
        refused = refusals(self._settings, self._facts)
        for name in ("effort", "detail", *(field.name for field in FIELDS), "stop", "system"):
            self._explain(name, refused.get(name), problems.get(name))
        is_json = self._raw("format") == _JSON
        self._explain("format", refused.get("schema"), None)
        schema = self._row("schema")
        schema.display = is_json
        if is_json and "schema" in problems:
            is_file = schema_path(self._raw("schema")) is not None
            schema.explain(problems["schema"], is_wrong=not is_file)
        else:
            schema.explain("empty: the reply is text" if is_json and self._settings.schema is None else "")
        taken = self._settings
        for name in refused:
            taken = without(taken, name) if name != "effort" else replace(taken, effort=None)
        name = f"{self._facts.ref} "
        said = [f"{notice.removeprefix(name)}" for notice in fit(taken, self._facts).notices]
        notices = self.query_one("#run-settings-notices", Static)
        notices.update(Content("\n".join(f"This model {printable(notice)}." for notice in said)))
        notices.display = bool(said)

    def _explain(self, name: str, refusal: str | None, problem: str | None) -> None:
        row = self._row(name)
        row.refuse(is_refused=refusal is not None)
        if refusal is None:
            row.explain(problem or "", is_wrong=problem is not None)
            return
        setting = "schema" if name == "format" else name
        is_set = bool(getattr(self._settings, setting)) or getattr(self._settings, setting) == 0
        row.explain(f"this model {refusal}{': not sent' if is_set else ''}")


def _area(name: str) -> TextArea:
    return TextArea(placeholder="none", compact=True, id=name, highlight_cursor_line=False)
