"""What models cost, as the library of prices has it.

Law: what is not known is None, never nothing; and nothing here waits for the network.
"""

import contextlib
import datetime as dt
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from tchat.domain.model import Price, Tariff
from tchat.meter.price_book import FORMAT, Book, Dated, Entry, Shelf, compile_book, hourly_rates, rates_scaled
from tchat.whole_files import write_whole

Kind = TypeVar("Kind", bound=Tariff)
_COMPACT_DATE = re.compile(r"-(20\d\d)([01]\d)([0-3]\d)(?=-|:|$)")


def now_in_utc() -> dt.datetime:
    """Return this moment."""
    return dt.datetime.now(dt.UTC)


class Prices:
    """The library's prices.

    Args:
        file: where they are kept in a form that is read in milliseconds.
        clock: tells the moment that prices are asked for, in UTC.
    """

    def __init__(self, file: Path, clock: Callable[[], dt.datetime] = now_in_utc) -> None:
        self._file = file
        self._clock = clock
        self._book: Book | None = None
        self._shelves: dict[str, Shelf] = {}
        self._entries: dict[str, tuple[Entry, ...]] = {}

    @property
    def is_ready(self) -> bool:
        """Whether prices can be looked up without the library's import; it may read a file of half a megabyte."""
        if self._book is None:
            self._take(_read(self._file, _installation()))
        return self._book is not None

    def prepare(self) -> None:
        """Make prices ready; the first time after an update of the library this takes a second: use a thread."""
        if self.is_ready:
            return
        made_from = _installation()
        if made_from:
            book = compile_book(made_from)
            _write(self._file, msgspec.json.encode(book))
            self._take(book)

    def find(self, model: str, *, provider: str = "", url: str = "") -> Price | None:
        """Return what a model costs now; None where it is not known, or prices are not ready.

        Args:
            model: the model's name at its provider.
            provider: the library's name of the provider; empty leaves it to the URL.
            url: where the provider is reached.
        """
        if not self.is_ready:
            return None
        shelf = self._shelves.get(provider) or self._at(url)
        entry = self._entry(shelf, model.lower()) if shelf is not None else None
        return self._price(entry) if entry is not None else None

    def _take(self, book: Book | None) -> None:
        self._book = book
        self._shelves = {shelf.id: shelf for shelf in book.shelves} if book else {}
        self._entries = {}

    def _at(self, url: str) -> Shelf | None:
        return next((shelf for shelf in self._shelves.values() if url and re.match(shelf.address, url)), None)

    def _entry(self, shelf: Shelf, name: str) -> Entry | None:
        dashed = _COMPACT_DATE.sub(r"-\1-\2-\3", name)
        shelves = [shelf, *(self._shelves[name] for name in shelf.fallbacks if name in self._shelves)]
        every = [entry for each in shelves for entry in self._entries_of(each)]
        return next((entry for spelling in (name, dashed) for entry in every if entry.match.takes(spelling)), None)

    def _entries_of(self, shelf: Shelf) -> tuple[Entry, ...]:
        if shelf.id not in self._entries:
            self._entries[shelf.id] = msgspec.json.decode(shelf.entries, type=tuple[Entry, ...])
        return self._entries[shelf.id]

    def _price(self, entry: Entry) -> Price:
        now = self._clock()
        holding = [dated.tariff for dated in entry.tariffs if dated.period.holds(now)]
        tariff = holding[-1] if holding else entry.tariffs[0].tariff
        version = self._book.version if self._book else ""
        return Price(
            **{name: getattr(tariff, name) for name in Tariff.__struct_fields__},
            services=_services(entry.services, now),
            source=f"genai-prices {version}",
            as_of=now.date().isoformat(),
        )


def discounted(price: Price, factor: float) -> Price:
    """Return a price of which only a part is charged."""
    return replace(
        _scaled(price, factor),
        services={name: _scaled(tariff, factor) for name, tariff in price.services.items()},
        source=f"{factor:g} of {price.source}".strip(),
    )


def kept_for_an_hour(price: Price) -> Price:
    """Return a price for who asks that a cache keeps what is written to it for an hour: no write is cheaper then."""
    services = {name: _hourly(tariff) for name, tariff in price.services.items()}
    return replace(_hourly(price), services=services)


def _hourly(tariff: Kind) -> Kind:
    return replace(hourly_rates(tariff), tiers=tuple(map(hourly_rates, tariff.tiers)))


def _scaled(tariff: Kind, factor: float) -> Kind:
    tiers = tuple(rates_scaled(tier, factor) for tier in tariff.tiers)
    return replace(rates_scaled(tariff, factor), tiers=tiers)


def _services(dated: tuple[Dated, ...], now: dt.datetime) -> dict[str, Tariff]:
    services: dict[str, Tariff] = {}
    for one in dated:
        if one.service not in {"", "default", "standard"} and one.period.holds(now):
            services.setdefault(one.service, one.tariff)
    return services


def _installation() -> str:
    """Return what tells this installation of the library from others; empty if there is none."""
    found = importlib.util.find_spec("genai_prices")
    if found is None or found.origin is None:
        return ""
    try:
        about = Path(found.origin).with_name("data.py").stat()
    except OSError:
        return ""
    return f"{about.st_mtime_ns}-{about.st_size}"


def _read(file: Path, made_from: str) -> Book | None:
    try:
        book = msgspec.json.decode(file.read_bytes(), type=Book)
    except (OSError, msgspec.DecodeError):
        return None
    return book if (book.format, book.made_from) == (FORMAT, made_from) else None


def _write(file: Path, content: bytes) -> None:
    """Keep the file for the next time; where that cannot be, the library is read again."""
    with contextlib.suppress(OSError):
        write_whole(file, content)
