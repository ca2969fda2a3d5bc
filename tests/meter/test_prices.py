"""Laws of prices: those of the library as they stand in it, dated, never invented, and without waiting."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from genai_prices import Usage as LibraryUsage
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.costs import cost_of, snapshot
from tchat.domain.model import Price, Tariff, Tier
from tchat.domain.usage import Usage
from tchat.meter.prices import Prices, discounted
from tests.servers import ROOT

URLS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
    "deepseek": "https://api.deepseek.com",
}
MODELS = [
    ("openai", "gpt-5.6-sol"),
    ("openai", "gpt-5"),
    ("openai", "gpt-4o"),
    ("openai", "gpt-5-2025-08-07"),
    ("anthropic", "claude-opus-5-5"),
    ("anthropic", "claude-sonnet-4-5-20250929"),
    ("google", "gemini-2.5-pro"),
    ("google", "gemini-2.5-flash"),
    ("deepseek", "deepseek-chat"),
]


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Prices:
    """The library's prices, ready."""
    found = Prices(tmp_path_factory.mktemp("cache") / "prices.json")
    found.prepare()
    return found


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(MODELS), st.integers(0, 600_000), st.integers(0, 100_000), st.data())
def test_costs_are_those_that_the_library_computes(
    prices: Prices, named: tuple[str, str], read: int, written: int, data: st.DataObject
) -> None:
    """For every mixture of fresh, cached and written tokens, over every long-context tier."""
    provider, model = named
    cached = data.draw(st.integers(0, read))
    wrote = data.draw(st.integers(0, read - cached)) if provider != "google" else 0
    price = prices.find(model, url=URLS[provider])
    usage = Usage(input=read, cached_read=cached, cached_write=wrote, output=written)
    theirs = LibraryUsage(input_tokens=read, cache_read_tokens=cached, cache_write_tokens=wrote, output_tokens=written)
    expected = float(calc_price(theirs, model, provider_id=provider).total_price)
    assert cost_of(usage, price) == pytest.approx(expected, abs=1e-12)
    assert cost_of(usage, snapshot(usage, price)) == pytest.approx(expected, abs=1e-12)


def test_every_model_of_the_library_is_found_or_left_unknown(prices: Prices) -> None:
    """What is priced for tokens alone is found by its id; what costs something else too is unknown, not cheap."""
    found = missing = 0
    for provider in get_snapshot().providers:
        if provider.id not in {"openai", "anthropic", "google", "x-ai", "mistral", "groq", "deepseek"}:
            continue
        for model in provider.models:
            price = prices.find(model.id, provider=provider.id)
            found += price is not None
            missing += price is None
    assert found > 200
    assert missing < found / 2


def test_what_is_not_known_is_none(prices: Prices) -> None:
    """An unknown model, an unknown address, and prices that are not ready have no price, not 0."""
    assert prices.find("no-such-model", url=URLS["openai"]) is None
    assert prices.find("gpt-5", url="https://llm.example/v1") is None
    assert Prices(Path("/nonexistent/prices.json")).find("gpt-5", url=URLS["openai"]) is None


def test_a_price_says_where_it_is_from(prices: Prices) -> None:
    """Source, version and day are kept with it."""
    price = prices.find("gpt-5", url=URLS["openai"])
    assert price is not None
    assert price.source.startswith("genai-prices ")
    assert price.as_of == dt.datetime.now(dt.UTC).date().isoformat()
    assert "flex" in price.services


def test_prices_are_those_of_their_day(tmp_path: Path) -> None:
    """A price that begins later, or holds at other hours only, does not hold now."""
    file = tmp_path / "prices.json"
    Prices(file).prepare()
    old = Prices(file, lambda: dt.datetime(2025, 6, 1, 3, tzinfo=dt.UTC)).find("o3", url=URLS["openai"])
    new = Prices(file, lambda: dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC)).find("o3", url=URLS["openai"])
    assert old is not None
    assert new is not None
    assert old.input > new.input


def test_the_file_serves_only_the_library_that_it_was_made_from(tmp_path: Path) -> None:
    """A broken file, or one of another installation, is made anew."""
    file = tmp_path / "prices.json"
    file.write_text("{")
    assert not Prices(file).is_ready
    Prices(file).prepare()
    assert Prices(file).is_ready
    book = json.loads(file.read_text())
    file.write_text(json.dumps({**book, "made_from": "another"}))
    assert not Prices(file).is_ready


def test_looking_prices_up_imports_neither_the_library_nor_the_network(tmp_path: Path) -> None:
    """Once the file is there, a price is found without the library; preparing it opens no socket either."""
    file = tmp_path / "prices.json"
    make = "from tchat.meter.prices import Prices; from pathlib import Path; import sys; p = Prices(Path(sys.argv[1]))"
    deaf = "import socket; socket.socket.connect = None; socket.getaddrinfo = None"
    subprocess.run([sys.executable, "-c", f"{deaf}; {make}; p.prepare()", str(file)], cwd=ROOT, check=True)
    find = f"{make}; assert p.find('gpt-5', url='{URLS['openai']}'); assert 'genai_prices' not in sys.modules"
    subprocess.run([sys.executable, "-c", find, str(file)], cwd=ROOT, check=True)


@given(st.floats(0.01, 2), st.integers(0, 10**6), st.integers(0, 10**5))
def test_a_discount_is_a_discount_on_everything(factor: float, read: int, written: int) -> None:
    """Tiers and services are discounted too; what is unknown stays so."""
    price = Price(
        input=1, output=5, cached_read=0.1, tiers=(Tier(above=1000, input=2, output=9),),
        services={"flex": Tariff(input=0.5, output=2)}, source="list",
    )  # fmt: skip
    for service in (None, "flex", "unheard-of"):
        usage = Usage(input=read, cached_read=read // 2, output=written, service=service)
        full, part = cost_of(usage, price), cost_of(usage, discounted(price, factor))
        assert (full is None) == (service == "unheard-of")
        assert part == (None if full is None else pytest.approx(full * factor))
