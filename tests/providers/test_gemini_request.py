"""What the Gemini adapter sends."""

import base64
import json
from typing import Any

import pytest

from tchat.domain.effort import EFFORTS, Effort
from tchat.domain.errors import (
    BadRequest,
    KeyRejected,
    UnknownModel,
)
from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tests.payloads import inline
from tests.providers.gemini_client import END, FACTS, HI, KEY, MODEL, RECORDED, ask, conversation, named, provider, says
from tests.servers import Answer, Cassette, Received, scripted, sse


async def sent(request: Request, **options: Any) -> Received:  # noqa: ANN401  # of `provider`
    """Return a request as it arrives."""
    with scripted(Answer(body=END)) as server:
        assert (await ask(provider(server.url, **options), request)).error is None
        (received,) = server.requests
        return received


async def test_gemini_spells_every_setting() -> None:
    """Each setting has its place, and none is invented."""
    schema = {"type": "object", "properties": {"answer": {"type": "integer"}}, "additionalProperties": False}
    settings = Settings(
        effort="high", temperature=0.5, top_p=0.9, max_tokens=100, seed=7, stop=("END", "\n\n"), schema=schema
    )
    facts = ModelFacts(provider="gemini", name=MODEL, efforts=("low", "high"))
    received = await sent(Request(facts=facts, messages=HI.messages, system="be brief", settings=settings))
    assert received.method == "POST"
    assert received.path == f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse"
    assert received.json == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "systemInstruction": {"role": "user", "parts": [{"text": "be brief"}]},
        "generationConfig": {
            "temperature": 0.5,
            "topP": 0.9,
            "maxOutputTokens": 100,
            "seed": 7,
            "stopSequences": ["END", "\n\n"],
            "responseMimeType": "application/json",
            "responseJsonSchema": schema,
            "thinkingConfig": {"include_thoughts": True, "thinking_level": "HIGH"},
        },
    }


async def test_gemini_says_nothing_of_what_is_left_open() -> None:
    """Without settings only the conversation goes out."""
    received = await sent(HI)
    assert received.json == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "generationConfig": {}}


LEVELS = ModelFacts(provider="gemini", name=MODEL, efforts=("low", "medium", "high"))
BUDGETS = ModelFacts(
    provider="gemini", name=MODEL, efforts=EFFORTS, effort_style="budget", budget=(0, 1000), default_effort="medium"
)


@pytest.mark.parametrize(
    ("facts", "settings", "thinking"),
    [
        (LEVELS, Settings(), {"include_thoughts": True}),
        (LEVELS, Settings(effort="low"), {"include_thoughts": True, "thinking_level": "LOW"}),
        (BUDGETS, Settings(), {"include_thoughts": True}),
        (BUDGETS, Settings(effort="medium"), {"include_thoughts": True, "thinking_budget": 500}),
        (BUDGETS, Settings(effort="max", max_tokens=500), {"include_thoughts": True, "thinking_budget": 400}),
        (BUDGETS, Settings(effort="none"), {"thinking_budget": 0}),
        (BUDGETS, Settings(thinking_budget=77), {"include_thoughts": True, "thinking_budget": 77}),
        (BUDGETS, Settings(thinking_budget=0), {"thinking_budget": 0}),
        (FACTS, Settings(effort="minimal"), {"include_thoughts": True, "thinking_level": "MINIMAL"}),
        (FACTS, Settings(effort="max"), {"include_thoughts": True, "thinking_level": "MAX"}),
        (FACTS, Settings(effort="none"), {"thinking_budget": 0}),
        (ModelFacts(provider="gemini", name=MODEL, efforts=()), Settings(), None),
        (
            ModelFacts(
                provider="gemini", name=MODEL, efforts=("none", "high"), effort_style="budget", default_effort="none"
            ),
            Settings(),
            None,
        ),
    ],
)
async def test_gemini_asks_for_thoughts_where_there_are_any(
    facts: ModelFacts, settings: Settings, thinking: dict[str, Any] | None
) -> None:
    """Effort is a level or a number as the model takes it; thoughts are asked for unless thinking is off."""
    received = await sent(Request(facts=facts, messages=HI.messages, settings=settings))
    assert received.json.get("generationConfig", {}).get("thinkingConfig") == thinking


@pytest.mark.parametrize("effort", EFFORTS)
async def test_gemini_never_sends_level_and_budget_together(effort: Effort) -> None:
    """The API refuses both at once."""
    received = await sent(Request(facts=FACTS, messages=HI.messages, settings=Settings(effort=effort)))
    assert len(received.json["generationConfig"]["thinkingConfig"].keys() & {"thinking_level", "thinking_budget"}) == 1


async def test_gemini_sends_attachments_in_their_order() -> None:
    """Pictures and documents go inline between the texts around them."""
    blobs = {"a" * 64: b"\x89PNG\xff\xfe\xfb", "b" * 64: b"%PDF-1.7"}
    parts = (
        TextPart("look at"),
        ImagePart(digest="a" * 64, media_type="image/png"),
        TextPart("and read"),
        DocumentPart(digest="b" * 64, media_type="application/pdf", name="x.pdf"),
    )
    received = await sent(Request(facts=FACTS, messages=(Message("user", parts),), payloads=inline(blobs)))
    first, picture, second, document = received.json["contents"][0]["parts"]
    assert (first, second) == ({"text": "look at"}, {"text": "and read"})
    for part, media_type, blob in (
        (picture, "image/png", blobs["a" * 64]),
        (document, "application/pdf", blobs["b" * 64]),
    ):
        assert part["inlineData"]["mime_type"] == media_type
        assert base64.urlsafe_b64decode(part["inlineData"]["data"]) == blob


async def test_gemini_sends_turns_in_turn() -> None:
    """An empty reply is left out, and what the user said around it becomes one turn."""
    received = await sent(conversation(user("one"), assistant("two"), user("three"), assistant(""), user("four")))
    assert received.json["contents"] == [
        {"role": "user", "parts": [{"text": "one"}]},
        {"role": "model", "parts": [{"text": "two"}]},
        {"role": "user", "parts": [{"text": "three"}, {"text": "four"}]},
    ]


async def test_gemini_sends_only_text_that_utf_8_can_hold() -> None:
    """A lone surrogate becomes U+FFFD."""
    received = await sent(conversation(user("a\ud83d")))
    assert received.json["contents"][0]["parts"] == [{"text": "a\ufffd"}]


def wire_parts(cassette: Cassette) -> list[dict[str, Any]]:
    """Return the parts of a recorded reply as they came."""
    body = str(cassette.response["body"])
    chunks = [json.loads(line.removeprefix("data: ")) for line in body.splitlines() if line.startswith(("data:", "{"))]
    return [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]


def comparable(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return parts with their signatures as bytes: both alphabets of base 64 are in use."""
    return [
        part | {"thoughtSignature": base64.b64decode(str(part["thoughtSignature"]).translate({45: 43, 95: 47}))}
        if "thoughtSignature" in part
        else part
        for part in parts
    ]


@pytest.mark.parametrize("cassette", [cassette for cassette in RECORDED if cassette.expect.get("reasoning")], ids=named)
async def test_gemini_replays_a_sealed_turn_as_it_was(cassette: Cassette) -> None:
    """Every part of a signed turn goes back, in order and with its signature, in place of the text."""
    body = cassette.response["body"].encode() if cassette.stream else sse(json.loads(cassette.response["body"]))[0]
    with scripted(Answer(body=(body,))) as server:
        sealed = (await ask(provider(server.url))).sealed
    assert sealed is not None
    data = json.loads(json.dumps(sealed))
    assert comparable(data) == comparable(wire_parts(cassette))
    part = SealedPart(provider="gemini", model=MODEL, data=data)
    received = await sent(
        conversation(user("hi"), Message("assistant", (TextPart("what was seen"), part)), user("go on"))
    )
    assert [turn["role"] for turn in received.json["contents"]] == ["user", "model", "user"]
    assert comparable(received.json["contents"][1]["parts"]) == comparable(wire_parts(cassette))


@pytest.mark.parametrize(
    "events",
    [
        [says("plain"), says(finish="STOP")],
        [says("thought", thought=True), says("plain", finish="STOP")],
        [says(finish="STOP")],
        [{"candidates": [{"content": {"parts": [{"hologram": 1}]}, "finishReason": "STOP"}]}],
        [
            {
                "candidates": [
                    {"content": {"parts": [{"text": "", "thoughtSignature": "AAAA"}]}, "finishReason": "SAFETY"}
                ]
            }
        ],
        [
            {
                "candidates": [
                    {"content": {"parts": [{"functionCall": {"name": "f"}, "thoughtSignature": "AAAA"}]}},
                ]
            },
            says(finish="STOP"),
        ],
    ],
)
async def test_gemini_seals_only_what_text_cannot_say(events: list[dict[str, Any]]) -> None:
    """No signature, an unanswerable tool call or a filtered reply: the next turn goes as plain text."""
    with scripted(Answer(body=sse(*events))) as server:
        outcome = await ask(provider(server.url))
    assert outcome.finished is not None
    assert outcome.sealed is None


async def test_gemini_refuses_a_sealed_turn_that_is_none() -> None:
    """What cannot be put into a request is not sent."""
    part = SealedPart(provider="gemini", model=MODEL, data=[{"nonsense": True}])
    with scripted(Answer(body=END)) as server:
        outcome = await ask(provider(server.url), conversation(user("a"), Message("assistant", (part,)), user("b")))
        assert type(outcome.error) is BadRequest
        assert server.requests == []


@pytest.mark.parametrize(
    ("base", "path"), [("", "/v1beta/"), ("/", "/v1beta/"), ("/v1", "/v1/"), ("/proxy/v1alpha/", "/proxy/v1alpha/")]
)
async def test_gemini_keeps_to_the_base_url(base: str, path: str) -> None:
    """The API version is that of the base URL, `v1beta` if it has none."""
    with scripted(Answer(body=END)) as server:
        assert (await ask(provider(server.url + base))).error is None
        assert server.requests[0].path == f"{path}models/{MODEL}:streamGenerateContent?alt=sse"


async def test_gemini_adds_what_the_endpoint_wants() -> None:
    """Headers and body fields of the configuration are sent; the SDK's timeout is not."""
    received = await sent(
        HI, headers={"x-own": "yes"}, extra_body={"generationConfig": {"topK": 3}, "labels": {"a": "b"}}
    )
    assert received.headers["x-own"] == "yes"
    assert received.headers["x-goog-api-key"] == KEY
    assert "x-server-timeout" not in received.headers
    assert received.json["generationConfig"] == {"topK": 3}
    assert received.json["labels"] == {"a": "b"}


async def test_gemini_sends_no_key_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without keys sees none, not even one of the environment."""
    monkeypatch.setenv("GOOGLE_API_KEY", "from-the-environment")
    assert "x-goog-api-key" not in (await sent(HI, key=None)).headers
    own = await sent(HI, key=None, headers={"x-goog-api-key": "of-the-configuration"})
    assert own.headers["x-goog-api-key"] == "of-the-configuration"


async def test_gemini_heeds_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Vertex nor another key, URL, version, client or replay mode is switched on from outside."""
    for name, value in {
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_USE_ENTERPRISE": "true",
        "GOOGLE_CLOUD_PROJECT": "somewhere",
        "GOOGLE_CLOUD_LOCATION": "eu",
        "GOOGLE_API_KEY": "another",
        "GEMINI_API_KEY": "and-another",
        "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9/",
        "GOOGLE_GENAI_API_VERSION": "v9",
        "GOOGLE_GENAI_CLIENT_MODE": "replay",
        "GOOGLE_GENAI_HTTP_CLIENT": "httpx",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "SSL_CERT_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    received = await sent(HI)
    assert received.headers["x-goog-api-key"] == KEY
    assert received.path.startswith("/v1beta/models/")


@pytest.mark.parametrize("name", ["", "a?b", "a&b", "../files", "a b", "a\nb", "models/..", "m#x", "ü%2e"])
async def test_gemini_asks_for_no_model_with_an_impossible_name(name: str) -> None:
    """A name cannot lead to another path of the API."""
    request = Request(facts=ModelFacts(provider="gemini", name=name), messages=HI.messages)
    with scripted(Answer(body=END)) as server:
        assert type((await ask(provider(server.url), request)).error) is UnknownModel
        assert server.requests == []


@pytest.mark.parametrize("key", ["AIza\nSECRETSECRET", "AIzaSECRET…SECRET", "AIza\x00SECRETSECRET"])
async def test_gemini_sends_no_impossible_key(key: str) -> None:
    """A key that no header can hold is refused, and not shown."""
    with scripted(Answer(body=END)) as server:
        error = (await ask(provider(server.url, key=key))).error
        assert type(error) is KeyRejected
        assert "SECRET" not in str(error)
        assert server.requests == []
