"""Chat Completions as many servers speak it, over httpx and without an SDK.

Ollama, LM Studio, llama.cpp, vLLM, OpenRouter, DeepSeek, Mistral, Groq, xAI, and whatever else calls itself compatible.
"""

import contextlib
import json
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.errors import NetworkError, Origin, ProviderError, ServerFault
from tchat.domain.events import Event
from tchat.domain.message import are_brief
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.text import one_line
from tchat.net import Route
from tchat.providers import failing
from tchat.providers.base import Endpoint, WireRequest
from tchat.providers.compatible_counting import COUNTING, beside_api, counted
from tchat.providers.compatible_errors import refusal
from tchat.providers.compatible_models import facts_of
from tchat.providers.compatible_reply import Reply
from tchat.providers.compatible_request import WISHES, body, encoded
from tchat.providers.compatible_wire import Wire, chunks, read
from tchat.providers.read_ahead import ReadAhead
from tchat.providers.sse import EventDecoder
from tchat.threads import in_background

if TYPE_CHECKING:
    import httpx

LONGEST_EVENT = 64 * 2**20
"""Bytes that one event, or an answer in one piece, may have."""
LONGEST_REFUSAL = 2**20
"""Bytes of a failed request's body that are read."""
REUSE_SECONDS = 0.02
"""How long the end of a body may follow the end of its reply for the connection to be kept."""

_PATH = "chat/completions"
_OBJECTIONS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
"""How servers answer a field that they do not know."""


class CompatibleProvider:
    """A server that speaks Chat Completions.

    Args:
        endpoint: the base URL is what `/chat/completions` follows; the preset says in which server's words to speak.
        route: how it is reached.
    """

    def __init__(self, endpoint: Endpoint, route: Route) -> None:
        self._endpoint = endpoint
        self._wire = Wire(endpoint, route)
        self._beside = Wire(beside_api(endpoint), route)
        self._refused: set[str] = set()
        """Wishes that the server does not take."""

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
        response = await self._asked(request, origin)
        origin = _with_request_id(origin, response)
        reply = Reply(origin, secrets=self._wire.secrets)
        async with contextlib.aclosing(response), ReadAhead(chunks(response)) as ahead:
            try:
                async with contextlib.aclosing(self._told(ahead, reply, origin)) as events:
                    async for event in events:
                        yield event
            except ProviderError as error:
                reply.failure = error
            for event in reply.end() if reply.failure is None else reply.rest():
                yield event
            if reply.failure is not None:
                raise reply.failure
            await ahead.wait_for_end(REUSE_SECONDS)

    async def wire(self, request: Request) -> WireRequest:
        """Return what `stream` would send, without sending it.

        Raises:
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        await self._wire.warm()
        return await in_background(lambda: self._wire.recorded(_PATH, self._spelled(request)[1]))

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return the models that the server lists; none if it keeps no list.

        Raises:
            ProviderError: the list cannot be had.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        origin = Origin(provider=self.name)
        async with contextlib.aclosing(await self._wire.send("models", origin)) as response:
            if response.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
                return ()
            if not response.is_success:
                raise (await self._refusal(response, origin))[0]
            with self._wire.converted(origin, answered=True):
                data = await read(response, LONGEST_EVENT)
        with contextlib.suppress(ValueError, RecursionError):
            facts = facts_of(self.name, json.loads(data))
            if facts is not None:
                return facts
        raise failing.nonsense(data, origin, self._wire.secrets)

    async def count(self, request: Request) -> int | None:
        """Return the tokens of a request, if the server is known to count them.

        Raises:
            NetworkError: there is no answer.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        preset = self._endpoint.preset
        return await counted(self._beside, request, preset) if preset in COUNTING else None

    async def warm(self) -> None:
        """Import httpx and build the client, in a thread; later calls cost nothing.

        Raises:
            ConfigError: the proxy or the certificates cannot be used.
        """
        await self._wire.warm()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._wire.aclose()
        await self._beside.aclose()

    async def _asked(self, request: Request, origin: Origin) -> "httpx.Response":
        """Send `request` and return a success, its body unread; wishes that the server objects to are dropped."""
        while True:
            is_brief = are_brief(request.messages, request.system)
            sent, content = self._spelled(request) if is_brief else await in_background(lambda: self._spelled(request))
            response = await self._wire.send(_PATH, origin, content)
            if response.is_success:
                return response
            async with contextlib.aclosing(response):
                error, data = await self._refusal(response, origin)
            objected = {wish for wish, words in WISHES.items() if wish in sent and any(word in data for word in words)}
            if not objected or response.status_code not in _OBJECTIONS:
                raise error
            self._refused |= objected

    def _spelled(self, request: Request) -> tuple[dict[str, object], bytes]:
        """Return the fields of the body, and the body."""
        every = {**body(request, self._endpoint.preset), **self._endpoint.extra_body}
        fields = {name: value for name, value in every.items() if name not in self._refused}
        return fields, encoded(fields)

    async def _told(self, ahead: ReadAhead, reply: Reply, origin: Origin) -> AsyncGenerator[Event]:
        """Yield what the body says, to its end or until the reply is over.

        Raises:
            ProviderError: the body broke off, ended too early or is no reply.
        """
        decoder = EventDecoder()
        while not reply.is_over:
            block = await self._next(ahead, reply, origin)
            if block is None:
                break
            for event in reply.take(decoder.feed(block)):
                yield event
            if decoder.pending > LONGEST_EVENT:
                raise ServerFault(f"{self.name} sent an event of more than {LONGEST_EVENT >> 20} MB", origin=origin)
        if not reply.is_over:
            for event in reply.take_last(decoder.finish(), document=decoder.is_document):
                yield event
        if reply.failure is None and not reply.is_complete:
            raise failing.ended_early(origin)

    async def _next(self, ahead: ReadAhead, reply: Reply, origin: Origin) -> bytes | None:
        try:
            with self._wire.converted(origin, answered=True, begun=reply.has_begun):
                return await ahead.take(reply.patience)
        except (TimeoutError, NetworkError):
            if reply.is_answered:
                return None
            raise

    async def _refusal(self, response: "httpx.Response", origin: Origin) -> tuple[ProviderError, bytes]:
        """Return the error for a failed request, and its body as far as it can be had."""
        data = b""
        with contextlib.suppress(NetworkError, ServerFault), self._wire.converted(origin, answered=True):
            data = await read(response, LONGEST_REFUSAL)
        origin = _with_request_id(origin, response)
        status, headers = response.status_code, response.headers
        return refusal(data, origin, self._wire.secrets, status=status, headers=headers), data


def _with_request_id(origin: Origin, response: "httpx.Response") -> Origin:
    headers = response.headers
    request_id = one_line(headers.get("x-request-id") or headers.get("request-id") or "")
    return replace(origin, request_id=request_id or None)
