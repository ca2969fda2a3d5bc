"""Conversations removed for good, and with them the attachments that nothing else uses."""

import time
from collections.abc import Callable

from tchat.media.blobs import Blobs
from tchat.store.conversations import Conversations

UNSENT_SECONDS = 86_400.0
"""How long an attachment that nothing speaks of yet is left alone: it may be about to be sent."""
_TICK = 1e-3
"""Seconds by which the clock of a file system may be ahead."""


async def purge(
    store: Conversations, blobs: Blobs, conversation_id: str, clock: Callable[[], float] = time.time
) -> int:
    """Remove a conversation for good; return how many attachments went with it.

    One that another process has attached since it was last attached here stays until nothing has spoken of it for a
    day.

    Raises:
        NotFound: there is no such conversation.
        StoreError: the database cannot be used.
    """
    purged = await store.purge(conversation_id)

    def take_away(used: frozenset[str]) -> int:
        gone = 0
        for digest, until in purged.attachments.items():
            if digest in used:
                blobs.settle((digest,), before=until + _TICK)
            else:
                gone += blobs.drop((digest,), before=until + _TICK)
        return gone + blobs.sweep(used, before=clock() - UNSENT_SECONDS)

    return await store.with_used_attachments(take_away)
