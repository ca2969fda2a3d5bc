"""Conversations removed for good, and with them the attachments that nothing else uses."""

import time
from collections.abc import Callable

from tchat.media.blobs import Blobs
from tchat.store.conversations import Conversations

UNSENT_SECONDS = 86_400.0
"""How long an attachment that nothing speaks of yet is left alone: it may be about to be sent."""


async def purge(
    store: Conversations, blobs: Blobs, conversation_id: str, clock: Callable[[], float] = time.time
) -> int:
    """Remove a conversation for good; return how many attachments went with it.

    One that another process has attached since the conversation's last turn stays until nothing has spoken of it for a
    day.

    Raises:
        NotFound: there is no such conversation.
        StoreError: the database cannot be used.
    """
    purged = await store.purge(conversation_id)

    def take_away(used: frozenset[str]) -> int:
        since = purged.updated_at + 1e-3
        gone = blobs.drop(purged.digests - used, before=since)
        blobs.settle(purged.digests & used, before=since)
        return gone + blobs.sweep(used, before=clock() - UNSENT_SECONDS)

    return await store.with_used_attachments(take_away)
