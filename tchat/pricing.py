"""Which price holds for a model of a configured provider.

The user's word comes first, then what the provider lists, then what ships with tchat, then the library of prices. What
runs on this machine costs nothing; any other endpoint of unknown prices stays unknown.
"""

import msgspec
from msgspec.structs import replace

from tchat.domain.model import ModelFacts, Price
from tchat.domain.usage import service_of
from tchat.meter.prices import Prices, discounted, kept_for_an_hour
from tchat.net import is_loopback
from tchat.providers.presets import ProviderSpec

_BY_PRESET = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "openrouter": "openrouter",
    "deepseek": "deepseek",
    "mistral": "mistral",
    "groq": "groq",
    "xai": "x-ai",
}
"""The library's names of the well-known providers. A proxy for one of them is taken to charge the same."""
_BY_KIND = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}
"""Those whose API has one owner."""
_OWN_MACHINES = ("ollama", "lmstudio", "llamacpp", "vllm")
"""Servers that run models themselves."""
_FREE = Price(input=0.0, output=0.0)


def with_price(facts: ModelFacts, spec: ProviderSpec, prices: Prices, factor: float | None) -> ModelFacts:
    """Return the facts of a model with its price, as far as that is known without waiting.

    Args:
        facts: what the catalogue says.
        spec: the provider.
        prices: the library's.
        factor: what part of a list price the provider charges.
    """
    is_own = facts.price is not None and facts.price.source == "settings"
    if factor == 0 and not is_own:
        return replace(facts, price=_FREE)
    price = facts.price or _found(facts.name, spec, prices)
    if price is None:
        return facts
    if factor is not None and not is_own:
        price = discounted(price, factor)
    if b'"ttl":"1h"' in msgspec.json.encode(spec.extra_body):
        price = kept_for_an_hour(price)
    service = service_of(*(spec.extra_body.get(name) for name in ("service_tier", "serviceTier", "speed"))) or ""
    return replace(facts, price=replace(price, service=service) if service else price)


def is_in_library(spec: ProviderSpec) -> bool:
    """Whether the library of prices may know a provider, so that it is worth waiting for."""
    return bool(_library_name(spec)) or not is_loopback(spec.base_url)


def _found(model: str, spec: ProviderSpec, prices: Prices) -> Price | None:
    if spec.preset in _OWN_MACHINES and is_loopback(spec.base_url):
        return _FREE
    if not is_in_library(spec):
        return None
    return prices.find(model, provider=_library_name(spec), url=spec.base_url)


def _library_name(spec: ProviderSpec) -> str:
    return _BY_PRESET.get(spec.preset) or _BY_KIND.get(spec.kind) or ""
