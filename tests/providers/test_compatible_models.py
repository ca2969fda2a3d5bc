"""Laws of reading the model lists of OpenAI-compatible servers."""

import json
from typing import Any

import pytest

from tchat.domain.errors import KeyRejected, ServerFault
from tchat.domain.model import ModelFacts, Price
from tests.providers.asked import KEY
from tests.providers.compatible_client import provider
from tests.servers import Answer, scripted


async def listed(body: object, status: int = 200) -> tuple[ModelFacts, ...]:
    """Return the models that a server lists which gives this answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with scripted(Answer(status=status, content_type="application/json", body=(data,))) as server:
        asked = provider(f"{server.url}/v1")
        try:
            return await asked.models()
        finally:
            await asked.aclose()
            assert (server.requests[0].method, server.requests[0].path) == ("GET", "/v1/models")
            assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def facts(name: str, **known: Any) -> ModelFacts:  # noqa: ANN401  # any fact
    """Return what is known of a listed model."""
    return ModelFacts(provider="house", name=name, listed=True, **known)


SERVERS: dict[str, tuple[dict[str, Any], ModelFacts]] = {
    "plain": ({"id": "m", "object": "model", "created": 0, "owned_by": "x"}, facts("m")),
    "groq": (
        {"id": "m", "context_window": 131072, "max_completion_tokens": 65536},
        facts("m", window=131072, max_output=65536),
    ),
    "mistral": (
        {
            "id": "m",
            "name": "M",
            "max_context_length": 262144,
            "capabilities": {"vision": True, "completion_chat": True},
        },
        facts("m", title="M", window=262144, vision=True),
    ),
    "vllm": ({"id": "m", "max_model_len": 4096}, facts("m", window=4096)),
    "lmstudio": (
        {"id": "m", "max_context_length": 32768, "loaded_context_length": 4096, "capabilities": ["vision"]},
        facts("m", window=4096, vision=True),
    ),
    "llamacpp": (
        {
            "id": "m",
            "meta": {"n_ctx_train": 8192, "n_ctx": 2048},
            "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        },
        facts("m", window=2048, vision=False, documents=False, audio=False, video=False, draws=False),
    ),
    "older llamacpp": ({"id": "m", "meta": {"n_ctx_train": 8192}}, facts("m", window=8192)),
    "openrouter": (
        {
            "id": "a/m",
            "name": "A: M\u202e",
            "context_length": 200000,
            "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text", "image"]},
            "top_provider": {"max_completion_tokens": 64000},
            "supported_parameters": ["temperature", "stop", "structured_outputs", "reasoning"],
            "pricing": {"prompt": "0.000003", "completion": "0.000015"},
        },
        facts(
            "a/m",
            title="A: M",
            window=200000,
            max_output=64000,
            vision=True,
            documents=True,
            audio=False,
            video=False,
            draws=True,
            sampling=True,
            stops=True,
            seeds=False,
            structured=True,
            price=Price(input=3.0, output=15.0, source="provider"),
        ),
    ),
    "router": (
        {"id": "m", "pricing": {"prompt": "-1", "completion": "-1"}, "top_provider": {"max_completion_tokens": None}},
        facts("m"),
    ),
    "nonsense": (
        {
            "id": "m",
            "name": 5,
            "context_length": "long",
            "max_model_len": -1,
            "meta": [],
            "capabilities": "vision",
            "architecture": {"input_modalities": "text"},
            "pricing": {"prompt": "-1", "completion": None},
            "supported_parameters": None,
        },
        facts("m"),
    ),
}


@pytest.mark.parametrize("server", SERVERS)
async def test_lists_are_read_with_the_facts_that_they_give(server: str) -> None:
    """Each server adds facts under names of its own; what makes no sense is unknown."""
    entry, right = SERVERS[server]
    assert await listed({"object": "list", "data": [entry]}) == (right,)


async def test_lists_come_in_several_wrappings() -> None:
    """With `data`, with `models`, or bare; entries that are none are left out, and a name counts once."""
    entries = [{"id": "a"}, {"id": "b"}, {"id": "a"}, 5, {"name": "nameless"}]
    for body in ({"data": entries}, {"models": entries}, entries):
        assert await listed(body) == (facts("a"), facts("b"))


@pytest.mark.parametrize("status", [404, 405])
async def test_servers_without_a_list_list_nothing(status: int) -> None:
    """Models can be named all the same."""
    assert await listed({"error": "no such path"}, status) == ()


@pytest.mark.parametrize("body", [b"<html>login</html>", b"{}", b'{"data": 5}', b'"text"', b"", b"[" * 100_000])
async def test_answers_that_are_no_list_are_an_error(body: bytes) -> None:
    """A captive portal is not taken for a server without models."""
    with pytest.raises(ServerFault, match="makes no sense"):
        await listed(body)


async def test_lists_that_are_refused_are_an_error() -> None:
    """The key is checked here too."""
    with pytest.raises(KeyRejected):
        await listed({"error": {"message": f"bad key {KEY}"}}, 401)


async def test_hostile_names_are_left_out(chaos: str) -> None:
    """Names that cannot be shown or typed are no models; odd but harmless ones stay."""
    asked = provider(f"{chaos}/f/models_odd/v1")
    names = [model.name for model in await asked.models()]
    await asked.aclose()
    assert len(names) == 5002
    assert names[5000:] == ["a b/c:d", "[bold]m[/bold]"]
