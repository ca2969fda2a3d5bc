"""What is asked of a model, in one provider-neutral value."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from tchat.domain.blanking import Blank
from tchat.domain.detail import Detail
from tchat.domain.effort import Effort
from tchat.domain.message import Attachment, Message
from tchat.domain.model import ModelFacts


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a model is to answer. None leaves the choice to the provider."""

    effort: Effort | None = None
    thinking_budget: int | None = None
    """Thinking tokens, for models that take a number; `effort` is the portable way to say it."""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Tokens the reply may have at most, reasoning included."""
    detail: Detail | None = None
    """How closely pictures, and the pages and frames of documents and films, are looked at."""
    draw: bool | None = None
    """Whether the reply is to have pictures; None for what is usual with the model."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    """A JSON Schema that the reply must satisfy."""


class Inline(Struct, frozen=True, kw_only=True):
    """Bytes that are part of the request."""

    data: bytes
    media_type: str


class OnDisk(Struct, frozen=True, kw_only=True):
    """A file that is too large to be part of a request: it is uploaded before, and removed after."""

    path: str
    size: int
    """Bytes."""
    media_type: str
    notes: tuple[Blank, ...] = ()
    """What is blanked out of it on the way."""


class Linked(Struct, frozen=True, kw_only=True):
    """An address that the provider fetches itself."""

    url: str
    media_type: str


class Uploaded(Struct, frozen=True, kw_only=True):
    """A file that the provider has already."""

    file: str
    """The provider's id or address of it."""
    media_type: str


Payload = Inline | OnDisk | Linked | Uploaded
"""How an attachment goes out."""


class Request(Struct, frozen=True, kw_only=True):
    """One call of one model: everything that goes on the wire, in neutral form."""

    facts: ModelFacts
    messages: tuple[Message, ...]
    """The conversation so far; the last message is the user's."""
    system: str | None = None
    settings: Settings = Settings()
    payloads: Mapping[str, Payload] = field(default_factory=dict[str, Payload])
    """How every attachment in `messages` goes out, by its key: prepared for the model."""

    @property
    def model(self) -> str:
        """The model's name at its provider."""
        return self.facts.name

    def payload(self, part: Attachment) -> Payload:
        """Return how an attachment goes out."""
        return self.payloads[part.key]
