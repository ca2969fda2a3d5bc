"""Laws of the compatible adapter: what goes on the wire, in the words of each server."""

import base64
from typing import Any

import pytest

from tchat.domain.effort import EFFORTS, Effort
from tchat.domain.errors import (
    ConfigError,
    ConnectionFailed,
    KeyRejected,
)
from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tests.payloads import inline
from tests.providers.asked import FACTS, KEY, ask
from tests.providers.compatible_client import asking, provider
from tests.servers import Answer, Received, scripted, sse

PRESETS = ("", "deepseek", "groq", "llamacpp", "lmstudio", "local", "mistral", "ollama", "openrouter", "vllm", "xai")


EVENT: dict[str, Any] = {"id": "c1", "choices": [{"index": 0, "delta": {"content": "bye"}, "finish_reason": "stop"}]}
BYE = Answer(body=sse(EVENT, "[DONE]"))


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
    request = Request(facts=FACTS, messages=(said,), payloads=inline(blobs))
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
    request = Request(
        facts=FACTS, messages=(user("one"), silent, user("two", image)), payloads=inline({"d1": b"\x89PNG"})
    )
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
    "url",
    [
        "http://a b/v1",
        "http://a\0b/v1",
        "http://127.0.0.1:0/v1",
        "http://127.0.0.1:99999/v1",
        "ftp://127.0.0.1/v1",
        "127.0.0.1/v1",
        "http://",
    ],
)
async def test_base_urls_that_are_none_are_an_error_of_tchats_own(url: str) -> None:
    """Whatever stands in the configuration, no foreign exception escapes."""
    assert isinstance((await ask(provider(url))).error, ConfigError | ConnectionFailed)
