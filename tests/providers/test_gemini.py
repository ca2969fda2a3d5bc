"""What the Gemini adapter reads: recordings, and what each event means."""

import asyncio
import json

import pytest

from tchat.domain.errors import (
    KeyRejected,
    ServerFault,
    UnknownModel,
)
from tchat.domain.events import Finished, Metered, Started
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tests.providers.gemini_client import (
    END,
    HI,
    MODEL,
    RECORDED,
    Outcome,
    ask,
    named,
    provider,
    says,
)
from tests.servers import Answer, Cassette, scripted, sse

STREAMED = [cassette for cassette in RECORDED if cassette.stream]
WHOLE = [cassette for cassette in RECORDED if not cassette.stream and cassette.response["status"] == 200]
REFUSED = [cassette for cassette in RECORDED if cassette.response["status"] != 200]
CHUNKINGS = ("event", "1", "7", "line", "all")
REASONS = {"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "filtered"}
LARGEST_PROMPTS = {
    # the prompt's figure falls from 15 to 13 while the reply streams, and usage never decreases
    "gemini/text_stream_2_0_flash": 15,
    # 17 of the prompt and 102 of search results
    "gemini/web_search_grounding_stream_2_5_pro": 119,
}

PICTURES = {"gemini/image_inline_2_0_flash": 1806}
"""What is read of pictures."""


def check_recording(cassette: Cassette, outcome: Outcome) -> None:
    """Compare an outcome with what a right client reads from a recording."""
    expect = cassette.expect
    assert outcome.error is None
    assert outcome.text == expect.get("text", "")
    assert outcome.reasoning == expect.get("reasoning", "")
    assert outcome.finished is not None
    assert outcome.finished.reason == REASONS[expect["stop"]]
    figures = expect["usage"]
    written = (figures.get("output"), figures.get("reasoning"))
    assert outcome.usage == Usage(
        input=LARGEST_PROMPTS.get(cassette.id, figures["input"]),
        cached_read=figures.get("cached"),
        output=None if written == (None, None) else sum(figure or 0 for figure in written),
        reasoning=figures.get("reasoning"),
        image=PICTURES.get(cassette.id),
    )
    started = outcome.events[0]
    assert isinstance(started, Started)
    assert started.model in cassette.response["body"]


@pytest.mark.parametrize("chunking", CHUNKINGS)
@pytest.mark.parametrize("cassette", STREAMED, ids=named)
async def test_gemini_reads_recorded_streams_however_they_are_cut(
    cassette: Cassette, chunking: str, replay: str
) -> None:
    """Text, reasoning, usage and end are those of the recording at every chunk size."""
    asked = provider(f"{replay}/c/{cassette.id}", headers={"x-replay-chunk": chunking})
    check_recording(cassette, await ask(asked))


@pytest.mark.parametrize("cassette", WHOLE, ids=named)
async def test_gemini_reads_recorded_replies_as_one_event(cassette: Cassette) -> None:
    """A reply that was recorded in one piece says the same as the only event of a stream."""
    with scripted(Answer(body=sse(json.loads(cassette.response["body"])))) as server:
        check_recording(cassette, await ask(provider(server.url)))


@pytest.mark.parametrize("cassette", REFUSED, ids=named)
async def test_gemini_tells_recorded_refusals_apart(cassette: Cassette, replay: str) -> None:
    """A bad key and an unknown model are what they are, with Google's words and without the key."""
    request = Request(facts=ModelFacts(provider="gemini", name=cassette.model or ""), messages=HI.messages)
    error = (await ask(provider(f"{replay}/c/{cassette.id}"), request)).error
    kinds = {"error_400_bad_key": KeyRejected, "error_404_model_typo": UnknownModel}
    assert type(error) is kinds[named(cassette)]
    assert error.origin.status == cassette.expect["error"]["status"]
    assert cassette.expect["error"]["message"][:40] in str(error)


async def test_gemini_starts_with_who_answers() -> None:
    """The model's version and the response's id come from the first event."""
    with scripted(Answer(body=sse(says("a", finish="STOP", modelVersion="gemini-9", responseId="r1")))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.events[0] == Started(model="gemini-9", request_id="r1")


async def test_gemini_starts_with_the_model_asked_if_the_reply_names_none() -> None:
    """A server that says no version answers as the model that was asked."""
    with scripted(Answer(body=sse({"candidates": [{"finishReason": "STOP"}]}))) as server:
        assert (await ask(provider(server.url))).events[0] == Started(model=MODEL)


async def test_gemini_adds_thoughts_to_the_output() -> None:
    """Gemini counts thoughts beside the candidates and tool results beside the prompt; tchat counts them in."""
    figures = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 3,
    }
    with scripted(Answer(body=sse(says("a", finish="STOP", usageMetadata=figures)))) as server:
        usage = (await ask(provider(server.url))).usage
    assert usage == Usage(input=15, cached_read=4, output=10, reasoning=3)


async def test_gemini_meters_while_it_streams() -> None:
    """Figures rise with the chunks; the same figures again say nothing."""
    figures = [{"promptTokenCount": 10, "candidatesTokenCount": count} for count in (1, 1, 5)]
    first, again, last = (sse(says("x", usageMetadata=figure))[0] for figure in figures)
    with scripted(Answer(body=(first, 0.02, again, 0.02, last, 0.02, *END))) as server:
        outcome = await ask(provider(server.url))
    meters = [event.usage.output for event in outcome.events if isinstance(event, Metered)]
    assert meters == [1, 5]


@pytest.mark.parametrize(
    ("said", "reason", "detail"),
    [
        ("STOP", "stop", None),
        ("MAX_TOKENS", "length", None),
        ("CONTINUATION", "length", "CONTINUATION"),
        ("SAFETY", "filtered", "SAFETY"),
        ("RECITATION", "filtered", "RECITATION"),
        ("PROHIBITED_CONTENT", "filtered", "PROHIBITED_CONTENT"),
        ("SPII", "filtered", "SPII"),
        ("BLOCKLIST", "filtered", "BLOCKLIST"),
        ("A_REASON_OF_TOMORROW", "filtered", "A_REASON_OF_TOMORROW"),
    ],
)
async def test_gemini_says_why_a_reply_ended(said: str, reason: str, detail: str | None) -> None:
    """Every finish reason has its meaning; whatever is new stopped the model like a filter."""
    with scripted(Answer(body=sse(says("a", finish=said)))) as server:
        outcome = await ask(provider(server.url))
        assert outcome.finished == Finished(reason, detail)  # pyright: ignore[reportArgumentType]  # compared
        assert len(server.requests) == 1


@pytest.mark.parametrize("said", ["OTHER", "MALFORMED_RESPONSE", "MALFORMED_FUNCTION_CALL", "NO_IMAGE"])
async def test_gemini_raises_what_the_model_did_not_manage(said: str) -> None:
    """A reply that broke off for no reason of its own is a failure, after what came before."""
    with scripted(Answer(body=sse(says("a"), says(finish=said)))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.text == "a"
    assert type(outcome.error) is ServerFault
    assert said in str(outcome.error)


async def test_gemini_says_that_a_prompt_was_blocked() -> None:
    """A blocked prompt has no candidates; its reason is the detail."""
    feedback = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "not this\x1b[2J"}
    with scripted(Answer(body=sse({"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 3}}))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.finished == Finished("filtered", "the prompt is blocked, PROHIBITED_CONTENT: not this[2J")
    assert outcome.usage == Usage(input=3)


async def test_gemini_is_done_at_the_last_event() -> None:
    """A connection that stays open after the end of a reply is not waited for, and closed."""
    with scripted(Answer(body=(*END, "hang"))) as server:
        async with asyncio.timeout(20):
            assert (await ask(provider(server.url))).text == "bye"
        assert await asyncio.to_thread(server.closed_early.wait, 5)


async def test_gemini_takes_usage_that_follows_the_end() -> None:
    """Some servers send the figures after the finish reason."""
    figures = {"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}
    with scripted(Answer(body=(*END, 0.02, *sse(figures)))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.usage == Usage(input=3, output=4)


async def test_gemini_goes_on_where_every_event_claims_to_be_the_last() -> None:
    """Old models repeat the finish reason with every chunk."""
    with scripted(Answer(body=sse(*(says(word, finish="STOP") for word in ("a", "b", "c"))))) as server:
        assert (await ask(provider(server.url))).text == "abc"
