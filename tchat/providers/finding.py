"""Which servers of models answer on this machine."""

import asyncio
import contextlib
import importlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import TchatError
from tchat.domain.model import ModelFacts
from tchat.net import Route
from tchat.providers.base import Endpoint
from tchat.threads import in_background

_CONNECT_SECONDS = 0.5
_ANSWER_SECONDS = 2.0
"""A server that lists its models takes a fraction of it, even while it loads one."""


class FoundServer(Struct, frozen=True):
    """A server that answers without a key, and the models that it lists, at least one."""

    provider: str
    models: tuple[ModelFacts, ...]


async def find_servers(places: Sequence[tuple[Endpoint, Route]]) -> tuple[FoundServer, ...]:
    """Ask every place at once for its models, without a key; return those that list any, in the order given.

    It takes at most a few seconds, and what does not answer like a server of models is passed over.
    """
    found = await asyncio.gather(*(_models(endpoint, route) for endpoint, route in places))
    return tuple(
        FoundServer(endpoint.name, models) for (endpoint, _), models in zip(places, found, strict=True) if models
    )


async def _models(endpoint: Endpoint, route: Route) -> tuple[ModelFacts, ...]:
    if not await _listens(endpoint.base_url):
        return ()
    await in_background(lambda: importlib.import_module("tchat.providers.compatible"))
    from tchat.providers.compatible import CompatibleProvider

    hurried = replace(route, connect_timeout=_CONNECT_SECONDS, stall_timeout=_ANSWER_SECONDS)
    provider = CompatibleProvider(replace(endpoint, key=None), hurried)
    try:
        with contextlib.suppress(TchatError, TimeoutError):
            async with asyncio.timeout(2 * _ANSWER_SECONDS):
                return await provider.models()
        return ()
    finally:
        await provider.aclose()


async def _listens(url: str) -> bool:
    """Whether anything accepts connections there: asked first, because an HTTP client takes long to import."""
    parts = urlsplit(url)
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_CONNECT_SECONDS):
            port = parts.port or (443 if parts.scheme == "https" else 80)
            _, writer = await asyncio.open_connection(parts.hostname, port)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            return True
    return False
