"""OpenAI's Responses API, and servers that speak it, through the official SDK."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec.structs import replace

from tchat.domain.errors import BadRequest, Origin
from tchat.domain.events import Event
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import token_count
from tchat.net import Route
from tchat.providers import failing
from tchat.providers.base import Endpoint, WireRequest
from tchat.providers.compatible_models import facts_of
from tchat.providers.limits import limits_of
from tchat.providers.openai_reply import Reply
from tchat.providers.openai_request import WISHES, body, pads_events
from tchat.providers.sdk_wire import Sdk, Wire, request_id, silence
from tchat.providers.stainless import calls_of
from tchat.providers.uploads import Upload, as_planned, noted, uploaded
from tchat.threads import in_background

if TYPE_CHECKING:
    import httpx2

_PATH = "/responses"
_FILES = "/files"
_INLINE = limits_of("openai").inline or 0
_COUNTED = {"model", "input", "instructions", "reasoning", "text"}
"""The fields of a body that are counted."""
_SPEECHLESS = re.compile(
    r"(text-embedding|text-moderation|omni-moderation|whisper|tts|dall-e|sora|babbage|davinci|chatgpt-image)\b.*"
    r"|gpt-(image|audio|realtime|live|transcribe)\b.*|.*-(realtime|transcribe|tts|audio|image)\b.*|.*-instruct\b.*"
)
"""Models of OpenAI's own list that the Responses API does not answer with."""


class OpenAIProvider:
    """OpenAI, or a server that speaks its Responses API.

    Args:
        endpoint: the base URL is what `/responses` follows.
        route: how it is reached.
    """

    def __init__(self, endpoint: Endpoint, route: Route) -> None:
        self._endpoint = endpoint
        self._wire = Wire(endpoint, route, _connected)
        self._refused: frozenset[str] = frozenset()
        """Wishes that the server does not grant."""

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
            response = await self._asked(sent, origin)
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
        refused = self._refused
        planned, notes = as_planned(request, _INLINE)
        return noted(
            await in_background(lambda: self._wire.recorded(_PATH, self._fields(planned, refused), "responses")), notes
        )

    async def count(self, request: Request) -> int | None:
        """Return the tokens of a request, as the provider counts them for free.

        Raises:
            ProviderError: it does not count.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """

        def counted() -> dict[str, Any]:
            return {name: value for name, value in self._fields(request, self._refused).items() if name in _COUNTED}

        said = await self._wire.answer(
            f"{_PATH}/input_tokens", counted, Origin(provider=self.name, model=request.model)
        )
        return token_count(said.get("input_tokens"))

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return the models that the provider lists and that can chat.

        Raises:
            ProviderError: the list cannot be had.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        origin = Origin(provider=self.name)
        listed = facts_of(self.name, await self._wire.get("/models", {}, origin))
        if listed is None:
            raise failing.nonsense(b"no list of models", origin)
        return tuple(facts for facts in listed if not _SPEECHLESS.fullmatch(facts.name))

    async def warm(self) -> None:
        """Import the SDK and build its client, in a thread; later calls cost nothing.

        Raises:
            ConfigError: headers, proxy or certificates cannot be used.
        """
        await self._wire.warm()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._wire.aclose()

    async def _asked(self, request: Request, origin: Origin) -> "httpx2.Response":
        """Send `request` and return the answer, its body unread; wishes that the server objects to are dropped."""
        while True:
            refused = self._refused
            try:
                return await self._wire.post(_PATH, lambda refused=refused: self._fields(request, refused), origin)
            except BadRequest as error:
                objected = {wish for wish, words in WISHES.items() if any(word in error.message for word in words)}
                if objected <= refused:
                    raise
                self._refused |= objected

    async def _put(self, upload: Upload) -> str:
        return await self._wire.upload(
            _FILES,
            {"purpose": "user_data", "expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"},
            upload,
            Origin(provider=self.name),
        )

    async def _remove(self, file: str) -> None:
        await self._wire.delete(f"{_FILES}/{quote(file, safe='')}", Origin(provider=self.name))

    def _fields(self, request: Request, refused: frozenset[str]) -> dict[str, Any]:
        fields = body(request, padded=pads_events(self._endpoint.base_url), refused=refused)
        return {**fields, **self._endpoint.extra_body}


def _kind(_status: int, _code: str, _message: str) -> None:
    """Leave it to the common rules what an error is."""


def _connected(endpoint: Endpoint, client: "httpx2.AsyncClient") -> Sdk:
    """Return the SDK upon an HTTP client, with nothing of the environment's."""
    silence("openai", "httpx2")
    from openai import AsyncOpenAI, AsyncStream, Omit, OpenAIError

    sdk = AsyncOpenAI(
        api_key=endpoint.key or "none",
        admin_api_key="",
        webhook_secret="",
        base_url=endpoint.base_url,
        http_client=client,
        timeout=client.timeout,
        max_retries=0,
    )
    unsaid = ("OpenAI-Organization", "OpenAI-Project", *(() if endpoint.key else ("Authorization",)))
    headers = {**dict.fromkeys(unsaid, Omit()), **endpoint.headers}
    return calls_of(sdk, headers, AsyncStream[object], failure=OpenAIError, kind=_kind)
