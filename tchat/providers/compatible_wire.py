"""HTTP to one OpenAI-compatible server: headers and URLs, stale connections, and httpx's failures as tchat's own."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit, urlunsplit

from tchat import __version__
from tchat.domain.errors import ConfigError, Origin, ServerFault
from tchat.net import Route, httpx_client
from tchat.providers import failing
from tchat.providers.base import Endpoint, WireRequest, check_headers, check_key
from tchat.providers.recording import Built, readable, unkeyed

if TYPE_CHECKING:
    import httpx

_HUNG_UP = "Server disconnected without sending a response."
"""What httpcore says of a connection that ended before the first byte of an answer."""


class Wire:
    """The way to one server; its client is built when it is first needed.

    Args:
        endpoint: where the server is, with key and headers.
        route: how it is reached.
    """

    def __init__(self, endpoint: Endpoint, route: Route) -> None:
        self._endpoint = endpoint
        self._route = route
        self._client: httpx.AsyncClient | None = None
        self._warming = asyncio.Lock()
        self.secrets = (endpoint.key,) if endpoint.key else ()
        """What no error may repeat."""

    async def warm(self) -> None:
        """Import httpx and build the client, in a thread; later calls cost nothing.

        Raises:
            ConfigError: the proxy or the certificates cannot be used.
        """
        await self._opened()

    async def aclose(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def send(self, path: str, origin: Origin, content: bytes | None = None) -> "httpx.Response":
        """Post `content`, or get what is at `path`, and return the answer with its body still to be read.

        A kept connection that turns out to be dead before the first byte of an answer is replaced, and the request
        goes out once more.

        Raises:
            NetworkError: there is no answer.
            KeyRejected: the key holds what no key can.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        check_key(self._endpoint, origin)
        client = await self._opened()
        with self.converted(origin):
            while True:
                request = self._built(client, self._endpoint, path, content)
                connecting: list[str] = []
                request.extensions = {**request.extensions, "trace": _noting(connecting)}
                try:
                    return await client.send(request, stream=True)
                except _gone() as error:
                    hung_up = "Protocol" not in type(error).__name__ or str(error) == _HUNG_UP
                    if connecting or not hung_up:
                        raise

    def recorded(self, path: str, content: bytes) -> WireRequest:
        """Return what `send` sends, without sending it; the wire is warm already.

        Raises:
            ConfigError: base URL or headers cannot be used.
        """
        assert self._client is not None  # noqa: S101  # the wire is warm
        with self.converted(Origin(provider=self._endpoint.name)):
            built = self._built(self._client, unkeyed(self._endpoint), path, content)
        return readable(cast("Built", built), "chat", self._endpoint)

    def _built(
        self, client: "httpx.AsyncClient", endpoint: Endpoint, path: str, content: bytes | None
    ) -> "httpx.Request":
        headers = _headers(endpoint)
        try:
            url = _joined(endpoint.base_url, path)
        except ValueError as error:
            raise _no_url(endpoint.name, error) from None
        return client.build_request("GET" if content is None else "POST", url, headers=headers, content=content)

    async def _opened(self) -> "httpx.AsyncClient":
        async with self._warming:
            if self._client is None:
                self._client = await asyncio.to_thread(httpx_client, self._route)
            return self._client

    @contextlib.contextmanager
    def converted(self, origin: Origin, *, answered: bool = False, begun: bool = False) -> Generator[None]:
        """Raise httpx's errors as tchat's.

        Args:
            origin: provider and model.
            answered: whether the answer's head has come.
            begun: whether anything of the reply has come.
        """
        import httpx

        try:
            yield
        except httpx.InvalidURL as error:
            raise _no_url(origin.provider, error) from None
        except httpx.DecodingError as error:
            words = failing.scrubbed(str(error), self.secrets)
            raise ServerFault(f"{origin.provider} sent what cannot be unpacked: {words}", origin=origin) from None
        except httpx.ReadTimeout as error:
            raise failing.from_transport(error, origin, started=begun, secrets=self.secrets) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise failing.from_transport(error, origin, started=answered, secrets=self.secrets) from error


def _headers(endpoint: Endpoint) -> dict[str, str]:
    check_headers(endpoint)
    own = {header.lower(): value for header, value in endpoint.headers.items()}
    headers = {"user-agent": f"tchat/{__version__}", "content-type": "application/json"}
    return {**headers, **({"authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}), **own}


def chunks(response: "httpx.Response") -> AsyncGenerator[bytes]:
    """Return the body of an answer, unpacked, in the pieces in which it comes."""
    packed = response.headers.get("content-encoding", "identity") != "identity"
    pieces: AsyncIterator[bytes] = response.aiter_bytes() if packed else response.aiter_raw()
    return cast("AsyncGenerator[bytes]", pieces)


async def read(response: "httpx.Response", most: int) -> bytes:
    """Return the body of an answer, or the first `most` bytes of it and a little more."""
    body = bytearray()
    async with contextlib.aclosing(chunks(response)) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) >= most:
                break
    return bytes(body)


def _noting(steps: list[str]) -> Callable[[str, object], Awaitable[None]]:
    """Return a tracer for httpx that adds the steps of making a connection to `steps`; a kept connection has none."""

    async def trace(step: str, _: object) -> None:
        if not step.startswith("http11."):
            steps.append(step)

    return trace


def _no_url(provider: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"providers.{provider}.base_url is not a URL: {error}", hint="for example http://localhost:8000/v1"
    )


def _gone() -> tuple[type[Exception], ...]:
    """Return what httpx raises when a connection turns out to be dead."""
    import httpx

    return httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError


def _joined(base_url: str, path: str) -> str:
    """Return the URL of `path` below a base URL, whose query stays.

    Raises:
        ValueError: it is no URL.
    """
    parts = urlsplit(base_url)
    if parts.port == 0:
        raise ValueError("port 0 is no port")
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path}"))
