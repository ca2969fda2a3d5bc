"""What a search found, drawn line by line: title, who said it and when, and below it the passage."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tchat.domain.text import one_line
from tchat.store.search import Hit
from tchat.tui.snippets import snippet_line
from tchat.tui.widgets.line_scrollbar import LineScrollView
from tchat.tui.wrapping import cut

BAR = "▌ "
"""Stands before the hit under the cursor."""
HEIGHT = 3
"""Lines of a hit, an empty one below it included."""
WHO = {"user": "you", "assistant": "model"}


class HitList(LineScrollView, can_focus=False):
    """Shows hits, one of which is under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"hits--title", "hits--quiet", "hits--match", "hits--bar"}

    cursor: reactive[int] = reactive(0)
    """The place of the hit one is on."""

    class Chosen(Message):
        """A hit was clicked."""

        def __init__(self, hit: Hit) -> None:
            super().__init__()
            self.hit = hit

    def __init__(self, *, zone: tzinfo | None = None) -> None:
        super().__init__()
        self.hits: tuple[Hit, ...] = ()
        self._zone = zone
        """Where days begin; None for the machine's own."""

    @property
    def chosen(self) -> Hit | None:
        """The hit under the cursor."""
        return self.hits[self.cursor] if self.cursor < len(self.hits) else None

    def show(self, hits: Sequence[Hit]) -> None:
        """Show other hits, from the best one."""
        self.hits = tuple(hits)
        self.virtual_size = Size(self.scrollable_content_region.width, max(0, HEIGHT * len(hits) - 1))
        self.scroll_to(y=0, animate=False, force=True)
        self.cursor = 0
        self.refresh()

    def move(self, step: int) -> None:
        """Go up or down by so many hits."""
        self.cursor = max(0, min(self.cursor + step, len(self.hits) - 1))

    @property
    def page(self) -> int:
        """How many hits are seen at once."""
        return max(1, self.size.height // HEIGHT)

    # --- Textual's events

    def watch_cursor(self) -> None:
        """Bring the hit into sight."""
        top, first, last = round(self.scroll_y), self.cursor * HEIGHT, self.cursor * HEIGHT + HEIGHT - 2
        height = self.scrollable_content_region.height
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif last >= top + height:
            self.scroll_to(y=last - height + 1, animate=False, force=True)
        self.refresh()

    def on_resize(self) -> None:
        """Take the new size."""
        self.virtual_size = Size(self.scrollable_content_region.width, max(0, HEIGHT * len(self.hits) - 1))
        self.watch_cursor()

    def on_click(self, event: events.Click) -> None:
        """Choose the hit that was clicked."""
        offset = event.get_content_offset(self)
        place = None if offset is None or event.button != 1 else (offset.y + round(self.scroll_y)) // HEIGHT
        if place is not None and place < len(self.hits):
            self.post_message(self.Chosen(self.hits[place]))

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        width = self.scrollable_content_region.width
        place, line = divmod(y + round(self.scroll_y), HEIGHT)
        if place >= len(self.hits) or line == HEIGHT - 1:
            return Strip.blank(width, self._base)
        room = max(0, width - len(BAR))
        is_chosen = place == self.cursor
        segments = self._title(self.hits[place], room) if line == 0 else self._passage(self.hits[place], room)
        bar = Segment(BAR if is_chosen else " " * len(BAR), self.get_component_rich_style("hits--bar"))
        return Strip([bar, *segments]).extend_cell_length(width, self._base)

    @property
    def _base(self) -> Style:
        """The style of the list; Textual's `rich_style` is the same, put together anew for each line."""
        return self.visual_style.rich_style

    def _title(self, hit: Hit, room: int) -> list[Segment]:
        moment = datetime.fromtimestamp(hit.created_at, self._zone)
        right = f"  {WHO[hit.role]} · {moment.day} {moment:%b %Y %H:%M}"
        if cell_len(right) > room // 2:
            right = ""
        left = room - cell_len(right)
        title = set_cell_size(cut(one_line(hit.title) or "untitled", left), left)
        return [
            Segment(title, self.get_component_rich_style("hits--title")),
            Segment(right, self.get_component_rich_style("hits--quiet")),
        ]

    def _passage(self, hit: Hit, room: int) -> list[Segment]:
        quiet, match = self.get_component_rich_style("hits--quiet"), self.get_component_rich_style("hits--match")
        return [Segment(piece.text, match if piece.is_match else quiet) for piece in snippet_line(hit.pieces, room)]
