"""Token usage, with one meaning for every provider.

None means that the provider did not say; it is never 0.
"""

from typing import Any

from msgspec import Struct

_USUAL = ("", "default", "standard", "standard_only", "auto", "on_demand", "unspecified")
"""Providers' words for the service that list prices are for, or for leaving it to them."""


class Usage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens that one reply read and wrote."""

    input: int | None = None
    """Everything that was read, cached tokens included."""
    cached_read: int | None = None
    """Of `input`: read from a cache."""
    cached_write: int | None = None
    """Of `input`: written to a cache."""
    output: int | None = None
    """Everything that was written, reasoning included."""
    reasoning: int | None = None
    """Of `output`: reasoning, shown or withheld."""
    cached_write_1h: int | None = None
    """Of `cached_write`: to be kept for an hour."""
    image: int | None = None
    """Of `input`: pictures."""
    audio: int | None = None
    """Of `input`: sound."""
    cached_image: int | None = None
    """Of `image`: read from a cache."""
    cached_audio: int | None = None
    """Of `audio`: read from a cache."""
    output_image: int | None = None
    """Of `output`: pictures."""
    output_audio: int | None = None
    """Of `output`: sound."""
    service: str | None = None
    """How it was served, where that is not the usual way: `batch`, `flex`, `priority`, `fast`."""
    cost: float | None = None
    """US dollars that the provider says it charged."""

    def raised_to(self, later: "Usage") -> "Usage":
        """Return the larger of each figure: usage is cumulative and never decreases."""
        figures: dict[str, Any] = {
            name: _larger(getattr(self, name), getattr(later, name))
            for name in self.__struct_fields__
            if name != "service"
        }
        return Usage(**figures, service=later.service or self.service)

    def plus(self, later: "Usage") -> "Usage":
        """Return what two requests took together; a charge is the provider's only where it said both."""
        figures: dict[str, Any] = {
            name: _sum(getattr(self, name), getattr(later, name))
            for name in self.__struct_fields__
            if name not in ("service", "cost")
        }
        charged = None if self.cost is None or later.cost is None else self.cost + later.cost
        return Usage(**figures, service=later.service or self.service, cost=charged)


def _sum(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b


def _larger(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)


def token_count(value: object) -> int | None:
    """Return a provider's figure as a token count; None for what is no plausible count (null, text, negative)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 2**53 else None


def total(*counts: int | None) -> int | None:
    """Return the sum of what is known; None if nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def service_of(*words: object) -> str | None:
    """Return the kind of service that a provider's word stands for, by that word; None for the usual one."""
    found = (word.strip().lower().removeprefix("service_tier_") for word in words if isinstance(word, str))
    return next((service for service in found if service not in _USUAL), None)


def dollar_amount(value: object) -> float | None:
    """Return a provider's figure as US dollars; None for what is no plausible sum."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e6 else None  # noqa: PLR2004  # no reply costs a million
