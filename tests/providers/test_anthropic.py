"""Laws of the Anthropic adapter: what recordings say, what goes on the wire, what its events mean."""

import base64
import json
from typing import Any

import pytest

from tchat.domain.effort import EFFORTS, Effort
from tchat.domain.errors import (
    BadRequest,
    ContextTooLong,
    KeyRejected,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
    TimedOut,
    UnknownModel,
)
from tchat.domain.events import Finished, FinishReason, Metered, Started
from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tchat.domain.usage import Usage
from tchat.providers.anthropic_request import USUAL_LENGTH
from tests.payloads import inline
from tests.providers.asked import FACTS, HI, KEY, Outcome, ask
from tests.providers.sdk_client import CHUNKINGS, anthropic, messages_stream, text, wire_events
from tests.servers import Answer, Cassette, Received, cassettes, scripted, sse

RECORDED = [cassette for cassette in cassettes("anthropic") if cassette.protocol == "anthropic.messages"]
"""All but those of the endpoint that counts tokens, which tchat does not use."""
STREAMED = [cassette for cassette in RECORDED if cassette.stream]
FAILED = [cassette for cassette in RECORDED if cassette.expect.get("error")]
WHOLE = [cassette for cassette in RECORDED if not cassette.stream and not cassette.expect.get("error")]
"""Recorded without streaming: the replay server would not give them to a request that asks for a stream."""
ENDS: dict[str, FinishReason] = {"max_tokens": "length", "refusal": "refused"}
END = tuple(sse(*messages_stream(text("fine")), named=True))
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}


def named(cassette: Cassette) -> str:
    """Return what a test of a cassette is called."""
    return cassette.id.removeprefix("anthropic/")


def check_recording(cassette: Cassette, outcome: Outcome) -> None:
    """Compare an outcome with what a right client reads from a recording."""
    expect, figures = cassette.expect, cassette.expect["usage"]
    assert outcome.error is None
    assert outcome.text == expect.get("text", "")
    assert outcome.reasoning == expect.get("reasoning", "")
    assert outcome.finished == Finished(ENDS.get(expect["stop"], "stop"), expect.get("refusal"))
    assert outcome.usage.input == figures["input"] + figures["cached"] + figures["cache_write"]
    assert (outcome.usage.cached_read, outcome.usage.cached_write) == (figures["cached"], figures["cache_write"])
    assert outcome.usage.output == figures["output"]
    assert isinstance(outcome.events[0], Started)
    assert outcome.events[0].model in cassette.response["body"]
    thinks = bool(expect.get("signatures") or expect.get("redacted"))
    assert (outcome.sealed is not None) == (thinks and not expect.get("tools"))


@pytest.mark.parametrize("chunking", CHUNKINGS)
@pytest.mark.parametrize("cassette", STREAMED, ids=named)
async def test_anthropic_reads_recorded_streams_however_they_are_cut(
    cassette: Cassette, chunking: str, replay: str
) -> None:
    """Text, reasoning, usage and end are those of the recording at every chunk size."""
    check_recording(cassette, await ask(anthropic(f"{replay}/c/{cassette.id}", headers={"x-replay-chunk": chunking})))


@pytest.mark.parametrize("cassette", WHOLE, ids=named)
async def test_anthropic_reads_replies_in_one_piece(cassette: Cassette) -> None:
    """A server that answers without streaming is read as well."""
    body = str(cassette.response["body"]).encode()
    with scripted(Answer(content_type="application/json", body=(body,))) as server:
        check_recording(cassette, await ask(anthropic(server.url)))


@pytest.mark.parametrize("cassette", FAILED, ids=named)
async def test_anthropic_tells_recorded_failures_apart(cassette: Cassette, replay: str) -> None:
    """A bad key, an unknown model and a busy provider are what they are, with Anthropic's words."""
    kinds = {
        "error_401_bad_key": KeyRejected,
        "error_404_model_typo": UnknownModel,
        "error_529_overloaded": Overloaded,
    }
    error = (await ask(anthropic(f"{replay}/c/{cassette.id}"))).error
    assert isinstance(error, kinds[named(cassette)])
    assert error.origin.status == cassette.expect["error"]["status"]
    assert cassette.expect["error"]["message"] in error.message


# --- what goes out -----------------------------------------------------------


async def sent(request: Request, **options: Any) -> Received:  # noqa: ANN401  # of `anthropic`
    """Return a request as it arrives."""
    with scripted(Answer(body=END)) as server:
        assert (await ask(anthropic(server.url, **options), request)).error is None
        (received,) = server.requests
        return received


def asking(*messages: Message, facts: ModelFacts = FACTS, **settings: Any) -> Request:  # noqa: ANN401  # any setting
    """Return a request with some settings."""
    return Request(facts=facts, messages=messages or HI.messages, settings=Settings(**settings))


def facts(**more: Any) -> ModelFacts:  # noqa: ANN401  # of ModelFacts
    """Return facts of a model."""
    return ModelFacts(provider="house", name="model-1", **more)


async def test_anthropic_spells_every_setting() -> None:
    """Each setting has its place, also those that the SDK does not name; a seed has none."""
    schema: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    settings = Settings(
        effort="high", temperature=0.5, top_p=0.9, max_tokens=100, seed=7, stop=("END", "###"), schema=schema
    )
    adaptive = facts(efforts=EFFORTS, effort_style="adaptive")
    received = await sent(Request(facts=adaptive, messages=HI.messages, system="be brief", settings=settings))
    assert (received.method, received.path) == ("POST", "/v1/messages")
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.headers["anthropic-version"]
    assert received.json == {
        "model": "model-1",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "stream": True,
        "max_tokens": 100,
        "system": "be brief",
        "temperature": 0.5,
        "top_p": 0.9,
        "stop_sequences": ["END", "###"],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": schema}},
    }


async def test_anthropic_says_nothing_of_what_is_left_open() -> None:
    """Without settings only the conversation goes out, and the length that the API insists on."""
    assert (await sent(HI)).json == {
        "model": "model-1",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "stream": True,
        "max_tokens": USUAL_LENGTH,
    }


@pytest.mark.parametrize(
    ("longest", "settings", "sent_length"),
    [
        (None, Settings(), USUAL_LENGTH),
        (64_000, Settings(), 64_000),
        (64_000, Settings(max_tokens=5), 5),
        (None, Settings(thinking_budget=9000), USUAL_LENGTH + 9000),
    ],
)
async def test_anthropic_always_says_how_long_a_reply_may_be(
    longest: int | None, settings: Settings, sent_length: int
) -> None:
    """The user's wish comes first, then the model's own limit, then one that leaves room for an answer."""
    request = Request(facts=facts(max_output=longest), messages=HI.messages, settings=settings)
    assert (await sent(request)).json["max_tokens"] == sent_length


ADAPTIVE = facts(efforts=("none", "low", "high"), effort_style="adaptive")
ALWAYS = facts(efforts=("low", "high"), effort_style="adaptive")
RESTS = facts(efforts=("none", "low"), effort_style="adaptive", default_effort="none")
BUDGET = facts(efforts=EFFORTS, effort_style="budget", budget=(1024, 63_999), max_output=64_000)
SILENT = facts(efforts=())
SHOWN = {"type": "adaptive", "display": "summarized"}


def thinks(tokens: int) -> dict[str, Any]:
    """Return how thinking is asked for by its length."""
    return {"type": "enabled", "budget_tokens": tokens, "display": "summarized"}


@pytest.mark.parametrize(
    ("known", "settings", "thinking", "effort"),
    [
        (ADAPTIVE, Settings(), SHOWN, None),
        (ADAPTIVE, Settings(effort="low"), SHOWN, "low"),
        (ADAPTIVE, Settings(effort="none"), {"type": "disabled"}, None),
        (ALWAYS, Settings(), SHOWN, None),
        (RESTS, Settings(), None, None),
        (RESTS, Settings(effort="low"), SHOWN, "low"),
        (BUDGET, Settings(), None, None),
        (BUDGET, Settings(thinking_budget=2000), thinks(2000), None),
        (BUDGET, Settings(thinking_budget=0), {"type": "disabled"}, None),
        (BUDGET, Settings(effort="none"), {"type": "disabled"}, None),
        (BUDGET, Settings(effort="max", max_tokens=10_000), thinks(8000), None),
        (SILENT, Settings(), None, None),
        (FACTS, Settings(), None, None),
        (FACTS, Settings(effort="high"), SHOWN, "high"),
        (FACTS, Settings(effort="none"), {"type": "disabled"}, None),
        (FACTS, Settings(thinking_budget=3000), thinks(3000), None),
    ],
)
async def test_anthropic_asks_for_thinking_as_the_model_takes_it(
    known: ModelFacts, settings: Settings, thinking: dict[str, Any] | None, effort: Effort | None
) -> None:
    """Newer models take a level and think as they see fit, older ones a number; what they think is to be seen."""
    received = await sent(Request(facts=known, messages=HI.messages, settings=settings))
    assert received.json.get("thinking") == thinking
    assert received.json.get("output_config") == (None if effort is None else {"effort": effort})


@pytest.mark.parametrize("effort", EFFORTS[1:])
async def test_anthropic_leaves_room_for_an_answer(effort: Effort) -> None:
    """Thinking tokens are always fewer than those of the reply."""
    body = (await sent(asking(facts=BUDGET, effort=effort))).json
    assert 1024 <= body["thinking"]["budget_tokens"] < body["max_tokens"] == 64_000


async def test_anthropic_sends_attachments_in_their_order() -> None:
    """Pictures and documents go inline between the texts around them; blank text is left out."""
    blobs = {"a" * 64: b"\x89PNG\xff", "b" * 64: b"%PDF-1.7"}
    parts = (
        TextPart("look at"),
        ImagePart(digest="a" * 64, media_type="image/png"),
        TextPart(" \n"),
        DocumentPart(digest="b" * 64, media_type="application/pdf", name="x.pdf"),
        DocumentPart(digest="b" * 64, media_type="application/pdf"),
    )
    received = await sent(Request(facts=FACTS, messages=(Message("user", parts),), payloads=inline(blobs)))
    picture, pdf = (base64.b64encode(blob).decode() for blob in blobs.values())
    source = {"type": "base64", "media_type": "application/pdf", "data": pdf}
    assert received.json["messages"][0]["content"] == [
        text("look at"),
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": picture}},
        {"type": "document", "source": source, "title": "x.pdf"},
        {"type": "document", "source": source},
    ]


async def test_anthropic_sends_turns_in_turn() -> None:
    """An empty reply is left out, and what the user said around it becomes one turn."""
    received = await sent(
        asking(user("one"), assistant("two"), user("three"), assistant(""), user("four"), assistant(" "), user("five"))
    )
    assert received.json["messages"] == [
        {"role": "user", "content": [text("one")]},
        {"role": "assistant", "content": [text("two")]},
        {"role": "user", "content": [text("three"), text("four"), text("five")]},
    ]


async def test_anthropic_sends_only_text_that_utf_8_can_hold() -> None:
    """A lone surrogate becomes U+FFFD."""
    assert (await sent(asking(user("a\ud83d")))).json["messages"][0]["content"] == [text("a\ufffd")]


async def test_anthropic_adds_what_the_endpoint_wants() -> None:
    """Headers and body fields of the configuration win."""
    received = await sent(HI, headers={"anthropic-beta": "b"}, extra_body={"max_tokens": 9, "service_tier": "auto"})
    assert received.headers["anthropic-beta"] == "b"
    assert (received.json["max_tokens"], received.json["service_tier"]) == (9, "auto")


async def test_anthropic_tells_its_imitators_the_key_in_both_ways() -> None:
    """Servers that speak the API often know only the former header."""
    received = await sent(HI)
    assert received.headers["x-api-key"] == KEY


@pytest.mark.parametrize("base", ["", "/", "/v1", "/proxy"])
async def test_anthropic_takes_a_base_url_with_or_without_version(base: str) -> None:
    """The path has one version."""
    with scripted(Answer(body=END)) as server:
        assert (await ask(anthropic(server.url + base))).error is None
        assert server.requests[0].path == f"{base.removesuffix('/v1').rstrip('/')}/v1/messages"


def wire_blocks(cassette: Cassette) -> list[dict[str, Any]]:
    """Return the content blocks of a recorded stream, put together without the adapter."""
    blocks: dict[int, dict[str, Any]] = {}
    for event in wire_events(cassette):
        if event["type"] == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"])
        elif event["type"] == "content_block_delta":
            for name, piece in event["delta"].items():
                if name != "type":
                    blocks[event["index"]][name] += piece
    return list(blocks.values())


@pytest.mark.parametrize(
    "name",
    ["adaptive_thinking_stream_opus_4_6", "redacted_thinking_stream_sonnet_4_5", "thinking_signature_stream_sonnet_4"],
)
async def test_anthropic_replays_a_sealed_turn_as_it_was(name: str, replay: str) -> None:
    """Every block goes back, in order and with its signature, in place of the text."""
    (cassette,) = [each for each in RECORDED if named(each) == name]
    sealed = (await ask(anthropic(f"{replay}/c/{cassette.id}"))).sealed
    assert sealed == wire_blocks(cassette)
    turn = Message("assistant", (TextPart("seen"), SealedPart(provider="house", model="model-1", data=sealed)))
    received = await sent(asking(user("a"), turn, user("b")))
    assert received.json["messages"] == [
        {"role": "user", "content": [text("a")]},
        {"role": "assistant", "content": sealed},
        {"role": "user", "content": [text("b")]},
    ]


# --- what comes in -----------------------------------------------------------


async def read(*events: dict[str, Any]) -> Outcome:
    """Return what comes of a stream of events."""
    with scripted(Answer(body=sse(*events, named=True))) as server:
        return await ask(anthropic(server.url))


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "stop"),
        ("something_new", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "length"),
        ("refusal", "refused"),
    ],
)
async def test_anthropic_says_why_a_reply_ends(stop: str, finish: FinishReason) -> None:
    """Every reason to stop has one meaning."""
    outcome = await read(*messages_stream(text("fine"), stop=stop))
    assert outcome.finished is not None
    assert outcome.finished.reason == finish


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"category": "cyber", "explanation": "not this"}, "not this"),
        ({"category": "cyber", "explanation": None}, "cyber"),
        (None, None),
    ],
)
async def test_anthropic_says_why_it_refuses(details: dict[str, Any] | None, said: str | None) -> None:
    """The explanation comes first, then the category."""
    outcome = await read(*messages_stream(THOUGHT, text("so"), stop="refusal", stop_details=details))
    assert outcome.finished == Finished("refused", said)
    assert outcome.sealed is None


@pytest.mark.parametrize(
    ("type_", "said", "kind"),
    [
        ("overloaded_error", "Overloaded", Overloaded),
        ("rate_limit_error", "slow down", RateLimited),
        ("api_error", "Internal server error", ServerFault),
        ("timeout_error", "too slow", TimedOut),
        ("authentication_error", "who are you", KeyRejected),
        ("permission_error", "not you", KeyRejected),
        ("billing_error", "pay first", QuotaExhausted),
        ("not_found_error", "model: nope", UnknownModel),
        ("invalid_request_error", "thinking: no", BadRequest),
        ("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", ContextTooLong),
        ("invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 8 > 10", ContextTooLong),
        ("invalid_request_error", "Your credit balance is too low to access the Anthropic API.", QuotaExhausted),
        ("invalid_request_error", "You have reached your specified API usage limits.", QuotaExhausted),
        ("request_too_large", "Request exceeds the maximum size", BadRequest),
        ("hologram_error", "?", ServerFault),
    ],
)
async def test_anthropic_raises_failures_inside_a_stream(type_: str, said: str, kind: type[ProviderError]) -> None:
    """An error event is told apart by its type, as if it had come in place of the reply; what came before stands."""
    error = {"type": "error", "error": {"type": type_, "message": said}}
    outcome = await read(*messages_stream(text("so far"))[:4], error)
    assert type(outcome.error) is kind
    assert outcome.text == "so far"


async def test_anthropic_counts_everything_that_was_read() -> None:
    """Cached tokens come beside the input; later figures replace earlier ones, and what is left out keeps its own."""
    start, *rest, last, stop = messages_stream(text("fine"))
    start["message"]["usage"] = {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2}
    last["usage"] = {
        "input_tokens": 12,
        "cache_read_input_tokens": None,
        "output_tokens": 9,
        "output_tokens_details": {"thinking_tokens": 4},
    }
    outcome = await read(start, *rest, last, stop)
    metered = [event.usage for event in outcome.events if isinstance(event, Metered)]
    assert metered[-1] == Usage(input=19, cached_read=5, cached_write=2, output=9, reasoning=4)


async def test_anthropic_tells_paragraphs_of_thinking_apart() -> None:
    """Each block of thinking is a text of its own, and is shown as such."""
    assert (await read(*messages_stream(THOUGHT, text("a"), THOUGHT, text("b")))).reasoning == "hm\n\nhm"


async def test_anthropic_seals_thinking_that_is_not_shown() -> None:
    """Thinking without text, but with a signature, is state to be replayed; empty text is not."""
    hidden = {"type": "thinking", "thinking": "", "signature": "c2ln"}
    outcome = await read(*messages_stream(hidden, text(""), text("fine")))
    assert outcome.reasoning == ""
    assert outcome.sealed == [hidden, text("fine")]


async def test_anthropic_seals_what_the_providers_own_tools_did() -> None:
    """Calls that Anthropic answers itself, and what cites their results, stay in the turn."""
    call: dict[str, Any] = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"encrypted_content": "x"}]}
    cited = {"type": "char_location", "cited_text": "y"}
    start, *events, last, stop = messages_stream(THOUGHT, call, found, text("fine"))
    growing = [
        {"type": "input_json_delta", "partial_json": '{"query": '},
        {"type": "input_json_delta", "partial_json": '"z"}'},
    ]
    deltas: list[dict[str, Any]] = [{"type": "content_block_delta", "index": 1, "delta": delta} for delta in growing]
    deltas.append({"type": "content_block_delta", "index": 3, "delta": {"type": "citations_delta", "citation": cited}})
    outcome = await read(start, *events, *deltas, last, stop)
    assert outcome.sealed == [THOUGHT, {**call, "input": {"query": "z"}}, found, {**text("fine"), "citations": [cited]}]


@pytest.mark.parametrize(
    "blocks",
    [
        [text("plain")],
        [THOUGHT],
        [text("plain"), THOUGHT],
        [{"type": "thinking", "thinking": "unsigned", "signature": ""}, text("plain")],
        [THOUGHT, text("plain"), {"type": "tool_use", "id": "t1", "name": "f", "input": {}}],
    ],
)
async def test_anthropic_seals_only_what_can_and_must_be_sent_back(blocks: list[dict[str, Any]]) -> None:
    """No thinking, thinking at the end or unsigned, an unanswered tool: the next turn goes as plain text."""
    outcome = await read(*messages_stream(*blocks))
    assert outcome.finished == Finished("stop")
    assert outcome.sealed is None


@pytest.mark.parametrize("spoil", ["unknown delta", "broken JSON", "open block"])
async def test_anthropic_seals_only_what_it_has_understood(spoil: str) -> None:
    """Blocks that may differ from the provider's are not sent back as its own."""
    tool: dict[str, Any] = {"type": "server_tool_use", "id": "s1", "name": "f", "input": {}}
    events = messages_stream(THOUGHT, tool, text("fine"))
    if spoil == "open block":
        events = [event for event in events if event["type"] != "content_block_stop"]
    else:
        broken = {"type": "input_json_delta", "partial_json": "{"}
        delta = {"type": "hologram_delta"} if spoil == "unknown delta" else broken
        events.insert(6, {"type": "content_block_delta", "index": 1, "delta": delta})
    outcome = await read(*events)
    assert outcome.finished == Finished("stop")
    assert outcome.sealed is None


async def test_anthropic_reads_deltas_of_blocks_that_never_started() -> None:
    """Some servers leave the start of a block out."""
    events = [event for event in messages_stream() if event["type"] != "message_start"]
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "fine"}},
    ]
    outcome = await read(*deltas, *events)
    assert (outcome.reasoning, outcome.text) == ("hm", "fine")


async def test_anthropic_stores_only_text_that_utf_8_can_hold() -> None:
    """Sealed blocks are fit for storage whatever the model wrote."""
    assert (await read(*messages_stream(THOUGHT, text("half \ud83d")))).sealed == [THOUGHT, text("half \ufffd")]


# --- models ------------------------------------------------------------------


def capabilities(*supported: str) -> dict[str, Any]:
    """Return what a model can, as the list has it."""

    def can(*names: str) -> dict[str, Any]:
        return {name: {"supported": name in supported} for name in names}

    return {
        **can("image_input", "pdf_input", "structured_outputs"),
        "effort": can("low", "medium", "high", "xhigh", "max"),
        "thinking": {"types": can("adaptive", "enabled", "disabled")},
    }


def page(*models: dict[str, Any], more: bool = False) -> Answer:
    """Return one page of a model list."""
    last = models[-1]["id"] if models else None
    said = {"data": list(models), "has_more": more, "last_id": last}
    return Answer(content_type="application/json", body=(json.dumps(said).encode(),))


async def test_anthropic_lists_its_models_with_every_fact() -> None:
    """Limits, senses and ways of thinking are taken; retired models are left out, and pages are followed."""
    newer = {
        "id": "claude-new",
        "display_name": "Claude New",
        "lifecycle": "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "capabilities": capabilities("image_input", "pdf_input", "adaptive", "disabled", "low", "high"),
    }
    older = {"id": "claude-old", "max_tokens": 64_000, "capabilities": capabilities("enabled", "disabled")}
    plain = {"id": "claude-plain", "capabilities": capabilities("disabled", "structured_outputs")}
    gone = {"id": "claude-gone", "lifecycle": "retired"}
    odd = {"id": "evil\x1b]0;x\x07"}
    with scripted(page(newer, gone, odd, more=True), page(older, plain, {"id": "claude-bare"})) as server:
        asked = anthropic(server.url)
        models = {model.name: model for model in await asked.models()}
        await asked.aclose()
        assert [received.path for received in server.requests] == [
            "/v1/models?limit=1000",
            "/v1/models?limit=1000&after_id=evil%1B%5D0%3Bx%07",
        ]
    assert models == {
        "claude-new": ModelFacts(
            provider="house",
            name="claude-new",
            title="Claude New",
            window=1_000_000,
            max_output=128_000,
            efforts=("none", "low", "high"),
            effort_style="adaptive",
            vision=True,
            documents=True,
            structured=False,
            listed=True,
        ),
        "claude-old": ModelFacts(
            provider="house",
            name="claude-old",
            max_output=64_000,
            efforts=EFFORTS,
            effort_style="budget",
            budget=(1024, 63_999),
            vision=False,
            documents=False,
            structured=False,
            listed=True,
        ),
        "claude-plain": ModelFacts(
            provider="house",
            name="claude-plain",
            efforts=(),
            vision=False,
            documents=False,
            structured=True,
            listed=True,
        ),
        "claude-bare": ModelFacts(provider="house", name="claude-bare", listed=True),
    }
