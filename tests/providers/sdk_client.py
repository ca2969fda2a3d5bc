"""Asking through an SDK in tests: a provider for a URL, and replies as the APIs stream them."""

import json
from typing import Any

from msgspec import Struct

from tchat.config import NetworkConfig
from tchat.net import Route, plan_route
from tchat.providers.anthropic import AnthropicProvider
from tchat.providers.base import Endpoint
from tchat.providers.openai import OpenAIProvider
from tests.providers.asked import KEY
from tests.servers import Cassette, Received, ScriptedServer

CHUNKINGS = ("event", "1", "7", "line", "all")


class Settings(Struct, frozen=True, kw_only=True):
    """How a provider is reached, beyond its URL."""

    key: str | None = KEY
    stall_timeout: float = 10.0
    headers: dict[str, str] = {}
    extra_body: dict[str, Any] = {}

    def endpoint(self, url: str) -> Endpoint:
        """Return an endpoint as a user's configuration would have it."""
        return Endpoint(name="house", base_url=url, key=self.key, headers=self.headers, extra_body=self.extra_body)

    def route(self, url: str) -> Route:
        """Return the way to it."""
        return plan_route(url, NetworkConfig(stall_timeout=self.stall_timeout), {})


def openai(url: str, **settings: Any) -> OpenAIProvider:  # noqa: ANN401  # of Settings
    """Return a provider that speaks OpenAI's Responses API to the server at `url`."""
    reached = Settings(**settings)
    base_url = f"{url}/v1"
    return OpenAIProvider(reached.endpoint(base_url), reached.route(base_url))


def anthropic(url: str, **settings: Any) -> AnthropicProvider:  # noqa: ANN401  # of Settings
    """Return a provider that speaks Anthropic's Messages API to the server at `url`."""
    reached = Settings(**settings)
    return AnthropicProvider(reached.endpoint(url), reached.route(url))


def last_request(server: ScriptedServer) -> Received:
    """Return what a server was asked last."""
    return server.requests[-1]


def wire_events(cassette: Cassette) -> list[dict[str, Any]]:
    """Return the events of a recorded stream as they came."""
    lines = str(cassette.response["body"]).splitlines()
    datas = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    return [json.loads(data) for data in datas if data != "[DONE]"]


def response(*output: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a whole response of OpenAI's."""
    about = {"object": "response", "id": "resp_1", "model": "model-1-2026", "status": status, "output": list(output)}
    return about | more


def message(text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an output item with text."""
    content: list[dict[str, Any]] = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": content, **more}


def responses_stream(*output: dict[str, Any], end: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the events of a response whose items have text; `end` replaces the last event."""
    events: list[dict[str, Any]] = [{"type": "response.created", "response": response(status="in_progress")}]
    for index, item in enumerate(output):
        events += [
            {"type": "response.output_text.delta", "output_index": index, "delta": part["text"]}
            for part in item.get("content", [])
        ]
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    return [*events, end or {"type": "response.completed", "response": response(*output)}]


def messages_stream(*blocks: dict[str, Any], stop: str = "end_turn", **delta: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return the events of a message whose blocks come whole; `delta` goes with the reason of its stop."""
    start: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "model": "model-1-2026",
        "content": [],
        "usage": {"input_tokens": 3},
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for index, block in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events.append({"type": "content_block_stop", "index": index})
    end = {"type": "message_delta", "delta": {"stop_reason": stop, **delta}, "usage": {"output_tokens": 5}}
    return [*events, end, {"type": "message_stop"}]


def text(said: str) -> dict[str, Any]:
    """Return a block with text."""
    return {"type": "text", "text": said}
