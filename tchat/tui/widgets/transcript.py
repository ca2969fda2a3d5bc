"""The messages of a conversation as one virtual list: only what is seen is rendered.

Law: while a reply streams, it is drawn at most twelve times a second, and a reader who has scrolled away is not moved.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tchat.markdown.line import Line
from tchat.tui.entries import LiveEntry
from tchat.tui.entry import Entry
from tchat.tui.painting import SIDES, Painter
from tchat.tui.palette import Palette, palette_of
from tchat.tui.passages import line_with
from tchat.tui.selecting import LINES
from tchat.tui.thumbs import thumb_of
from tchat.tui.viewport import Viewport
from tchat.tui.widgets.transcript_keys import ACTIONS, KEYS
from tchat.tui.widgets.transcript_mouse import TranscriptMouse

if TYPE_CHECKING:
    from tchat.store.matching import Piece

FRAME = 1 / 12
"""Seconds between two drawings of a growing reply: a drawing takes milliseconds, and text is read, not watched."""


class Transcript(TranscriptMouse, can_focus=True):
    """Shows entries, and lets one of them be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    cursor: reactive[int | None] = reactive(None)
    """The entry that is chosen, by its place."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._view: Viewport | None = None
        self._palette: Palette | None = None
        self._live: tuple[int, LiveEntry] | None = None
        self._is_dirty = False
        self._has_more = False
        """Whether text came below what is seen."""
        self._has_left = False
        """Whether the user went back to writing, though the focus is still here."""
        self._frames: Timer | None = None
        self._is_placing = False
        self._painter: Painter | None = None
        self._picture: list[Strip] = []
        """What is to be seen; whatever changes it calls `_place`."""
        self._fitted = Size()
        """The size that the picture is for."""
        self._thumb: tuple[int, ...] = ()
        """What the scrollbar looks like."""

    @property
    def view(self) -> Viewport:
        """What is seen of the entries."""
        if self._view is None:
            self._palette = palette_of(self.app.current_theme)
            self._view = Viewport(self._palette)
        return self._view

    @property
    def palette(self) -> Palette:
        """The styles of the theme."""
        _ = self.view
        assert self._palette is not None  # noqa: S101  # made with the view
        return self._palette

    @property
    def entries(self) -> list[Entry]:
        """What is shown, top to bottom."""
        return self.view.entries

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor."""
        return self.entries[self.cursor] if self.cursor is not None and self.cursor < len(self.entries) else None

    # --- what is shown

    def show(self, entries: Iterable[Entry], *, stay: bool = False) -> None:
        """Show other entries: from their end, or, to `stay`, from where the reader is."""
        chosen = self.chosen.key if stay and self.chosen else None
        self._live = None
        (self.view.replace if stay else self.view.show)(entries)
        self._has_more = False
        self.set_reactive(Transcript.cursor, self._index_of(chosen))
        if self.has_focus and self.cursor is None:
            self.choose_last()
        if not stay:
            self.screen.clear_selection()
        self.place()

    def append(self, entry: Entry) -> None:
        """Put an entry at the end, and go there."""
        self.view.follows = True
        self.view.append(entry)
        if isinstance(entry, LiveEntry):
            self._live = (len(self.entries) - 1, entry)
        self.place()

    def settle(self, entry: Entry) -> None:
        """Show a stored message in place of the entry that it grew in."""
        index = self._index_of(entry.key)
        if index is None:
            return
        if self._live is not None and self._live[0] == index:
            self._live = None
        entry.shows_reasoning = self.entries[index].shows_reasoning
        self.view.swap(index, entry)
        self.place()

    def grown(self) -> None:
        """Draw what has come of the streaming reply with the next frame."""
        self._is_dirty = True
        if self._frames is None:
            self._frames = self.set_interval(FRAME, self._frame, name="frames")

    def unfold(self, entry: Entry) -> None:
        """Show an entry's reasoning, or fold it."""
        index = self._index_of(entry.key)
        if index is not None:
            entry.shows_reasoning = not entry.shows_reasoning
            self.view.changed(index)
            self.place()

    def lines_of(self, entry: Entry) -> Sequence[Line]:
        """Return the lines of an entry; none for one that is not shown any more."""
        index = self._index_of(entry.key)
        return () if index is None else self.view.lines(index)

    def redraw(self, digest: str) -> None:
        """Draw the entries anew that show a picture."""
        entries = enumerate(self.entries)
        changed = [n for n, entry in entries if any(part.digest == digest for part in entry.attachments)]
        for index in changed:
            self.view.changed(index)
        if changed:
            self.place()

    def go_to(self, key: str, passage: "Sequence[Piece]" = ()) -> None:
        """Choose the message of an id and bring it into view, where it is long the line with a passage of it."""
        index = self._index_of(key)
        if index is not None:
            self.cursor = index
            if passage:
                self.view.look_at(index, line_with(self.view.lines(index), passage))
                self.place()

    def choose_last(self) -> None:
        """Choose the last message."""
        if self.entries:
            self.cursor = len(self.entries) - 1

    def enter(self) -> None:
        """Let keys go to the messages: to the last one, or, for a reader who has scrolled away, to what is read."""
        if self.view.follows and self.entries:
            self.choose_seen(len(self.entries) - 1)
        self.focus()

    def choose_seen(self, index: int) -> None:
        """Choose a message that is seen, where it stands."""
        self.set_reactive(Transcript.cursor, index)
        self.place()

    def follow(self) -> None:
        """Go to the end and stay there while text comes."""
        self.view.scroll_to(self.view.total)
        self.place()

    # --- Textual's events

    def on_mount(self) -> None:
        """Take the theme's colours, now and when it changes."""
        self.watch(self.app, "theme", self._take_theme, init=False)

    def on_resize(self) -> None:
        """Take the new size."""
        self._fitted = self.size
        size = self.scrollable_content_region.size
        if self.screen.selections and size.width - SIDES != self.view_width:
            self.screen.clear_selection()
        self.view_width = max(1, size.width - SIDES)
        self.view.resize(self.view_width, size.height)
        self.place()

    view_width = 0
    """Cells of a line of text."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the scrollbar, the wheel, and whatever else scrolls, but not the cutting off before a new size."""
        is_resizing = self.scrollable_content_region.height != self.view.height
        if self._is_placing or is_resizing or round(old_value) == round(new_value):
            return
        step = round(new_value) - self.view.top
        if abs(step) <= self.view.height:
            self.view.scroll_by(step)
        else:
            self.view.scroll_to(round(new_value))
        self.place()

    def watch_cursor(self, cursor: int | None) -> None:
        """Bring the chosen message into view."""
        if cursor is not None and cursor < len(self.entries):
            self.view.reveal(cursor)
        self.place()

    async def on_key(self, event: events.Key) -> None:
        """Act on keys in the order in which they were pressed: what is typed after leaving is no command."""
        action = ACTIONS.get(event.key)
        if self._has_left:
            self.post_message(self.TypedOn(event))
        elif action is not None:
            await self.run_action(action)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_focus(self) -> None:
        """Choose a message that is seen, so that the keys mean one; where the mouse points stays where it is."""
        self._has_left = False
        seen = self.view.seen()
        if self.cursor is None and seen:
            self.choose_seen(seen[-1])

    def on_blur(self) -> None:
        """Choose none."""
        self._has_left = False
        if self.app.screen is self.screen:
            self.cursor = None

    # --- actions

    def action_cursor(self, step: int) -> None:
        """Choose the message above or below; below the last one, go back to writing."""
        if self.cursor is None:
            self.choose_last()
        elif self.cursor + step >= len(self.entries):
            self.action_leave()
        else:
            self.cursor = max(0, self.cursor + step)

    def action_page(self, direction: int) -> None:
        """Scroll by a page, one line of which stays."""
        self.view.scroll_by(direction * max(1, self.view.height - 1))
        self.place()

    def action_edge(self, direction: int) -> None:
        """Go to the first message, or to the end."""
        if direction < 0:
            self.view.scroll_to(0)
            self.cursor = 0 if self.entries else None
            self.place()
        else:
            self.choose_last()
            self.follow()

    def action_act(self, name: str) -> None:
        """Ask for something to be done with the chosen message."""
        if self.chosen is not None:
            self._has_left = name == "edit" and self.chosen.can_be_edited
            self.post_message(self.Acted(self, name, self.chosen))

    def action_back(self) -> None:
        """Stop the chosen reply if it is under way, else go back to writing."""
        if self._live is not None and self.cursor == self._live[0]:
            self.action_act("stop")
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Go back to writing."""
        self._has_left = True
        self.cursor = None
        self.post_message(self.Left())

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """Return a line of the view, each of its segments with its place in `offset`, which selecting needs."""
        row, strips = self.view.row(y), self.render_lines(Region(0, y, self.view_width + SIDES, 1))
        return strips[0] if row is None else strips[0].apply_offsets(0, row.entry * LINES + row.line)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines of the view; while a line shows the same it is the same object, with all that is kept in it.

        The styles of a line hold its background, so that Textual's own pass over it is left out.
        """
        if self.size != self._fitted:  # Textual tells of no size that it came by while it looked for a widget
            self.call_next(self.on_resize)
        missing = crop.bottom - len(self._picture)
        strips = self._picture[crop.y : crop.bottom] + [self._paint.blank(self.view_width)] * missing
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.x > 0 or crop.right < self.view_width + SIDES:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _draw(self) -> list[Strip]:
        """Return the lines of the view."""
        paint, width, cursor, selection = self._paint, self.view_width, self.cursor, self.text_selection
        strips: list[Strip] = []
        for row in self.view.rows():
            is_chosen = row.entry == cursor and row.line < self.view.height_of(row.entry) - 1
            if selection is None:
                strips.append(paint.line(row, width, is_chosen=is_chosen))
            else:
                span = selection.get_span(row.entry * LINES + row.line)
                strips.append(paint.selected(row, width, span, is_chosen=is_chosen))
        strips += [paint.blank(width)] * (self.view.height - len(strips))
        if strips and self._has_more and not self.view.follows:
            strips[-1] = paint.more(strips[-1])
        return strips

    @property
    def _paint(self) -> Painter:
        if self._painter is None:
            self._painter = Painter(self.palette)
        return self._painter

    def _frame(self) -> None:
        """Draw a growing reply; stop when there is none."""
        if self._live is None:
            if self._frames is not None:
                self._frames.stop()
                self._frames = None
            return
        if not self._is_dirty:
            return
        self._is_dirty = False
        index, _ = self._live
        follows = self.view.follows
        self.view.changed(index)
        if not follows and self.view.rows_of(index).stop > self.view.height:
            self._has_more = True
        self.place()

    def place(self) -> None:
        """Bring scrollbar and screen to where the view is, and draw the lines that show something else now."""
        if self._view is None:
            return
        self._has_more = self._has_more and not self.view.follows
        self._is_placing = True
        try:
            self.set_reactive(Widget.virtual_size, Size(self.size.width, self.view.total))  # pyright: ignore[reportArgumentType]  # Textual types the class attribute as its value
            self.scroll_target_y = self.scroll_y = self.view.top
            thumb = (self.view.height, *thumb_of(self.view.height, self.view.total, self.view.top))
            if thumb != self._thumb:
                self._thumb = thumb
                self._scroll_update(self.virtual_size)
                self.vertical_scrollbar.position = self.view.top
        finally:
            self._is_placing = False
        before, self._picture = self._picture, self._draw()
        if len(before) != len(self._picture):
            self.refresh()
        else:
            pairs = enumerate(zip(before, self._picture, strict=True))
            changed = [y for y, (old, new) in pairs if old is not new]
            if changed:
                self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))
        self.call_later(self._look_ahead)

    def _look_ahead(self) -> None:
        """Render the neighbours of what is seen, one entry at a time, while nothing else is to be done."""
        top, total = self.view.top, self.view.total
        if self.view.look_ahead():
            if (top, total) != (self.view.top, self.view.total):
                self.place()
            else:
                self.call_later(self._look_ahead)

    def _take_theme(self) -> None:
        self._palette = palette_of(self.app.current_theme)
        self._painter = None
        self.view.repaint(self._palette)
        self.place()

    def _index_of(self, key: str | None) -> int | None:
        return next((n for n in reversed(range(len(self.entries))) if self.entries[n].key == key), None)
