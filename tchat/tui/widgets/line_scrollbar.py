"""A scrollbar that is drawn as often as a reply grows.

Law: it looks and works as Textual's own, which takes milliseconds to lay out one cell a line.
"""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip


class LineScrollBar(ScrollBar):
    """Draws its lines itself."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines of the bar."""
        return self._lines()[crop.y : crop.bottom]

    def _lines(self) -> list[Strip]:
        bar = self.render()
        assert isinstance(bar, ScrollBarRender)  # noqa: S101  # it is Textual's own
        style = self.app.console.get_style(bar.style)
        assert style.color is not None  # noqa: S101  # both are set
        assert style.bgcolor is not None  # noqa: S101
        segments = bar.render_bar(
            size=self.size.height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=bar.thickness,
            vertical=True,
            back_color=style.bgcolor,
            bar_color=style.color,
        ).segments
        drawn: dict[Segment, Strip] = {}
        base = self.rich_style
        for segment in segments:
            if segment not in drawn:
                drawn[segment] = self._finished(Strip([segment], bar.thickness), base)
        return [drawn[segment] for segment in segments]

    def _finished(self, strip: Strip, base: Style) -> Strip:
        background = self.background_colors[1]
        strip = strip.apply_style(base)
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip


class LineScrollView(ScrollView):
    """A scroll view with such a bar."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The bar, made when it is first asked for."""
        bar = self._vertical_scrollbar
        if bar is None:
            bar = self._vertical_scrollbar = LineScrollBar(name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self.app._start_widget(self, bar)  # noqa: SLF001  # as Textual makes its own
        return bar
