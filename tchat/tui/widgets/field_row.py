"""One setting: its name, its value, and what is to be said about it."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Select, Static, TextArea

from tchat.domain.text import printable
from tchat.tui.preferences import Field, FieldKey
from tchat.tui.widgets.line_input import LineInput


class FieldRow(Widget):
    """Shows a field; posts what it was changed to when Enter is pressed or it is left.

    Args:
        key: the setting.
        label: its name on screen.
        note: what an empty value means.
        choices: what it can be; None takes any text.
        lines: more than one makes room for a text.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "commit", "Keep", id="field.keep", tooltip="Keep what was typed; leaving the field does too"),
    ]

    class Changed(Message):
        """A field is to be kept."""

        def __init__(self, key: FieldKey, text: str) -> None:
            super().__init__()
            self.key: FieldKey = key
            self.text = text

    def __init__(
        self, key: FieldKey, label: str, note: str = "", *, choices: tuple[str, ...] | None = None, lines: int = 1
    ) -> None:
        super().__init__(id=f"field-{key.replace('.', '-')}")
        self.key: FieldKey = key
        self._label = label
        self._note = note
        self._choices = choices
        self._lines = lines
        self._shown = Field()

    def compose(self) -> ComposeResult:
        """Put the label before the value and the note below it."""
        yield Label(self._label, markup=False)
        if self._choices is not None:
            options = [(choice, choice) for choice in self._choices]
            yield Select[str](options, prompt="default", compact=True)
        elif self._lines > 1:
            area = TextArea(soft_wrap=True, tab_behavior="focus", compact=True)
            area.styles.height = self._lines
            yield area
        else:
            yield LineInput(compact=True)
        yield Static(self._note, markup=False, classes="note")

    @property
    def text(self) -> str:
        """What the field holds."""
        if self._choices is not None:
            value = self.query_one(Select[str]).selection
            return value or ""
        return self.query_one(TextArea).text if self._lines > 1 else self.query_one(Input).value

    def show(self, field: Field) -> None:
        """Show what the setting is."""
        self._shown = field
        self._put(field.text)
        control = self.query_one("Input, TextArea, Select")
        control.disabled = bool(field.fixed)
        self.query_one(".note", Static).update(printable(field.fixed or self._note))
        self.set_class(bool(field.fixed), "-fixed")

    def put(self, text: str) -> None:
        """Fill in a value as if it had been typed, and keep it."""
        self._put(text)
        self.action_commit()

    def _put(self, text: str) -> None:
        if self._choices is not None:
            select = self.query_one(Select[str])
            if text in self._choices:
                select.value = text
            else:
                select.clear()
        elif self._lines > 1:
            self.query_one(TextArea).text = text
        else:
            self.query_one(Input).value = text

    def take(self) -> str | None:
        """Return what the field was changed to since this was asked last; None if it was not."""
        text = self.text
        if self._shown.fixed or text.strip() == self._shown.text.strip():
            return None
        self._shown = Field(text=text)
        return text

    def action_commit(self) -> None:
        """Post what the field was changed to, if it was."""
        text = self.take()
        if text is not None:
            self.post_message(self.Changed(self.key, text))

    @on(Input.Submitted)
    def _take_enter(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_commit()

    @on(Select.Changed)
    def _take_selected(self, event: Select.Changed) -> None:
        event.stop()
        self.action_commit()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Keep what was typed when the field is left."""
        if not isinstance(event.widget, Select) and self._choices is None:
            self.action_commit()
