"""Laws of the OpenAI adapter: what recordings say, what goes on the wire, what its events mean."""

import asyncio
import base64
import json
from typing import Any

import pytest

from tchat.domain.effort import Effort
from tchat.domain.errors import (
    BadRequest,
    ContextTooLong,
    Interrupted,
    KeyRejected,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
)
from tchat.domain.events import Finished, FinishReason, Started
from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tchat.domain.usage import Usage
from tchat.providers.openai_request import body, pads_events
from tests.payloads import inline
from tests.providers.asked import FACTS, HI, Outcome, ask
from tests.providers.sdk_client import CHUNKINGS, message, openai, response, responses_stream, wire_events
from tests.servers import Answer, Cassette, Received, cassettes, scripted, sse

OTHERS = [cassette for cassette in cassettes("compat") if cassette.protocol == "openai.responses"]
RECORDED = [*cassettes("openai_responses"), *OTHERS]
STREAMED = [cassette for cassette in RECORDED if cassette.stream and cassette.expect["stop"] == "completed"]
FAILED = [cassette for cassette in RECORDED if cassette.expect.get("error")]
WHOLE = [cassette for cassette in RECORDED if not cassette.stream and not cassette.expect.get("error")]
"""Recorded without streaming: the replay server would not give them to a request that asks for a stream."""
END = tuple(sse(*responses_stream(message("fine"))))


def named(cassette: Cassette) -> str:
    """Return what a test of a cassette is called."""
    return cassette.id.removeprefix("openai_responses/")


def check_recording(cassette: Cassette, outcome: Outcome, output: list[dict[str, Any]]) -> None:
    """Compare an outcome with what a right client reads from a recording, whose items are `output`."""
    expect, figures = cassette.expect, cassette.expect["usage"]
    assert outcome.error is None
    assert outcome.text == expect.get("text", "")
    assert outcome.reasoning.replace("\n\n**", "**") == expect.get("reasoning", "").replace("\n\n**", "**")
    assert outcome.finished == Finished("stop")
    assert (outcome.usage.input, outcome.usage.output) == (figures["input"], figures["output"])
    assert (outcome.usage.cached_read, outcome.usage.reasoning) == (figures["cached"], figures["reasoning"])
    assert isinstance(outcome.events[0], Started)
    assert outcome.events[0].model in cassette.response["body"]
    is_opaque = any(item.get("encrypted_content") or item.get("phase") for item in output)
    is_answerable = all(item["type"] != "function_call" for item in output)
    assert outcome.sealed == (output if is_opaque and is_answerable else None)


@pytest.mark.parametrize("chunking", CHUNKINGS)
@pytest.mark.parametrize("cassette", STREAMED, ids=named)
async def test_openai_reads_recorded_streams_however_they_are_cut(
    cassette: Cassette, chunking: str, replay: str
) -> None:
    """Text, reasoning, usage, end and sealed items are those of the recording at every chunk size."""
    outcome = await ask(openai(f"{replay}/c/{cassette.id}", headers={"x-replay-chunk": chunking}))
    done = [event for event in wire_events(cassette) if event["type"] == "response.output_item.done"]
    done.sort(key=lambda event: event["output_index"])
    check_recording(cassette, outcome, [event["item"] for event in done])


@pytest.mark.parametrize("cassette", WHOLE, ids=named)
async def test_openai_reads_replies_in_one_piece(cassette: Cassette) -> None:
    """A server that answers without streaming is read as well."""
    data = str(cassette.response["body"]).encode()
    with scripted(Answer(content_type="application/json", body=(data,))) as server:
        check_recording(cassette, await ask(openai(server.url)), json.loads(data)["output"])


async def test_openai_tells_paragraphs_of_reasoning_apart(replay: str) -> None:
    """The parts of a summary are texts of their own, and are shown as such."""
    outcome = await ask(openai(f"{replay}/c/openai_responses/reasoning_summary_stream_o3_mini"))
    (cassette,) = [each for each in STREAMED if each.id.endswith("reasoning_summary_stream_o3_mini")]
    parts = [
        event["text"] for event in wire_events(cassette) if event["type"] == "response.reasoning_summary_text.done"
    ]
    assert len(parts) == 4
    assert outcome.reasoning == "\n\n".join(parts)


@pytest.mark.parametrize("cassette", FAILED, ids=named)
async def test_openai_tells_recorded_failures_apart(cassette: Cassette, replay: str) -> None:
    """Each is what it is, with OpenAI's words and the setting it objects to."""
    kinds: dict[str, tuple[type[ProviderError], str | None]] = {
        "error_400_reasoning_item_without_follower": (BadRequest, None),
        "error_400_temperature_negative": (BadRequest, "temperature"),
        "error_401_bad_key": (KeyRejected, None),
        "error_quota_inside_stream": (QuotaExhausted, None),
    }
    error = (await ask(openai(f"{replay}/c/{cassette.id}"))).error
    kind, parameter = kinds[named(cassette)]
    assert isinstance(error, kind)
    assert error.origin.parameter == parameter
    assert error.origin.status == cassette.expect["error"].get("status")
    assert cassette.expect["error"]["message"][:30] in error.message


# --- what goes out -----------------------------------------------------------


async def sent(request: Request, **options: Any) -> Received:  # noqa: ANN401  # of `openai`
    """Return a request as it arrives."""
    with scripted(Answer(body=END)) as server:
        assert (await ask(openai(server.url, **options), request)).error is None
        (received,) = server.requests
        return received


def asking(*messages: Message, facts: ModelFacts = FACTS, **settings: Any) -> Request:  # noqa: ANN401  # any setting
    """Return a request with some settings."""
    return Request(facts=facts, messages=messages or HI.messages, settings=Settings(**settings))


REASONS = ModelFacts(provider="house", name="model-1", efforts=("none", "low", "high"))
SILENT = ModelFacts(provider="house", name="model-1", efforts=())
RESTS = ModelFacts(provider="house", name="model-1", efforts=("none", "low"), default_effort="none")


async def test_openai_spells_every_setting() -> None:
    """Each setting has its place; a seed and stop sequences have none."""
    closed = {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    settings = Settings(effort="low", temperature=0.5, top_p=0.9, max_tokens=100, seed=7, stop=("END",), schema=closed)
    received = await sent(Request(facts=REASONS, messages=HI.messages, system="be brief", settings=settings))
    assert (received.method, received.path) == ("POST", "/v1/responses")
    assert received.headers["authorization"].startswith("Bearer sk-dummy")
    assert received.json == {
        "model": "model-1",
        "input": [{"role": "user", "content": "hi"}],
        "instructions": "be brief",
        "stream": True,
        "store": False,
        "max_output_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "name": "reply", "schema": closed, "strict": True}},
    }


async def test_openai_says_nothing_of_what_is_left_open() -> None:
    """Without settings only the conversation goes out, and that nothing is to be stored."""
    said = {"model": "model-1", "input": [{"role": "user", "content": "hi"}], "stream": True, "store": False}
    assert (await sent(HI)).json == said


@pytest.mark.parametrize(
    ("facts", "effort", "reasoning"),
    [
        (REASONS, None, {"summary": "auto"}),
        (REASONS, "high", {"effort": "high", "summary": "auto"}),
        (REASONS, "none", {"effort": "none"}),
        (RESTS, None, None),
        (RESTS, "low", {"effort": "low", "summary": "auto"}),
        (SILENT, None, None),
        (FACTS, None, None),
        (FACTS, "max", {"effort": "max", "summary": "auto"}),
    ],
)
async def test_openai_asks_for_summaries_where_the_model_reasons(
    facts: ModelFacts, effort: Effort | None, reasoning: dict[str, str] | None
) -> None:
    """Reasoning is shown unless there is none."""
    assert (await sent(asking(facts=facts, effort=effort))).json.get("reasoning") == reasoning


async def test_openai_is_strict_only_with_a_closed_schema() -> None:
    """OpenAI refuses an open schema in its strict mode."""
    received = await sent(asking(schema={"type": "object", "properties": {"a": {"type": "integer"}}}))
    assert received.json["text"]["format"]["strict"] is False


@pytest.mark.parametrize(
    ("base_url", "pads"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://openai.com.example/v1", False),
        ("https://notopenai.com/v1", False),
        ("https://x.openai.azure.com/openai/v1", False),
        ("http://127.0.0.1:1234/v1", False),
    ],
)
def test_openai_turns_padding_off_where_it_is_on(base_url: str, *, pads: bool) -> None:
    """OpenAI's own servers pad their events; others may not know the field."""
    assert pads_events(base_url) is pads
    options = body(HI, padded=pads_events(base_url)).get("stream_options")
    assert options == ({"include_obfuscation": False} if pads else None)


async def test_openai_sends_attachments_in_their_order() -> None:
    """Pictures and documents go inline between the texts around them."""
    blobs = {"a" * 64: b"\x89PNG\xff", "b" * 64: b"%PDF-1.7"}
    parts = (
        TextPart("look at"),
        ImagePart(digest="a" * 64, media_type="image/png"),
        TextPart("and read"),
        DocumentPart(digest="b" * 64, media_type="application/pdf", name="x.pdf"),
        DocumentPart(digest="b" * 64, media_type="application/pdf"),
    )
    received = await sent(Request(facts=FACTS, messages=(Message("user", parts),), payloads=inline(blobs)))
    picture, document = (base64.b64encode(blob).decode() for blob in blobs.values())
    file_data = f"data:application/pdf;base64,{document}"
    assert received.json["input"][0]["content"] == [
        {"type": "input_text", "text": "look at"},
        {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{picture}"},
        {"type": "input_text", "text": "and read"},
        {"type": "input_file", "filename": "x.pdf", "file_data": file_data},
        {"type": "input_file", "filename": "document.pdf", "file_data": file_data},
    ]


async def test_openai_sends_turns_in_turn() -> None:
    """An empty reply is left out."""
    received = await sent(asking(user("one"), assistant("two"), user("three"), assistant(""), user("four")))
    assert received.json["input"] == [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
        {"role": "user", "content": "four"},
    ]


async def test_openai_sends_only_text_that_utf_8_can_hold() -> None:
    """A lone surrogate becomes U+FFFD."""
    assert (await sent(asking(user("a\ud83d")))).json["input"][0]["content"] == "a\ufffd"


async def test_openai_adds_what_the_endpoint_wants() -> None:
    """Headers and body fields of the configuration win."""
    received = await sent(HI, headers={"x-own": "yes"}, extra_body={"store": True, "service_tier": "flex"})
    assert received.headers["x-own"] == "yes"
    assert received.json["store"] is True
    assert received.json["service_tier"] == "flex"


async def test_openai_replays_a_sealed_turn_as_it_was(replay: str) -> None:
    """Every item goes back, in order and with what is encrypted in it, in place of the text."""
    sealed = (await ask(openai(f"{replay}/c/openai_responses/web_search_citations_stream_gpt_5"))).sealed
    assert [item["type"] for item in sealed] == ["reasoning", "web_search_call", "reasoning", "message"]
    turn = Message("assistant", (TextPart("seen"), SealedPart(provider="house", model="model-1", data=sealed)))
    received = await sent(asking(user("a"), turn, user("b")))
    assert received.json["input"] == [
        {"role": "user", "content": "a"},
        *sealed,
        {"role": "user", "content": "b"},
    ]


def refusal(message: str, *, status: int = 400, **error: object) -> Answer:
    """Return an error as OpenAI sends it."""
    said = {"error": {"message": message, "type": "invalid_request_error", **error}}
    return Answer(status=status, content_type="application/json", body=(json.dumps(said).encode(),))


UNVERIFIED = refusal("Your organization must be verified to generate reasoning summaries.", param="reasoning.summary")


async def test_openai_does_without_summaries_where_they_are_refused() -> None:
    """An organisation that is not verified gets its answer, and is not asked to be verified again."""
    with scripted(UNVERIFIED, Answer(body=END)) as server:
        asked = openai(server.url)
        assert (await ask(asked, asking(facts=REASONS), keep=True)).text == "fine"
        assert (await ask(asked, asking(facts=REASONS, effort="low"))).text == "fine"
    assert [received.json.get("reasoning") for received in server.requests] == [
        {"summary": "auto"},
        None,
        {"effort": "low"},
    ]


async def test_openai_asks_once_where_leaving_out_does_not_help() -> None:
    """A refusal that comes again is raised."""
    with scripted(UNVERIFIED) as server:
        assert type((await ask(openai(server.url), asking(facts=REASONS))).error) is BadRequest
    assert len(server.requests) == 2


async def test_openai_asks_all_again_that_were_refused_at_once() -> None:
    """Calls that went out together are refused together, and each is answered without what was refused."""
    late = Answer(status=UNVERIFIED.status, content_type=UNVERIFIED.content_type, body=(0.3, *UNVERIFIED.body))
    with scripted(late, late, late, Answer(body=END)) as server:
        asked = openai(server.url)
        await asked.warm()
        outcomes = await asyncio.gather(*(ask(asked, asking(facts=REASONS), keep=True) for _ in range(3)))
        await asked.aclose()
    assert [outcome.text for outcome in outcomes] == ["fine"] * 3
    assert len(server.requests) == 6


# --- what comes in -----------------------------------------------------------


async def read(*events: dict[str, Any]) -> Outcome:
    """Return what comes of a stream of events."""
    with scripted(Answer(body=sse(*events, named=True))) as server:
        return await ask(openai(server.url))


@pytest.mark.parametrize(
    ("status", "reason", "finish"),
    [
        ("incomplete", "max_output_tokens", "length"),
        ("incomplete", "max_messages", "length"),
        ("incomplete", "content_filter", "filtered"),
        ("completed", None, "stop"),
    ],
)
async def test_openai_says_why_a_reply_ends(status: str, reason: str | None, finish: FinishReason) -> None:
    """A reply that is cut short is complete in its own way, and nothing of it is sealed."""
    item = message("fine", phase="final_answer")
    whole = response(item, status=status, incomplete_details=reason and {"reason": reason})
    outcome = await read(*responses_stream(item, end={"type": f"response.{status}", "response": whole}))
    assert outcome.finished == Finished(finish)
    assert (outcome.sealed is None) == (finish != "stop")


async def test_openai_shows_a_refusal() -> None:
    """What the model says when it refuses is its answer."""
    outcome = await read(
        *responses_stream()[:1],
        {"type": "response.refusal.delta", "delta": "I "},
        {"type": "response.refusal.delta", "delta": "won't"},
        {"type": "response.completed", "response": response()},
    )
    assert outcome.text == "I won't"
    assert outcome.finished == Finished("refused")


@pytest.mark.parametrize("code", ["invalid_prompt", "bio_policy", "image_content_policy_violation"])
async def test_openai_takes_a_policy_for_a_refusal(code: str) -> None:
    """A reply that policy forbids is refused, and is not asked for again."""
    whole = response(status="failed", error={"code": code, "message": "not this"})
    outcome = await read({"type": "response.failed", "response": whole})
    assert outcome.finished == Finished("refused", "not this")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("server_error", ServerFault),
        ("rate_limit_exceeded", RateLimited),
        ("insufficient_quota", QuotaExhausted),
        ("context_length_exceeded", ContextTooLong),
        ("invalid_image", BadRequest),
        ("image_too_large", BadRequest),
        ("unsupported_image_media_type", BadRequest),
        ("empty_image_file", BadRequest),
        ("server_is_overloaded", Overloaded),
        ("something_new", ServerFault),
        (None, ServerFault),
    ],
)
async def test_openai_raises_failures_inside_a_stream(code: str | None, kind: type[ProviderError]) -> None:
    """A failed response, an error event in either form and a bare error are all raised, after what came before."""
    error = {"code": code, "message": "oh", "param": None}
    forms: list[dict[str, Any]] = [
        {"type": "response.failed", "response": response(status="failed", error=error)},
        {"type": "error", **error},
        {"type": "error", "error": error},
        {"error": error},
    ]
    for form in forms:
        outcome = await read(*responses_stream(message("so far"), end=form))
        assert type(outcome.error) is kind
        assert outcome.text == "so far"
        assert "oh" in str(outcome.error)


async def test_openai_meters_what_a_failed_reply_cost() -> None:
    """Usage comes before the failure."""
    usage = {"input_tokens": 5, "output_tokens": 6, "input_tokens_details": {"cache_write_tokens": 2}}
    outcome = await read({"type": "response.failed", "response": response(status="failed", error={}, usage=usage)})
    assert type(outcome.error) is ServerFault
    assert outcome.usage == Usage(input=5, cached_write=2, output=6)


async def test_openai_takes_a_cancelled_response_for_a_broken_one() -> None:
    """A response that was cancelled at the server is not complete."""
    outcome = await read(*responses_stream(message("so"), end={"type": "response.cancelled", "response": response()}))
    assert type(outcome.error) is Interrupted


async def test_openai_reads_items_that_no_delta_told() -> None:
    """Text and reasoning that only the finished items hold are shown all the same."""
    thought = {"type": "reasoning", "summary": [{"text": "one"}, {"text": "two"}]}
    outcome = await read({"type": "response.completed", "response": response(thought, message("answer"))})
    assert (outcome.reasoning, outcome.text) == ("one\n\ntwo", "answer")


async def test_openai_takes_items_without_places() -> None:
    """A server that numbers nothing, as llama.cpp's, has its items in the order in which they come."""
    items = [{"type": "reasoning", "encrypted_content": "x"}, message("fine")]
    events = responses_stream(*items)
    for event in events:
        event.pop("output_index", None)
    assert (await read(*events)).sealed == items


@pytest.mark.parametrize(
    "items",
    [
        [message("plain")],
        [{"type": "reasoning", "summary": [{"text": "open"}]}, message("plain")],
        [{"type": "reasoning", "encrypted_content": "x"}],
        [{"type": "reasoning", "encrypted_content": "x"}, {"type": "function_call", "name": "f", "call_id": "1"}],
    ],
)
async def test_openai_seals_only_what_can_and_must_be_sent_back(items: list[dict[str, Any]]) -> None:
    """Nothing opaque, reasoning that nothing follows, an unanswered call: the next turn goes as plain text."""
    outcome = await read(*responses_stream(*items))
    assert outcome.finished == Finished("stop")
    assert outcome.sealed is None


async def test_openai_stores_only_text_that_utf_8_can_hold() -> None:
    """Sealed items are fit for storage whatever the model wrote."""
    outcome = await read(*responses_stream(message("half \ud83d", phase="final_answer")))
    assert outcome.sealed[0]["content"][0]["text"] == "half \ufffd"


# --- models ------------------------------------------------------------------


async def test_openai_lists_the_models_that_chat() -> None:
    """Every fact of the list is taken; models that only embed, hear, speak or draw are left out."""
    talking = ("gpt-6-sol", "gpt-4o-mini", "ft:gpt-4.1:me::1")
    others = ["text-embedding-3-large", "whisper-1", "tts-1-hd", "dall-e-3", "gpt-image-2", "gpt-4o-realtime-preview"]
    others += ["omni-moderation-latest", "gpt-4o-mini-transcribe", "davinci-002", "gpt-3.5-turbo-instruct", "sora-2"]
    listed = [*({"id": name} for name in (*talking, *others)), {"id": "own", "max_model_len": 4096}]
    answer = Answer(content_type="application/json", body=(json.dumps({"object": "list", "data": listed}).encode(),))
    with scripted(answer) as server:
        asked = openai(server.url)
        models = await asked.models()
        await asked.aclose()
        assert (server.requests[0].method, server.requests[0].path) == ("GET", "/v1/models")
    assert [facts.name for facts in models] == [*talking, "own"]
    assert all(facts.listed and facts.provider == "house" for facts in models)
    assert models[-1].window == 4096
