"""Laws of counting: what is counted is what would be sent, and a server that does not count is no obstacle."""

import json

import pytest
from msgspec.structs import replace

from tchat.domain.errors import TchatError
from tchat.providers.base import Counting
from tests.providers.wired import MAKERS, furnished, plain, provider
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


def test_a_compatible_server_is_not_asked() -> None:
    """Chat Completions has no counting endpoint."""
    assert set(MAKERS) - set(COUNTERS) == {"chat"}
    assert not isinstance(provider("chat", "http://127.0.0.1:1"), Counting)
