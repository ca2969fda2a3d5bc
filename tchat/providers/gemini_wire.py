"""Between google-genai and the network: a transport of one call that hands the SDK only what it reads rightly.

The SDK's parser stumbles over comments, `data:` without a blank, byte order marks, `id:` and `retry:`; its types over
figures and fields that Google does not send but others do. Refusals are raised here as tchat's own errors, from status,
headers and body, and the answer can be cut off at any moment, which the SDK's generator does not do.
"""

import contextlib
import json
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct, field

from tchat.domain.errors import Origin, ProviderError
from tchat.domain.usage import token_count
from tchat.providers import failing
from tchat.providers.gemini_errors import from_status
from tchat.providers.read_ahead import ReadAhead
from tchat.providers.sse import EventDecoder

if TYPE_CHECKING:
    import httpx2

KEY_HEADER = "x-goog-api-key"
NO_KEY = "none"
"""What the SDK is told where there is no key; it is not sent."""
LONGEST_REFUSAL = 2**16
"""Bytes of an error's body that are read."""
LONGEST_EVENT = 2**26
"""Bytes that one event may have."""
LONGEST_LIST = 2**25
"""Bytes of a model list that are read."""

_FIGURES = (
    "promptTokenCount",
    "toolUsePromptTokenCount",
    "cachedContentTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
)
_DETAILS = ("promptTokensDetails", "toolUsePromptTokensDetails", "cacheTokensDetails", "candidatesTokensDetails")
_MODALITIES = {"TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"}


class Wire:
    """One call's way to the network, in the form of an httpx2 transport.

    Args:
        client: sends the request; its timeouts replace the SDK's.
        origin: provider and model, for errors.
        key: what is to be kept out of errors.
    """

    def __init__(self, client: "httpx2.AsyncClient", origin: Origin, key: str | None) -> None:
        self._client = client
        self._origin = origin
        self._secrets = (key,) if key else ()
        self._response: httpx2.Response | None = None
        self._is_cut = False
        self._is_finished = False
        self.is_sent = False
        """Whether the request went out."""
        self.service = ""
        """How the request is served, in the provider's word."""

    @property
    def is_answered(self) -> bool:
        """Whether the answer has begun."""
        return self._response is not None

    async def handle_async_request(self, request: "httpx2.Request") -> "httpx2.Response":
        """Send a request of the SDK; return what it is to see of the answer.

        Raises:
            ProviderError: the provider refuses the request.
            httpx2.HTTPError: the connection fails.
        """
        import httpx2

        request.extensions = {name: value for name, value in request.extensions.items() if name != "timeout"}
        if request.headers.get(KEY_HEADER) == NO_KEY:
            del request.headers[KEY_HEADER]
        self.is_sent = True
        self._response = response = await self._client.send(request, stream=True)
        if not response.is_success:
            raise await self._refusal(response)
        if request.url.path.endswith(":streamGenerateContent"):
            return httpx2.Response(200, content=self._events(response))
        said = self._objects(await _beginning(response, LONGEST_LIST))
        return httpx2.Response(200, content=_encoded(next(said, None) or {}))

    def cut(self) -> None:
        """Let the SDK read an end wherever it stands, which closes the connection if the answer is not complete."""
        self._is_cut = True

    async def aclose(self) -> None:
        """Close the connection if the answer is not complete."""
        if self._response is not None:
            await self._response.aclose()

    async def _refusal(self, response: "httpx2.Response") -> ProviderError:
        if response.has_redirect_location:
            said: object = "it redirects to another address, and a key must not travel"
        else:
            body = await _beginning(response, LONGEST_REFUSAL)
            try:
                said = _decoded(body)
            except ValueError:
                said = body.decode("utf-8", "replace")
        return from_status(
            response.status_code, said, headers=response.headers, origin=self._origin, secrets=self._secrets
        )

    async def _events(self, response: "httpx2.Response") -> AsyncGenerator[bytes]:
        decoder = EventDecoder()
        async with ReadAhead(response.aiter_bytes()) as body:
            while (block := await body.take()) is not None:
                for event in self._cleaned(decoder.feed(block)):
                    yield event
                    if self._is_cut:
                        return
                if decoder.pending > LONGEST_EVENT:
                    raise failing.nonsense(
                        f"an event of more than {LONGEST_EVENT} bytes".encode(), self._origin, self._secrets
                    )
        for event in self._cleaned([rest for rest in decoder.finish() if decoder.is_document or _is_json(rest)]):
            yield event

    def _cleaned(self, payloads: Iterable[bytes]) -> Iterator[bytes]:
        """Yield one event for the SDK that says what all of `payloads` say, up to a failure, which is then raised."""
        answer = Answer()
        try:
            for payload in payloads:
                self._take(answer, payload)
        except ProviderError:
            if answer != Answer():
                yield answer.event()
            raise
        if answer != Answer():
            yield answer.event()

    def _take(self, answer: "Answer", payload: bytes) -> None:
        """Read one payload into `answer`; after the end of the reply nothing can fail."""
        try:
            for said in self._objects(payload):
                answer.take(said)
                tier = _table(said.get("usageMetadata")).get("serviceTier")
                self.service = tier if isinstance(tier, str) else self.service
        except ProviderError:
            if not self._is_finished:
                raise
        self._is_finished = self._is_finished or answer.is_final

    def _objects(self, payload: bytes) -> Iterator[dict[str, Any]]:
        if payload == b"[DONE]":
            return
        try:
            value = _decoded(payload)
        except ValueError:
            raise failing.nonsense(payload, self._origin, self._secrets) from None
        for said in cast("list[object]", value) if isinstance(value, list) else [value]:
            if not isinstance(said, dict):
                raise failing.nonsense(str(said)[:1000].encode("utf-8", "replace"), self._origin, self._secrets)
            told = cast("dict[str, Any]", said)
            if told.get("error"):
                raise from_status(_code(told["error"]), told, origin=self._origin, secrets=self._secrets)
            yield told


class Answer(Struct, kw_only=True):
    """What some events say together, in Gemini's own words, as far as tchat reads them."""

    parts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    candidate: dict[str, Any] = field(default_factory=dict[str, Any])
    """`finishReason` and `finishMessage`."""
    feedback: dict[str, Any] = field(default_factory=dict[str, Any])
    """`blockReason` and `blockReasonMessage`."""
    usage: dict[str, Any] = field(default_factory=dict[str, Any])
    about: dict[str, Any] = field(default_factory=dict[str, Any])
    """`modelVersion` and `responseId`."""

    @property
    def is_final(self) -> bool:
        """Whether the reply has ended."""
        return "finishReason" in self.candidate or "blockReason" in self.feedback

    def take(self, said: dict[str, Any]) -> None:
        """Add one event."""
        for candidate in _tables(said.get("candidates")):
            if not candidate.get("index"):
                self.parts += _tables(_table(candidate.get("content")).get("parts"))
                self.candidate |= _words(candidate, "finishReason", "finishMessage")
        self.feedback |= _words(_table(said.get("promptFeedback")), "blockReason", "blockReasonMessage")
        self.about |= _words(said, "modelVersion", "responseId")
        usage = _table(said.get("usageMetadata"))
        for name in _FIGURES:
            count = token_count(usage.get(name))
            if count is not None:
                self.usage[name] = max(count, self.usage.get(name, 0))
        for name in _DETAILS:
            details = [_modality(table) for table in _tables(usage.get(name)) if table.get("modality") in _MODALITIES]
            if details:
                self.usage[name] = details

    def event(self) -> bytes:
        """Return the same as one server-sent event."""
        said: dict[str, Any] = dict(self.about)
        if self.parts or self.candidate:
            said["candidates"] = [{"content": {"role": "model", "parts": self.parts}, **self.candidate}]
        if self.feedback:
            said["promptFeedback"] = self.feedback
        if self.usage:
            said["usageMetadata"] = self.usage
        return b"data: " + _encoded(said) + b"\n\n"


def _modality(detail: dict[str, Any]) -> dict[str, Any]:
    return {"modality": detail["modality"], "tokenCount": token_count(detail.get("tokenCount")) or 0}


async def _beginning(response: "httpx2.Response", most: int) -> bytes:
    body = bytearray()
    async with contextlib.aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) >= most:
                break
    return bytes(body[:most])


def _decoded(payload: bytes) -> object:
    """Return the value of a JSON text, also of one with broken UTF-8 or lone surrogates; raise ValueError for none."""
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(payload.decode("utf-8", "replace"), strict=False)


def _encoded(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _is_json(payload: bytes) -> bool:
    try:
        _decoded(payload)
    except ValueError:
        return False
    return True


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _tables(value: object) -> list[dict[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def _words(table: dict[str, Any], *names: str) -> dict[str, str]:
    """Return those of the named fields that say something."""
    said = {name: table.get(name) for name in names}
    return {
        name: value
        for name, value in said.items()
        if isinstance(value, str) and value and not value.endswith("_UNSPECIFIED")
    }


def _code(error: object) -> int:
    return token_count(_table(error).get("code")) or 0
