"""The requests of the conversation on the screen: those of its turns, and the one that would be sent next."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.errors import NotFound
from tchat.domain.message import Message
from tchat.tui.branches import index_of
from tchat.tui.talk import Talk

if TYPE_CHECKING:
    from tchat.engine.sent import Sent


async def request_of(talk: Talk, message_id: str) -> "Sent":
    """Return the request of a message's turn.

    Raises:
        NotFound: it is not on the branch that is read, or was not answered yet.
    """
    from tchat.engine.sent import sent_for

    later = talk.branch[index_of(talk.branch, message_id) :]
    reply = next((placed.stored for placed in later if placed.stored.reply), None)
    if reply is None:
        raise NotFound("this message was not answered yet", hint="choose an answered one")
    return await sent_for(await talk.engine(), reply.id)


async def next_request(talk: Talk, said: Message, instead_of: str | None = None) -> "Sent":
    """Return the request that would be sent next.

    Args:
        talk: the conversation.
        said: what would be said.
        instead_of: the user's message that this would be another wording of.
    """
    from tchat.engine.sent import sent_next

    return await sent_next(await talk.engine(), replace(talk.plan(instead_of).ask, message=said))
