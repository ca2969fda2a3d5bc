"""Requests and providers with which to look at what goes over the wire."""

import hashlib
from collections.abc import Callable

from tchat.config import NetworkConfig
from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tchat.net import Route, plan_route
from tchat.providers.anthropic import AnthropicProvider
from tchat.providers.base import Endpoint, Provider
from tchat.providers.compatible import CompatibleProvider
from tchat.providers.gemini import GeminiProvider
from tchat.providers.openai import OpenAIProvider
from tests.payloads import inline

KEY = "sk-planted-0123456789abcdef"
VARIABLE = "HOUSE_KEY"
PICTURE = b"\x89PNG" + bytes(range(256)) * 3
PAPER = b"%PDF-1.4 " + b"\xff\xfb\xef" * 40

MAKERS: dict[str, Callable[[Endpoint, Route], Provider]] = {
    "responses": OpenAIProvider,
    "messages": AnthropicProvider,
    "gemini": GeminiProvider,
    "chat": CompatibleProvider,
}


def provider(api: str, url: str, *, key: str | None = KEY, **about: object) -> Provider:
    """Return the adapter of an API for the server at `url`."""
    base_url = f"{url}/v1" if api in ("responses", "chat") else url
    endpoint = Endpoint(name="house", base_url=base_url, key=key, key_variable=VARIABLE, **about)  # pyright: ignore[reportArgumentType]
    return MAKERS[api](endpoint, plan_route(base_url, NetworkConfig(), {}))


def _sealed(api: str) -> SealedPart:
    data: dict[str, object] = {
        "responses": [{"type": "reasoning", "id": "rs_1", "encrypted_content": "c2VhbGVk"}],
        "messages": [{"type": "thinking", "thinking": "hm", "signature": "c2ln"}, {"type": "text", "text": "four"}],
        "gemini": [{"text": "four", "thoughtSignature": "c2ln"}],
        "chat": {"role": "assistant", "content": "four", "reasoning_content": "hm"},
    }
    return SealedPart(provider="house", model="model-1", data=data[api])


def plain(*, model: str = "model-1") -> Request:
    """Return the smallest request."""
    return Request(facts=ModelFacts(provider="house", name=model), messages=(user("hi"),))


def tuned() -> Request:
    """Return a request with every setting."""
    settings = Settings(
        effort="high",
        temperature=0.5,
        top_p=0.9,
        max_tokens=4000,
        seed=7,
        stop=("END", "\n\n"),
        schema={"type": "object", "properties": {"ä": {"type": ["string", "null"], "default": None}}},
    )
    messages = (user('Say "it\'s" \\ done\n\n  twice: ${HOME} `id` \u202e\x85 😀'), assistant("it's"), user("again"))
    facts = ModelFacts(provider="house", name="model-1", efforts=("low", "high"), structured=True)
    return Request(facts=facts, messages=messages, settings=settings, system="Be brief.\nVery.")


def furnished(api: str) -> Request:
    """Return a request with attachments and with state of the provider's own."""
    picture, paper = (hashlib.sha256(data).hexdigest() for data in (PICTURE, PAPER))
    question = user(
        "What is this?",
        ImagePart(digest=picture, media_type="image/png", name="chart.png"),
        DocumentPart(digest=paper, media_type="application/pdf", name="my paper.pdf"),
    )
    answer = Message("assistant", (TextPart("four"), _sealed(api)))
    return Request(
        facts=ModelFacts(provider="house", name="model-1", efforts=("low", "high")),
        messages=(question, answer, user('Sure? \\ \\n $HOME `id` "$(id)" ${X}\nJSON\n\\')),
        payloads=inline({picture: PICTURE, paper: PAPER}),
    )


def requests(api: str) -> tuple[Request, ...]:
    """Return requests that between them have everything."""
    return plain(), tuned(), furnished(api)
