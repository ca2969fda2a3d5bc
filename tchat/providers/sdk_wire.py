"""One endpoint through an official SDK: the SDK sends and checks, and the events of its answer are read as plain JSON.

What the SDKs make of events themselves is left aside: building their types takes 30 MB and half a second, and they
stumble over byte order marks, broken UTF-8 and JSON that is no event of theirs.
"""

import asyncio
import contextlib
import io
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import BadRequest, ConfigError, KeyRejected, Origin, ProviderError, ServerFault
from tchat.domain.events import Event
from tchat.domain.text import one_line
from tchat.net import Route, httpx2_client
from tchat.providers import failing
from tchat.providers.base import Api, Endpoint, WireRequest
from tchat.providers.json_values import decoded, table, words
from tchat.providers.narration import Narration
from tchat.providers.read_ahead import ReadAhead
from tchat.providers.recording import Recorder, readable, unkeyed
from tchat.providers.sse import EventDecoder
from tchat.providers.uploads import Upload
from tchat.threads import in_background

if TYPE_CHECKING:
    import httpx2

LONGEST_EVENT = 64 * 2**20
"""Bytes that one event, or an answer in one piece, may have."""
REUSE_SECONDS = 0.02
"""How long the end of a body may follow the end of its reply for the connection to be kept."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Sdk(Struct, frozen=True, kw_only=True):
    """What an adapter makes of its SDK."""

    post: "Callable[[str, bytes], Awaitable[httpx2.Response]]"
    """Sends JSON to a path and returns the answer, its body unread."""
    get: "Callable[[str, dict[str, object]], Awaitable[httpx2.Response]]"
    """Gets what is at a path with a query."""
    upload: "Callable[[str, dict[str, Any], tuple[str, io.RawIOBase, str]], Awaitable[httpx2.Response]]"
    """Posts fields and a file (name, bytes, media type) to a path."""
    delete: "Callable[[str], Awaitable[httpx2.Response]]"
    failure: type[Exception]
    """What every error of the SDK is."""
    kind: Callable[[int, str, str], type[ProviderError] | None]
    """From status, code and words to the class of an error; None where the common rules tell."""


class Reply(Protocol):
    """What an API's events say."""

    narration: Narration

    def read(self, said: dict[str, Any]) -> None:
        """Take one event.

        Raises:
            ProviderError: the provider reports a failure.
        """
        ...

    def read_whole(self, said: dict[str, Any]) -> bool:
        """Take an answer in one piece; return whether it is one.

        Raises:
            ProviderError: the provider reports a failure.
        """
        ...


class Wire:
    """The way to one endpoint; the SDK is imported and its client built when it is first needed.

    Args:
        endpoint: where it is, with key and headers.
        route: how it is reached.
        connect: imports the SDK and builds its client upon an HTTP client.
    """

    def __init__(
        self, endpoint: Endpoint, route: Route, connect: "Callable[[Endpoint, httpx2.AsyncClient], Sdk]"
    ) -> None:
        self._endpoint = endpoint
        self._route = route
        self._connect = connect
        self._client: httpx2.AsyncClient | None = None
        self._sdk: Sdk | None = None
        self._warming = asyncio.Lock()
        self.secrets = (endpoint.key,) if endpoint.key else ()
        """What no error may repeat."""

    async def warm(self) -> None:
        """Import the SDK and build its client, in a thread; later calls cost nothing.

        Raises:
            ConfigError: headers, proxy or certificates cannot be used.
        """
        await self._opened()

    async def aclose(self) -> None:
        """Close every connection."""
        client, self._client, self._sdk = self._client, None, None
        if client is not None:
            await client.aclose()

    async def post(self, path: str, spell: Callable[[], dict[str, Any]], origin: Origin) -> "httpx2.Response":
        """Send a request and return the answer, its body unread.

        Args:
            path: what follows the base URL.
            spell: makes the fields; it may take its time over attachments and long conversations.
            origin: provider and model.

        Raises:
            ProviderError: the request is refused, or there is no answer.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        sdk = await self._ready(origin)
        content = await in_background(lambda: msgspec.json.encode(spell()))
        with self._converted(sdk, origin):
            return await sdk.post(path, content)

    def recorded(self, path: str, fields: dict[str, Any], api: Api) -> WireRequest:
        """Return what `post` sends, without sending it; takes its time, and needs a thread without an event loop.

        Raises:
            ProviderError: the SDK does not take it.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        return asyncio.run(self._recorded(path, fields, api))

    async def _recorded(self, path: str, fields: dict[str, Any], api: Api) -> WireRequest:
        recorder = Recorder()
        client, sdk = self._open(unkeyed(self._endpoint), replace(self._route, proxy=None), transport=recorder)
        async with contextlib.aclosing(client):
            with self._converted(sdk, Origin(provider=self._endpoint.name)):
                await (await sdk.post(path, msgspec.json.encode(fields))).aclose()
        assert recorder.request is not None  # noqa: S101  # it was answered
        return readable(recorder.request, api, self._endpoint)

    async def get(self, path: str, query: dict[str, object], origin: Origin) -> dict[str, Any]:
        """Return the JSON object at a path.

        Raises:
            ProviderError: it cannot be had.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        sdk = await self._ready(origin)
        with self._converted(sdk, origin):
            response = await sdk.get(path, query)
        said = _object(response.content)
        if not said:
            raise failing.nonsense(response.content, origin, self.secrets)
        return said

    async def upload(self, path: str, fields: dict[str, Any], upload: Upload, origin: Origin) -> str:
        """Upload a file and return its id.

        Raises:
            ProviderError: it is refused, or there is no answer.
            AttachmentError: its bytes are gone.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        sdk = await self._ready(origin)
        with upload.open() as file, self._converted(sdk, origin):
            response = await sdk.upload(path, fields, (upload.name, file, upload.media_type))
        file_id = words(_object(response.content).get("id"))
        if not file_id:
            raise failing.nonsense(response.content, origin, self.secrets)
        return file_id

    async def delete(self, path: str, origin: Origin) -> None:
        """Remove what is at a path.

        Raises:
            ProviderError: it is refused, or there is no answer.
        """
        sdk = await self._ready(origin)
        with self._converted(sdk, origin):
            await sdk.delete(path)

    async def answer(self, path: str, spell: Callable[[], dict[str, Any]], origin: Origin) -> dict[str, Any]:
        """Send a request that is answered at once, and return the JSON object that it is answered with.

        Raises:
            ProviderError: the request is refused, or the answer is none.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        response = await self.post(path, spell, origin)
        sdk = await self._ready(origin)
        body = bytearray()
        async with contextlib.aclosing(response):
            with self._converted(sdk, origin, is_answered=True):
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LONGEST_EVENT:
                        raise failing.nonsense(bytes(body[:1000]), origin, self.secrets)
        said = _object(bytes(body))
        if not said:
            raise failing.nonsense(bytes(body), origin, self.secrets)
        return said

    async def told(self, response: "httpx2.Response", reply: Reply, origin: Origin) -> AsyncGenerator[Event]:
        """Yield what the body of an answer says until the reply is finished, and close it.

        Raises:
            ProviderError: the reply failed, broke off, ended too early or is no reply; what came before was yielded.
        """
        narration = reply.narration
        failure: ProviderError | None = None
        decoder = EventDecoder()
        async with contextlib.aclosing(response), ReadAhead(response.aiter_bytes()) as ahead:
            while failure is None and not narration.is_finished:
                try:
                    await self._advance(ahead, decoder, reply, origin)
                except ProviderError as error:
                    failure = error
                for event in narration.take(more=failure is None):
                    yield event
            if failure is not None:
                raise failure
            await ahead.wait_for_end(REUSE_SECONDS)

    async def _advance(self, ahead: ReadAhead, decoder: EventDecoder, reply: Reply, origin: Origin) -> None:
        """Read what has arrived, waiting for something if need be."""
        sdk = await self._ready(origin)
        with self._converted(sdk, origin, is_answered=True, is_begun=reply.narration.is_begun):
            block = await ahead.take()
        if block is not None:
            self._read(decoder.feed(block), reply, origin)
            if decoder.pending > LONGEST_EVENT:
                raise ServerFault(f"{origin.provider} sent more than {LONGEST_EVENT >> 20} MB at once", origin=origin)
            return
        if decoder.is_document:
            self._read_whole(b"".join(decoder.finish()), reply, origin)
        else:
            self._read([data for data in decoder.finish() if _object(data)], reply, origin)
        if not reply.narration.is_finished:
            raise failing.ended_early(origin)

    def _read(self, events: list[bytes], reply: Reply, origin: Origin) -> None:
        for data in events:
            if reply.narration.is_finished:
                return
            said = _object(data)
            if said:
                reply.read(said)
            elif not data.startswith(b"[DONE]"):
                raise failing.nonsense(data, origin, self.secrets)

    def _read_whole(self, data: bytes, reply: Reply, origin: Origin) -> None:
        said = _object(data)
        if not said or not reply.read_whole(said):
            raise failing.nonsense(data, origin, self.secrets)

    async def _ready(self, origin: Origin) -> Sdk:
        key, name = self._endpoint.key, self._endpoint.name
        if key is not None and not (key.isascii() and key.isprintable()):
            raise KeyRejected(
                f"the key for {name!r} has characters that no key has",
                hint=f"run `tchat keys set {name}`",
                origin=origin,
            )
        return await self._opened()

    async def _opened(self) -> Sdk:
        async with self._warming:
            if self._sdk is None:
                self._client, self._sdk = await asyncio.to_thread(self._open, self._endpoint, self._route)
            return self._sdk

    def _open(self, endpoint: Endpoint, route: Route, **options: object) -> "tuple[httpx2.AsyncClient, Sdk]":
        for header, value in endpoint.headers.items():
            if not _TOKEN.fullmatch(header) or not (value.isascii() and value.isprintable()):
                raise ConfigError(f"providers.{endpoint.name}.headers: {header!r} cannot be sent", hint="use ASCII")
        client = httpx2_client(route, **options)
        return client, self._connect(endpoint, client)

    @contextlib.contextmanager
    def _converted(
        self, sdk: Sdk, origin: Origin, *, is_answered: bool = False, is_begun: bool = False
    ) -> Generator[None]:
        """Raise the errors of an SDK and of httpx2 as tchat's.

        Args:
            sdk: whose errors.
            origin: provider and model.
            is_answered: whether the answer's head has come.
            is_begun: whether anything of the reply has come.
        """
        import httpx2

        try:
            yield
        except sdk.failure as error:
            response = getattr(error, "response", None)
            if isinstance(response, httpx2.Response):
                raise self._refusal(sdk, response, origin) from None
            if isinstance(error.__cause__, httpx2.HTTPError):
                raise self._broken(error.__cause__, origin, is_answered=is_answered, is_begun=is_begun) from None
            raise BadRequest(failing.scrubbed(str(error), self.secrets), origin=origin) from None
        except httpx2.InvalidURL as error:
            raise ConfigError(f"providers.{origin.provider}.base_url is not a URL: {error}") from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise self._broken(error, origin, is_answered=is_answered, is_begun=is_begun) from None

    def _broken(self, error: Exception, origin: Origin, *, is_answered: bool, is_begun: bool) -> ProviderError:
        import httpx2

        if isinstance(error, httpx2.DecodingError):
            words = failing.scrubbed(str(error), self.secrets)
            return ServerFault(f"{origin.provider} sent what cannot be unpacked: {words}", origin=origin)
        started = is_begun if isinstance(error, httpx2.TimeoutException) else is_answered
        return failing.from_transport(error, origin, started=started, secrets=self.secrets)

    def _refusal(self, sdk: Sdk, response: "httpx2.Response", origin: Origin) -> ProviderError:
        """Return the error for a failed request, whose body the SDK has read."""
        status, headers = response.status_code, response.headers
        origin = replace(origin, request_id=request_id(response), status=status)
        if response.has_redirect_location:
            return failing.redirected(headers["location"], origin, self.secrets)
        data = response.content
        try:
            said = decoded(data)
        except ValueError:
            said = data[: 40 * failing.LONGEST].decode("utf-8", "replace")
        message, code = failing.body_message(said)
        code = f"{code} {words(table(table(said).get('error')).get('param'))}".strip()
        message, code = failing.scrubbed(message, self.secrets), failing.scrubbed(code, self.secrets)
        error = failing.from_answer(
            status,
            message,
            code=code,
            retry_after=failing.retry_after(headers),
            origin=origin,
            kind=sdk.kind(status, code, message),
        )
        if status == HTTPStatus.NOT_FOUND and isinstance(error, BadRequest):
            error.hint = f"check providers.{origin.provider}.base_url"
        return error


def request_id(response: "httpx2.Response") -> str | None:
    """Return what the provider calls a request."""
    headers = response.headers
    return one_line(headers.get("x-request-id") or headers.get("request-id") or "") or None


def silence(*names: str) -> None:
    """Keep loggers of an SDK off the terminal, whatever their environment variables say."""
    for name in names:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _object(data: bytes) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    try:
        return table(decoded(data))
    except ValueError:
        return {}
