"""The list of conversations beside the main screen: what is done in it, carried out."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from textual import events, on

from tchat.tui.listing import Listing
from tchat.tui.screens.speaking import SpeakingScreen
from tchat.tui.talk import Talk
from tchat.tui.tree import Tree
from tchat.tui.widgets.sidebar import ConversationList

if TYPE_CHECKING:
    from tchat.store.matching import Piece


class OrganisingScreen(SpeakingScreen):
    """Opens, names, files, archives and deletes conversations for their list."""

    talk: Talk
    conversation_tree: Tree
    listing: Listing
    conversations: ConversationList

    @abstractmethod
    async def open(self, conversation_id: str | None, *, message_id: str | None = None) -> None:
        """Turn to a conversation, or a new one."""

    @abstractmethod
    def turn_to(
        self, conversation_id: str | None, *, message_id: str | None = None, passage: "Sequence[Piece]" = ()
    ) -> None:
        """Have a conversation opened, at a passage of a message; what is typed from now on belongs to it."""

    @abstractmethod
    def write(self) -> None:
        """Let the user go on writing."""

    async def refresh_list(self) -> None:
        """Show the conversations as they are now."""
        current = self.talk.conversation.id if self.talk.conversation else None
        await self.listing.refresh(current, self.talk.streaming)

    @on(ConversationList.Opened)
    def _take_opened(self, event: ConversationList.Opened) -> None:
        self.write()
        self.turn_to(event.conversation_id)

    @on(ConversationList.Renamed)
    def _take_renamed(self, event: ConversationList.Renamed) -> None:
        self._organise(lambda: self.listing.rename(event.conversation_id, event.title))

    @on(ConversationList.Pinned)
    def _take_pinned(self, event: ConversationList.Pinned) -> None:
        self._organise(lambda: self.listing.pin(event.conversation_id, is_pinned=event.pinned))

    @on(ConversationList.Filed)
    def _take_filed(self, event: ConversationList.Filed) -> None:
        self._organise(lambda: self.listing.file(event.conversation_id, event.folder))

    @on(ConversationList.Archived)
    def _take_archived(self, event: ConversationList.Archived) -> None:
        self._organise(lambda: self.listing.archive(event.conversation_id, is_archived=event.archived))

    @on(ConversationList.Deleted)
    def _take_deleted(self, event: ConversationList.Deleted) -> None:
        self.do(lambda: self.delete(event.conversation_id))

    @on(ConversationList.Undone)
    def _take_undone(self) -> None:
        self.do(self.undo)

    @on(ConversationList.FilterChanged)
    def _take_filter(self, event: ConversationList.FilterChanged) -> None:
        self.listing.filter(event.text)
        self.do(self.refresh_list)

    @on(ConversationList.EndReached)
    def _take_end(self) -> None:
        self.listing.widen()
        self.do(self.refresh_list)

    @on(ConversationList.Left)
    def _leave_list(self) -> None:
        self.write()

    def _organise(self, work: Callable[[], Awaitable[None]]) -> None:
        async def organised() -> None:
            await work()
            await self.refresh_list()
            await self.talk.reread()

        self.do(organised)

    async def delete(self, conversation_id: str) -> None:
        """Delete a conversation; it can be brought back, with what had arrived of a reply that was under way."""
        self.talk.stop_in(conversation_id)
        await self.listing.delete(conversation_id)
        self.say("conversation deleted; u in the list, or /undo, brings it back")
        if self.talk.conversation is not None and self.talk.conversation.id == conversation_id:
            await self.open(None)
        await self.refresh_list()

    async def undo(self) -> None:
        """Bring back what was deleted last: a message of this conversation, or a conversation."""
        back = await self.listing.undelete()
        if back is not None:
            await self.open(back)
        elif not await self.bring_back():
            self.say("nothing was deleted")

    async def bring_back(self) -> bool:
        """Bring back the message that was deleted last, and go there; return whether there was one."""
        found = await self.conversation_tree.restore()
        if found is not None:
            conversation_id, message_id = found
            await self.open(conversation_id, message_id=message_id)
        return found is not None

    def show_list(self) -> None:
        """Show the list and go there."""
        self._show_list(shown=True)
        self.call_after_refresh(self.conversations.focus_list)

    @on(events.DescendantFocus)
    def _take_focus_elsewhere(self, event: events.DescendantFocus) -> None:
        """Take the list away from above the conversation, on a narrow screen, as soon as keys go elsewhere."""
        if self.conversations not in event.widget.ancestors_with_self:
            self.remove_class("-list")

    def _show_list(self, *, shown: bool) -> None:
        """Show the list or hide it: above the conversation on a narrow screen, beside it on any other."""
        self.set_class(shown, "-list")
        if not self.has_class("-narrow"):
            self.set_class(not shown, "-no-list")
