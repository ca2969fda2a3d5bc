"""Text of any length, of which only what is seen is styled and drawn."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from typing import ClassVar, Literal, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tchat.threads import in_background
from tchat.tui.folds import Folds, Piece

Ink = Literal["name", "string", "number", "quiet", "strong", "warning"]
"""What a passage is drawn as."""
_AT_ONCE = 1_000
"""Lines that are folded in no time."""
_KEPT = 256
"""Lines whose styles are remembered."""


class Span(NamedTuple):
    """A passage of a line, by its characters."""

    start: int
    end: int
    ink: Ink


Painter = Callable[[int, str], Sequence[Span]]
"""Returns the passages of a line, by its number and text: in order, without overlaps."""


def plain(_: int, __: str) -> Sequence[Span]:
    """Leave a line as it is."""
    return ()


class LongText(ScrollView, can_focus=True):
    """Shows lines that are safe to print, folded at the width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "long-text--name",
        "long-text--string",
        "long-text--number",
        "long-text--quiet",
        "long-text--strong",
        "long-text--warning",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._lines: Sequence[str] = ()
        self._paint: Painter = plain
        self._cropped: Collection[int] = ()
        self._hang = 0
        self._folds = Folds((), 0)
        self._painted: OrderedDict[int, Sequence[Span]] = OrderedDict()

    @property
    def lines(self) -> Sequence[str]:
        """What is shown."""
        return self._lines

    def show(
        self,
        lines: Sequence[str],
        paint: Painter = plain,
        *,
        cropped: Collection[int] = (),
        hang: int = 2,
        stays: bool = False,
    ) -> None:
        """Show other lines.

        Args:
            lines: safe to print, without line ends and tabs.
            paint: says how a line is drawn, when it is.
            cropped: the lines that are cut where the view ends, instead of folded.
            hang: cells by which what is folded stands further right.
            stays: whether the line at the top is the one of before; else it is the first one.
        """
        top = self._top if stays else 0
        self._lines, self._paint, self._cropped, self._hang = lines, paint, cropped, hang
        self._painted.clear()
        self._folds = Folds((), 0)
        self._fold(top=min(top, max(0, len(lines) - 1)))

    def on_resize(self, event: events.Resize) -> None:
        """Fold anew; the line at the top stays there."""
        del event
        self._fold(top=self._top)

    @property
    def _top(self) -> int:
        """The line at the top."""
        piece = self._folds.at(round(self.scroll_y))
        return piece.line if piece is not None else 0

    def action_scroll_home(self) -> None:
        """Go to the first line, however far it is."""
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        """Go to the last line, however far it is."""
        self.scroll_end(animate=False)

    def _fold(self, *, top: int) -> None:
        """Fold the lines at the width, of many of them beside the event loop, and put the line `top` at the top."""
        width = self.scrollable_content_region.width
        if not width:
            return
        lines, cropped, hang = self._lines, self._cropped, self._hang

        def folded() -> Folds:
            return Folds(lines, width, cropped, hang=hang)

        async def fold_beside() -> None:
            self._take(await in_background(folded), width, top)

        if len(lines) <= _AT_ONCE:
            self._take(folded(), width, top)
        else:
            self.run_worker(fold_beside, group="folding", exclusive=True)

    def _take(self, folds: Folds, width: int, top: int) -> None:
        self._folds = folds
        self.virtual_size = Size(width, folds.height)
        self.scroll_to(y=folds.top_of(top), animate=False, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row; one that is cut where the view ends says so."""
        width, base = self.size.width, self.rich_style
        piece = self._folds.at(round(self.scroll_y) + y)
        if piece is None:
            return Strip.blank(width, base)
        segments = [Segment(" " * piece.indent, base), *self._segments(piece, base)]
        strip = Strip(segments)
        if strip.cell_length > width > 0:
            strip = Strip([*strip.crop(0, width - 1), Segment("…", base)])
        return strip.adjust_cell_length(width, base)

    def _segments(self, piece: Piece, base: Style) -> list[Segment]:
        line = self._lines[piece.line]
        segments: list[Segment] = []
        at = piece.start
        for start, end, ink in self._spans(piece.line):
            if end <= at or start >= piece.end:
                continue
            if start > at:
                segments.append(Segment(line[at:start], base))
            style = self.get_component_rich_style(f"long-text--{ink}")
            segments.append(Segment(line[max(at, start) : min(end, piece.end)], style))
            at = min(end, piece.end)
        return [*segments, Segment(line[at : piece.end], base)]

    def _spans(self, number: int) -> Sequence[Span]:
        spans = self._painted.get(number)
        if spans is None:
            spans = self._painted[number] = self._paint(number, self._lines[number])
            if len(self._painted) > _KEPT:
                self._painted.popitem(last=False)
        return spans
