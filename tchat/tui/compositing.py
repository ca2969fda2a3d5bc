"""Drawing only what is seen to change, where Textual asks every widget for every frame, and those behind others too.

Law: what is seen is what Textual's own compositor shows.
"""

from collections.abc import Iterator

from textual._compositor import ChopsUpdate, Compositor, CompositorMap, ReflowResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class FrugalCompositor(Compositor):
    """Asks a widget for the lines that are to be drawn, and no widget for what lies behind another one."""

    _changed: tuple[Region, ...] | None = None
    """What is to be drawn anew; None for everything."""

    def __init__(self) -> None:
        super().__init__()
        self._laid_out: CompositorMap = {}
        """Where everything was when the screen was laid out last."""

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Lay the screen out, and have drawn what is elsewhere than it was when that was done last.

        Textual compares with a map that is made anew when the place of a widget is asked for that has just been shown;
        then nothing seems to have changed, and the screen stays as it was.
        """
        self._full_map = self._laid_out
        result = super().reflow(parent, size)
        self._laid_out = self._full_map
        return result

    def render_partial_update(self) -> ChopsUpdate | None:
        """Draw what has changed."""
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = None

    def _get_renders(self, crop: Region | None = None) -> Iterator[tuple[Region, Region, list[Strip]]]:
        changed = (self.size.region if crop is None else crop,) if self._changed is None else self._changed
        drawn: list[Region] = []
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            touched = [part for part in (seen.intersection(other) for other in changed) if part]
            if not all(any(front.contains_region(part) for front in drawn) for part in touched):
                lines = _lines_of(seen, touched)
                drawn.append(lines)
                yield region, lines, widget.render_lines(lines.translate(-region.offset))


def _lines_of(seen: Region, touched: list[Region]) -> Region:
    """Return the lines between the first and the last that change, in the whole width of what is seen of a widget.

    Textual cuts lines where widgets begin and end, and nowhere else.
    """
    top, bottom = min(part.y for part in touched), max(part.bottom for part in touched)
    return Region(seen.x, top, seen.width, bottom - top)
