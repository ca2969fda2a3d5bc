"""The prices of genai-prices as one compact file, written once for each installed version of it.

The library takes half a second to import and 30 MB to hold, and nothing that tchat starts with should pay for that. It
is never asked to update itself: nothing here goes to the network.
"""

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from tchat.domain.model import Rates, Tariff, Tier

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, Provider

FORMAT = 1
"""Grows with every change of what the file holds."""

_RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached_read",
    "cache_write_mtok": "cached_write",
    "cache_write_1h_mtok": "cached_write_1h",
    "output_reasoning_mtok": "reasoning",
    "input_image_mtok": "image",
    "input_audio_mtok": "audio",
    "cache_image_read_mtok": "cached_image",
    "cache_audio_read_mtok": "cached_audio",
    "output_image_mtok": "output_image",
    "output_audio_mtok": "output_audio",
}
"""The library's names of what is priced for a token, and ours."""
_PER_REQUEST = "requests_kcount"
"""A charge for each request, which no count of tokens tells of."""
_SERVICES = ("service_tier", "processing", "speed")

Kind = TypeVar("Kind", bound=Rates)
Operator = Literal["starts_with", "ends_with", "contains", "regex", "equals", "or", "and"]


class Match(Struct, frozen=True, array_like=True):
    """Which model names are meant."""

    operator: Operator
    text: str = ""
    """In lower case, but for an expression."""
    clauses: tuple["Match", ...] = ()

    def takes(self, name: str) -> bool:  # noqa: PLR0911  # one for each operator
        """Whether a name in lower case is meant."""
        match self.operator:
            case "starts_with":
                return name.startswith(self.text)
            case "ends_with":
                return name.endswith(self.text)
            case "contains":
                return self.text in name
            case "regex":
                return re.search(self.text, name) is not None
            case "equals":
                return name == self.text
            case "or":
                return any(clause.takes(name) for clause in self.clauses)
            case "and":
                return all(clause.takes(name) for clause in self.clauses)


class Period(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a tariff holds: from a day on, or between two times of every day (UTC)."""

    since: dt.date | None = None
    begins: dt.time | None = None
    ends: dt.time | None = None

    def holds(self, at: dt.datetime) -> bool:
        """Whether it holds at a moment in UTC."""
        if self.since is not None and at.date() < self.since:
            return False
        if self.begins is None or self.ends is None:
            return True
        time = at.time()
        if self.ends < self.begins:
            return time >= self.begins or time < self.ends
        return self.begins <= time < self.ends


class Dated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tariff and when it holds."""

    tariff: Tariff
    period: Period = Period()
    service: str = ""
    """The kind of service it is for; empty for the usual one."""


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The prices of one model."""

    match: Match
    tariffs: tuple[Dated, ...]
    """Of those that hold, the last counts; where none does, the first."""
    services: tuple[Dated, ...] = ()
    """Of those that hold for a service, the first counts."""


class Shelf(Struct, frozen=True, kw_only=True):
    """The prices of one provider."""

    id: str
    address: str
    """An expression that its URLs match from their beginning."""
    entries: msgspec.Raw
    """A list of `Entry`, decoded when it is asked for."""
    fallbacks: tuple[str, ...] = ()
    """Providers whose models it serves too, at their prices."""


class Book(Struct, frozen=True, kw_only=True):
    """Everything."""

    format: int
    made_from: str
    """Which installation of the library."""
    version: str
    shelves: tuple[Shelf, ...]


def compile_book(made_from: str) -> Book:
    """Read the library, which takes half a second or more."""
    from importlib.metadata import version

    from genai_prices.data_snapshot import get_snapshot  # as long a list as that of its `data` takes minutes to check

    return Book(
        format=FORMAT,
        made_from=made_from,
        version=version("genai-prices"),
        shelves=tuple(_shelf(provider) for provider in get_snapshot().providers),
    )


def _shelf(provider: "Provider") -> Shelf:
    models: list[ModelInfo] = provider.models
    entries = [entry for entry in map(_entry, models) if entry is not None]
    return Shelf(
        id=provider.id,
        address=provider.api_pattern,
        entries=msgspec.Raw(msgspec.json.encode(entries)),
        fallbacks=tuple(provider.fallback_model_providers or ()),
    )


def _entry(model: "ModelInfo") -> Entry | None:
    """Return the prices of a model; None where not all that it costs is said by tokens."""
    prices = model.prices
    dated: list[ConditionalPrice | None] = list(prices) if isinstance(prices, list) else [None]
    tariffs: list[Dated] = []
    for one in dated:
        price: ModelPrice = one.prices if one is not None else prices  # pyright: ignore[reportAssignmentType]  # one of both
        tariff = _tariff({**price.__dict__})
        if tariff is None:
            return None
        tariffs.append(Dated(tariff=tariff, period=_period(one.constraint if one else None)))
    if not tariffs:
        return None
    general = prices.__dict__ if not isinstance(prices, list) else prices[-1].prices.__dict__
    services: list[Dated] = []
    for variant in model.price_variants or ():
        service = next((variant.when[key] for key in _SERVICES if key in variant.when), None)
        own = {key: value for key, value in variant.prices.__dict__.items() if value is not None}
        tariff = _tariff({**general, **own}) if service and own and len(variant.when) == 1 else None
        if tariff is not None and service is not None:
            services.append(Dated(tariff=tariff, period=_period(variant.constraint), service=service))
    return Entry(match=_match(model.match), tariffs=tuple(tariffs), services=tuple(services))


def _tariff(prices: dict[str, Any]) -> Tariff | None:
    """Return rates by token; None if they are not all."""
    if prices.get(_PER_REQUEST) or prices.get("input_mtok") is None or prices.get("output_mtok") is None:
        return None
    known = {ours: prices[key] for key, ours in _RATES.items() if prices.get(key) is not None}
    starts = sorted({tier.start for price in known.values() for tier in getattr(price, "tiers", ())})
    base = {name: _rate(price, 0) for name, price in known.items()}
    tiers = tuple(
        Tier(above=start, **{name: _rate(price, start + 1) for name, price in known.items()}) for start in starts
    )
    return Tariff(**base, tiers=tiers)


def _rate(price: Any, read: int) -> float:  # noqa: ANN401  # a Decimal or TieredPrices
    tiers = getattr(price, "tiers", None)
    if tiers is None:
        return float(price)
    held = [tier.price for tier in tiers if read > tier.start]
    return float(held[-1] if held else price.base)


def _period(constraint: Any) -> Period:  # noqa: ANN401  # the library's constraints
    if constraint is None:
        return Period()
    since = getattr(constraint, "start_date", None)
    if since is not None:
        return Period(since=since)
    return Period(begins=_naive(constraint.start_time), ends=_naive(constraint.end_time))


def _naive(time: dt.time) -> dt.time:
    """Return a time of day in UTC."""
    if time.tzinfo is None:
        return time
    moment = dt.datetime.combine(dt.date(2000, 1, 2), time)
    return moment.astimezone(dt.UTC).time().replace(tzinfo=None)


def _match(clause: Any) -> Match:  # noqa: ANN401  # the library's clauses
    for operator in ("starts_with", "ends_with", "contains", "equals"):
        text = getattr(clause, operator, None)
        if isinstance(text, str):
            return Match(operator, text.lower())
    if hasattr(clause, "regex"):
        return Match("regex", clause.regex)
    operator = "or" if hasattr(clause, "or_") else "and"
    return Match(operator, "", tuple(_match(inner) for inner in getattr(clause, f"{operator}_")))


def rates_scaled(rates: Kind, factor: float) -> Kind:
    """Return rates of any kind multiplied by a factor."""
    scaled = {name: value * factor for name in Rates.__struct_fields__ if (value := getattr(rates, name)) is not None}
    return msgspec.structs.replace(rates, **scaled)


def hourly_rates(rates: Kind) -> Kind:
    """Return rates where all that is written to a cache is kept for an hour."""
    return (
        rates if rates.cached_write_1h is None else msgspec.structs.replace(rates, cached_write=rates.cached_write_1h)
    )
