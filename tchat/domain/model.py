"""What is known of a model: names, limits and the settings that it takes."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from tchat.domain.effort import Effort

EffortStyle = Literal["level", "budget", "adaptive"]
"""How a model takes effort: a named level, a number of thinking tokens, or Anthropic's adaptive thinking."""


class ModelRef(Struct, frozen=True):
    """A model of a provider, written `provider/model`."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


Rate = Annotated[float, Meta(ge=0)]
"""US dollars for a million tokens."""


class Rates(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """US dollars for a million tokens. A rate that is None is the one it is a part of, as its comment says."""

    input: Rate
    output: Rate
    cached_read: Rate | None = None
    """None: as `input`."""
    cached_write: Rate | None = None
    """None: as `input`."""
    cached_write_1h: Rate | None = None
    """What is kept for an hour; None: as `cached_write`."""
    reasoning: Rate | None = None
    """None: as `output`."""
    image: Rate | None = None
    """Pictures that are read; None: as `input`."""
    audio: Rate | None = None
    """Sound that is read; None: as `input`."""
    cached_image: Rate | None = None
    """None: as `cached_read`."""
    cached_audio: Rate | None = None
    """None: as `cached_read`."""
    output_image: Rate | None = None
    """None: as `output`."""
    output_audio: Rate | None = None
    """None: as `output`."""


class Tier(Rates, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What all tokens of a request cost that reads more than so many."""

    above: int
    """Tokens that are read, cached ones included."""


class Tariff(Rates, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Rates, and those for long contexts."""

    tiers: tuple[Tier, ...] = ()


class Price(Tariff, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a model costs, and who says so."""

    services: dict[str, Tariff] = {}
    """The rates of other kinds of service: `batch`, `flex`, `priority`, `fast`."""
    source: str = ""
    """Who says so: `settings`, `provider`, or a library with its version; empty for what ships with tchat."""
    as_of: str = ""
    """The date of the source, ISO 8601."""
    service: str = ""
    """The kind of service that is asked for by the settings; a reply may still be served otherwise."""

    @property
    def is_free(self) -> bool:
        """Whether nothing costs anything, however it is served."""
        return all(rate == 0 for tariff in (self, *self.tiers, *self.services.values()) for rate in _rates(tariff))


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
    """Whether pictures are taken."""
    documents: bool | None = None
    """Whether PDFs are taken as they are."""
    audio: bool | None = None
    """Whether recordings are taken."""
    video: bool | None = None
    draws: bool | None = None
    """Whether replies have pictures."""
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


def _rates(rates: Rates) -> tuple[float, ...]:
    every = (getattr(rates, name) for name in Rates.__struct_fields__)
    return tuple(rate for rate in every if rate is not None)
