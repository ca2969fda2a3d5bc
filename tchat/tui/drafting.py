"""Drafts on disk: what is being written belongs to a conversation and survives whatever happens.

Laws: the draft of one conversation is never stored as that of another; what was sent is part of it until the store has
it as a message.
"""

import asyncio
from collections.abc import Callable

from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError
from tchat.runtime import Runtime


class Drafting:
    """Keeps what is written where its conversation is; None is a new one.

    Args:
        runtime: where conversations are.
        outgoing: returns what was sent in a conversation and is not stored yet.
    """

    def __init__(self, runtime: Runtime, outgoing: Callable[[str | None], Draft]) -> None:
        self._runtime = runtime
        self._outgoing = outgoing
        self._written: dict[str | None, Draft] = {}
        self._kept: dict[str | None, Draft] = {}
        """What the store holds, or will once it has done what it was told."""
        self._keeping: dict[str | None, asyncio.Future[None]] = {}
        """What it is doing about the newest draft."""

    def written(self, conversation_id: str | None) -> Draft:
        """Return what is written in a conversation, as far as this program knows, without what was sent."""
        return self._written.get(conversation_id, Draft())

    def write(self, conversation_id: str | None, draft: Draft) -> None:
        """Take what is written in a conversation now; `flush` stores it."""
        self._written[conversation_id] = draft

    def give_back(self, conversation_id: str | None, draft: Draft) -> None:
        """Put what could not be sent before what is written in a conversation; `flush` stores it."""
        self.write(conversation_id, draft.followed_by(self.written(conversation_id)))

    async def flush(self, conversation_id: str | None) -> None:
        """Store the draft of a conversation as it is now, or remove what was stored if it is empty.

        One that is being stored already is waited for.

        Raises:
            StoreError: it cannot be stored.
        """
        store = await self._runtime.store()
        draft = self._outgoing(conversation_id).followed_by(self.written(conversation_id))
        if self._kept.get(conversation_id) == draft:
            if conversation_id in self._keeping:
                await asyncio.shield(self._keeping[conversation_id])
            return
        self._kept[conversation_id] = draft
        keeping = self._keeping[conversation_id] = asyncio.ensure_future(store.keep_draft(conversation_id, draft))
        try:
            await asyncio.shield(keeping)
        except TchatError:
            if self._keeping.get(conversation_id) is keeping:
                del self._kept[conversation_id]
            raise
        finally:
            if self._keeping.get(conversation_id) is keeping:
                del self._keeping[conversation_id]

    async def flush_all(self) -> None:
        """Store every draft as it is now.

        Raises:
            StoreError: one cannot be stored.
        """
        for conversation_id in tuple(self._written):
            await self.flush(conversation_id)

    async def find(self, conversation_id: str | None) -> Draft:
        """Return what is written in a conversation, without what was sent.

        Raises:
            StoreError: the database cannot be read.
        """
        if conversation_id in self._written:
            await self.flush(conversation_id)
            written = self.written(conversation_id)
            if not (written.is_empty and self._outgoing(conversation_id).is_empty):
                return written
        draft = await (await self._runtime.store()).draft(conversation_id) or Draft()
        self._kept[conversation_id] = draft
        self._written[conversation_id] = draft
        return draft
