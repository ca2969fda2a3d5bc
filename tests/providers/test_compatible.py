"""Laws of the compatible adapter: what goes on the wire, what ends a stream, and what becomes of connections."""

import asyncio
import base64
import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from typing import Any

import pytest

from tchat.domain.effort import EFFORTS, Effort
from tchat.domain.errors import (
    BadRequest,
    ConfigError,
    ConnectionFailed,
    Interrupted,
    KeyRejected,
    ProviderError,
    ServerFault,
)
from tchat.domain.events import Finished, Started, TextDelta
from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.providers import compatible, compatible_reply
from tests.providers.compatible_client import FACTS, HI, KEY, ask, asking, provider
from tests.servers import ROOT, Answer, Received, scripted, sse

PRESETS = ("", "deepseek", "groq", "llamacpp", "lmstudio", "local", "mistral", "ollama", "openrouter", "vllm", "xai")


def chunk(text: str, finish: str | None = None) -> dict[str, Any]:
    """Return one event of a reply."""
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


BYE = Answer(body=sse(chunk("bye"), chunk("", "stop"), "[DONE]"))
USAGE: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}


def refused(message: str, status: int = 400) -> Answer:
    """Return the answer to a request that is not taken."""
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error"}})
    return Answer(status=status, content_type="application/json", body=(body.encode(),))


async def sent(
    request: Request, preset: str = "", *, headers: dict[str, str] | None = None, extra: dict[str, Any] | None = None
) -> Received:
    """Return what goes over the wire for a request."""
    with scripted(BYE) as server:
        asked = provider(f"{server.url}/v1", preset=preset, headers=headers, extra_body=extra)
        assert (await ask(asked, request)).text == "bye"
        return server.requests[0]


async def fields(request: Request, preset: str = "") -> dict[str, Any]:
    """Return the body that goes over the wire for a request."""
    return (await sent(request, preset)).json


# --- what is sent


async def test_request_has_only_what_every_server_knows() -> None:
    """A server that is not known is asked in the plainest way."""
    received = await sent(asking(user("hi"), max_tokens=9))
    assert received.path == "/v1/chat/completions"
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert received.headers["content-type"] == "application/json"
    assert received.json == {
        "model": "model-1",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 9,
    }


@pytest.mark.parametrize("preset", PRESETS)
async def test_request_spells_every_setting(preset: str) -> None:
    """Sampling, limits, seed, stop and schema go along under the server's names for them."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    tuning: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 9,
        "stop": ("END", "\n"),
        "seed": 0,
        "schema": schema,
    }
    body = await fields(asking(user("hi"), **tuning), preset)
    named = {"name": "reply", "schema": schema, "strict": False}
    seed = "random_seed" if preset == "mistral" else "seed"
    assert {name: value for name, value in body.items() if name not in ("model", "messages", "stream_options")} == {
        "stream": True,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 9,
        "stop": ["END", "\n"],
        seed: 0,
        "response_format": {"type": "json_schema", "json_schema": named},
    }
    assert ("stream_options" in body) == (preset != "mistral")


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}, True),
        ({"type": "object", "properties": {"a": {}}, "required": [], "additionalProperties": False}, False),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}}, False),
        ({"type": "string"}, True),
    ],
)
async def test_request_is_strict_where_the_schema_can_be(schema: dict[str, Any], strict: bool) -> None:  # noqa: FBT001
    """Servers with a strict mode refuse schemas whose objects are open."""
    body = await fields(asking(schema=schema))
    assert body["response_format"]["json_schema"]["strict"] is strict


ON = {"enable_thinking": True, "thinking": True}
OFF = {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}
EFFORTS_SENT: list[tuple[str, Effort, dict[str, Any]]] = [
    ("", "none", {"reasoning_effort": "none"}),
    ("", "max", {"reasoning_effort": "max"}),
    ("xai", "xhigh", {"reasoning_effort": "xhigh"}),
    ("lmstudio", "low", {"reasoning_effort": "low"}),
    ("mistral", "high", {"reasoning_effort": "high"}),
    ("ollama", "none", {"reasoning_effort": "none"}),
    ("ollama", "max", {"reasoning_effort": "high"}),
    ("openrouter", "none", {"reasoning": {"effort": "none"}}),
    ("openrouter", "max", {"reasoning": {"effort": "xhigh"}}),
    ("deepseek", "none", {"thinking": {"type": "disabled"}}),
    ("deepseek", "max", {"thinking": {"type": "enabled"}, "reasoning_effort": "max"}),
    ("groq", "low", {"reasoning_effort": "low"}),
    ("groq", "none", {"reasoning_effort": "none"}),
    ("llamacpp", "none", OFF),
    ("local", "none", OFF),
    ("vllm", "none", OFF),
    ("llamacpp", "max", {"chat_template_kwargs": ON, "reasoning_effort": "max"}),
    ("vllm", "max", {"chat_template_kwargs": ON, "reasoning_effort": "high"}),
]


def beyond_plain(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a body that not every request has."""
    return {name: body[name] for name in body.keys() - {"model", "messages", "stream", "stream_options"}}


@pytest.mark.parametrize(("preset", "effort", "spelled"), EFFORTS_SENT)
async def test_request_spells_effort_as_the_server_does(preset: str, effort: Effort, spelled: dict[str, Any]) -> None:
    """For a model of which nothing is known, the level is the nearest that the server takes."""
    assert beyond_plain(await fields(asking(effort=effort), preset)) == spelled


@pytest.mark.parametrize(
    ("preset", "spelled"),
    [
        ("", {"reasoning_effort": "medium"}),
        ("groq", {"reasoning_effort": "default", "reasoning_format": "parsed"}),
        ("vllm", {"chat_template_kwargs": ON}),
    ],
)
async def test_request_switches_reasoning_on_where_it_has_no_levels(preset: str, spelled: dict[str, Any]) -> None:
    """`medium` is on for a model whose reasoning is on or off."""
    facts = ModelFacts(provider="house", name="model-1", efforts=("none", "medium"))
    assert beyond_plain(await fields(asking(facts=facts, effort="medium"), preset)) == spelled


async def test_request_trusts_what_is_known_of_a_model() -> None:
    """A level of the model goes out as it is, whatever its server usually takes."""
    facts = ModelFacts(provider="house", name="model-1", efforts=EFFORTS)
    assert beyond_plain(await fields(asking(facts=facts, effort="xhigh"), "vllm"))["reasoning_effort"] == "xhigh"


@pytest.mark.parametrize(
    ("preset", "tokens", "spelled"),
    [
        ("", 500, {"thinking_budget": 500}),
        ("", 0, {"reasoning_effort": "none"}),
        ("openrouter", 500, {"reasoning": {"max_tokens": 500}}),
        ("openrouter", 0, {"reasoning": {"effort": "none"}}),
        ("llamacpp", 500, {"reasoning_budget_tokens": 500}),
        ("local", 0, OFF),
        ("vllm", 500, {"thinking_token_budget": 500}),
    ],
)
async def test_request_spells_a_thinking_budget(preset: str, tokens: int, spelled: dict[str, Any]) -> None:
    """A number of tokens has no common name; 0 turns thinking off."""
    assert beyond_plain(await fields(asking(thinking_budget=tokens), preset)) == spelled


async def test_request_carries_attachments_in_their_places() -> None:
    """Pictures and documents go inline, in order with the text."""
    image = ImagePart(digest="d1", media_type="image/png", name="a.png")
    document = DocumentPart(digest="d2", media_type="application/pdf", name="b.pdf")
    blobs = {"d1": b"\x89PNG", "d2": b"%PDF"}
    said = Message("user", (TextPart("first"), image, document, TextPart("last")))
    request = Request(facts=FACTS, messages=(said,), blobs=blobs)
    urls = [
        f"data:{kind};base64,{base64.b64encode(data).decode()}"
        for kind, data in (("image/png", b"\x89PNG"), ("application/pdf", b"%PDF"))
    ]
    first, last = {"type": "text", "text": "first"}, {"type": "text", "text": "last"}
    picture = {"type": "image_url", "image_url": {"url": urls[0]}}
    file = {"type": "file", "file": {"filename": "b.pdf", "file_data": urls[1]}}
    assert (await fields(request))["messages"][0]["content"] == [first, picture, file, last]
    link = {"type": "document_url", "document_name": "b.pdf", "document_url": urls[1]}
    assert (await fields(request, "mistral"))["messages"][0]["content"] == [first, picture, link, last]


async def test_request_replays_state_in_place_of_text() -> None:
    """A sealed message goes back verbatim; one without state goes as text."""
    data = {"role": "assistant", "content": "4", "reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}
    sealed = Message("assistant", (TextPart("4"), SealedPart(provider="house", model="model-1", data=data)))
    messages = (user("2+2"), sealed, user("and"), assistant("5"), user("so"))
    body = await fields(Request(facts=FACTS, messages=messages, system="Be brief."), "openrouter")
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "2+2"},
        data,
        {"role": "user", "content": "and"},
        {"role": "assistant", "content": "5"},
        {"role": "user", "content": "so"},
    ]


async def test_request_replays_the_state_that_a_reply_sealed() -> None:
    """What one turn seals is what the next one sends."""
    details = [{"type": "reasoning.text", "text": "hm", "signature": "s", "index": 0}]
    event = {"id": "1", "choices": [{"index": 0, "delta": {"content": "4", "reasoning_details": details}}]}
    with scripted(Answer(body=sse(event, "[DONE]")), BYE) as server:
        asked = provider(server.url)
        sealed = (await ask(asked, keep=True)).sealed
        part = SealedPart(provider="house", model="model-1", data=sealed)
        await ask(asked, asking(user("hi"), Message("assistant", (TextPart("4"), part)), user("so")))
        assert server.requests[1].json["messages"][1] == {
            "role": "assistant",
            "content": "4",
            "reasoning_details": details,
        }


async def test_request_leaves_out_replies_without_text() -> None:
    """Chat templates insist on turns that alternate: what the user said before and after becomes one message."""
    image = ImagePart(digest="d1", media_type="image/png")
    silent = Message("assistant", (TextPart(""),))
    body = await fields(asking(user("one"), silent, user("two"), assistant("ok"), user("three")))
    assert [message["content"] for message in body["messages"]] == ["one\n\ntwo", "ok", "three"]
    request = Request(facts=FACTS, messages=(user("one"), silent, user("two", image)), blobs={"d1": b""})
    (message,) = (await fields(request))["messages"]
    assert [part["type"] for part in message["content"]] == ["text", "image_url", "text"]


async def test_request_replaces_what_is_no_character() -> None:
    """Halves of surrogate pairs, wherever they come from, do not break the request."""
    body = await fields(asking(user("a\ud83db"), stop=("\udc00",)))
    assert body["messages"][0]["content"] == "a\ufffdb"
    assert body["stop"] == ["\ufffd"]


async def test_request_carries_the_users_own_fields_and_headers() -> None:
    """The endpoint's extra fields win over the adapter's, and its headers over the key's."""
    extra = {"max_tokens": 5, "transforms": ["middle-out"]}
    received = await sent(asking(max_tokens=9), headers={"Authorization": "Token t", "X-Team": "a b"}, extra=extra)
    assert (received.json["max_tokens"], received.json["transforms"]) == (5, ["middle-out"])
    assert (received.headers["authorization"], received.headers["x-team"]) == ("Token t", "a b")


async def test_request_without_key_has_no_authorization() -> None:
    """A server of one's own is asked without one."""
    with scripted(BYE) as server:
        await ask(provider(f"{server.url}/v1/?tier=a", key=None))
        assert "authorization" not in server.requests[0].headers
        assert server.requests[0].path == "/v1/chat/completions?tier=a"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"key": "sk-schlüssel"}, KeyRejected, "characters that no key has"),
        ({"key": "sk-a\r\nx: y"}, KeyRejected, "characters that no key has"),
        ({"headers": {"x-note": "naïve"}}, ConfigError, "'x-note'"),
        ({"headers": {"x note": "a"}}, ConfigError, "'x note'"),
        ({"headers": {"x-note": "a\nb"}}, ConfigError, "'x-note'"),
    ],
)
async def test_request_that_http_cannot_carry_is_not_sent(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    """A key or header that is none is reported without being shown."""
    with scripted(BYE) as server:
        outcome = await ask(provider(server.url, **options))
        assert type(outcome.error) is error
        assert words in str(outcome.error)
        assert "sk-" not in str(outcome.error)
        assert server.requests == []


@pytest.mark.parametrize(
    "url", ["http://a b/v1", "http://127.0.0.1:99999/v1", "ftp://127.0.0.1/v1", "127.0.0.1/v1", "http://"]
)
async def test_base_urls_that_are_none_are_an_error_of_tchats_own(url: str) -> None:
    """Whatever stands in the configuration, no foreign exception escapes."""
    assert isinstance((await ask(provider(url))).error, ConfigError | ConnectionFailed)


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
        async with asyncio.timeout(2):
            outcome = await ask(provider(server.url))
    assert (outcome.text, outcome.finished) == ("a", Finished("stop"))
    assert outcome.usage == (Usage(input=1, output=2) if USAGE in [*map(parsed, body)] else Usage())


def parsed(step: object) -> object:
    """Return the event that a step of an answer sends, if it is one."""
    with contextlib.suppress(ValueError):
        return json.loads(step.removeprefix(b"data: ")) if isinstance(step, bytes) else None
    return None


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
