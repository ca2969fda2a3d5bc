"""Anthropic's Messages API, and servers that speak it, through the official SDK."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from tchat.domain.errors import Origin
from tchat.domain.events import Event
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import token_count
from tchat.net import Route
from tchat.providers.anthropic_errors import kind
from tchat.providers.anthropic_models import facts_of
from tchat.providers.anthropic_reply import Reply
from tchat.providers.anthropic_request import body
from tchat.providers.base import Endpoint, WireRequest
from tchat.providers.json_values import tables, words
from tchat.providers.limits import limits_of
from tchat.providers.sdk_wire import Sdk, Wire, request_id, silence
from tchat.providers.stainless import calls_of
from tchat.providers.uploads import Upload, as_planned, noted, uploaded
from tchat.threads import in_background

if TYPE_CHECKING:
    import httpx2
    from anthropic import Omit

PAGES = 50
"""How many pages a model list may have."""
_PATH = "/v1/messages"
_FILES = "/v1/files"
_INLINE = limits_of("anthropic").inline or 0
_COUNTED = {"model", "messages", "system", "thinking"}
"""The fields of a body that are counted."""
_HOME = "anthropic.com"


class AnthropicProvider:
    """Anthropic, or a server that speaks its Messages API.

    Args:
        endpoint: the base URL is what `/v1/messages` follows; one that ends in `/v1` itself will do.
        route: how it is reached.
    """

    def __init__(self, endpoint: Endpoint, route: Route) -> None:
        self._endpoint = endpoint
        self._wire = Wire(endpoint, route, _connected)

    @property
    def name(self) -> str:
        """The provider's name in model references."""
        return self._endpoint.name

    async def stream(self, request: Request) -> AsyncGenerator[Event]:
        """Send `request` and yield the reply as it arrives.

        Raises:
            ProviderError: there is no (complete) reply.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        origin = Origin(provider=self.name, model=request.model)
        async with uploaded(request, _INLINE, self._put, self._remove) as sent:
            response = await self._wire.post(_PATH, lambda: self._fields(sent), origin)
            origin = replace(origin, request_id=request_id(response))
            reply = Reply(origin, self._wire.secrets)
            async with aclosing(self._wire.told(response, reply, origin)) as events:
                async for event in events:
                    yield event

    async def wire(self, request: Request) -> WireRequest:
        """Return what `stream` would send, without sending it.

        Raises:
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        planned, notes = as_planned(request, _INLINE)
        return noted(await in_background(lambda: self._wire.recorded(_PATH, self._fields(planned), "messages")), notes)

    async def count(self, request: Request) -> int | None:
        """Return the tokens of a request, as the provider counts them for free.

        Raises:
            ProviderError: it does not count.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """

        def counted() -> dict[str, Any]:
            return {name: value for name, value in body(request).items() if name in _COUNTED}

        said = await self._wire.answer(
            f"{_PATH}/count_tokens", counted, Origin(provider=self.name, model=request.model)
        )
        return token_count(said.get("input_tokens"))

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return the models that the provider lists.

        Raises:
            ProviderError: the list cannot be had.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        origin = Origin(provider=self.name)
        found: dict[str, ModelFacts] = {}
        query: dict[str, object] = {"limit": 1000}
        for _ in range(PAGES):
            page = await self._wire.get("/v1/models", query, origin)
            listed = (facts_of(self.name, model) for model in tables(page.get("data")))
            found |= {facts.name: facts for facts in listed if facts is not None}
            last = words(page.get("last_id"))
            if not page.get("has_more") or not last:
                break
            query = {"limit": 1000, "after_id": last}
        return tuple(found.values())

    async def warm(self) -> None:
        """Import the SDK and build its client, in a thread; later calls cost nothing.

        Raises:
            ConfigError: headers, proxy or certificates cannot be used.
        """
        await self._wire.warm()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._wire.aclose()

    async def _put(self, upload: Upload) -> str:
        return await self._wire.upload(_FILES, {}, upload, Origin(provider=self.name))

    async def _remove(self, file: str) -> None:
        await self._wire.delete(f"{_FILES}/{quote(file, safe='')}", Origin(provider=self.name))

    def _fields(self, request: Request) -> dict[str, Any]:
        return {**body(request), **self._endpoint.extra_body}


def _connected(endpoint: Endpoint, client: "httpx2.AsyncClient") -> Sdk:
    """Return the SDK upon an HTTP client, with nothing of the environment's."""
    silence("anthropic", "httpx2")
    from anthropic import AnthropicError, AsyncAnthropic, AsyncStream, Omit

    sdk = AsyncAnthropic(
        api_key=endpoint.key or "none",
        webhook_key="",
        base_url=endpoint.base_url.removesuffix("/v1"),
        http_client=client,
        timeout=client.timeout,
        max_retries=0,
        open_telemetry=False,
    )
    headers = {**_authorisation(endpoint, Omit()), **endpoint.headers}
    return calls_of(sdk, headers, AsyncStream[object], failure=AnthropicError, kind=kind)


def _authorisation(endpoint: Endpoint, unsaid: "Omit") -> "dict[str, str | Omit]":
    """Return how the key is told: the SDK's way to Anthropic, and its former way as well to those who imitate it."""
    if not endpoint.key:
        return {"Authorization": unsaid}
    is_home = f".{urlsplit(endpoint.base_url).hostname}".endswith(f".{_HOME}")
    return {} if is_home else {"x-api-key": endpoint.key}
