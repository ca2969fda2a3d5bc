"""A reply as rendered Markdown that can be scrolled; only what is seen is drawn."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tchat.markdown.line import Line
from tchat.markdown.rendering import render
from tchat.tui.palette import palette_of


class ReplyText(ScrollView, can_focus=True):
    """Shows a text, from its beginning; one that grows stays where the reader is."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.text = ""
        self._lines: list[Line] = []

    def show(self, text: str) -> None:
        """Show another text, or more of it."""
        self.text = text
        self._lay_out()

    def on_mount(self) -> None:
        """Take the theme's colours when it changes."""
        self.watch(self.app, "theme", self._lay_out, init=False)

    def on_resize(self) -> None:
        """Lay out for another width."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = max(20, self.scrollable_content_region.width - 1)
        self._lines = render(self.text, width, palette_of(self.app.current_theme).look)
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen, on the background of what it lies on."""
        width, at, base = self.size.width, y + round(self.scroll_y), self.rich_style
        if at >= len(self._lines):
            return Strip.blank(width, base)
        ground = Style(bgcolor=base.bgcolor)
        segments = [Segment(text, (style or base) + ground) for text, style, _ in self._lines[at].segments]
        return Strip(segments).adjust_cell_length(width, base)
