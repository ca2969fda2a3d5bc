"""Messages that wait for the reply before them, a row each."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tchat.domain.draft import Draft
from tchat.domain.text import one_line
from tchat.tui.key_order import act_in_order
from tchat.tui.window import cut, window

_ROWS = 5


class QueuedRows(Widget, can_focus=True):
    """Queued messages, oldest first; each can be taken back or thrown away."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"queued-rows--chosen"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Row above", id="queue.up", tooltip="Choose the queued message above"),
        Binding(
            "down", "move(1)", "Row below", id="queue.down", tooltip="Choose the one below; past the last, the text"
        ),
        Binding("enter,e", "take_back", "Edit", id="queue.edit", tooltip="Take the queued message back into the text"),
        Binding("delete,backspace", "discard", "Discard", id="queue.discard", tooltip="Do not send the queued message"),
        Binding("escape", "leave", "Back to the text", id="queue.leave", tooltip="Go back to the text"),
    ]

    drafts: reactive[tuple[Draft, ...]] = reactive((), layout=True)
    waits_for_enter: reactive[bool] = reactive(False)
    """Whether the oldest is sent by Enter, and by nothing else."""
    index: reactive[int] = reactive(0)

    class TakenBack(Message):
        """A message waits no more and is to be edited."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class Discarded(Message):
        """A message waits no more and is not to be sent."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class Left(Message):
        """Keys belong to the text again."""

    def validate_index(self, index: int) -> int:
        """Keep the chosen row among those that there are."""
        return max(0, min(index, len(self.drafts) - 1))

    def watch_drafts(self) -> None:
        """Show what there is."""
        self.display = bool(self.drafts)
        self.index = min(self.index, len(self.drafts) - 1)

    def watch_has_focus(self, _: bool) -> None:  # noqa: FBT001  # Textual's signature
        """Show which row is chosen only while keys go to it."""
        self.refresh()

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event)

    def take(self, index: int) -> Draft:
        """Return a message, which waits no more."""
        draft = self.drafts[index]
        self.drafts = (*self.drafts[:index], *self.drafts[index + 1 :])
        if not self.drafts and self.has_focus:
            self.post_message(self.Left())
        return draft

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows there are."""
        del container, viewport, width
        return min(_ROWS, len(self.drafts))

    def render(self) -> Content:
        """Draw the rows around the chosen one."""
        count = len(self.drafts)
        rows = window(count, self.index if self.has_focus else count - 1, _ROWS)
        return Content("\n").join(map(self._row, rows))

    def _row(self, index: int) -> Content:
        draft = self.drafts[index]
        first = next((line for line in draft.text.splitlines() if line.strip()), "")
        many = len(draft.attachments)
        with_them = f" ({many} attachment{'s' if many > 1 else ''})" if many else ""
        said = "queued, an empty Enter sends it" if self.waits_for_enter and index == 0 else "queued"
        text = f"{said}: {one_line(first)}{with_them}"
        is_chosen = self.has_focus and index == self.index
        chosen = self.get_visual_style("queued-rows--chosen") + Style(reverse=True) if is_chosen else Style()
        edit, cross = Style.from_meta({"row": index}), Style.from_meta({"row": index, "is_cross": True})
        body = cut(text, self.content_size.width - 2)
        return Content.assemble((body, edit), " ", ("×", cross)).stylize_before(chosen)

    def action_move(self, step: int) -> None:
        """Choose another row, or go on to the text below the last."""
        if self.index + step >= len(self.drafts):
            self.post_message(self.Left())
        self.index += step

    def action_take_back(self) -> None:
        """Have the chosen message edited."""
        self.post_message(self.TakenBack(self.take(self.index)))

    def action_discard(self) -> None:
        """Throw the chosen message away."""
        self.post_message(self.Discarded(self.take(self.index)))

    def action_leave(self) -> None:
        """Go back to the text."""
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Take back the row that was clicked, or throw it away by its cross."""
        index = event.style.meta.get("row")
        if isinstance(index, int) and index < len(self.drafts):
            kind = self.Discarded if event.style.meta.get("is_cross") else self.TakenBack
            self.post_message(kind(self.take(index)))
