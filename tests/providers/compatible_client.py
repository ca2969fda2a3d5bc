"""Asking OpenAI-compatible servers in tests: a provider for a URL, and requests with settings."""

from typing import Any

from tchat.config import NetworkConfig
from tchat.domain.message import Message
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tchat.net import plan_route
from tchat.providers.base import Endpoint
from tchat.providers.compatible import CompatibleProvider
from tests.providers.asked import FACTS, HI, KEY


def provider(
    url: str,
    *,
    preset: str = "",
    key: str | None = KEY,
    stall_timeout: float = 10.0,
    headers: dict[str, str] | None = None,
    extra_body: dict[str, Any] | None = None,
) -> CompatibleProvider:
    """Return a provider that reaches `url` as a user's configuration would have it."""
    endpoint = Endpoint(
        name="house", base_url=url, key=key, preset=preset, headers=headers or {}, extra_body=extra_body or {}
    )
    return CompatibleProvider(endpoint, plan_route(url, NetworkConfig(stall_timeout=stall_timeout), {}))


def asking(*messages: Message, facts: ModelFacts = FACTS, **settings: Any) -> Request:  # noqa: ANN401  # any setting
    """Return a request with some settings."""
    return Request(facts=facts, messages=messages or HI.messages, settings=Settings(**settings))
