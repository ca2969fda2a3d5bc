"""The attachments of a message in the making, each a chip that can be removed."""

from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tchat.domain.interleaving import kind_of
from tchat.domain.message import Attachment, ImagePart
from tchat.domain.text import one_line
from tchat.tui.window import cut, window

_ROWS = 4
_WIDEST = 32
"""Cells of a name."""

Part = Attachment


class Chips(Widget, can_focus=True):
    """A row of chips, or a few rows where they do not fit into one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"chips--chosen"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Chip before", id="chips.left", tooltip="Choose the attachment before"),
        Binding("right", "move(1)", "Next chip", id="chips.right", tooltip="Choose the next attachment"),
        Binding("delete,backspace", "remove", "Remove", id="chips.remove", tooltip="Remove the chosen attachment"),
        Binding("escape,enter,up", "leave", "Back to the text", id="chips.leave", tooltip="Go back to the text"),
    ]

    parts: reactive[tuple[Part, ...]] = reactive((), layout=True)
    index: reactive[int] = reactive(0)

    class Removed(Message):
        """An attachment is gone."""

    class Left(Message):
        """Keys belong to the text again."""

    def validate_index(self, index: int) -> int:
        """Keep the chosen chip among those that there are."""
        return max(0, min(index, len(self.parts) - 1))

    def watch_parts(self) -> None:
        """Show what there is."""
        self.display = bool(self.parts)
        self.index = min(self.index, len(self.parts) - 1)

    def choose_last(self) -> None:
        """Have keys go to the newest chip."""
        self.index = len(self.parts) - 1
        self.focus()

    def remove_part(self, index: int) -> None:
        """Let an attachment go."""
        self.parts = (*self.parts[:index], *self.parts[index + 1 :])
        self.post_message(self.Removed())
        if not self.parts and self.has_focus:
            self.post_message(self.Left())

    def watch_has_focus(self, _: bool) -> None:  # noqa: FBT001  # Textual's signature
        """Show which chip is chosen only while keys go to it."""
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows the chips take."""
        del container, viewport
        return min(_ROWS, len(self._packed(width)))

    def render(self) -> Content:
        """Draw the rows around the chosen chip."""
        packed = self._packed(self.content_size.width)
        current = next((at for at, row in enumerate(packed) if self.index in row), 0)
        rows = window(len(packed), current if self.has_focus else len(packed) - 1, _ROWS)
        return Content("\n").join(Content(" ").join(map(self._chip, packed[row])) for row in rows)

    def _chip(self, index: int) -> Content:
        is_chosen = self.has_focus and index == self.index
        chosen = self.get_visual_style("chips--chosen") + Style(reverse=True) if is_chosen else Style()
        close = Style.from_meta({"chip": index})
        return Content.assemble(f"[{self._label(index)} ", ("×", close), "]").stylize_before(chosen)

    def _label(self, index: int) -> str:
        part = self.parts[index]
        kind = kind_of(part)
        number = sum(kind_of(other) == kind for other in self.parts[: index + 1])
        size = f" {part.width}×{part.height}" if isinstance(part, ImagePart) and part.width and part.height else ""
        name = cut(one_line(part.name), _WIDEST)
        return f"{kind} {number}{' · ' if name else ''}{name}{size}"

    def _packed(self, width: int) -> list[list[int]]:
        """Return the chips' numbers, row by row."""
        rows: list[list[int]] = []
        free = 0
        for index in range(len(self.parts)):
            cells = cell_len(self._label(index)) + len("[ ×]")
            if not rows or cells + 1 > free:
                rows.append([])
                free = width + 1
            rows[-1].append(index)
            free -= cells + 1
        return rows

    def action_move(self, step: int) -> None:
        """Choose another chip."""
        self.index += step

    def action_remove(self) -> None:
        """Let the chosen attachment go."""
        self.remove_part(self.index)

    def action_leave(self) -> None:
        """Go back to the text."""
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Remove the chip whose cross was clicked."""
        chip = event.style.meta.get("chip")
        if isinstance(chip, int) and chip < len(self.parts):
            self.remove_part(chip)
