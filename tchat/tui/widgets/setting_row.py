"""One setting of a form: its name, the control, and below it why it cannot be changed or what is wrong.

The row draws the words itself: a widget for each of them would make a form slow to open.
"""

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from tchat.domain.text import printable
from tchat.tui.wrapping import wrapped

LABEL = 17
"""Cells of a name before its control."""
INDENT = 2
"""Cells before what is said below a control."""


class SettingRow(Widget):
    """Puts the name before the control, or above one that takes several lines."""

    def __init__(self, name: str, label: str, control: Widget, *, is_tall: bool = False) -> None:
        super().__init__(id=f"row-{name}", classes="-tall" if is_tall else "")
        self.control = control
        self.label = label
        self._is_tall = is_tall
        self._is_wrong = False
        self.note = ""
        """What is said below the control."""

    def compose(self) -> ComposeResult:
        """Hold the control."""
        self._make_room()
        yield self.control

    def explain(self, text: str, *, is_wrong: bool = False) -> None:
        """Say something below the control; an empty text says nothing."""
        note = printable(f"! {text}" if is_wrong else text)
        if (note, is_wrong) != (self.note, self._is_wrong):
            self.note, self._is_wrong = note, is_wrong
            self._make_room()
            self.refresh()

    def refuse(self, *, is_refused: bool) -> None:
        """Let the control be changed, or not."""
        self.control.disabled = is_refused
        self.refresh()

    def on_resize(self) -> None:
        """Break what is said anew."""
        self._make_room()

    def render(self) -> Content:
        """Return name and note, where the control leaves room for them."""
        name = "$foreground-disabled" if self.control.disabled else ""
        said = "bold $text-error" if self._is_wrong else "$foreground-muted"
        between = self.control.outer_size.height - (0 if self._is_tall else 1)
        return Content("\n").join(
            [
                Content.styled(self.label, name),
                *[Content("")] * max(0, between),
                *(Content.styled(" " * INDENT + line, said) for line in self._lines()),
            ]
        )

    def _lines(self) -> list[str]:
        width = self.size.width - INDENT
        return [line.text for line in wrapped(self.note, width, self.rich_style)] if self.note and width > 0 else []

    def _make_room(self) -> None:
        top, left = (1, 0) if self._is_tall else (0, LABEL)
        self.control.styles.margin = (top, 0, len(self._lines()), left)
