"""The tree that a conversation is: its siblings, what is deleted and brought back, and copies of it."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.errors import StoreError
from tchat.runtime import Runtime
from tchat.tui.branches import index_of
from tchat.tui.talk import Talk

if TYPE_CHECKING:
    from tchat.store.conversations import Conversations

_COPY = " (copy)"
"""What the title of a fork ends in."""


class Tree:
    """Changes what the conversation on the screen consists of.

    Methods raise `TchatError`s of the store.
    """

    def __init__(self, runtime: Runtime, talk: Talk) -> None:
        self._runtime = runtime
        self._talk = talk
        self._discarded: list[str] = []

    async def go_to_sibling(self, message_id: str, step: int) -> bool:
        """Read the branch of the sibling before or after a message; return whether there is one.

        Raises:
            NotFound: the message is not on the branch that is read.
        """
        talk, page = self._talk, self._talk.page
        placed = talk.branch[index_of(talk.branch, message_id)]
        at = placed.siblings.index(message_id) + step
        if talk.conversation is None or not 0 <= at < len(placed.siblings):
            return False
        conversation, store = talk.conversation, await self._store()
        leaf = await store.leaf_below(placed.siblings[at])
        await store.set_leaf(conversation.id, leaf)
        await talk.show(replace(conversation, leaf_id=leaf), page)
        return True

    async def discard(self, message_id: str) -> int:
        """Delete a message and what follows it on the screen; return how many messages went.

        Raises:
            NotFound: it is not on the branch that is read.
        """
        talk, page = self._talk, self._talk.page
        at = index_of(talk.branch, message_id)
        gone, home = len(talk.branch) - at, talk.branch[at].stored.conversation_id
        store = await self._store()
        await store.discard(message_id)
        self._discarded.append(message_id)
        await talk.show(await store.conversation(home), page)
        return gone

    async def restore(self) -> tuple[str, str] | None:
        """Bring back what was deleted last; return its conversation and its last message, None if there was nothing.

        What the store could not do can be asked for again.
        """
        if not self._discarded:
            return None
        store, discarded = await self._store(), self._discarded.pop()
        try:
            leaf = await store.restore(discarded)
        except StoreError:
            self._discarded.append(discarded)
            raise
        return (await store.message(leaf)).conversation_id, leaf

    async def fork(self, message_id: str) -> str:
        """Make a new conversation that holds everything up to a message, named as a copy, and return it."""
        store = await self._store()
        original = await store.conversation((await store.message(message_id)).conversation_id)
        return await store.fork(message_id, title=f"{original.title.removesuffix(_COPY)}{_COPY}")

    async def _store(self) -> "Conversations":
        return await self._runtime.store()
