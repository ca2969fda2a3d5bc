"""The left column: the conversations in groups that fold, with a filter above and a prompt below.

Law: the cursor stays on its conversation whatever list is shown next; what is typed into the filter shows at once.
"""

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Input

from tchat.domain.conversation import Conversation
from tchat.domain.text import one_line
from tchat.tui.grouping import Group, grouped, holding
from tchat.tui.rows import Heading, More, Row, heading_above, key_of, rows_of
from tchat.tui.widgets.conversation_rows import ConversationRows, Wish
from tchat.tui.widgets.filter_input import FilterInput
from tchat.tui.widgets.line_prompt import LinePrompt

RENAME = "new title"
FILE = "folder, empty for none"
NOTHING_YET = "no conversations yet"
NOTHING_FOUND = "no title holds this"


class ConversationList(Widget):
    """Shows conversations and says what is to become of them."""

    folders: var[tuple[str, ...]] = var(())
    """Folders that are offered beside those of the conversations shown."""

    class Opened(Message):
        """A conversation is to be read."""

        def __init__(self, conversation_id: str) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    class Renamed(Message):
        """A conversation has another title."""

        def __init__(self, conversation_id: str, title: str) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.title = title

    class Pinned(Message):
        """A conversation was pinned, or unpinned."""

        def __init__(self, conversation_id: str, *, pinned: bool) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.pinned = pinned

    class Filed(Message):
        """A conversation was put into a folder, or taken out (None)."""

        def __init__(self, conversation_id: str, folder: str | None) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.folder = folder

    class Archived(Message):
        """A conversation was archived, or brought back."""

        def __init__(self, conversation_id: str, *, archived: bool) -> None:
            super().__init__()
            self.conversation_id = conversation_id
            self.archived = archived

    class Deleted(Message):
        """A conversation was deleted."""

        def __init__(self, conversation_id: str) -> None:
            super().__init__()
            self.conversation_id = conversation_id

    class Undone(Message):
        """What was deleted last is to come back."""

    class FilterChanged(Message):
        """Only titles and folders that hold these words are to be shown."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class EndReached(Message):
        """The next page is to be fetched."""

    class Left(Message):
        """The user goes back to writing."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self.list = ConversationRows()
        """The rows."""
        self._words = FilterInput(placeholder="/ filter", compact=True)
        self._prompt = LinePrompt()
        self._given: tuple[Conversation, ...] = ()
        self._whole: tuple[Conversation, ...] = ()
        """What was given last while there was no filter."""
        self._now = 0.0
        self._has_more = False
        self._current: str | None = None
        self._turned: set[str] = set()
        """Groups that are folded, or unfolded, against their habit."""
        self._turned_found: set[str] = set()
        """The same while a filter is set."""
        self._asks: tuple[Wish, str] | None = None
        """What the prompt is about, and the conversation."""

    def compose(self) -> ComposeResult:
        """Put the filter above the rows and the prompt below."""
        yield self._words
        yield self.list
        yield self._prompt

    @property
    def filter(self) -> str:
        """What is typed into the filter."""
        return self._words.value.strip()

    # --- what is shown

    def show(
        self,
        conversations: tuple[Conversation, ...],
        *,
        now: float,
        current: str | None,
        streaming: frozenset[str] = frozenset(),
        drafts: frozenset[str] = frozenset(),
        has_more: bool = False,
    ) -> None:
        """Show conversations, the last updated first.

        Args:
            conversations: what was fetched so far, for the filter that is set.
            now: Unix time.
            current: the id of the one that is open.
            streaming: the ids of those in which a reply is under way.
            drafts: the ids of those in which something unsent is written.
            has_more: whether `EndReached` would bring further ones.
        """
        self._given, self._now, self._has_more = conversations, now, has_more
        if not self.filter:
            self._whole = conversations
        is_first, was_current, self._current = not self.list.rows, self._current, current
        self.list.mark(current, streaming, drafts)
        self._refill()
        if self.filter and self._words.has_focus:
            self.list.choose(None)
        elif current is not None and (is_first or (current != was_current and not self.has_focus_within)):
            self.list.choose(current)

    def focus_list(self) -> None:
        """Let keys go to the rows."""
        self.list.focus()

    def _refill(self) -> None:
        words = self.filter
        shown = holding(self._given, words) if words else self._given
        rows = rows_of(grouped(shown, now=self._now), self._is_folded, has_more=self._has_more and not words)
        self.list.show(rows, NOTHING_FOUND if words else NOTHING_YET)

    def _is_folded(self, group: Group) -> bool:
        if self.filter:
            return group.key in self._turned_found
        return (group.key in self._turned) != (group.kind == "archived")

    # --- what the user does

    def on_descendant_focus(self) -> None:
        """Show the cursor while keys go to any part of the column; ask nothing more once they go to another one."""
        self.list.shows_cursor = self.has_focus_within
        focused = self.screen.focused
        if focused is None or not isinstance(focused.parent, LinePrompt):
            self._stop_asking()

    def on_descendant_blur(self) -> None:
        """Hide the cursor once keys go elsewhere, and ask nothing any more."""
        self.list.shows_cursor = self.has_focus_within
        if not self.has_focus_within:
            self._stop_asking()

    @on(FilterInput.Changed)
    def _take_filter(self, event: Input.Changed) -> None:
        event.stop()
        self._given = self._whole
        self._turned_found.clear()
        self._refill()
        if self.filter:
            self.list.choose(None)
        self.post_message(self.FilterChanged(self.filter))

    @on(FilterInput.Submitted)
    def _take_enter(self, event: Input.Submitted) -> None:
        event.stop()
        self.list.action_wish("open")

    @on(FilterInput.Left)
    def _leave_filter(self, event: FilterInput.Left) -> None:
        event.stop()
        self.focus_list()

    @on(ConversationRows.EndSeen)
    def _take_end(self, event: ConversationRows.EndSeen) -> None:
        event.stop()
        self.post_message(self.EndReached())

    @on(ConversationRows.Wished)
    def _take_wish(self, event: ConversationRows.Wished) -> None:
        event.stop()
        row = self.list.rows[event.place] if event.place < len(self.list.rows) else None
        match event.wish:
            case "filter":
                self._words.focus()
            case "leave" if self.filter:
                self._words.value = ""
            case "leave":
                self.post_message(self.Left())
            case "undo":
                self.post_message(self.Undone())
            case "fold" | "unfold" | "toggle":
                self._fold(event.wish, event.place)
            case "open":
                self._open(row, event.place)
            case "pin" | "rename" | "file" | "archive" | "delete":
                if isinstance(row, Conversation):
                    self._organise(event.wish, row)

    def _open(self, row: Row | None, place: int) -> None:
        match row:
            case Heading():
                self._fold("toggle", place)
            case Conversation(id=conversation_id):
                self.post_message(self.Opened(conversation_id))
            case More():
                self.post_message(self.EndReached())
            case None:
                pass

    def _fold(self, wish: Wish, place: int) -> None:
        """Fold the group that a row belongs to, or unfold it."""
        above = heading_above(self.list.rows, place)
        heading = self.list.rows[above] if above is not None else None
        if not isinstance(heading, Heading) or wish == ("fold" if heading.is_folded else "unfold"):
            return
        turned = self._turned_found if self.filter else self._turned
        turned ^= {heading.group.key}
        self.list.choose(key_of(heading))
        self._refill()

    def _organise(self, wish: Wish, conversation: Conversation) -> None:
        match wish:
            case "pin":
                self.post_message(self.Pinned(conversation.id, pinned=not conversation.pinned))
            case "archive":
                self.post_message(self.Archived(conversation.id, archived=not conversation.archived))
            case "delete":
                self.post_message(self.Deleted(conversation.id))
            case "rename":
                self._asks = (wish, conversation.id)
                self._prompt.ask(RENAME, one_line(conversation.title))
            case _:
                self._asks = ("file", conversation.id)
                own = {item.folder for item in (*self._given, *self._whole) if item.folder}
                known = sorted(own.union(self.folders), key=str.casefold)
                self._prompt.ask(FILE, conversation.folder or "", known)

    @on(LinePrompt.Answered)
    def _take_answer(self, event: LinePrompt.Answered) -> None:
        event.stop()
        asked, self._asks = self._asks, None
        self.focus_list()
        text = one_line(event.text)
        match asked:
            case ("rename", conversation_id) if text:
                self.post_message(self.Renamed(conversation_id, text))
            case ("file", conversation_id):
                self.post_message(self.Filed(conversation_id, text or None))
            case _:
                pass

    @on(LinePrompt.Cancelled)
    def _take_no_answer(self, event: LinePrompt.Cancelled) -> None:
        event.stop()
        self._asks = None
        self.focus_list()

    def _stop_asking(self) -> None:
        self._asks = None
        self._prompt.display = False
