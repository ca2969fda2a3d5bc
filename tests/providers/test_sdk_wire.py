"""Laws of the way through an SDK, whichever it is: keys, headers, cancelling, refusals, and what stays unsaid."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast
from urllib.request import urlopen

import pytest

from tchat.domain.errors import (
    BadRequest,
    ConfigError,
    ConnectionFailed,
    Interrupted,
    KeyRejected,
    ProviderError,
    RateLimited,
    ServerFault,
    Stalled,
    TimedOut,
)
from tchat.domain.events import Event, Finished, Started, TextDelta
from tchat.providers.base import Provider
from tests.providers.asked import HI, KEY, Outcome, ask
from tests.providers.sdk_client import anthropic, message, messages_stream, openai, responses_stream, text
from tests.servers import ROOT, Answer, scripted, sse

Make = Callable[..., Provider]
ADAPTERS = pytest.mark.parametrize("make", [openai, anthropic])
BEGUN: dict[Make, tuple[bytes, ...]] = {
    openai: sse(*responses_stream(message("so far"))[:2]),
    anthropic: sse(*messages_stream(text("so far"))[:3]),
}
"""The beginning of a reply."""
ANSWERS: dict[Make, tuple[bytes, ...]] = {
    openai: sse(*responses_stream(message("fine"))),
    anthropic: sse(*messages_stream(text("fine"))),
}


def answer(make: Make) -> Answer:
    """Return a good answer."""
    return Answer(body=ANSWERS[make])


# --- keys and headers --------------------------------------------------------


@ADAPTERS
async def test_an_sdk_reads_nothing_of_the_environment(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, organisations, headers and addresses of the environment are not tchat's to send."""
    for sdk in ("OPENAI", "ANTHROPIC"):
        for name in ("API_KEY", "AUTH_TOKEN", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "PROFILE", "WEBHOOK_SIGNING_KEY"):
            monkeypatch.setenv(f"{sdk}_{name}", "foreign")
        monkeypatch.setenv(f"{sdk}_CUSTOM_HEADERS", "authorization: Bearer foreign\nx-own: foreign")
        monkeypatch.setenv(f"{sdk}_BASE_URL", "http://127.0.0.1:9/foreign")
    with scripted(answer(make)) as server:
        assert (await ask(make(server.url))).text == "fine"
        (received,) = server.requests
        assert received.headers["authorization"] == f"Bearer {KEY}"
        assert "foreign" not in str(received.headers)


@ADAPTERS
async def test_an_sdk_sends_no_key_where_there_is_none(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without keys sees none, not even one of the environment."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "foreign")
    with scripted(answer(make)) as server:
        assert (await ask(make(server.url, key=None))).text == "fine"
        (received,) = server.requests
        assert not {"authorization", "x-api-key"} & received.headers.keys()


@ADAPTERS
@pytest.mark.parametrize("key", ["sk-caf\u00e9", "sk-a\r\nx-evil: 1", "sk-\x00"])
async def test_a_key_that_cannot_be_one_is_not_sent(make: Make, key: str) -> None:
    """What does not fit a header is no key, and the error does not repeat it."""
    with scripted(answer(make)) as server:
        error = (await ask(make(server.url, key=key))).error
        assert type(error) is KeyRejected
        assert key not in str(error)
        assert server.requests == []


@ADAPTERS
@pytest.mark.parametrize("headers", [{"x own": "1"}, {"x-own": "1\r\nx-evil: 2"}, {"x-own": "caf\u00e9"}])
async def test_headers_that_cannot_be_sent_are_a_mistake_of_the_configuration(
    make: Make, headers: dict[str, str]
) -> None:
    """The error names the header, and nothing goes out."""
    with scripted(answer(make)) as server:
        error = (await ask(make(server.url, headers=headers))).error
        assert type(error) is ConfigError
        assert next(iter(headers)) in str(error)
        assert server.requests == []


@ADAPTERS
async def test_headers_of_the_configuration_win(make: Make) -> None:
    """A gateway may want its own authorization."""
    with scripted(answer(make)) as server:
        assert (await ask(make(server.url, headers={"Authorization": "Basic eA=="}))).text == "fine"
        assert server.requests[0].headers["authorization"] == "Basic eA=="


@ADAPTERS
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
async def test_errors_never_repeat_the_key(make: Make, status: int) -> None:
    """A server that echoes the request's headers, in JSON or not, is not quoted with the key."""
    words = f"bad header authorization: Bearer {KEY}, x-api-key={KEY}"
    for body in (json.dumps({"error": {"message": words, "type": words, "code": KEY, "param": KEY}}), words):
        with scripted(Answer(status=status, content_type="application/json", body=(body.encode(),))) as server:
            error = (await ask(make(server.url))).error
        assert isinstance(error, ProviderError)
        assert KEY not in f"{error!r} {error} {error.hint} {error.origin}"
        assert error.__cause__ is None


# --- refusals ----------------------------------------------------------------


@ADAPTERS
async def test_a_redirect_takes_no_key_along(make: Make, chaos: str) -> None:
    """It is refused with the address it leads to, and no credential arrives there."""
    error = (await ask(make(f"{chaos}/f/redirect_other_host,id={make.__name__}"))).error
    assert type(error) is BadRequest
    assert "http://localhost:" in str(error)
    leaks = await asyncio.to_thread(urlopen, f"{chaos}/_leaks")
    assert json.load(leaks) == []


@ADAPTERS
@pytest.mark.parametrize(("name", "value"), [("retry-after", "7"), ("retry-after-ms", "7000")])
async def test_the_wait_that_a_provider_asks_for_is_told(make: Make, name: str, value: str) -> None:
    """The error says how many seconds to wait, and which request it was."""
    headers = {name: value, "x-request-id": "req_1"}
    with scripted(Answer(status=429, content_type="application/json", headers=headers, body=(b"{}",))) as server:
        error = (await ask(make(server.url))).error
        assert isinstance(error, RateLimited)
        assert len(server.requests) == 1
    assert (error.origin.retry_after, error.origin.request_id, error.origin.status) == (7.0, "req_1", 429)
    assert (error.origin.provider, error.origin.model) == ("house", "model-1")


@ADAPTERS
async def test_a_refusal_that_never_ends_times_out(make: Make) -> None:
    """The body of an error may stall like any other."""
    with scripted(Answer(status=500, content_type="application/json", body=(b'{"error"', "hang"))) as server:
        began = time.monotonic()
        error = (await ask(make(server.url, stall_timeout=0.3))).error
        assert isinstance(error, TimedOut)
        assert time.monotonic() - began < 5


@ADAPTERS
async def test_a_refusal_that_breaks_off_is_a_failure_of_the_network(make: Make) -> None:
    """What is left of the body is no reason to guess."""
    with scripted(Answer(status=500, content_type="application/json", body=(b'{"error"', "reset"))) as server:
        assert type((await ask(make(server.url))).error) in {ConnectionFailed, Interrupted}


@ADAPTERS
async def test_nobody_at_home_is_a_failed_connection(make: Make) -> None:
    """A port without a server refuses."""
    with scripted(answer(make)) as server:
        url = server.url
    assert type((await ask(make(url))).error) is ConnectionFailed


@ADAPTERS
async def test_a_list_that_is_none_makes_no_sense(make: Make) -> None:
    """A web page instead of a model list is the server's fault, a refusal is a refusal."""
    with scripted(Answer(content_type="text/html", body=(b"<html><title>hi</title>",))) as server:
        asked = make(server.url)
        with pytest.raises(ServerFault, match="a web page: hi"):
            await asked.models()
        await asked.aclose()
    with scripted(Answer(status=401, content_type="application/json", body=(b"{}",))) as server:
        asked = make(server.url)
        with pytest.raises(KeyRejected):
            await asked.models()
        await asked.aclose()


@ADAPTERS
async def test_odd_lists_hold_only_names_that_can_be_typed(make: Make, chaos: str) -> None:
    """Names with escapes, too long or empty are left out of five thousand."""
    asked = make(f"{chaos}/f/models_odd,id={make.__name__}")
    names = [facts.name for facts in await asked.models()]
    await asked.aclose()
    assert len(names) == 5002
    assert all(0 < len(name) <= 200 and name.isprintable() for name in names)


# --- the stream --------------------------------------------------------------


def stream(provider: Provider) -> AsyncGenerator[Event]:
    """Return a stream to be closed by hand."""
    return provider.stream(HI)


@ADAPTERS
async def test_closing_a_stream_hangs_up_at_once(make: Make) -> None:
    """A reader that has seen enough leaves nothing open."""
    with scripted(Answer(body=(*BEGUN[make], "hang"))) as server:
        asked = make(server.url)
        async with aclosing(stream(asked)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        assert await asyncio.to_thread(server.closed_early.wait, 5)
        await asked.aclose()


@ADAPTERS
async def test_cancelling_the_reader_hangs_up_at_once(make: Make) -> None:
    """A cancelled task leaves nothing open, though it waits for more."""
    with scripted(Answer(body=(*BEGUN[make], "hang"))) as server:
        asked = make(server.url)
        spoken = asyncio.Event()

        async def read() -> None:
            async for event in stream(asked):
                if isinstance(event, TextDelta):
                    spoken.set()

        reader = asyncio.create_task(read())
        await spoken.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert await asyncio.to_thread(server.closed_early.wait, 5)
        await asked.aclose()


@ADAPTERS
async def test_cancelling_before_the_answer_is_prompt(make: Make, chaos: str) -> None:
    """A request without an answer can be given up."""
    asked = make(f"{chaos}/f/slow_ttft,secs=20,id=cancel{make.__name__}")
    await asked.warm()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await anext(stream(asked))
    assert time.monotonic() - began < 3
    await asked.aclose()


@ADAPTERS
async def test_a_reply_is_told_as_it_comes(make: Make) -> None:
    """What has arrived is not kept back for what has not."""
    with scripted(Answer(body=(*BEGUN[make], "hang"))) as server:
        asked = make(server.url)
        async with aclosing(stream(asked)) as events:
            told = [await anext(events)]
            while not isinstance(told[-1], TextDelta):
                told.append(await anext(events))
        assert isinstance(told[0], Started)
        assert told[-1] == TextDelta("so far")
        await asked.aclose()


@ADAPTERS
async def test_the_end_of_a_reply_is_not_the_end_of_the_connection(make: Make) -> None:
    """A server that keeps the connection open after the last event is not waited for."""
    with scripted(Answer(body=(*ANSWERS[make], "hang"))) as server:
        began = time.monotonic()
        outcome = await ask(make(server.url))
        assert outcome.finished == Finished("stop")
        assert time.monotonic() - began < 5
        assert await asyncio.to_thread(server.closed_early.wait, 5)


@ADAPTERS
@pytest.mark.parametrize(
    ("step", "kind"), [("hang", Stalled), ("reset", Interrupted), ("close", Interrupted), (b"", Interrupted)]
)
async def test_a_broken_reply_is_told_as_far_as_it_came(make: Make, step: Any, kind: type[ProviderError]) -> None:  # noqa: ANN401
    """Silence, a reset, a lost connection and a clean early end all leave what was said, and an error."""
    with scripted(Answer(body=(*BEGUN[make], 0.05, step))) as server:
        outcome = await ask(make(server.url, stall_timeout=0.5))
    assert type(outcome.error) is kind
    assert outcome.text == "so far"


@ADAPTERS
async def test_a_last_event_without_its_blank_line_counts(make: Make) -> None:
    """Some servers forget the end of the last event; half an event is none."""
    body = b"".join(ANSWERS[make]).rstrip()
    with scripted(Answer(body=(body,)), Answer(body=(body[:-3],))) as server:
        asked = make(server.url)
        assert (await ask(asked, keep=True)).text == "fine"
        assert type((await ask(asked)).error) is Interrupted


@ADAPTERS
async def test_a_failure_in_one_piece_is_raised(make: Make) -> None:
    """An error with status 200 is an error."""
    said = {"error": {"type": "overloaded_error", "message": "busy"}}
    with scripted(Answer(content_type="application/json", body=(json.dumps(said).encode(),))) as server:
        assert "busy" in str((await ask(make(server.url))).error)


@ADAPTERS
async def test_replies_can_be_asked_for_at_the_same_time(make: Make) -> None:
    """The first call of each builds the client once, and none disturbs another."""
    with scripted(answer(make)) as server:
        asked = make(server.url)
        outcomes: list[Outcome] = await asyncio.gather(*(ask(asked, keep=True) for _ in range(8)))
        assert [outcome.text for outcome in outcomes] == ["fine"] * 8
        await asked.aclose()
        assert (await ask(asked)).text == "fine"
        await asked.aclose()


# --- imports and the terminal ------------------------------------------------

LOADED = """
import asyncio, json, sys
from tests.providers.asked import HI
from tests.providers.sdk_client import {make}
from tchat.domain.errors import TchatError

SDKS = ("openai", "anthropic", "httpx2", "httpx", "pydantic")
before = [name for name in SDKS if name in sys.modules]

async def main():
    for url in {urls!r}:
        provider = {make}(url)
        await provider.warm()
        after = [name for name in SDKS if name in sys.modules]
        try:
            async for _ in provider.stream(HI):
                pass
        except TchatError as error:
            print(error, file=sys.stdout)
        await provider.aclose()
    print(json.dumps([before, after]))

asyncio.run(main())
"""


@pytest.mark.parametrize("make", ["openai", "anthropic"])
def test_an_sdk_comes_late_and_says_nothing(make: str, chaos: str) -> None:
    """It is imported by `warm` and no earlier, and writes nothing to the terminal even if it is told to."""
    faults = ("ok", "odd_usage", "unknown_events", "http_500", "reset")
    code = LOADED.format(make=make, urls=[f"{chaos}/f/{fault},id=quiet{make}" for fault in faults])
    environ = {"OPENAI_LOG": "debug", "ANTHROPIC_LOG": "debug", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "always"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    *errors, last = done.stdout.splitlines()
    before, after = cast("list[list[str]]", json.loads(last))
    assert len(errors) == 2
    assert before == []
    assert make in after
    assert ({"openai", "anthropic"} - {make}).isdisjoint(after)
    assert done.stderr == ""
