"""Drafts on disk: what is being written belongs to a conversation and survives whatever happens.

Law: the draft of one conversation is never stored as that of another.
"""

from tchat.domain.draft import Draft
from tchat.runtime import Runtime


class Drafting:
    """Keeps the composer's draft where its conversation is."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._kept: dict[str | None, Draft] = {}
        """What the store holds, as far as this program knows."""

    async def keep(self, conversation_id: str | None, draft: Draft) -> None:
        """Store a draft, or remove what was stored if it is empty.

        Raises:
            StoreError: it cannot be stored.
        """
        if self._kept.get(conversation_id, Draft()) == draft:
            return
        await (await self._runtime.store()).keep_draft(conversation_id, draft)
        self._kept[conversation_id] = draft

    async def find(self, conversation_id: str | None) -> Draft:
        """Return the draft of a conversation; None is a new one.

        Raises:
            StoreError: the database cannot be read.
        """
        draft = await (await self._runtime.store()).draft(conversation_id) or Draft()
        self._kept[conversation_id] = draft
        return draft
