"""Drawing only what is seen to change, where Textual asks every widget for every frame, and those behind others too.

Law: what is seen is what Textual's own compositor shows.
"""

from collections.abc import Iterator

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrugalCompositor(Compositor):
    """Asks a widget for the lines that are to be drawn, and no widget for what lies behind another one."""

    def _get_renders(self, crop: Region | None = None) -> Iterator[tuple[Region, Region, list[Strip]]]:
        wanted = self.size.region if crop is None else self._on_cuts(crop)
        drawn: list[Region] = []
        for widget, (region, clip) in self.visible_widgets.items():
            part = region.intersection(clip).intersection(wanted)
            if part and not any(front.contains_region(part) for front in drawn):
                drawn.append(part)
                yield region, part, widget.render_lines(part.translate(-region.offset))

    def _on_cuts(self, crop: Region) -> Region:
        """Return the region itself if its sides are where widgets begin and end, else all of its lines."""
        left, right = crop.column_span
        if all(left in cuts and right in cuts for cuts in self.cuts[crop.y : crop.bottom]):
            return crop
        return Region(0, crop.y, self.size.width, crop.height)
