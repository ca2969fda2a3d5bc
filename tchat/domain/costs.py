"""What a reply costs: each kind of token at its own rate, none counted twice, none left out.

The provider's own word wins over every calculation.
"""

from tchat.domain.model import Price, Rates, Tariff
from tchat.domain.usage import Usage

_MILLION = 1_000_000


def cost_of(usage: Usage, price: Price | None) -> float | None:
    """Return US dollars for what was read and written; None if price or usage is unknown."""
    if usage.cost is not None:
        return usage.cost
    if price is None:
        return None
    if price.is_free:
        return 0.0
    if usage.input is None or usage.output is None:
        return None
    rates = rates_for(price, usage.input, usage.service)
    if rates is None:
        return None
    return (_read(usage, usage.input, rates) + _written(usage, usage.output, rates)) / _MILLION


def rates_for(price: Price, read: int, service: str | None = None) -> Rates | None:
    """Return what holds for a request that reads so many tokens; a long context reprices all of them.

    None for a kind of service whose price nobody says. Where users say what a model costs and name no kinds, that is
    what all of them cost.
    """
    tariff = _tariff(price, service or "")
    return tariff and next(
        (tier for tier in sorted(tariff.tiers, key=lambda tier: -tier.above) if read > tier.above), tariff
    )


def highest_rates(price: Price, read: int) -> tuple[float, float] | None:
    """Return the most that a million tokens read, and a million written, can cost in a request of up to that size.

    None for a kind of service whose price nobody says.
    """
    asked = _tariff(price, price.service)
    if asked is None:
        return None
    tariffs = (price, asked)
    held: list[Rates] = [*tariffs, *(tier for tariff in tariffs for tier in tariff.tiers if read > tier.above)]
    reads = [(rates.input, rates.cached_read, rates.cached_write, rates.image, rates.audio) for rates in held]
    writes = [(rates.output, rates.reasoning, rates.output_image, rates.output_audio) for rates in held]
    return _highest(reads), _highest(writes)


def snapshot(usage: Usage, price: Price | None) -> Price | None:
    """Return of a price what a cost was computed from, and who says so; None where it was not computed."""
    if price is None or usage.cost is not None:
        return None
    rates = rates_for(price, usage.input or 0, usage.service)
    if rates is None:
        return None
    figures = {name: getattr(rates, name) for name in Rates.__struct_fields__}
    services = {usage.service: Tariff(**figures)} if usage.service else {}
    return Price(**figures, services=services, source=price.source, as_of=price.as_of)


def _tariff(price: Price, service: str) -> Tariff | None:
    if not service or (price.source == "settings" and not price.services):
        return price
    return price.services.get(service)


def _highest(rates: list[tuple[float | None, ...]]) -> float:
    return max(rate for row in rates for rate in row if rate is not None)


def _read(usage: Usage, everything: int, rates: Rates) -> float:
    cached_rate = _or(rates.cached_read, rates.input)
    write_rate = _or(rates.cached_write, rates.input)
    image, audio = usage.image or 0, usage.audio or 0
    cached_image, cached_audio = min(usage.cached_image or 0, image), min(usage.cached_audio or 0, audio)
    cached = max((usage.cached_read or 0) - cached_image - cached_audio, 0)
    hourly = usage.cached_write_1h or 0
    written = max((usage.cached_write or 0) - hourly, 0)
    # Of what is counted in two ways without a word on the overlap, what came from the cache is paid as such.
    fresh = max(everything - cached - hourly - written, 0)
    audio = min(audio, fresh + cached_audio)
    image = min(image, max(fresh - (audio - cached_audio), 0) + cached_image)
    special = image + audio + cached + hourly + written
    return (
        max(everything - special, 0) * rates.input
        + cached * cached_rate
        + written * write_rate
        + hourly * _or(rates.cached_write_1h, write_rate)
        + (image - cached_image) * _or(rates.image, rates.input)
        + (audio - cached_audio) * _or(rates.audio, rates.input)
        + cached_image * _or(rates.cached_image, cached_rate)
        + cached_audio * _or(rates.cached_audio, cached_rate)
    )


def _written(usage: Usage, everything: int, rates: Rates) -> float:
    reasoning, image, audio = usage.reasoning or 0, usage.output_image or 0, usage.output_audio or 0
    return (
        max(everything - reasoning - image - audio, 0) * rates.output
        + reasoning * _or(rates.reasoning, rates.output)
        + image * _or(rates.output_image, rates.output)
        + audio * _or(rates.output_audio, rates.output)
    )


def _or(rate: float | None, general: float) -> float:
    return general if rate is None else rate
