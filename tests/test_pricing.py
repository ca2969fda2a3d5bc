"""Laws of which price holds: the user's word, the provider's list, what ships, the library; unknown stays unknown."""

from pathlib import Path

import pytest

from tchat.domain.costs import cost_of
from tchat.domain.model import ModelRef, Price
from tchat.domain.usage import Usage
from tchat.engine.budget import most_cost
from tchat.runtime import Runtime
from tests.homes import home_runtime

OWN = '[providers.lab]\nbase_url = "https://llm.lab.example/v1"\n'


async def price_of(runtime: Runtime, provider: str, model: str) -> Price | None:
    """Return a price, looked up in whatever time it takes."""
    facts = await runtime.priced(runtime.facts(ModelRef(provider, model)))
    return facts.price


async def test_a_well_known_model_has_the_librarys_price(tmp_path: Path) -> None:
    """With its source; the next program run reads it from a file."""
    runtime = home_runtime(tmp_path)
    assert runtime.facts(ModelRef("openai", "gpt-5")).price is None
    price = await price_of(runtime, "openai", "gpt-5")
    assert price is not None
    assert price.source.startswith("genai-prices")
    again = home_runtime(tmp_path)
    assert again.facts(ModelRef("openai", "gpt-5")).price == price
    for opened in (runtime, again):
        await opened.aclose()


async def test_the_users_word_wins_over_everything(tmp_path: Path) -> None:
    """With cached reads and long contexts; a discount applies to what others say only."""
    config = (
        '[models."openai/gpt-5".price]\ninput = 7.0\noutput = 9.0\ncached_read = 0.5\n'
        "tiers = [{ above = 1000, input = 8.0, output = 10.0 }]\n[providers.openai]\nprice_factor = 0.5\n"
    )
    runtime = home_runtime(tmp_path, config)
    own = await price_of(runtime, "openai", "gpt-5")
    half = await price_of(runtime, "openai", "gpt-4o")
    await runtime.aclose()
    assert own is not None
    assert half is not None
    assert (own.input, own.cached_read, own.tiers[0].output, own.source) == (7.0, 0.5, 10.0, "settings")
    assert (half.input, half.output) == (1.25, 5.0)
    assert half.source.startswith("0.5 of genai-prices")


@pytest.mark.parametrize(
    ("provider", "model", "cost"),
    [
        ("local", "default", 0.0),
        ("ollama", "llama", 0.0),
        ("lmstudio", "qwen", 0.0),
        ("script", "echo", 0.0),
        ("lab", "llama", None),
        ("openai", "no-such-model", None),
    ],
)
async def test_what_runs_here_is_free_and_what_nobody_knows_is_unknown(
    tmp_path: Path, provider: str, model: str, cost: float | None
) -> None:
    """Unknown is never nothing."""
    runtime = home_runtime(tmp_path, OWN)
    price = await price_of(runtime, provider, model)
    await runtime.aclose()
    assert (None if price is None else price.input) == cost


async def test_an_endpoint_that_costs_nothing_can_be_said_to(tmp_path: Path) -> None:
    """With a factor of 0, whatever anybody knows of its prices."""
    runtime = home_runtime(tmp_path, f"{OWN}price_factor = 0\n[providers.openai]\nprice_factor = 0\n")
    prices = [await price_of(runtime, "lab", "llama"), await price_of(runtime, "openai", "gpt-5")]
    await runtime.aclose()
    assert all(price is not None and price.is_free for price in prices)


async def test_another_service_that_is_asked_for_counts_in_the_worst_case(tmp_path: Path) -> None:
    """`service_tier` in the settings' extra body is known to the price."""
    runtime = home_runtime(tmp_path, '[providers.openai.extra_body]\nservice_tier = "priority"\n')
    price = await price_of(runtime, "openai", "gpt-5")
    await runtime.aclose()
    assert price is not None
    assert price.service == "priority"
    assert price.services["priority"].input > price.input


async def test_a_cache_that_keeps_for_an_hour_is_paid_as_that_at_worst(tmp_path: Path) -> None:
    """Where the settings ask for it; what is written for a shorter time then is none."""
    config = '[providers.anthropic.extra_body]\ncache_control = { type = "ephemeral", ttl = "1h" }\n'
    costs: list[float | None] = []
    for number, text in enumerate(("", config)):
        runtime = home_runtime(tmp_path / str(number), text)
        facts = await runtime.priced(runtime.facts(ModelRef("anthropic", "claude-sonnet-4-5")))
        await runtime.aclose()
        usage = Usage(input=9_000, cached_write=9_000, cached_write_1h=9_000, output=10)
        real = cost_of(usage, facts.price)
        worst = most_cost(facts, 9_000, 10)
        assert real == pytest.approx((9_000 * 6 + 10 * 15) / 1e6)
        costs.append(worst)
        assert number == 0 or worst == pytest.approx(real)
    assert costs[0] == pytest.approx((9_000 * 3.75 + 10 * 15) / 1e6)
