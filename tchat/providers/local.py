"""The embedded model: llama.cpp in a child process, spoken to like any other compatible server.

One child for each model file, started when it is first needed and started anew when it has died.
"""

import asyncio
import importlib
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tchat.config import LocalConfig
from tchat.domain.errors import LocalModelError, NetworkError, Origin, UnknownModel
from tchat.domain.events import Event
from tchat.domain.model import ModelFacts, Price
from tchat.domain.request import Request
from tchat.net import Route
from tchat.paths import Paths, user_path
from tchat.providers import weights
from tchat.providers.base import Endpoint, WireRequest
from tchat.providers.compatible import CompatibleProvider
from tchat.providers.local_child import EXTRA_HINT, Child

USUAL_URL = "http://127.0.0.1:8080/v1"
"""Where llama.cpp's own server listens unless it is told otherwise."""
DEATH_SECONDS = 1.0
"""How long after a broken connection its cause is waited for."""


class _Served(Struct):
    """A model file with the child that serves it."""

    child: Child
    key: str
    client: CompatibleProvider | None = None
    """There as soon as the child is ready."""

    async def aclose(self) -> None:
        if self.client is not None:
            await self.client.aclose()
        await self.child.aclose()


class LocalProvider:
    """Models that run on this machine, in child processes of tchat.

    A model's name is `weights.NAME`, or the path of a GGUF file.

    Args:
        endpoint: the provider's name, and what is added to requests; URL and key are the children's own.
        route: the timeouts.
        paths: where the weights are.
        local: the user's own model file, window and threads.
    """

    def __init__(self, endpoint: Endpoint, route: Route, *, paths: Paths, local: LocalConfig) -> None:
        self._endpoint = endpoint
        self._route = route
        self._paths = paths
        self._local = local
        self._served: dict[Path, _Served] = {}
        self._dead: list[_Served] = []

    @property
    def name(self) -> str:
        """The provider's name in model references."""
        return self._endpoint.name

    async def stream(self, request: Request) -> AsyncGenerator[Event]:
        """Send `request` and yield the reply as it arrives.

        Raises:
            LocalModelError: the extra, the weights or the model file is missing or broken, or its server died.
            UnknownModel: the name is neither that of the embedded model nor the path of a GGUF file.
            ProviderError: there is no (complete) reply.
        """
        served = self._start(request.model)
        client = await self._client(served)
        try:
            async with aclosing(client.stream(self._with_defaults(request))) as events:
                async for event in events:
                    yield event
        except NetworkError as error:
            if await served.child.ended_within(DEATH_SECONDS):
                raise served.child.death() from error
            raise

    async def wire(self, request: Request) -> WireRequest:
        """Return what `stream` would send, without sending it and without starting a model.

        Raises:
            LocalModelError: the weights or the model file is missing or broken.
            UnknownModel: the name is neither that of the embedded model nor the path of a GGUF file.
        """
        served = self._served.get(self._file_of(request.model))
        running = served.client if served else None
        client = running or self._speaking_to(USUAL_URL, None)
        try:
            wire = await client.wire(self._with_defaults(request))
        finally:
            if running is None:
                await client.aclose()
        note = "the embedded server listens only while tchat runs, at a port and with a key that change every time"
        return replace(wire, notes=(*wire.notes, note))

    async def count(self, request: Request) -> int | None:
        """Return the tokens of a request, if its model runs already: none is started for this.

        Raises:
            ProviderError: its server does not answer, or there is no such model.
        """
        served = self._served.get(self._file_of(request.model))
        client = served.client if served is not None and not served.child.has_ended else None
        return None if client is None else await client.count(request)

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return the embedded model, without starting it.

        Raises:
            LocalModelError: the extra or the weights are missing.
        """
        self._file_of(weights.NAME)
        if find_spec("xllamacpp") is None:
            raise LocalModelError(
                "the embedded model needs the extra `local`", hint=EXTRA_HINT, origin=Origin(provider=self.name)
            )
        return (facts(self.name, weights.NAME, self._local),)

    def start(self, model: str) -> None:
        """Start the child of a model without waiting for it; needs no event loop.

        The kernel ends the child with the thread that started it, so call it from one that lasts.

        Raises:
            LocalModelError: the weights or the model file is missing or broken.
            UnknownModel: the name is neither that of the embedded model nor the path of a GGUF file.
        """
        self._start(model)

    async def warm(self) -> None:
        """Have a model ready: the one that was started, else the embedded one.

        Raises:
            LocalModelError: the extra, the weights or the model file is missing or broken.
        """
        running = [served for served in self._served.values() if not served.child.has_ended]
        for served in running or [self._start(weights.NAME)]:
            await self._client(served)

    async def aclose(self) -> None:
        """End every child."""
        served = [*self._served.values(), *self._dead]
        self._served.clear()
        self._dead.clear()
        await asyncio.gather(*(each.aclose() for each in served))

    def _with_defaults(self, request: Request) -> Request:
        """Return the request with the embedded model's own sampling where the user leaves it open."""
        settings = request.settings
        if request.model != weights.NAME or self._local.model or settings.temperature is not None:
            return request
        sampling = replace(settings, temperature=weights.TEMPERATURE, top_p=settings.top_p or weights.TOP_P)
        return replace(request, settings=sampling)

    def _start(self, model: str) -> _Served:
        file = self._file_of(model)
        served = self._served.get(file)
        if served is not None and not served.child.has_ended:
            return served
        if served is not None:
            self._dead.append(served)
        key = secrets.token_urlsafe(32)
        served = _Served(Child(file, self._local, Origin(provider=self.name, model=model), key=key), key)
        self._served[file] = served
        return served

    async def _client(self, served: _Served) -> CompatibleProvider:
        """Return what speaks to a child, as soon as it listens."""
        while self._dead:
            await self._dead.pop().aclose()
        url, _ = await asyncio.gather(served.child.ready(), asyncio.to_thread(_import_client))
        if served.client is None:
            served.client = self._speaking_to(f"{url}/v1", served.key)
        return served.client

    def _speaking_to(self, url: str, key: str | None) -> CompatibleProvider:
        fields = {"repeat_penalty": weights.REPEAT_PENALTY, **self._endpoint.extra_body}
        endpoint = replace(self._endpoint, base_url=url, key=key, preset="local", extra_body=fields)
        return CompatibleProvider(endpoint, replace(self._route, base_url=url, proxy=None))

    def _file_of(self, model: str) -> Path:
        origin = Origin(provider=self.name, model=model)
        if model == weights.NAME:
            return weights.need(self._paths, self._local.model, origin)
        if model.lower().endswith(".gguf") or "/" in model:
            file = user_path(model).absolute()
            weights.check(file, origin)
            return file
        raise UnknownModel(
            f"{self.name} has no model {model!r}",
            hint=f"it has {self.name}/{weights.NAME}, and any GGUF file: {self.name}//path/to/model.gguf",
            origin=origin,
        )


def facts(provider: str, model: str, local: LocalConfig) -> ModelFacts:
    """Return what holds for every model that llama.cpp runs here."""
    return ModelFacts(
        provider=provider,
        name=model,
        window=local.window,
        efforts=(),
        vision=False,
        documents=False,
        sampling=True,
        stops=True,
        seeds=True,
        structured=True,
        price=Price(input=0.0, output=0.0),
        listed=True,
    )


def _import_client() -> None:
    """Import what the client of a child needs, while the child loads."""
    importlib.import_module("httpx")
