"""Laws of counting: what is counted is what would be sent, and a server that does not count is no obstacle."""

import json

import pytest
from msgspec.structs import replace

from tchat.domain.errors import TchatError
from tchat.providers.base import Counting
from tests.providers.wired import furnished, plain, provider
from tests.servers import Answer, scripted

COUNTERS = {
    "responses": ("/v1/responses/input_tokens", {"object": "response.input_tokens", "input_tokens": 19}),
    "messages": ("/v1/messages/count_tokens", {"input_tokens": 19}),
    "gemini": ("/v1beta/models/model-1:countTokens", {"totalTokens": 19}),
}


def says(value: object, status: int = 200) -> Answer:
    """Return an answer of one JSON value."""
    return Answer(status=status, content_type="application/json", body=(json.dumps(value).encode(),))


@pytest.mark.parametrize("api", COUNTERS)
async def test_a_provider_counts_what_would_be_sent(api: str) -> None:
    """The request goes to the counting endpoint with conversation and system prompt, and nothing is streamed."""
    path, said = COUNTERS[api]
    with scripted(says(said)) as server:
        asked = provider(api, server.url)
        assert isinstance(asked, Counting)
        assert await asked.count(replace(furnished(api), system="Be brief.")) == 19
        await asked.aclose()
        (received,) = server.requests
    assert (received.method, received.path.partition("?")[0]) == ("POST", path)
    sent = received.body.decode()
    assert "Be brief." in sent
    assert "What is this?" in sent
    assert "Sure?" in sent
    assert "max_" not in sent
    assert '"stream"' not in sent


@pytest.mark.parametrize("api", COUNTERS)
async def test_a_server_that_does_not_count_says_so(api: str) -> None:
    """A compatible server without the endpoint is an error of ours, not a wrong number."""
    with scripted(says({"error": {"message": "no such route"}}, status=404)) as server:
        asked = provider(api, server.url)
        assert isinstance(asked, Counting)
        with pytest.raises(TchatError):
            await asked.count(plain())
        await asked.aclose()


@pytest.mark.parametrize(
    ("preset", "answers", "asked"),
    [
        ("llamacpp", [{"prompt": "<|user|>hi<|bot|>"}, {"tokens": [1, 2, 3, 4]}], ["/apply-template", "/tokenize"]),
        ("vllm", [{"count": 4, "max_model_len": 8, "tokens": [1, 2, 3, 4]}], ["/tokenize"]),
    ],
)
async def test_a_server_with_the_model_s_tokenizer_counts(preset: str, answers: list[object], asked: list[str]) -> None:
    """It counts what the model's own template makes of the conversation; both endpoints are beside the API."""
    with scripted(*map(says, answers)) as server:
        counting = provider("chat", server.url, preset=preset)
        assert isinstance(counting, Counting)
        assert await counting.count(replace(plain(), system="Be brief.")) == 4
        await counting.aclose()
        assert [received.path for received in server.requests] == asked
        assert [message["content"] for message in server.requests[0].json["messages"]] == ["Be brief.", "hi"]
        assert server.requests[0].headers["authorization"].startswith("Bearer ")
    if preset == "llamacpp":
        assert server.requests[1].json["content"] == "<|user|>hi<|bot|>"


async def test_a_server_that_counts_no_pictures_or_has_no_tokenizer_says_nothing() -> None:
    """None, so that the estimate stands; a server of no known kind is not even asked."""
    with scripted(says({"error": "no such route"}, status=404)) as server:
        for preset, request, requests in (("vllm", plain(), 1), ("vllm", furnished("chat"), 1), ("", plain(), 1)):
            counting = provider("chat", server.url, preset=preset)
            assert isinstance(counting, Counting)
            assert await counting.count(request) is None
            await counting.aclose()
            assert len(server.requests) == requests
