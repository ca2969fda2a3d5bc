"""What is known of a model: names, limits and the settings that it takes."""

from typing import Literal

from msgspec import Struct

from tchat.domain.effort import Effort

EffortStyle = Literal["level", "budget", "adaptive"]
"""How a model takes effort: a named level, a number of thinking tokens, or Anthropic's adaptive thinking."""


class ModelRef(Struct, frozen=True):
    """A model of a provider, written `provider/model`."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


class Price(Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens."""

    input: float
    output: float


class ModelFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the catalogue says of one model. None means unknown, and unknown never forbids."""

    provider: str
    name: str
    title: str = ""
    window: int | None = None
    """Tokens that a request and its reply may fill together."""
    max_output: int | None = None
    """Tokens that a reply may have, reasoning included."""
    efforts: tuple[Effort, ...] | None = None
    """The levels of reasoning effort; empty for a model that does not reason."""
    default_effort: Effort | None = None
    effort_style: EffortStyle = "level"
    budget: tuple[int, int] | None = None
    """Least and most thinking tokens, for models that take a number."""
    vision: bool | None = None
    documents: bool | None = None
    sampling: bool | None = None
    """Whether temperature and top-p are taken."""
    sampling_at: Effort | None = None
    """The only effort at which they are taken; None where it makes no difference."""
    stops: bool | None = None
    """Whether stop sequences are taken."""
    seeds: bool | None = None
    structured: bool | None = None
    """Whether a JSON Schema is enforced by the provider."""
    price: Price | None = None
    as_of: str = ""
    """The date of these facts, ISO 8601."""
    listed: bool = False
    """Whether the provider's own list names the model."""

    @property
    def ref(self) -> ModelRef:
        """Provider and name."""
        return ModelRef(self.provider, self.name)

    @property
    def reasons(self) -> bool:
        """Whether the model is known to reason by itself."""
        return bool(self.efforts) and self.efforts != ("none",)
