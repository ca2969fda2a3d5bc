"""Every key on one page, with a filter: what the bindings themselves say."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tchat.tui.help_lines import fact_lines, key_lines, matching
from tchat.tui.key_rows import KeyRow, collect_rows
from tchat.tui.screens.query_screen import QueryScreen
from tchat.tui.widgets.line_input import LineInput

__all__ = ["HelpScreen", "KeyRow", "collect_rows"]

NOTHING_FOUND = "no key does this"


class HelpScreen(QueryScreen[None], ModalScreen[None]):
    """Shows keys; what is typed leaves only those that it names."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "Up", id="help.up", tooltip="Scroll up by a line"),
        Binding("down", "scroll(1)", "Down", id="help.down", tooltip="Scroll down by a line"),
        Binding("pageup", "page(-1)", "Page up", id="help.page-up", tooltip="Scroll up by a page"),
        Binding("pagedown", "page(1)", "Page down", id="help.page-down", tooltip="Scroll down by a page"),
        Binding("ctrl+home", "edge(-1)", "Beginning", id="help.home", tooltip="Scroll to the first key"),
        Binding("ctrl+end", "edge(1)", "End", id="help.end", tooltip="Scroll to the last key"),
        Binding("escape,f1", "close", "Close", id="help.close", tooltip="Go back"),
    ]

    def __init__(self, rows: Sequence[KeyRow], facts: Sequence[tuple[str, str]] = ()) -> None:
        """Take the keys, and what is told below them: names and values."""
        super().__init__()
        self._rows = tuple(rows)
        self._facts = tuple(facts)

    def compose(self) -> ComposeResult:
        """Put the filter above the page."""
        with Vertical():
            yield LineInput(placeholder="Filter the keys · Esc closes", compact=True)
            with VerticalScroll(can_focus=False):
                yield Static(markup=False)

    @property
    def page(self) -> VerticalScroll:
        """What scrolls."""
        return self.query_one(VerticalScroll)

    def on_mount(self) -> None:
        """Be ready to type."""
        self.begin_typing(self.query_one(Input))

    def on_resize(self) -> None:
        """Lay the page out for another width."""
        self.call_after_refresh(self._fill)

    @on(Input.Changed)
    def _take_words(self) -> None:
        self._fill()
        self.page.scroll_to(y=0, animate=False)

    def _fill(self) -> None:
        words = self.query_one(Input).value
        width = max(1, self.page.scrollable_content_region.width)
        rows = matching(self._rows, words)
        lines = [*key_lines(rows, width)] or [Content.styled(NOTHING_FOUND, "$foreground-muted")]
        self.query_one(Static).update(Content("\n").join([*lines, *fact_lines(self._facts, width)]))

    # --- actions

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.page.scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by a page, one line of which stays."""
        self.page.scroll_relative(y=direction * max(1, self.page.size.height - 1), animate=False)

    def action_edge(self, direction: int) -> None:
        """Scroll to the beginning, or to the end."""
        self.page.scroll_to(y=0 if direction < 0 else self.page.max_scroll_y, animate=False)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
