"""Which price holds for a model of a configured provider.

The user's word comes first, then what the provider lists, then what ships with tchat, then the library of prices. What
runs on this machine costs nothing; any other endpoint of unknown prices stays unknown.
"""

from msgspec.structs import replace

from tchat.domain.model import ModelFacts, Price
from tchat.domain.usage import service_of
from tchat.meter.prices import Prices, discounted
from tchat.net import is_loopback
from tchat.providers.presets import ProviderSpec

_BY_KIND = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}
"""The library's names of the providers whose API has one owner: a proxy for it charges the same."""
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
    price = facts.price or _found(facts.name, spec, prices)
    if price is None:
        return facts
    if factor is not None and price.source != "settings":
        price = _FREE if factor == 0 else discounted(price, factor)
    service = service_of(spec.extra_body.get("service_tier"), spec.extra_body.get("speed")) or ""
    return replace(facts, price=replace(price, service=service) if service else price)


def _found(model: str, spec: ProviderSpec, prices: Prices) -> Price | None:
    if spec.preset in _OWN_MACHINES and is_loopback(spec.base_url):
        return _FREE
    found = prices.find(model, url=spec.base_url)
    kind = _BY_KIND.get(spec.kind)
    return prices.find(model, provider=kind) if found is None and kind else found
