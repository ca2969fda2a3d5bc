"""A text area in which marks stand for long texts, each acting as one character.

Law: no key and no click leaves half a mark; half of one would stand for nothing, and its text would be lost.
"""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import EditResult, Location, Selection

from tchat.tui.pastes import Pastes, Span


class MarkedArea(TextArea, inherit_bindings=False):
    """Prose with marks. It binds no key."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"marked-area--mark"}

    def __init__(self, pastes: Pastes, *, placeholder: str) -> None:
        self._pastes = pastes
        super().__init__(highlight_cursor_line=False, placeholder=placeholder)

    @property
    def marked_text(self) -> str | None:
        """The text that the mark stands for that is nearest to the cursor in its line; None if there is none."""
        return self._pastes.text_of(self.nearest_mark)

    @property
    def nearest_mark(self) -> str:
        """The mark that is nearest to the cursor in its line; empty if the line has none."""
        row, _ = self.cursor_location
        span = self._nearest_span
        return "" if span is None else self.document.get_line(row)[slice(*span)]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw nothing where there is no cell to draw in, which Textual's placeholder cannot."""
        if not self.scrollable_content_region.width:
            return [Strip.blank(crop.width)] * crop.height
        return super().render_lines(crop)

    def repaint(self) -> None:
        """Draw every line anew: other marks are set off in them."""
        self._line_cache.clear()
        self.refresh()

    def open_mark(self) -> None:
        """Put the text in place of that mark, as one step of undo."""
        row, _ = self.cursor_location
        span, text = self._nearest_span, self.marked_text
        if span is not None and text is not None:
            self.history.checkpoint()
            self.replace(text, (row, span[0]), (row, span[1]), maintain_selection_offset=False)

    @property
    def _nearest_span(self) -> Span | None:
        row, column = self.cursor_location
        return min(self._spans(row), key=lambda span: max(span[0] - column, column - span[1]), default=None)

    def get_line(self, line_index: int) -> Text:
        """Return a line with its marks set off."""
        line = super().get_line(line_index)
        for start, end in self._spans(line_index):
            line.stylize(self.get_component_rich_style("marked-area--mark", partial=True), start, end)
        return line

    def validate_selection(self, selection: Selection) -> Selection:
        """Keep both ends of a selection out of the marks."""
        start, end = selection
        if start == end:
            return Selection.cursor(self._outside(end))
        return Selection(self._outside(start), self._outside(end))

    def get_cursor_left_location(self) -> Location:
        """Return where the cursor goes to the left, past a mark as a whole."""
        return self._outside(super().get_cursor_left_location())

    def get_cursor_right_location(self) -> Location:
        """Return where the cursor goes to the right, past a mark as a whole."""
        return self._outside(super().get_cursor_right_location())

    def _delete_via_keyboard(self, start: Location, end: Location) -> EditResult | None:
        return super()._delete_via_keyboard(*self._whole_marks(start, end))

    def _replace_via_keyboard(self, insert: str, start: Location, end: Location) -> EditResult | None:
        return super()._replace_via_keyboard(insert, *self._whole_marks(start, end))

    def _recompute_cursor_offset(self) -> None:
        """Find the cursor on the screen; while an edit is undone it may still stand where there is no text any more."""
        self._cursor_offset = self.wrapped_document.location_to_offset(self.clamp_visitable(self.cursor_location))

    def _spans(self, row: int) -> Iterable[Span]:
        is_there = row < self.document.line_count  # deleting a line reaches to the one below, which may be missing
        return self._pastes.spans(self.document.get_line(row)) if is_there else ()

    def _outside(self, location: Location) -> Location:
        """Return a place outside a mark: past it where the cursor comes from its other side, else the nearer end."""
        row, column = location
        for start, end in self._spans(row):
            if start < column < end:
                return row, self._far_end(start, end, location)
        return location

    def _far_end(self, start: int, end: int, location: Location) -> int:
        row, column = location
        came_from = self.cursor_location
        if came_from == (row, end):
            return start
        if came_from == (row, start):
            return end
        return start if column - start < end - column else end

    def _whole_marks(self, start: Location, end: Location) -> tuple[Location, Location]:
        """Return a range that holds every mark which it touched in part."""
        (top, left), (bottom, right) = sorted((start, end))
        for first, last in self._spans(top):
            if first < left < last and (top, left) != (bottom, right):
                left = first
        for first, last in self._spans(bottom):
            if first < right < last:
                right = last
        return (top, left), (bottom, right)

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Find none: prose needs no help with brackets, and the search reads the whole text."""
        del bracket, search_from
        return None
