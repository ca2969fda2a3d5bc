"""Where turns are kept, as the engine needs it."""

from typing import Protocol

from tchat.domain.conversation import NewTurn, Reply, StoredMessage, Summary, TurnIds
from tchat.domain.message import ImagePart, Message


class TurnLog(Protocol):
    """Where turns are kept."""

    async def begin_turn(self, turn: NewTurn) -> TurnIds:
        """Store the user's message and an empty streaming reply, durably."""
        ...

    async def path(self, leaf_id: str) -> tuple[StoredMessage, ...]:
        """Return the branch that ends in a message, from its root."""
        ...

    async def append(self, reply_id: str, *, text: str, reasoning: str, pictures: tuple[ImagePart, ...] = ()) -> None:
        """Store more of a reply, durably; where there is another picture, all that it has."""
        ...

    async def finish(self, reply_id: str, message: Message, reply: Reply) -> None:
        """Store a reply's final form."""
        ...

    async def stand_for(self, message_id: str, reply_id: str) -> Summary:
        """Let a reply of a turn beside the conversation be sent in place of a message and all before it."""
        ...
