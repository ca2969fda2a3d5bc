"""What the interface opens with."""

from msgspec import Struct

from tchat.domain.message import Message
from tchat.domain.request import Settings


class Opening(Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    conversation: str | None = None
    """The id of a conversation, or the beginning of one."""
    last: bool = False
    """Whether to open the last conversation."""
    message: Message | None = None
    """Sent at once."""
    model: str | None = None
    settings: Settings = Settings()
    system: str | None = None
