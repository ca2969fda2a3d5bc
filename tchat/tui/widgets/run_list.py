"""The rows of a run, its result below them, drawn line by line: only what is seen costs anything."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tchat.domain.errors import TchatError
from tchat.markdown.line import Line
from tchat.markdown.rendering import render
from tchat.tui.palette import Palette, palette_of
from tchat.tui.templates.board import Board, Node
from tchat.tui.templates.board_drawing import Columns, columns_at, draw, heads_line, widest_name
from tchat.tui.templates.board_rows import BoardRow, is_open, rows_of
from tchat.tui.wrapping import wrapped

RESULT = "result"
"""What the result is known by among the places."""
_AGAIN = "r takes the run up again: no reply that is there is asked for twice"
BAR, NO_BAR = "▌ ", "  "
_SIDES = 2 * len(BAR)


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"run.{name}", tooltip=tooltip)


class RunHeads(Widget):
    """The line above the rows that names their columns."""

    line: Line = Line()

    def show(self, columns: Columns, palette: Palette) -> None:
        """Stand above columns."""
        line = heads_line(columns, palette)
        if line != self.line:
            self.line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return the line."""
        strip = Strip([Segment(NO_BAR, self.rich_style), *(self.line.segments if y == 0 else ())])
        return strip.adjust_cell_length(self.size.width, self.rich_style)


class RunList(ScrollView, can_focus=True):
    """Shows a board; one of its places, or the result, is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("up", "up,k", "move(-1)", "Row above", "Go to the row above"),
        _bound("down", "down,j", "move(1)", "Row below", "Go to the row below, or on through a long result"),
        _bound("page-up", "pageup", "page(-1)", "Page up", "Go up by a page"),
        _bound("page-down", "pagedown", "page(1)", "Page down", "Go down by a page"),
        _bound("home", "home", "edge(-1)", "First", "Go to the first step"),
        _bound("end", "end", "edge(1)", "Last", "Go to the last row"),
        _bound("fold", "left", "fold(True)", "Fold", "Fold the items, samples or rounds of a step"),
        _bound("unfold", "right", "fold(False)", "Unfold", "Show the items, samples or rounds of a step"),
        _bound("toggle", "space", "turn", "Fold or unfold", "Fold what is in a step, or show it"),
        _bound("open", "enter", "open", "Open", "Show prompt, reply and reasoning; of the result: take it"),
    ]

    class Opened(Message):
        """A place is to be shown whole, or the result to be taken."""

        def __init__(self, node: Node | None) -> None:
            super().__init__()
            self.node = node
            """None for the result."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._board: Board | None = None
        self._now = 0.0
        self._palette: Palette | None = None
        self._rows: list[tuple[str, BoardRow | Line]] = []
        """What stands on each line, and the place that it belongs to; none for what belongs to no place."""
        self._stops: list[str] = []
        """The places that can be chosen, from top to bottom."""
        self._columns = columns_at(80, 0)
        self._rendered: tuple[str, int, Palette | None, list[Line]] = ("", 0, None, [])
        self.cursor = ""
        """The place that is chosen."""
        self.was_moved = False
        """Whether the user has chosen a row."""

    @property
    def palette(self) -> Palette:
        """The styles of the theme."""
        if self._palette is None:
            self._palette = palette_of(self.app.current_theme)
        return self._palette

    @property
    def chosen(self) -> Node | None:
        """The chosen place; None if it is the result, or there is none."""
        if self._board is None or self.cursor in ("", RESULT):
            return None
        return self._board.node(self.cursor)

    @property
    def rows(self) -> Sequence[tuple[str, BoardRow | Line]]:
        """What stands on each line."""
        return self._rows

    def show(self, board: Board, now: float) -> None:
        """Show a board as it is now."""
        is_new = board is not self._board
        self._board, self._now = board, now
        width = self._text_width
        rows = rows_of(board)
        self._columns = columns_at(width, widest_name(rows))
        self._rows = [(row.node.place, row) for row in rows]
        self._rows += self._ending(board, width)
        self._stops = list(dict.fromkeys(place for place, _ in self._rows if place))
        if self.cursor not in self._stops:
            self.cursor = self._stops[0] if self._stops else ""
        if is_new:
            self.was_moved = False
        if board.result is not None and not self.was_moved and self.cursor != RESULT:
            self._choose(RESULT)
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))
        for heads in self.screen.query(RunHeads):
            heads.show(self._columns, self.palette)
        self.refresh()

    # --- Textual's events

    def on_mount(self) -> None:
        """Take the theme's colours, now and when it changes."""
        self.watch(self.app, "theme", self._take_theme, init=False)

    def _take_theme(self) -> None:
        self._palette = None
        self._again()

    def on_resize(self) -> None:
        """Lay out for another size."""
        self._again()
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked; open the one that was chosen already."""
        offset = event.get_content_offset(self)
        line = None if offset is None or event.button != 1 else offset.y + round(self.scroll_y)
        if line is not None and line < len(self._rows) and self._rows[line][0]:
            place = self._rows[line][0]
            if place == self.cursor:
                self.action_open()
            else:
                self._go(place)

    # --- actions

    def action_move(self, step: int) -> None:
        """Choose the row above or below; a place that reaches out of sight is scrolled through first."""
        if not self._stops:
            return
        lines = self._lines_of(self.cursor)
        top, height = round(self.scroll_y), self.size.height
        if step > 0 and lines.stop > top + height:
            self.scroll_to(y=top + 1, animate=False, force=True)
        elif step < 0 and lines.start < top:
            self.scroll_to(y=top - 1, animate=False, force=True)
        else:
            at = self._stops.index(self.cursor) + step
            self._go(self._stops[max(0, min(at, len(self._stops) - 1))])

    def action_page(self, direction: int) -> None:
        """Scroll by a page, and choose what is in sight."""
        height = max(1, self.size.height - 1)
        self.scroll_to(y=max(0, round(self.scroll_y) + direction * height), animate=False, force=True)
        top = round(self.scroll_y)
        seen = [place for place, _ in self._rows[top : top + self.size.height] if place]
        if seen and self.cursor not in seen:
            self.cursor = seen[0] if direction > 0 else seen[-1]
        self.was_moved = True
        self.refresh()

    def action_edge(self, direction: int) -> None:
        """Choose the first row, or the last one."""
        if self._stops:
            self._go(self._stops[0 if direction < 0 else -1])

    def action_fold(self, is_folded: bool) -> None:  # noqa: FBT001  # an action's argument
        """Fold what is in the chosen place, or show it; what has nothing in it folds what is around it."""
        node = self.chosen
        if node is None:
            return
        if is_folded and (not node.children or not is_open(node)) and node.parent is not None:
            node = node.parent
            self.cursor = node.place
        if node.children:
            node.is_folded = is_folded
        self._go(self.cursor)
        self._again()

    def action_turn(self) -> None:
        """Fold what is in the chosen place, or show it."""
        node = self.chosen
        if node is not None and node.children:
            self.action_fold(is_open(node))

    def action_open(self) -> None:
        """Ask for the chosen place to be shown whole, or for the result to be taken."""
        if self.cursor:
            self.was_moved = True
            self.post_message(self.Opened(self.chosen))

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """Return a line of what is seen."""
        palette, at = self.palette, y + round(self.scroll_y)
        width = self.size.width
        if at >= len(self._rows):
            return Strip.blank(width, palette.base)
        place, row = self._rows[at]
        line = row if isinstance(row, Line) else draw(row, self._columns, self._now, palette)
        is_chosen = bool(place) and place == self.cursor and self.has_focus
        bar = Segment(BAR, palette.accent) if is_chosen else Segment(NO_BAR, palette.base)
        return Strip([bar, *line.segments]).adjust_cell_length(width, palette.base)

    # --- inside

    @property
    def _text_width(self) -> int:
        return max(20, self.scrollable_content_region.width - _SIDES)

    def _again(self) -> None:
        if self._board is not None:
            self.show(self._board, self._now)

    def _ending(self, board: Board, width: int) -> list[tuple[str, BoardRow | Line]]:
        """Return what stands below the rows: what went wrong, and the result."""
        lines: list[tuple[str, BoardRow | Line]] = []
        if board.error is not None:
            lines += [("", Line()), *(("", line) for line in _trouble(board.error, width, self.palette))]
        if board.result is not None:
            heading = Line((Segment("result", self.palette.accent),))
            lines += [("", Line()), (RESULT, heading)]
            margin = Segment("  ", self.palette.base)
            lines += [
                (RESULT, Line((margin, *line.segments), line.margin, line.glue))
                for line in self._result(board.result.text, width - 2)
            ]
        return lines

    def _result(self, text: str, width: int) -> list[Line]:
        if self._rendered[:3] != (text, width, self._palette):
            self._rendered = (text, width, self._palette, render(text, width, self.palette.look))
        return self._rendered[3] or [Line((Segment("(empty)", self.palette.muted),))]

    def _go(self, place: str) -> None:
        self.was_moved = True
        self._choose(place)

    def _choose(self, place: str) -> None:
        self.cursor = place
        self.call_after_refresh(self._reveal)
        self.refresh()

    def _lines_of(self, place: str) -> range:
        lines = [number for number, (owner, _) in enumerate(self._rows) if owner == place]
        return range(lines[0], lines[-1] + 1) if lines else range(0)

    def _reveal(self) -> None:
        """Scroll as little as needed for the chosen place to be seen, its beginning if it is higher than the view."""
        lines, top, height = self._lines_of(self.cursor), round(self.scroll_y), self.size.height
        if not lines or not height:
            return
        if lines.start < top or len(lines) > height:
            first = max(0, lines.start - 1) if self.cursor == RESULT else lines.start
            self.scroll_to(y=first, animate=False, force=True)
        elif lines.stop > top + height:
            self.scroll_to(y=lines.stop - height, animate=False, force=True)


def _trouble(error: TchatError, width: int, palette: Palette) -> list[Line]:
    said = [(error.message, palette.error), (error.hint or "", palette.base), (_AGAIN, palette.muted)]
    lines = [line for text, style in said if text for line in wrapped(text, width - 2, style)]
    first, *rest = lines
    margin = Segment("  ", palette.base)
    return [
        Line((Segment("× ", palette.error), *first.segments)),
        *(Line((margin, *line.segments)) for line in rest),
    ]
