"""Conversations as trees: every message has a parent, an edited or regenerated turn is a sibling."""

from typing import Literal

from msgspec import Struct

from tchat.domain.events import FinishReason
from tchat.domain.message import Message
from tchat.domain.request import Settings
from tchat.domain.usage import Usage

ReplyState = Literal["streaming", "complete", "stopped", "interrupted", "failed"]
"""`stopped` by the user, `interrupted` by a dropped connection or a killed process, `failed` by the provider."""


class Failure(Struct, frozen=True, kw_only=True):
    """Why a reply is not complete, for the reader; never sent to a model."""

    kind: str
    """The name of the error's class."""
    message: str
    hint: str | None = None


class Reply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What only a model's message has: who answered, how, and what became of it."""

    provider: str
    model: str
    state: ReplyState
    settings: Settings = Settings()
    system: str | None = None
    """The system prompt that this turn was asked with."""
    answered_by: str | None = None
    """The model that answered, in the provider's words."""
    reasoning: str = ""
    finish: FinishReason | None = None
    failure: Failure | None = None
    usage: Usage = Usage()
    usage_final: bool = False
    """Whether the provider said the last word on usage."""
    cost: float | None = None
    """US dollars; None if unknown."""
    first_token_after: float | None = None
    """Seconds from the request to the first token, reasoning included."""
    seconds: float | None = None
    """Seconds from the request to the end."""


class StoredMessage(Struct, frozen=True, kw_only=True):
    """A message in its place in the tree."""

    id: str
    conversation_id: str
    parent_id: str | None
    created_at: float
    """Unix time."""
    message: Message
    reply: Reply | None = None
    """None for what the user said."""


class Conversation(Struct, frozen=True, kw_only=True):
    """A tree of messages and the branch that is read."""

    id: str
    title: str
    created_at: float
    updated_at: float
    leaf_id: str | None = None
    """The last message of the branch that was read or written last."""
    source: str | None = None
    """The template that made it, if one did."""
    messages: int = 0
    """How many messages the tree has."""
