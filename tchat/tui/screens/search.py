"""Search in everything that was said, as one types.

Laws: what is shown belongs to what is typed, or to what was typed before it; never to something older than what was
shown already. At most one search runs at a time. What was found is drawn at once.
"""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static
from textual.worker import Worker

from tchat.domain.errors import TchatError
from tchat.domain.text import one_line, printable
from tchat.store.search import Hit
from tchat.tui.compositing import FrugalCompositor
from tchat.tui.screens.query_screen import QueryScreen
from tchat.tui.widgets.hit_list import HitList
from tchat.tui.widgets.line_input import LineInput

Search = Callable[[str], Awaitable[tuple[Hit, ...]]]

INVITATION = "type words; the last one may be the beginning of one"
NOTHING_FOUND = "no message holds these words"


class SearchScreen(QueryScreen[Hit | None], ModalScreen[Hit | None]):
    """Ends with the hit that was chosen, or None."""

    CSS_PATH: ClassVar[list[str]] = ["search.tcss", "../widgets/hit_list.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Hit above", id="search.up", tooltip="Go to the hit above"),
        Binding("down", "move(1)", "Hit below", id="search.down", tooltip="Go to the hit below"),
        Binding("pageup", "page(-1)", "Page up", id="search.page-up", tooltip="Go up by a page"),
        Binding("pagedown", "page(1)", "Page down", id="search.page-down", tooltip="Go down by a page"),
        Binding("escape", "close", "Close", id="search.close", tooltip="Go back without opening a hit"),
    ]

    def __init__(self, search: Search, *, query: str = "") -> None:
        super().__init__()
        self._compositor = FrugalCompositor()
        self._search = search
        self._first_query = one_line(query)
        self._searching: Worker[None] | None = None
        self._notice = INVITATION
        self._found_for = ""
        """The query that the hits belong to."""
        self._is_to_be_drawn = False
        """Whether something was found that is not on the screen."""
        self._opens_first = False
        """Whether Enter was pressed before the hits were there."""

    def compose(self) -> ComposeResult:
        """Put the line to type in above the hits."""
        with Vertical():
            yield LineInput(placeholder="Search everything that was said", compact=True)
            yield Static(INVITATION, markup=False)
            yield HitList()

    @property
    def query_text(self) -> str:
        """What is typed."""
        return self.query_one(Input).value.strip()

    @property
    def hits(self) -> HitList:
        """The hits."""
        return self.query_one(HitList)

    def on_mount(self) -> None:
        """Begin with what was searched for last, or with what was typed meanwhile."""
        self.begin_typing(self.query_one(Input), self._first_query)
        self._look()

    @on(Input.Changed)
    def _take_query(self) -> None:
        self._opens_first = False
        self._look()

    @on(Input.Submitted)
    def _take_enter(self) -> None:
        if self._found_for != self.query_text:
            self._opens_first = True
        elif self.hits.chosen is not None:
            self.dismiss(self.hits.chosen)

    @on(HitList.Chosen)
    def _take_chosen(self, event: HitList.Chosen) -> None:
        self.dismiss(event.hit)

    # --- searching

    def _look(self) -> None:
        """Search for what is typed, after the search that is under way, if one is."""
        if self._searching is None or self._searching.is_finished:
            self._searching = self.run_worker(self._searched, name="search", group="search", exclusive=True)

    async def _searched(self) -> None:
        """Search until what is shown belongs to what is typed."""
        while (query := self.query_text) != self._found_for:
            hits: tuple[Hit, ...] = ()
            notice = INVITATION
            try:
                if query:
                    hits = await self._search(query)
                    notice = _summary(len(hits))
            except TchatError as error:
                notice = "\n".join(filter(None, (error.message, error.hint)))
            if query == self.query_text:
                self._found_for = query
                self._show(hits, notice)

    def _show(self, hits: tuple[Hit, ...], notice: str) -> None:
        self.hits.show(hits)
        self._is_to_be_drawn = True
        if notice != self._notice:
            self._notice = notice
            self.query_one(Static).update(printable(notice))
        if self._opens_first and hits:
            self.dismiss(hits[0])

    def on_idle(self) -> None:
        """Draw what was found: Textual would wait, after the frame with the last letter, for two more to go by."""
        if self._is_to_be_drawn and self.hits in self._dirty_widgets:
            self._is_to_be_drawn = False
            self._on_timer_update()

    # --- actions

    def action_move(self, step: int) -> None:
        """Go to another hit."""
        self.hits.move(step)

    def action_page(self, direction: int) -> None:
        """Go up or down by a page of hits."""
        self.hits.move(direction * self.hits.page)

    def action_close(self) -> None:
        """Go back without opening a hit."""
        self.dismiss(None)


def _summary(count: int) -> str:
    return (
        f"{count} {'message' if count == 1 else 'messages'} shown · Enter opens · Esc closes"
        if count
        else NOTHING_FOUND
    )
