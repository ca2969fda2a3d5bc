"""Asking Gemini in tests: a provider for a URL, and what comes of one request."""

import asyncio
import json
from typing import Any, cast

import msgspec
from msgspec import Struct

from tchat.config import NetworkConfig
from tchat.domain.errors import ProviderError
from tchat.domain.events import Event, Finished, Metered, ReasoningDelta, Sealed, Started, TextDelta
from tchat.domain.message import Message, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.net import plan_route
from tchat.providers.base import Endpoint
from tchat.providers.gemini import GeminiProvider
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


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one request."""

    events: tuple[Event, ...]
    error: ProviderError | None = None

    @property
    def text(self) -> str:
        """The visible answer."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def reasoning(self) -> str:
        """The visible thoughts."""
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def usage(self) -> Usage:
        """The last figures."""
        return next((event.usage for event in reversed(self.events) if isinstance(event, Metered)), Usage())

    @property
    def sealed(self) -> list[dict[str, Any]] | None:
        """What is to be replayed."""
        return next((event.data for event in self.events if isinstance(event, Sealed)), None)

    @property
    def finished(self) -> Finished | None:
        """How the reply ended, if it did."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Finished) else None


async def ask(asked: GeminiProvider, request: Request = HI) -> Outcome:
    """Send a request, check the laws of an event stream, and return what came."""
    events: list[Event] = []
    error = None
    try:
        async with asyncio.timeout(20):
            async for event in asked.stream(request):
                events.append(event)  # noqa: PERF401  # what came before a failure counts
    except ProviderError as failure:
        error = failure
    finally:
        await asked.aclose()
    _check(events, error)
    return Outcome(events=tuple(events), error=error)


def _check(events: list[Event], error: ProviderError | None) -> None:
    kinds = [type(event) for event in events]
    assert kinds[:1] in ([], [Started])
    assert kinds.count(Started) <= 1
    assert Finished not in kinds[:-1]
    assert (error is None) == (kinds[-1:] == [Finished])
    assert kinds.count(Sealed) <= 1
    assert all(event.text for event in events if isinstance(event, TextDelta | ReasoningDelta))
    before = Usage()
    for event in events:
        if isinstance(event, Metered):
            assert event.usage == before.raised_to(event.usage) != before
            before = event.usage
    assert msgspec.json.encode(events)


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
