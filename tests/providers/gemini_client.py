"""Asking Gemini in tests: a provider for a URL, and what comes of one request."""

import asyncio
import json
from typing import Any, cast

from tchat.config import NetworkConfig
from tchat.domain.message import Message, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.net import plan_route
from tchat.providers.base import Endpoint
from tchat.providers.gemini import GeminiProvider
from tests.providers.asked import Outcome
from tests.providers.asked import ask as ask_provider
from tests.servers import Answer, Cassette, ScriptedServer, cassettes, sse

KEY = "AIzaSyDUMMY-0123456789-abcdefghijklmnop"
MODEL = "gemini-2.5-flash"
FACTS = ModelFacts(provider="gemini", name=MODEL)
HI = Request(facts=FACTS, messages=(user("hi"),))


def provider(
    url: str,
    *,
    key: str | None = KEY,
    stall_timeout: float = 10.0,
    headers: dict[str, str] | None = None,
    extra_body: dict[str, object] | None = None,
) -> GeminiProvider:
    """Return a provider that reaches `url` as a user's configuration would have it."""
    endpoint = Endpoint(name="gemini", base_url=url, key=key, headers=headers or {}, extra_body=extra_body or {})
    return GeminiProvider(endpoint, plan_route(url, NetworkConfig(stall_timeout=stall_timeout), {}))


RECORDED = cassettes("gemini")


async def ask(asked: GeminiProvider, request: Request = HI) -> Outcome:
    """Send a request, check the laws of an event stream, and return what came."""
    return await ask_provider(asked, request)


def says(text: str = "", *, thought: bool = False, finish: str | None = None, **more: object) -> dict[str, object]:
    """Return one event of an answer."""
    part: dict[str, object] = {"text": text, "thought": True} if thought else {"text": text}
    candidate: dict[str, object] = {"content": {"parts": [part], "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": MODEL, **more}


def conversation(*messages: Message) -> Request:
    """Return a request that goes on in a conversation."""
    return Request(facts=FACTS, messages=messages)


def named(cassette: Cassette) -> str:
    """Return what a test of a cassette is called."""
    return cassette.id.removeprefix("gemini/")


def refusal(code: int, message: str, *details: dict[str, Any], status: str = "") -> Answer:
    """Return an error as Google sends it."""
    error = {"error": {"code": code, "message": message, "status": status, "details": list(details)}}
    return Answer(status=code, content_type="application/json", body=(json.dumps(error).encode(),))


async def is_closed(server: ScriptedServer) -> bool:
    """Whether the server saw the client hang up."""
    return await asyncio.to_thread(server.closed_early.wait, 5)


def connections(asked: GeminiProvider) -> int:
    """Return how many connections a provider holds."""
    lanes = cast("Any", asked)._tools.client._transport._lanes
    return sum(len(lane._pool.connections) for lane in lanes)


END = sse(says("bye", finish="STOP"))
"""How a short reply ends."""
