"""What is asked of a model, in one provider-neutral value."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from tchat.domain.effort import Effort
from tchat.domain.message import Message
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
    seed: int | None = None
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    """A JSON Schema that the reply must satisfy."""


class Request(Struct, frozen=True, kw_only=True):
    """One call of one model: everything that goes on the wire, in neutral form."""

    facts: ModelFacts
    messages: tuple[Message, ...]
    """The conversation so far; the last message is the user's."""
    system: str | None = None
    settings: Settings = Settings()
    blobs: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """The bytes of every attachment in `messages`, by digest."""

    @property
    def model(self) -> str:
        """The model's name at its provider."""
        return self.facts.name
