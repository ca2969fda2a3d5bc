"""Which model is asked next, and how: its settings, and the levels of effort that it has."""

from msgspec import Struct

from tchat.domain.effort import STANDARD, Effort, nearest
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Settings


class Choice(Struct, frozen=True, kw_only=True):
    """Which model is asked next, and how."""

    ref: ModelRef
    settings: Settings = Settings()
    system: str | None = None


def has_efforts(facts: ModelFacts) -> bool:
    """Whether a model has levels of reasoning effort, as far as that is known."""
    return facts.efforts is None or any(level != "none" for level in facts.efforts)


def shifted(facts: ModelFacts, effort: Effort | None, step: int) -> Effort | None:
    """Return the level up or down that a model has; None is the provider's own choice, between highest and lowest.

    From that choice one goes to the level above or below what it is known to be, or to that one where there is none, so
    that up is never less. Of a model whose levels nobody knows, those count that all models have that reason.
    """
    levels = facts.efforts or STANDARD
    ring = (None, *levels)
    if effort is None and facts.default_effort in levels:
        return levels[max(0, min(levels.index(facts.default_effort) + step, len(levels) - 1))]
    now = effort if effort is None or effort in levels else nearest(effort, levels)
    return ring[(ring.index(now) + step) % len(ring)]
