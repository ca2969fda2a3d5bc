"""The models that a picture is shown through: the user's own ones, and one of each way to read a picture."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tchat.domain.detail import Detail
from tchat.domain.errors import TchatError
from tchat.domain.model import ModelFacts, ModelRef
from tchat.meter.picture_grid import PictureGrid, grid_of
from tchat.runtime import Runtime

EXAMPLES = (
    "openai/gpt-6-luna",
    "openai/gpt-5.4-mini",
    "openai/gpt-4o",
    "anthropic/claude-sonnet-5-5",
    "anthropic/claude-haiku-4-5",
    "gemini/gemini-3.8-flash",
    "gemini/gemini-2.5-flash",
    "ollama/qwen2.5vl",
)
"""Patches of 32 pixels with and without a limit, tiles of 512, patches of 28 with two limits, one number, tiles of 768,
and what is supposed of all others."""
_MILLION = 1_000_000


class Reader(Struct, frozen=True):
    """A model that reads pictures."""

    facts: ModelFacts

    @property
    def name(self) -> str:
        """The model's name at its provider."""
        return self.facts.name

    def grid(self, width: int, height: int, detail: Detail | None) -> PictureGrid:
        """Return how it reads a picture of so many pixels."""
        return grid_of(self.facts.name, width, height, detail)

    def cost(self, tokens: int) -> float | None:
        """Return the US dollars that so many tokens of a picture cost; None if unknown."""
        price = self.facts.price
        if price is None:
            return None
        rate = price.input if price.image is None else price.image
        return tokens * rate / _MILLION


async def readers_of(runtime: Runtime, first: ModelRef) -> tuple[Reader, ...]:
    """Return readers: the model that is asked now, favourites, aliases, then the examples; each once.

    Models that are known to read no picture are left out, but for the first.
    """
    found: dict[str, ModelFacts] = {}
    for ref in _refs(runtime, first):
        facts = await runtime.priced(runtime.facts(ref))
        if facts.vision is not False or ref == first:
            found.setdefault(facts.name, facts)
    return tuple(map(Reader, found.values()))


def _refs(runtime: Runtime, first: ModelRef) -> Iterator[ModelRef]:
    yield first
    named: Sequence[str] = (*runtime.config.favourites, *runtime.config.aliases.values(), *EXAMPLES)
    for name in named:
        try:
            yield runtime.resolve(name)
        except TchatError:
            continue  # an alias of a provider that is not configured any more
