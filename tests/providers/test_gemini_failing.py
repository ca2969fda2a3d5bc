"""How streams of the Gemini adapter fail, end and are given up."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from tchat.domain.errors import (
    BadRequest,
    ConnectionFailed,
    Interrupted,
    KeyRejected,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
)
from tchat.domain.events import Finished, Metered, Started, TextDelta
from tchat.domain.message import ImagePart, user
from tchat.providers.gemini import GeminiProvider
from tests.providers.gemini_client import (
    END,
    HI,
    KEY,
    ask,
    connections,
    is_closed,
    provider,
    refusal,
    says,
)
from tests.servers import Answer, scripted, sse

QUOTA = "You exceeded your current quota, please check your plan and billing details."
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7.5s"}


def violation(quota: str) -> dict[str, Any]:
    """Return the detail that names a quota."""
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota}]}


@pytest.mark.parametrize(
    ("answer", "kind", "seconds"),
    [
        (refusal(429, QUOTA, RETRY, status="RESOURCE_EXHAUSTED"), RateLimited, 7.5),
        (refusal(429, QUOTA, violation("GenerateRequestsPerMinutePerProject"), RETRY), RateLimited, 7.5),
        (refusal(429, QUOTA, violation("GenerateRequestsPerMinutePerProject")), RateLimited, None),
        (refusal(429, QUOTA, violation("GenerateRequestsPerDayPerProject-FreeTier"), RETRY), QuotaExhausted, 7.5),
        (refusal(429, QUOTA), QuotaExhausted, None),
        (refusal(503, "overloaded", status="UNAVAILABLE"), Overloaded, None),
        (refusal(400, "API key expired. Please renew it.", {"reason": "API_KEY_INVALID"}), KeyRejected, None),
        (refusal(403, "Permission denied", status="PERMISSION_DENIED"), KeyRejected, None),
        (refusal(400, "Thinking level is not supported", status="INVALID_ARGUMENT"), BadRequest, None),
    ],
)
async def test_gemini_tells_refusals_apart(answer: Answer, kind: type[ProviderError], seconds: float | None) -> None:
    """Status, words and details make the error, and Google's own delay is told; nothing is tried again."""
    with scripted(answer) as server:
        error = (await ask(provider(server.url))).error
        assert len(server.requests) == 1
    assert isinstance(error, ProviderError)
    assert (type(error), error.origin.retry_after) == (kind, seconds)


async def test_gemini_names_the_setting_that_is_refused() -> None:
    """An objection to a setting says which one."""
    with scripted(refusal(400, "Thinking level is not supported for this model")) as server:
        error = (await ask(provider(server.url))).error
    assert isinstance(error, BadRequest)
    assert error.origin.parameter == "effort"


async def test_gemini_raises_an_error_inside_a_stream_after_what_came_before() -> None:
    """Events that arrive with the error in one piece are yielded first."""
    broken = {
        "error": {"code": 429, "message": f"slow down, {KEY}", "status": "RESOURCE_EXHAUSTED", "details": [RETRY]}
    }
    with scripted(Answer(body=(b"".join(sse(says("one "), says("two"), broken)),))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.text == "one two"
    assert type(outcome.error) is RateLimited
    assert outcome.error.origin.retry_after == 7.5
    assert KEY not in str(outcome.error)


async def test_gemini_reports_a_server_that_is_not_there() -> None:
    """A refused connection can be tried again."""
    with scripted(Answer(body=END)) as server:
        url = server.url
    assert type((await ask(provider(url))).error) is ConnectionFailed


async def test_gemini_reads_a_last_event_that_no_blank_line_ends() -> None:
    """The end of the body ends its last event."""
    with scripted(Answer(body=(END[0].strip(),))) as server:
        assert (await ask(provider(server.url))).text == "bye"


async def test_gemini_takes_half_an_event_for_an_early_end() -> None:
    """A body that ends inside an event was cut, however cleanly."""
    with scripted(Answer(body=(*sse(says("a")), END[0][:40]))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.text == "a"
    assert type(outcome.error) is Interrupted


@pytest.mark.parametrize("body", [b"[1, 2]", b"data: 42\n\n", b'[{"candidates": []}, "x"]'])
async def test_gemini_takes_no_other_json_for_an_answer(body: bytes) -> None:
    """An event is an object."""
    with scripted(Answer(body=(body,))) as server:
        assert type((await ask(provider(server.url))).error) is ServerFault


async def test_gemini_heeds_nothing_unreadable_after_the_end() -> None:
    """Once a reply is complete it stays so, even if its end is followed by nonsense or a reset."""
    with scripted(Answer(body=(END[0] + b"data: {nonsense\n\n", 0.02, "reset"))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.finished == Finished("stop")


async def test_gemini_gives_an_endless_event_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server cannot fill the memory with one event."""
    monkeypatch.setattr("tchat.providers.gemini_wire.LONGEST_EVENT", 1000)
    with scripted(Answer(body=(*sse(says("a")), b"data: " + b"x" * 2000, "hang"))) as server:
        outcome = await ask(provider(server.url))
        assert outcome.text == "a"
        assert type(outcome.error) is ServerFault
        assert await is_closed(server)


def endless() -> Answer:
    """Return an answer that begins and never ends."""
    return Answer(body=(*sse(says("one", usageMetadata={"promptTokenCount": 1})), "hang"))


@pytest.mark.parametrize("after", [Started, TextDelta, Metered])
async def test_gemini_closes_the_connection_with_the_generator(after: type) -> None:
    """Closing at any event ends the connection at once, also while other events wait."""
    with scripted(endless()) as server:
        asked = provider(server.url)
        events = asked.stream(HI)
        async for event in events:
            if isinstance(event, after):
                break
        await events.aclose()
        assert await is_closed(server)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await asked.aclose()


async def test_gemini_closes_the_connection_when_its_reader_is_cancelled() -> None:
    """Cancelling the task that waits for the next event ends the connection at once."""
    with scripted(endless()) as server:
        asked = provider(server.url)
        is_metered = asyncio.Event()

        async def read() -> None:
            async for event in asked.stream(HI):
                if isinstance(event, Metered):
                    is_metered.set()

        task = asyncio.create_task(read())
        await is_metered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert connections(asked) == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert await is_closed(server)
        await asked.aclose()


async def test_gemini_can_be_cancelled_before_its_first_event() -> None:
    """A request that waits for its answer is given up at once."""
    with scripted(Answer(body=("hang",))) as server:
        asked = provider(server.url)
        task = asyncio.create_task(ask_on(asked))
        while not server.requests:  # noqa: ASYNC110  # the server runs in a thread of its own
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert connections(asked) == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await asked.aclose()


async def ask_on(asked: GeminiProvider) -> None:
    """Read a reply to its end."""
    async for _ in asked.stream(HI):
        pass


async def test_gemini_keeps_concurrent_streams_apart() -> None:
    """Closing one stream leaves another of the same provider alone."""
    with scripted(endless(), Answer(body=(*sse(says("a")), 0.05, *END))) as server:
        asked = provider(server.url)
        first = asked.stream(HI)
        await anext(first)
        second = asked.stream(HI)
        await anext(second)
        await first.aclose()
        rest = [event async for event in second]
        assert rest[-1] == Finished("stop")
        await asked.aclose()


async def test_gemini_uses_a_connection_again_after_a_complete_reply() -> None:
    """A reply that was read to its end leaves its connection to the next."""
    with scripted(Answer(body=END)) as server:
        asked = provider(server.url)
        for _ in range(2):
            assert [event async for event in asked.stream(HI)][-1] == Finished("stop")
        assert connections(asked) == 1
        await asked.aclose()


async def test_a_fault_of_tchat_is_not_told_as_geminis() -> None:
    """A picture whose bytes nobody passed on is our own mistake, and shall be seen as one."""
    picture = ImagePart(digest="0" * 64, media_type="image/png")
    asked = provider("http://127.0.0.1:1")
    with pytest.raises(KeyError):
        async for _ in asked.stream(replace(HI, messages=(user("look", picture),))):
            pass
    await asked.aclose()
