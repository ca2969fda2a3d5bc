"""About how much energy a reply took and how much carbon that emitted: an estimate with its range, never a measurement.

Method: https://ecologits.ai, from the tokens that were written, the time that it took, and what is assumed of the
model's size. It needs the extra `energy`.
"""

import importlib
import importlib.util
import logging
from typing import Any

from msgspec import Struct

from tchat.domain.figures import count_range
from tchat.meter.image_tokens import family_of

_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "gemini": "google_genai"}
_MISTRAL = ("mistral", "magistral", "ministral", "pixtral", "codestral", "devstral")


class Footprint(Struct, frozen=True, kw_only=True):
    """What a reply is assumed to have taken, from the least to the most."""

    watt_hours: tuple[float, float]
    grams_of_co2: tuple[float, float]
    """CO2 equivalent."""

    def words(self) -> str:
        """Return it as people read it."""
        return f"≈ {count_range(*self.watt_hours)} Wh, {count_range(*self.grams_of_co2)} g CO2"


def is_installed() -> bool:
    """Whether the extra is."""
    return importlib.util.find_spec("ecologits") is not None


def footprint(model: str, written: int, seconds: float) -> Footprint | None:
    """Return about what a reply took; None where too little is known of the model, or the extra is missing.

    Args:
        model: the model's name at its provider.
        written: tokens that it wrote, reasoning included.
        seconds: how long it took.
    """
    name = model.lower().rpartition("/")[2]
    provider = "mistralai" if name.startswith(_MISTRAL) else _PROVIDERS.get(family_of(model))
    if provider is None or not is_installed():
        return None
    tracers: Any = importlib.import_module("ecologits.tracers.utils")
    tracers.logger.setLevel(logging.CRITICAL)  # it warns of every closed model, on stderr
    impacts: Any = tracers.llm_impacts(
        provider=provider, model_name=name, output_token_count=written, request_latency=seconds
    )
    if impacts.energy is None or impacts.gwp is None:
        return None
    return Footprint(watt_hours=_range(impacts.energy.value, 1_000), grams_of_co2=_range(impacts.gwp.value, 1_000))


def _range(value: Any, factor: float) -> tuple[float, float]:  # noqa: ANN401  # a number or a range of two
    low, high = getattr(value, "min", value), getattr(value, "max", value)
    return float(low) * factor, float(high) * factor
