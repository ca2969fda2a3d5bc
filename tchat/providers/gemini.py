"""Gemini, through google-genai's `generate_content_stream`.

The SDK spells requests and reads replies; the network is reached through `Wire`, which keeps to tchat's rules.
"""

import asyncio
import contextlib
import logging
import re
import threading
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import BadRequest, Origin, ProviderError, UnknownModel
from tchat.domain.events import Event
from tchat.domain.message import user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.text import one_line
from tchat.domain.usage import service_of, token_count
from tchat.net import Route, httpx2_client
from tchat.providers import failing
from tchat.providers.base import Endpoint, WireRequest, check_key
from tchat.providers.gemini_files import GeminiFiles, Place
from tchat.providers.gemini_reply import Reply
from tchat.providers.gemini_request import config, contents
from tchat.providers.gemini_wire import KEY_HEADER, NO_KEY, Wire
from tchat.providers.limits import limits_of
from tchat.providers.recording import Recorder, readable, unkeyed
from tchat.providers.uploads import as_planned, noted, uploaded
from tchat.threads import in_background

if TYPE_CHECKING:
    import httpx2
    from google.genai import types
    from google.genai.client import AsyncClient

TRAILING_SECONDS = 0.25
"""How long usage may follow the end of a reply on a connection that stays open."""
_INLINE = limits_of("gemini").inline or 0
PAGES = 50
"""How many pages a model list may have."""

_VERSION = re.compile(r"(.*)/(v\d+(?:(?:alpha|beta)\d*)?)/?")
_MODEL = re.compile(r"[\w@:+-][\w.@:+-]*(/[\w@:+-][\w.@:+-]*)*")


class _Tools(Struct, frozen=True):
    """What every call shares."""

    client: "httpx2.AsyncClient"
    idle: "httpx2.Client"
    """Stands in for the SDK's synchronous client and can send nothing."""


class _Spelled(Struct, frozen=True):
    """A request in the SDK's types."""

    model: str
    contents: "list[types.Content]"
    config: "types.GenerateContentConfig"


class GeminiProvider:
    """Google's Gemini API, or a server that speaks it.

    Args:
        endpoint: the base URL may end in an API version; without one, `v1beta` is spoken.
        route: how it is reached.
    """

    def __init__(self, endpoint: Endpoint, route: Route) -> None:
        self._endpoint = endpoint
        self._route = route
        self._lock = threading.Lock()
        self._tools: _Tools | None = None

    @property
    def name(self) -> str:
        """The provider's name in model references."""
        return self._endpoint.name

    async def stream(self, request: Request) -> AsyncGenerator[Event]:
        """Send `request` and yield the reply as it arrives.

        Raises:
            ProviderError: there is no (complete) reply.
        """
        origin = Origin(provider=self.name, model=request.model)
        _check_name(origin)
        wire = await self._wire(origin)
        reply = Reply(request.model)
        files = self._files(origin)
        async with (
            uploaded(request, _INLINE, files.put, files.remove, files.ready) as sent,
            contextlib.aclosing(self._chunks(sent, wire, reply, origin)) as chunks,
        ):
            async for chunk in chunks:
                reply.service = service_of(wire.service or _asked_service(self._endpoint))
                for event in reply.take(chunk):
                    yield event
        if not reply.is_final:
            raise failing.ended_early(origin)
        for event in reply.end(origin):
            yield event

    async def wire(self, request: Request) -> WireRequest:
        """Return what `stream` would send, without sending it.

        Raises:
            ProviderError: the SDK does not take it.
        """
        origin = Origin(provider=self.name, model=request.model)
        _check_name(origin)
        await self.warm()
        planned, notes = as_planned(request, _INLINE)
        return noted(await in_background(lambda: asyncio.run(self._recorded(planned, origin))), notes)

    async def count(self, request: Request) -> int | None:
        """Return the tokens of a request, as the provider counts them for free; the system prompt counts as a message.

        Raises:
            ProviderError: it does not count.
        """
        origin = Origin(provider=self.name, model=request.model)
        _check_name(origin)
        wire = await self._wire(origin)
        said = request.messages if not request.system else (user(request.system), *request.messages)
        spelled = await in_background(lambda: self._spelled(replace(request, messages=said), origin))
        try:
            with self._converted(wire, origin):
                sdk = self._sdk(wire, replace(self._endpoint, extra_body={}))
                told = cast("types.ContentListUnion", spelled.contents)
                answer = await sdk.models.count_tokens(model=request.model, contents=told)
        finally:
            await wire.aclose()
        return token_count(answer.total_tokens)

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return the models that the provider lists and that can chat.

        Raises:
            ProviderError: the list cannot be had.
        """
        origin = Origin(provider=self.name)
        wire = await self._wire(origin)
        found: list[ModelFacts] = []
        try:
            with self._converted(wire, origin):
                from google.genai import types

                pages = await self._sdk(wire, replace(self._endpoint, extra_body={})).models.list(
                    config=types.ListModelsConfig(page_size=1000)
                )
                for _ in range(PAGES):
                    found += [facts for model in pages.page if (facts := _facts(self.name, model)) is not None]
                    if not pages.config.get("page_token"):
                        break
                    await pages.next_page()
        finally:
            await wire.aclose()
        return tuple(found)

    async def warm(self) -> None:
        """Import the SDK, let it build its types, and build the HTTP client, in a thread; later calls cost nothing."""
        if self._tools is None:
            await asyncio.to_thread(self._load)

    async def aclose(self) -> None:
        """Close every connection."""
        tools, self._tools = self._tools, None
        if tools is not None:
            await tools.client.aclose()

    def _load(self) -> None:
        with self._lock:
            if self._tools is not None:
                return
            silence = logging.getLogger("google_genai")
            if not silence.handlers:
                silence.addHandler(logging.NullHandler())
            warnings.filterwarnings("ignore", module=r"google\.genai\b")
            import httpx2
            from google.genai import types

            types.GenerateContentConfig()
            types.Content(role="user", parts=[types.Part(text="")])
            types.GenerateContentResponse.model_validate({"candidates": [{"content": {"parts": [{"text": ""}]}}]})
            idle = httpx2.Client(transport=httpx2.BaseTransport(), trust_env=False)
            self._tools = _Tools(httpx2_client(self._route), idle)

    def _files(self, origin: Origin) -> GeminiFiles:
        base_url, version = _place(self._endpoint)
        place = Place(base_url=base_url, version=version, key=self._endpoint.key, headers=self._endpoint.headers)
        return GeminiFiles(cast("_Tools", self._tools).client, place, origin)

    async def _wire(self, origin: Origin) -> Wire:
        check_key(self._endpoint, origin)
        await self.warm()
        tools = cast("_Tools", self._tools)
        return Wire(tools.client, origin, self._endpoint.key)

    async def _recorded(self, request: Request, origin: Origin) -> WireRequest:
        endpoint = unkeyed(self._endpoint)
        recorder = Recorder()
        spelled = self._spelled(request, origin)
        with self._converted(Wire(cast("_Tools", self._tools).client, origin, None), origin):
            async for _ in await _asked(self._sdk(recorder, endpoint), spelled):
                pass
        sent = recorder.request
        assert sent is not None  # noqa: S101  # it was answered
        if endpoint.key is None:
            del sent.headers[KEY_HEADER]
        return readable(sent, "gemini", self._endpoint)

    def _spelled(self, request: Request, origin: Origin) -> _Spelled:
        """Return a request in the SDK's types; attachments take their time.

        Raises:
            BadRequest: they do not take a value of it.
        """
        try:
            return _Spelled(request.model, contents(request), config(request))
        except ValueError as error:  # every error of pydantic, which checks them, is one
            secrets = (self._endpoint.key,) if self._endpoint.key else ()
            said = failing.scrubbed(str(error), secrets)
            raise failing.from_answer(0, said, origin=origin, kind=BadRequest) from None

    def _sdk(self, wire: Wire | Recorder, endpoint: Endpoint) -> "AsyncClient":
        """Return an SDK client for one call; it reads nothing from the environment and opens no connection itself."""
        import httpx2
        from google import genai
        from google.genai import client, types

        tools = cast("_Tools", self._tools)
        base_url, version = _place(endpoint)
        options = types.HttpOptions(
            base_url=base_url,
            api_version=version,
            headers=dict(endpoint.headers),
            extra_body=dict(endpoint.extra_body),
            httpx_async_client=httpx2.AsyncClient(transport=cast("httpx2.AsyncBaseTransport", wire), trust_env=False),
            httpx_client=tools.idle,
            async_client_args={"ssl": False},
        )
        return genai.Client(
            vertexai=False,
            api_key=endpoint.key or NO_KEY,
            http_options=options,
            debug_config=client.DebugConfig(client_mode="", replays_directory=None, replay_id=None),
        ).aio

    async def _chunks(
        self, request: Request, wire: Wire, reply: Reply, origin: Origin
    ) -> "AsyncGenerator[types.GenerateContentResponse]":
        """Yield what the SDK reads until the reply is final; failures after that change nothing."""
        spelled = await in_background(lambda: self._spelled(request, origin))
        with self._converted(wire, origin):
            answer = await _asked(self._sdk(wire, self._endpoint), spelled)
        try:
            while True:
                patience = TRAILING_SECONDS if reply.is_final else None
                try:
                    with self._converted(wire, origin):
                        async with asyncio.timeout(patience):
                            chunk = await anext(answer, None)
                except (ProviderError, TimeoutError):
                    if reply.is_final:
                        return
                    raise
                if chunk is None:
                    return
                yield chunk
        finally:
            wire.cut()
            try:
                with contextlib.suppress(StopAsyncIteration, ProviderError), self._converted(wire, origin):
                    while True:
                        await anext(answer)
            finally:
                await wire.aclose()

    @contextlib.contextmanager
    def _converted(self, wire: Wire, origin: Origin) -> Generator[None]:
        """Turn what the SDK and the HTTP client raise into tchat's errors."""
        import httpx2
        from google.genai import errors

        secrets = (self._endpoint.key,) if self._endpoint.key else ()
        try:
            yield
        except httpx2.TransportError as error:
            raise failing.from_transport(error, origin, started=wire.is_answered, secrets=secrets) from None
        except (
            httpx2.HTTPError,
            httpx2.InvalidURL,
            errors.APIError,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            RuntimeError,
        ) as error:
            if wire.is_sent:
                raise failing.nonsense(str(error).encode("utf-8", "replace"), origin, secrets) from None
            said = failing.scrubbed(str(error), secrets)
            raise failing.from_answer(0, said, origin=origin, kind=BadRequest) from None


def _place(endpoint: Endpoint) -> tuple[str, str]:
    """Return the base URL without a version, and the version."""
    versioned = _VERSION.fullmatch(endpoint.base_url)
    return (versioned[1], versioned[2]) if versioned else (endpoint.base_url, "v1beta")


def _asked_service(endpoint: Endpoint) -> object:
    """Return how requests ask to be served, for replies that do not say how they are."""
    return endpoint.extra_body.get("serviceTier") or endpoint.extra_body.get("service_tier")


def _check_name(origin: Origin) -> None:
    if not _MODEL.fullmatch(origin.model) or ".." in origin.model:
        raise failing.from_answer(0, "no model has such a name", origin=origin, kind=UnknownModel)


async def _asked(sdk: "AsyncClient", spelled: _Spelled) -> "AsyncIterator[types.GenerateContentResponse]":
    told = cast("types.ContentListUnion", spelled.contents)
    return await sdk.models.generate_content_stream(model=spelled.model, contents=told, config=spelled.config)


def _facts(provider: str, model: "types.Model") -> ModelFacts | None:
    """Return what a model list says of one model; None if it cannot chat or has no name that can be asked for."""
    name = (model.name or "").removeprefix("models/")
    if not _MODEL.fullmatch(name) or "generateContent" not in (model.supported_actions or ["generateContent"]):
        return None
    return ModelFacts(
        provider=provider,
        name=name,
        title=one_line(model.display_name or ""),
        window=model.input_token_limit or None,
        max_output=model.output_token_limit or None,
        efforts=() if model.thinking is False else None,
        listed=True,
    )
