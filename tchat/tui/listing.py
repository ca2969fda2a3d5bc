"""The list of conversations kept in step with the store, which other programs change too."""

import time
from typing import TYPE_CHECKING

from tchat.domain.conversation import Conversation
from tchat.domain.errors import StoreError
from tchat.runtime import Runtime
from tchat.tui.widgets.sidebar import ConversationList

if TYPE_CHECKING:
    from tchat.store.conversations import Conversations

PAGE = 100
"""Conversations fetched at once."""


class Listing:
    """Fetches what the list shows and carries out what it asks for.

    Methods raise the store's errors.
    """

    def __init__(self, runtime: Runtime, widget: ConversationList) -> None:
        self._runtime = runtime
        self._widget = widget
        self._filter = ""
        self._wanted = PAGE
        self._stamp: int | None = None
        self._deleted: list[str] = []

    async def changed(self) -> bool:
        """Whether the database has changed since this was asked last."""
        stamp = await (await self._store()).stamp()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        return True

    async def refresh(self, current: str | None, streaming: frozenset[str]) -> None:
        """Show the conversations as they are now."""
        store = await self._store()
        if self._filter:
            found, has_more = await store.titled(self._filter), False
        else:
            page = await store.list(limit=self._wanted + 1)
            has_more = len(page) > self._wanted
            found = _joined(await store.pinned(), page[: self._wanted], await store.list(limit=PAGE, archived=True))
        self._widget.folders = await store.folders()
        self._widget.show(found, now=time.time(), current=current, streaming=streaming, has_more=has_more)

    def filter(self, text: str) -> None:
        """Show only titles and folders that hold these words, from the next refresh on."""
        self._filter = text.strip()

    def widen(self) -> None:
        """Show another page, from the next refresh on."""
        self._wanted += PAGE

    async def delete(self, conversation_id: str) -> None:
        """Hide a conversation until `undelete`."""
        await (await self._store()).delete(conversation_id)
        self._deleted.append(conversation_id)

    async def undelete(self) -> str | None:
        """Bring back what was deleted last and return its id; None if nothing was.

        What the store could not do can be asked for again.
        """
        if not self._deleted:
            return None
        back = self._deleted.pop()
        try:
            await (await self._store()).undelete(back)
        except StoreError:
            self._deleted.append(back)
            raise
        return back

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        await (await self._store()).rename(conversation_id, title)

    async def pin(self, conversation_id: str, *, is_pinned: bool) -> None:
        """Pin a conversation, or unpin it."""
        await (await self._store()).set_pinned(conversation_id, is_pinned)

    async def file(self, conversation_id: str, folder: str | None) -> None:
        """Put a conversation into a folder, or take it out."""
        await (await self._store()).set_folder(conversation_id, folder)

    async def archive(self, conversation_id: str, *, is_archived: bool) -> None:
        """Archive a conversation, or bring it back."""
        await (await self._store()).set_archived(conversation_id, is_archived)

    async def _store(self) -> "Conversations":
        return await self._runtime.store()


def _joined(*groups: tuple[Conversation, ...]) -> tuple[Conversation, ...]:
    """Return every conversation once, in the order of the groups."""
    return tuple({conversation.id: conversation for group in groups for conversation in group}.values())
