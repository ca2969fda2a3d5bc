"""The attachments of a message in the making, each a chip that can be opened, moved in the text, and removed."""

from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tchat.domain.message import Attachment
from tchat.domain.text import one_line
from tchat.tui.attached import names_of, size_of
from tchat.tui.window import cut, window

_ROWS = 4
_WIDEST = 32
"""Cells of a name."""

Way = Literal["preview", "patches", "mark"]
"""What is wanted of a chip: to see it, to see it as a model does, or to have it spoken of at the cursor."""


class Reading(NamedTuple):
    """What a model makes of an attachment."""

    tokens: int | None
    """None if that cannot be told."""
    is_taken: bool = True


def _unread(_: Attachment) -> Reading:
    return Reading(None)


_KEYS: tuple[Binding, ...] = (
    Binding("left", "move(-1)", "Chip before", id="chips.left", tooltip="Choose the attachment before"),
    Binding("right", "move(1)", "Next chip", id="chips.right", tooltip="Choose the next attachment"),
    Binding("delete,backspace", "remove", "Remove", id="chips.remove", tooltip="Remove the chosen attachment"),
    Binding("enter,o", "open('preview')", "Open", id="chips.open", tooltip="See the chosen attachment"),
    Binding("p", "open('patches')", "Patches", id="chips.patches", tooltip="See the picture as a model reads it"),
    Binding("m", "open('mark')", "Mark", id="chips.mark", tooltip="Put its mark at the cursor: it is read there"),
    Binding("escape,up", "leave", "Back to the text", id="chips.leave", tooltip="Go back to the text"),
)
_ACTIONS = {key: binding.action for binding in _KEYS for key in binding.key.split(",")}
"""What each key does."""


class Chips(Widget, can_focus=True):
    """A row of chips, or a few rows where they do not fit into one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"chips--chosen", "chips--refused", "chips--figures"}
    BINDINGS: ClassVar[list[BindingType]] = [*_KEYS]

    parts: reactive[tuple[Attachment, ...]] = reactive((), layout=True)
    index: reactive[int] = reactive(0)

    class Removed(Message):
        """An attachment is gone."""

        def __init__(self, before: tuple[Attachment, ...], index: int) -> None:
            super().__init__()
            self.before = before
            """All that there were."""
            self.index = index
            """Which of them is gone."""

    class Opened(Message):
        """Something is wanted of an attachment."""

        def __init__(self, index: int, way: Way) -> None:
            super().__init__()
            self.index = index
            self.way: Way = way

    class Left(Message):
        """Keys belong to the text again."""

    class TypedOn(Message):
        """A key was pressed after keys belonged to the text again, and before the focus was there."""

        def __init__(self, key: events.Key) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__()
        self._read: Callable[[Attachment], Reading] = _unread
        self._has_left = False
        """Whether keys belong to the text already, though the focus is still here."""

    def read_by(self, read: Callable[[Attachment], Reading]) -> None:
        """Show what another model makes of them."""
        self._read = read
        self.refresh(layout=bool(self.parts))

    def validate_index(self, index: int) -> int:
        """Keep the chosen chip among those that there are."""
        return max(0, min(index, len(self.parts) - 1))

    def watch_parts(self) -> None:
        """Show what there is."""
        self.display = bool(self.parts)
        self.index = min(self.index, len(self.parts) - 1)

    @property
    def takes_keys(self) -> bool:
        """Whether the next key belongs here."""
        return self.screen.focused is self and not self._has_left

    def choose_last(self) -> None:
        """Have keys go to the newest chip, from the next one on."""
        self.index = len(self.parts) - 1
        self._has_left = False
        self.screen.set_focus(self)

    def remove_part(self, index: int) -> None:
        """Let an attachment go."""
        before = self.parts
        self.parts = (*before[:index], *before[index + 1 :])
        self.post_message(self.Removed(before, index))
        if not self.parts and self.has_focus:
            self.post_message(self.Left())

    def watch_has_focus(self, has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """Show which chip is chosen only while keys go to it; keys that are on their way here still go to the text."""
        if has_focus:
            self._has_left = False
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
        name, figures = self._label(index)
        taken = Style() if self._read(self.parts[index]).is_taken else self.get_visual_style("chips--refused")
        quiet = Style() if is_chosen else self.get_visual_style("chips--figures")
        opens, closes = Style.from_meta({"open": index}), Style.from_meta({"chip": index})
        return Content.assemble(
            "[", (name, taken + opens), (figures, quiet + opens), " ", ("×", closes), "]"
        ).stylize_before(chosen)

    def _label(self, index: int) -> tuple[str, str]:
        """Return what a chip is called, and its figures."""
        part = self.parts[index]
        reading = self._read(part)
        name = cut(one_line(part.name), _WIDEST)
        tokens = f"≈{reading.tokens:,} tok" if reading.tokens else ""
        said = (size_of(part), tokens if reading.is_taken else "not taken by this model")
        figures = "".join(f" {text}" for text in said if text)
        return f"{names_of(self.parts)[index]}{' · ' if name else ''}{name}", figures

    def _packed(self, width: int) -> list[list[int]]:
        """Return the chips' numbers, row by row."""
        rows: list[list[int]] = []
        free = 0
        for index in range(len(self.parts)):
            cells = cell_len("".join(self._label(index))) + len("[ ×]")
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

    async def on_key(self, event: events.Key) -> None:
        """Act on keys in the order in which they were pressed; what means nothing here is typed into the text."""
        action = _ACTIONS.get(event.key)
        if self._has_left:
            self.post_message(self.TypedOn(event))
        elif action is not None:
            await self.run_action(action)
        else:
            return
        event.stop()
        event.prevent_default()

    def action_open(self, way: Way) -> None:
        """Have something done with the chosen attachment."""
        if self.parts:
            self._has_left = way == "mark"
            self.post_message(self.Opened(self.index, way))

    def action_leave(self) -> None:
        """Go back to the text."""
        self._has_left = True
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Remove the chip whose cross was clicked, open the one that was clicked elsewhere."""
        closed, opened = event.style.meta.get("chip"), event.style.meta.get("open")
        if isinstance(closed, int) and closed < len(self.parts):
            self.remove_part(closed)
        elif isinstance(opened, int) and opened < len(self.parts):
            self.index = opened
            self.action_open("preview")
