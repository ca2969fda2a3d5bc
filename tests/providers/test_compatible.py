"""Laws of the compatible adapter: what servers object to, what ends a stream, and what becomes of connections."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from typing import Any

import pytest

from tchat.domain.errors import (
    BadRequest,
    ConnectionFailed,
    Interrupted,
    ProviderError,
    ServerFault,
)
from tchat.domain.events import Finished, Started, TextDelta
from tchat.domain.model import ModelFacts
from tchat.domain.usage import Usage
from tchat.providers import compatible, compatible_reply
from tests.providers.asked import HI, ask
from tests.providers.compatible_client import asking, provider
from tests.servers import ROOT, Answer, scripted, sse


def chunk(text: str, finish: str | None = None) -> dict[str, Any]:
    """Return one event of a reply."""
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


BYE = Answer(body=sse(chunk("bye"), chunk("", "stop"), "[DONE]"))
USAGE: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}


def refused(message: str, status: int = 400) -> Answer:
    """Return the answer to a request that is not taken."""
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error"}})
    return Answer(status=status, content_type="application/json", body=(body.encode(),))


# --- what the server objects to


@pytest.mark.parametrize("status", [400, 422])
async def test_objection_to_usage_is_met_once_and_remembered(status: int) -> None:
    """A server that does not know `stream_options` is asked without, and never with it again."""
    with scripted(refused("Unrecognized request argument: stream_options", status), BYE) as server:
        asked = provider(server.url)
        for _ in range(2):
            assert (await ask(asked, keep=True)).text == "bye"
        await asked.aclose()
        assert ["stream_options" in request.json for request in server.requests] == [True, False, False]


async def test_objection_to_parsed_reasoning_is_met_too() -> None:
    """Groq refuses `reasoning_format` for some models: the reply is as good with tags."""
    facts = ModelFacts(provider="house", name="model-1", efforts=("none", "medium"))
    with scripted(refused("reasoning_format is not supported with this model"), BYE) as server:
        outcome = await ask(provider(server.url, preset="groq"), asking(facts=facts, effort="medium"))
        assert outcome.text == "bye"
        assert "stream_options" in server.requests[1].json


async def test_objection_to_anything_else_is_an_error() -> None:
    """The error names the setting, so that the engine can leave it out; the adapter asks once."""
    with scripted(refused("Unsupported parameter: 'temperature'")) as server:
        outcome = await ask(provider(server.url), asking(temperature=1.0))
        assert isinstance(outcome.error, BadRequest)
        assert outcome.error.origin.parameter == "temperature"
        assert len(server.requests) == 1


async def test_objection_that_does_not_end_is_an_error() -> None:
    """A server that keeps objecting to what is not sent is not asked for ever."""
    with scripted(refused("stream_options: include_usage")) as server:
        assert isinstance((await ask(provider(server.url))).error, BadRequest)
        assert len(server.requests) == 2


async def test_errors_name_provider_model_status_and_request() -> None:
    """What a report needs is in the error's origin."""
    answer = Answer(status=500, content_type="text/plain", headers={"x-request-id": "req_7"}, body=(b"oops",))
    with scripted(answer) as server:
        error = (await ask(provider(server.url))).error
    assert isinstance(error, ServerFault)
    assert (error.origin.provider, error.origin.model) == ("house", "model-1")
    assert (error.origin.status, error.origin.request_id) == (500, "req_7")


# --- what ends a stream


@pytest.mark.parametrize(
    "body",
    [
        (*sse(chunk("a", "stop"), "[DONE]"), "hang"),
        (*sse(chunk("a", "stop"), USAGE), "hang"),
        (*sse(chunk("a", "stop")), "reset"),
        (*sse(chunk("a", "stop"), USAGE), "close"),
        sse(chunk("a", "stop")),
        sse(chunk("a"), "[DONE]"),
    ],
)
async def test_stream_ends_with_its_reply(body: tuple[Any, ...]) -> None:
    """`[DONE]`, usage or an end of the body: the connection is not waited for, and what happens to it is no failure."""
    with scripted(Answer(body=body)) as server:
        async with asyncio.timeout(20):
            outcome = await ask(provider(server.url))
    assert (outcome.text, outcome.finished) == ("a", Finished("stop"))
    assert outcome.usage == (Usage(input=1, output=2) if USAGE in [*map(parsed, body)] else Usage())


def parsed(step: object) -> object:
    """Return the event that a step of an answer sends, if it is one."""
    with contextlib.suppress(ValueError):
        return json.loads(step.removeprefix(b"data: ")) if isinstance(step, bytes) else None
    return None


async def test_stream_may_end_in_the_middle_of_its_last_line() -> None:
    """An event that is whole counts although nothing ends it; half an event is a reply that broke off."""
    last = sse(chunk("b", "stop"))[0].rstrip()
    for cut, right in ((len(last), "ab"), (len(last) - 5, None)):
        with scripted(Answer(body=(*sse(chunk("a")), last[:cut]))) as server:
            outcome = await ask(provider(server.url))
        assert (outcome.text if outcome.finished else None) == right
        assert isinstance(outcome.error, Interrupted | None)


async def test_stream_without_usage_is_waited_for_only_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that has ended is complete although the server says nothing more."""
    monkeypatch.setattr(compatible_reply, "USAGE_SECONDS", 0.05)
    with scripted(Answer(body=(*sse(chunk("a", "stop")), "hang"))) as server:
        assert (await ask(provider(server.url))).finished == Finished("stop")
        assert server.closed_early.wait(5)


async def test_stream_passes_text_on_at_once() -> None:
    """Nothing waits for the next event, nor for the end."""
    with scripted(Answer(body=(*sse(chunk("a")), 0.05, *sse(chunk("b")), "hang"))) as server:
        async with contextlib.aclosing(provider(server.url).stream(HI)) as events:
            seen = [await anext(events) for _ in range(3)]
        assert isinstance(seen[0], Started)
        assert seen[1:] == [TextDelta("a"), TextDelta("b")]
        assert server.closed_early.wait(5)


@pytest.mark.parametrize("count", [1, 2])
async def test_closing_hangs_up_at_once(count: int) -> None:
    """Closing the generator closes the connection, at whatever event."""
    with scripted(Answer(body=(*sse(chunk("a")), "hang"))) as server:
        asked = provider(server.url)
        events = asked.stream(HI)
        for _ in range(count):
            await anext(events)
        await events.aclose()
        assert server.closed_early.wait(5)
        await asked.aclose()


@pytest.mark.parametrize("body", [("hang",), (*sse(chunk("a")), "hang"), (b"data: {", "hang")])
async def test_cancelling_hangs_up_at_once(body: tuple[Any, ...]) -> None:
    """Cancelling whoever consumes the stream closes the connection, whatever it waits for."""
    with scripted(Answer(body=body)) as server:
        asked = provider(server.url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ask(asked, keep=True)
        assert server.closed_early.wait(5)
        await asked.aclose()


async def test_failures_leave_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error inside a stream closes the connection."""
    monkeypatch.setattr(compatible, "LONGEST_EVENT", 1000)
    bodies = (sse({"error": {"message": "boom"}}), (b"data: " + b"x" * 2000,), sse(chunk("a"), "{broken"))
    for body in bodies:
        with scripted(Answer(body=(*body, "hang"))) as server:
            outcome = await ask(provider(server.url), keep=True)
            assert isinstance(outcome.error, ServerFault)
            assert server.closed_early.wait(5)


async def test_endless_events_are_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without end is an error that says so."""
    monkeypatch.setattr(compatible, "LONGEST_EVENT", 2**20)
    with scripted(Answer(body=(b"data: ", *[b"x" * 2**16] * 40, "hang"))) as server:
        outcome = await ask(provider(server.url))
        assert str(outcome.error) == "house sent an event of more than 1 MB"


# --- connections


@contextlib.contextmanager
def forgetful(requests: int) -> Generator[tuple[str, list[list[int]]]]:
    """Run a server that answers some requests of each connection and resets it at the next one.

    Yields its URL and, for each connection, the numbers of the requests that it answered.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    connections: list[list[int]] = []

    def serve(connection: socket.socket, answered: list[int]) -> None:
        body = b"".join(sse(chunk("bye"), chunk("", "stop"), "[DONE]"))
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(body)}\r\n\r\n"
        with connection, connection.makefile("rb") as received, contextlib.suppress(OSError):
            for number in range(requests):
                length = 0
                while line := received.readline().strip():
                    length = int(line.split()[1]) if line.lower().startswith(b"content-length:") else length
                if not received.read(length):
                    return
                answered.append(number)
                connection.sendall(head.encode() + body)
            received.read(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = listening.accept()[0]
                connections.append([])
                threading.Thread(target=serve, args=(connection, connections[-1]), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", connections


async def test_connections_are_kept_for_the_next_request() -> None:
    """Three turns take one connection where the server keeps it."""
    with forgetful(10) as (url, connections):
        asked = provider(url)
        for _ in range(3):
            await ask(asked, keep=True)
        await asked.aclose()
    assert connections == [[0, 1, 2]]


async def test_stale_connections_are_replaced_unseen() -> None:
    """A kept connection that is reset at the next request costs one more connection, not the turn."""
    with forgetful(1) as (url, connections):
        asked = provider(url)
        await asyncio.gather(*(ask(asked, keep=True) for _ in range(3)))
        for _ in range(3):
            assert (await ask(asked, keep=True)).text == "bye"
        await asked.aclose()
    assert connections == [[0]] * 6


async def test_new_connections_that_fail_are_not_tried_again() -> None:
    """A request that may have been read is the engine's to repeat."""
    with scripted(Answer(status=200, body=("reset",))) as server:
        assert isinstance((await ask(provider(server.url))).error, ProviderError)
        assert len(server.requests) == 1


async def test_provider_can_be_closed_and_used_again() -> None:
    """Closing releases connections; the next request makes new ones."""
    with scripted(BYE) as server:
        asked = provider(server.url)
        await asked.aclose()
        await asked.warm()
        await asked.warm()
        for _ in range(2):
            assert (await ask(asked)).text == "bye"
        assert asked.name == "house"


async def test_nobody_listening_is_an_error_that_says_so() -> None:
    """A server that is not running is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = await ask(provider(f"http://127.0.0.1:{port}/v1"))
    assert isinstance(outcome.error, ConnectionFailed)
    assert "house" in str(outcome.error)


async def test_interrupted_replies_keep_text_that_was_held_back() -> None:
    """What could have been the begin of a tag is text when nothing follows."""
    with scripted(Answer(body=(*sse(chunk("<thi")), "reset"))) as server:
        outcome = await ask(provider(server.url))
    assert isinstance(outcome.error, Interrupted)
    assert outcome.text == "<thi"


def test_importing_the_adapter_imports_no_http_library() -> None:
    """HTTP libraries wait for the first request, and the SDKs are not needed at all."""
    code = (
        "import sys, tchat.providers.compatible\n"
        "print([name for name in ('httpx', 'httpcore', 'anyio', 'openai', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
