"""Recorded replies are metered by each provider's own rules, and cost what a calculation by hand says."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from tchat.domain.costs import cost_of, snapshot
from tchat.domain.events import Metered
from tchat.domain.model import ModelFacts, Price, Tariff
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.engine.budget import worst_cost
from tests.providers.sdk_client import messages_stream, text
from tests.providers.wired import plain, provider
from tests.servers import Answer, Cassette, cassettes, scripted, sse

APIS = {"openai.responses": "responses", "openai.chat": "chat", "anthropic.messages": "messages", "gemini": "gemini"}
RECORDED = [
    cassette
    for name in ("anthropic", "gemini", "openai_chat", "openai_responses", "compat")
    for cassette in cassettes(name)
    if cassette.expect.get("usage") and not cassette.expect.get("error") and cassette.protocol in APIS
]
FALLING = {"gemini/text_stream_2_0_flash": 15}
"""The prompt's figure falls while the reply streams, and usage never decreases."""


Figures = dict[str, Any]


def wire_values(cassette: Cassette) -> list[Figures]:
    """Return every JSON object of a recorded answer."""
    body = str(cassette.response["body"])
    lines = [line.removeprefix("data:").strip() for line in body.splitlines() if line.startswith("data:")]
    whole: Any = None if lines else json.loads(body)
    if lines:
        return [json.loads(line) for line in lines if line != "[DONE]"]
    return whole if isinstance(whole, list) else [whole]  # pyright: ignore[reportUnknownVariableType]  # JSON


def part(table: Figures, name: str) -> Figures:
    """Return a table in a table; an empty one where there is none."""
    found: Figures | None = table.get(name)
    return found or {}


def by_the_rules(cassette: Cassette) -> tuple[int | None, int | None, int | None, int | None]:
    """Return what was read, of it from a cache, written, and of it reasoning, by the provider's own documentation."""
    values = wire_values(cassette)
    match APIS[cassette.protocol]:
        case "responses":
            usage = [part(part(value, "response") or value, "usage") for value in values][-1]
            read, written = part(usage, "input_tokens_details"), part(usage, "output_tokens_details")
            return usage["input_tokens"], read.get("cached_tokens"), usage["output_tokens"], written["reasoning_tokens"]
        case "messages":
            usage: Figures = {}
            for value in values:
                block = part(value, "usage") or part(part(value, "message"), "usage")
                usage |= {name: figure for name, figure in block.items() if figure is not None}
            cached, wrote = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
            thought = part(usage, "output_tokens_details").get("thinking_tokens")
            return usage["input_tokens"] + cached + wrote, cached, usage["output_tokens"], thought
        case "gemini":
            usage = [value["usageMetadata"] for value in values if "usageMetadata" in value][-1]
            thought, spoke = usage.get("thoughtsTokenCount"), usage.get("candidatesTokenCount")
            written = None if thought is None and spoke is None else (thought or 0) + (spoke or 0)
            read = usage["promptTokenCount"] + usage.get("toolUsePromptTokenCount", 0)
            return FALLING.get(cassette.id, read), usage.get("cachedContentTokenCount"), written, thought
        case _:
            raw = [part(value, "usage") or part(part(value, "x_groq"), "usage") for value in values]
            usage = [one for one in raw if one][-1]
            hits: int | None = usage.get("prompt_cache_hit_tokens")
            cached = part(usage, "prompt_tokens_details").get("cached_tokens", hits)
            thought = part(usage, "completion_tokens_details").get("reasoning_tokens")
            return usage["prompt_tokens"], cached, usage["total_tokens"] - usage["prompt_tokens"], thought


async def metered(api: str, answer: Answer, request: Request | None = None, **about: object) -> Usage:
    """Return the usage that an adapter tells of."""
    with scripted(answer) as server:
        asked = provider(api, server.url, **about)
        found = Usage()
        async for event in asked.stream(request or plain()):
            if isinstance(event, Metered):
                found = event.usage
        await asked.aclose()
    return found


async def usage_of(cassette: Cassette) -> Usage:
    """Return what the adapter says that a recorded reply took."""
    body = str(cassette.response["body"])
    api = APIS[cassette.protocol]
    if api == "gemini" and not cassette.stream:
        answer = Answer(body=sse(json.loads(body)))
    else:
        kind = "text/event-stream" if cassette.stream else "application/json"
        answer = Answer(content_type=kind, body=(body.encode(),))
    facts = ModelFacts(provider="house", name=cassette.model or "m")
    return await metered(api, answer, Request(facts=facts, messages=plain().messages))


@pytest.mark.parametrize("cassette", RECORDED, ids=lambda one: one.id)
async def test_usage_is_what_the_provider_counted(cassette: Cassette) -> None:
    """In tchat's one meaning: cached tokens are part of what was read, reasoning is part of what was written."""
    usage = await usage_of(cassette)
    assert (usage.input, usage.cached_read, usage.output, usage.reasoning) == by_the_rules(cassette)


GPT_5 = Price(
    input=1.25, output=10, cached_read=0.125, services={"flex": Tariff(input=0.625, output=5, cached_read=0.0625)}
)
SONNET = Price(input=3, output=15, cached_read=0.3, cached_write=3.75, cached_write_1h=6)
FLASH = Price(input=0.3, output=2.5, cached_read=0.03, audio=1.0, cached_audio=0.1)
BY_HAND: dict[str, tuple[Price, float]] = {
    # fresh, cached and written tokens, each times its rate: millionths of a dollar
    "openai_chat/prompt_cache_hit_gpt_5_6": (
        Price(input=4, output=20, cached_read=0.4, cached_write=5), 8 * 4 + 4012 * 0.4 + 4 * 20,
    ),
    "openai_responses/prompt_cache_hit_gpt_5_6": (
        Price(input=4, output=20, cached_read=0.4, cached_write=5), 8 * 4 + 4012 * 0.4 + 5 * 20,
    ),
    "openai_responses/web_search_citations_stream_gpt_5": (GPT_5, 1143 * 1.25 + 8320 * 0.125 + 582 * 10),
    "openai_responses/reasoning_tool_stream_gpt_5": (GPT_5, 53 * 0.625 + 469 * 5),  # it was served as flex
    "openai_responses/reasoning_summary_stream_o3_mini": (Price(input=1.1, output=4.4), 13 * 1.1 + 1680 * 4.4),
    "anthropic/prompt_cache_read_sonnet_4_5": (SONNET, 3 * 3 + 1111 * 0.3 + 406 * 15),
    "anthropic/thinking_omitted_display_tool_stream_haiku_4_5": (Price(input=1, output=5), 598 * 1 + 92 * 5),
    "gemini/cached_content_hit": (FLASH, 8 * 0.3 + 3512 * 0.03 + 44 * 2.5),
    "gemini/thinking_stream_2_5_pro": (Price(input=1.25, output=10), 34 * 1.25 + 1256 * 10),
    "gemini/image_inline_2_0_flash": (Price(input=0.1, output=0.4, image=0.2), 11 * 0.1 + 1806 * 0.2 + 5 * 0.4),
    "compat/deepseek_reasoner_stream": (Price(input=0.55, output=2.19, cached_read=0.14), 6 * 0.55 + 212 * 2.19),
    "compat/grok_3_mini_reasoning_stream": (  # the server says the same: 1,466,250 ticks
        Price(input=0.3, output=0.5, cached_read=0.075), 1 * 0.3 + 11 * 0.075 + 291 * 0.5,
    ),
    "compat/openrouter_claude_reasoning_stream": (Price(input=3, output=15), 43 * 3 + 36 * 15),  # so does OpenRouter
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
async def test_a_cost_is_what_a_calculation_by_hand_gives(name: str) -> None:
    """Each kind of token at its own rate; where the server says what it charged, that is the same."""
    cassette = next((one for one in RECORDED if one.id == name), None)
    if cassette is None:
        pytest.skip("the recordings come with ../shared, which is not here")
    price, millionths = BY_HAND[name]
    usage = await usage_of(cassette)
    assert cost_of(usage, price) == pytest.approx(millionths / 1e6)
    kept = snapshot(usage, price)
    assert (kept is None) == (usage.cost is not None)
    if kept is not None:
        assert cost_of(usage, kept) == pytest.approx(millionths / 1e6)


async def test_cache_writes_of_anthropic_are_priced_by_how_long_they_are_kept() -> None:
    """Read, written for five minutes and written for an hour each have their own rate, and none is counted twice."""
    events = messages_stream(text("fine"))
    events[0]["message"]["usage"] = {
        "input_tokens": 10,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 500,
        "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 1,
        "service_tier": "standard",
    }
    events[-2]["usage"] = {"output_tokens": 100, "output_tokens_details": {"thinking_tokens": 40}}
    usage = await metered("messages", Answer(body=sse(*events, named=True)))
    assert usage == Usage(input=1510, cached_read=1000, cached_write=500, cached_write_1h=200, output=100, reasoning=40)
    assert cost_of(usage, SONNET) == pytest.approx((10 * 3 + 1000 * 0.3 + 300 * 3.75 + 200 * 6 + 100 * 15) / 1e6)


async def test_a_kind_of_service_whose_price_nobody_says_costs_what_nobody_knows() -> None:
    """It is neither charged like the usual one nor like another; users who say what a model costs mean all of them."""
    usage = Usage(input=1000, output=100, service="priority")
    assert cost_of(usage, GPT_5) is None
    assert snapshot(usage, GPT_5) is None
    assert cost_of(usage, replace(GPT_5, source="settings", services={})) == cost_of(
        replace(usage, service=None), GPT_5
    )
    asked = Request(facts=ModelFacts(provider="house", name="m", max_output=10), messages=plain().messages)
    assert worst_cost(replace(asked, facts=replace(asked.facts, price=replace(GPT_5, service="priority")))) is None
    assert worst_cost(replace(asked, facts=replace(asked.facts, price=replace(GPT_5, service="flex")))) is not None


@pytest.mark.parametrize(("told", "service"), [("flex", "flex"), ("standard", None), (None, "priority")])
async def test_gemini_is_priced_as_it_says_that_it_serves_else_as_it_was_asked_to(
    told: str | None, service: str | None
) -> None:
    """Its own word wins over the request's."""
    usage = {"promptTokenCount": 8, "candidatesTokenCount": 2, **({"serviceTier": told} if told else {})}
    said = {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}], "usageMetadata": usage}
    metering = await metered("gemini", Answer(body=sse(said)), extra_body={"serviceTier": "priority"})
    assert metering == Usage(input=8, output=2, service=service)


async def test_a_server_without_usage_has_an_unknown_cost() -> None:
    """What nobody counted costs `?`, unless the model is free."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "fine"}, "finish_reason": "stop"}]}
    usage = await metered("chat", Answer(body=sse(chunk, "[DONE]")))
    assert usage == Usage()
    assert cost_of(usage, Price(input=1, output=2)) is None
    assert cost_of(usage, Price(input=0, output=0)) == 0


async def test_gemini_counts_pictures_and_sound_apart() -> None:
    """Each modality at its own rate, cached sound too."""
    figures = {
        "promptTokenCount": 100,
        "candidatesTokenCount": 10,
        "cachedContentTokenCount": 50,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 20}, {"modality": "AUDIO", "tokenCount": 80}],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}, {"modality": "SMELL", "tokenCount": 9}],
    }
    said = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}], "usageMetadata": figures}
    usage = await metered("gemini", Answer(body=sse(said)))
    assert usage == Usage(input=100, cached_read=50, output=10, audio=80, cached_audio=50)
    assert cost_of(usage, FLASH) == pytest.approx((20 * 0.3 + 30 * 1.0 + 50 * 0.1 + 10 * 2.5) / 1e6)


@pytest.mark.parametrize(
    ("figures", "cost"),
    [
        ({"cost": 0.5}, 0.5),
        ({"cost": 0.5, "is_byok": True, "cost_details": {"upstream_inference_cost": 1.5}}, 2.0),
        ({"cost": 0.5, "is_byok": True, "cost_details": {"upstream_inference_cost": None}}, None),
        ({"cost": {"total_cost": 0.25}}, 0.25),
        ({"cost": -1}, None),
        ({"cost": "free"}, None),
        ({"cost_in_usd_ticks": 1_466_250}, 0.000146625),
        ({}, None),
    ],
)
async def test_what_a_server_says_it_charged_is_believed_where_it_makes_sense(
    figures: dict[str, Any], cost: float | None
) -> None:
    """A key of one's own pays the provider beside the router; what is no sum says nothing."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "fine"}, "finish_reason": "stop"}]}
    counted = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, **figures}
    usage = await metered("chat", Answer(body=sse(chunk, {"choices": [], "usage": counted}, "[DONE]")))
    assert usage.cost == (None if cost is None else pytest.approx(cost))


def test_every_recorded_usage_is_checked() -> None:
    """No recording with usage is left out for how it is called."""
    every = [one for name in ("anthropic", "gemini", "openai_chat", "openai_responses", "compat")
             for one in cassettes(name) if one.expect.get("usage") and not one.expect.get("error")]  # fmt: skip
    assert len(RECORDED) == len(every)
    assert not every or set(BY_HAND) <= {one.id for one in every}
