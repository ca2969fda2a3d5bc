"""Laws of the compatible adapter over recorded traffic: at every chunk size it reads what a right client reads."""

import json
from collections.abc import Iterator

import pytest

from tchat.domain.errors import BadRequest, RateLimited, TchatError, UnknownModel
from tchat.domain.events import Finished, FinishReason, Started
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.providers.think_tags import CLOSER, OPENER
from tests.providers.asked import HI, Outcome, ask
from tests.providers.compatible_client import provider
from tests.servers import CASSETTES, Cassette, cassettes, shared_tool

CHUNKINGS = ("event", "1", "7", "line", "all")
RECORDED = [one for one in cassettes("compat") + cassettes("openai_chat") if one.protocol == "openai.chat"]
ANSWERED = [one for one in RECORDED if "error" not in one.expect]
STREAMED = [one for one in ANSWERED if one.stream]
WHOLE = [one for one in ANSWERED if not one.stream]
ENDS: dict[str | None, FinishReason] = {"stop": "stop", "length": "length", "tool_calls": "stop", None: "stop"}
FAILURES: dict[str, tuple[type[TchatError], str]] = {
    "compat/error_404_groq_model_typo": (UnknownModel, "versatlie"),
    "compat/groq_gpt_oss_reasoning_error_midstream": (BadRequest, "Tool call validation failed"),
    "compat/openrouter_error_429": (RateLimited, "temporarily rate-limited upstream"),
    "compat/openrouter_stream_error_200": (BadRequest, "Token limit reached"),
    "openai_chat/error_400_o1_mini_system_role": (BadRequest, "does not support 'system'"),
    "openai_chat/error_404_model_typo": (UnknownModel, "gpt-5.2-proo"),
}


@pytest.fixture(scope="module")
def lenient() -> Iterator[str]:
    """The URL of a server that plays whole answers to requests that ask for a stream."""
    with shared_tool("replay.py", str(CASSETTES), "--lenient") as url:
        yield url


def asked_of(cassette: Cassette) -> Request:
    """Return a request to the model of a recording."""
    return Request(facts=ModelFacts(provider="house", name=cassette.model or "model"), messages=HI.messages)


def preset_of(cassette: Cassette) -> str:
    """Return the preset of the server that was recorded, by the recording's name."""
    name = cassette.id.partition("/")[2].partition("_")[0]
    return {"grok": "xai", "magistral": "mistral", "zai": ""}.get(name, name)


def check_recording(cassette: Cassette, outcome: Outcome) -> None:
    """Compare an outcome with what a right client reads from a recording."""
    expect = cassette.expect
    text, reasoning = expect.get("text", ""), expect.get("reasoning", "")
    if text.startswith(OPENER):
        thought, _, answer = text.removeprefix(OPENER).partition(CLOSER)
        text, reasoning = answer.lstrip(), thought.strip()
    assert outcome.error is None
    assert (outcome.text, outcome.reasoning) == (text, reasoning)
    refusal = expect.get("refusal")
    assert outcome.finished == (Finished("refused", refusal) if refusal else Finished(ENDS[expect.get("stop")]))
    figures = expect["usage"]
    usage = outcome.usage
    # grok counts its reasoning beside the output, and only its total says so
    assert (usage.input, usage.output) == (figures["input"], figures["total"] - figures["input"])
    assert (usage.cached_read, usage.reasoning) == (figures.get("cached"), figures.get("reasoning"))
    started = outcome.events[0]
    assert isinstance(started, Started)
    assert json.dumps(started.model)[1:-1] in cassette.response["body"]
    assert started.request_id == "req_replay"


@pytest.mark.parametrize("chunking", CHUNKINGS)
@pytest.mark.parametrize("cassette", STREAMED, ids=lambda one: one.id)
async def test_recorded_streams_are_read_however_they_are_cut(cassette: Cassette, chunking: str, replay: str) -> None:
    """Text, reasoning, usage and end are those of the recording at every chunk size."""
    url = f"{replay}/c/{cassette.id}/v1?_chunk={chunking}"
    check_recording(cassette, await ask(provider(url, preset=preset_of(cassette)), asked_of(cassette)))


@pytest.mark.parametrize("cassette", WHOLE, ids=lambda one: one.id)
async def test_recorded_answers_in_one_piece_are_read(cassette: Cassette, lenient: str) -> None:
    """A server that does not stream is understood all the same."""
    check_recording(cassette, await ask(provider(f"{lenient}/c/{cassette.id}/v1"), asked_of(cassette)))


@pytest.mark.parametrize("chunking", ["event", "7"])
@pytest.mark.parametrize("name", FAILURES)
async def test_recorded_failures_become_errors(name: str, chunking: str, replay: str) -> None:
    """Refused requests and errors inside a stream are told apart, and what came before an error is kept."""
    cassette = next((one for one in RECORDED if one.id == name), None)
    if cassette is None:
        pytest.skip("the recordings come with ../shared, which is not here")
    kind, words = FAILURES[name]
    outcome = await ask(provider(f"{replay}/c/{name}/v1?_chunk={chunking}"), asked_of(cassette))
    assert type(outcome.error) is kind
    assert words in str(outcome.error)
    assert outcome.reasoning == cassette.expect.get("reasoning", "")


def test_recorded_failures_are_all_expected() -> None:
    """Every recording is played by one of these tests."""
    failed = {one.id for one in RECORDED if "error" in one.expect}
    assert failed <= set(FAILURES)


async def test_recorded_reasoning_state_is_sealed_whole(replay: str) -> None:
    """OpenRouter's fragments become the block that their signature speaks for, and go back in the text's place."""
    name = "compat/openrouter_claude_reasoning_stream"
    cassette = next((one for one in RECORDED if one.id == name), None)
    if cassette is None:
        pytest.skip("the recordings come with ../shared, which is not here")
    outcome = await ask(provider(f"{replay}/c/{name}/v1", preset="openrouter"), asked_of(cassette))
    assert outcome.sealed is not None
    (block,) = outcome.sealed.pop("reasoning_details")
    assert outcome.sealed == {"role": "assistant", "content": outcome.text}
    assert (block["type"], block["text"], block["index"]) == ("reasoning.text", outcome.reasoning, 0)
    assert len(block["signature"]) > 20
