"""A request recorded in place of the network, with everything taken out that only its sender may know.

Law: neither the key nor the value of a header, query field or own field of the body that is named like a secret gets
through.
"""

import re
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import quote, urlsplit, urlunsplit

from msgspec.structs import replace

from tchat.providers.base import Api, Endpoint, WireRequest
from tchat.providers.json_values import decoded

if TYPE_CHECKING:
    import httpx2

HIDDEN = "••••"
"""What stands for a value that is nobody else's business."""

_SECRET = re.compile(
    r"key|token|secret|auth|cookie|pass|credential|signature|session|account|organi[sz]ation|project|tenant|user-?id",
    re.IGNORECASE,
)
_SHORTEST = 8
"""Characters of a key. What is shorter (`none`, `EMPTY`, `ollama`) is a word for a server that wants any at all."""
_SCHEME = re.compile(r"(bearer|basic|token|digest)\s", re.IGNORECASE)
_HARMLESS = re.compile(r"\$[A-Z_][A-Z0-9_]*")


class Built(Protocol):
    """A request of httpx or httpx2 that is ready to go out."""

    @property
    def method(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> object: ...  # noqa: D102
    @property
    def headers(self) -> "httpx2.Headers": ...  # noqa: D102
    @property
    def content(self) -> bytes: ...  # noqa: D102


class Recorder:
    """A transport for httpx2 that keeps the last request and answers every one with nothing."""

    def __init__(self) -> None:
        self.request: httpx2.Request | None = None

    async def handle_async_request(self, request: "httpx2.Request") -> "httpx2.Response":
        """Keep a request."""
        import httpx2

        await request.aread()
        self.request = request
        return httpx2.Response(200, content=b"")

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""


def unkeyed(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint whose key, if it has one, is the name of its variable."""
    return replace(endpoint, key=f"${endpoint.variable}" if endpoint.key else None)


def readable(built: Built, api: Api, endpoint: Endpoint) -> WireRequest:
    """Return a request that was built for the `unkeyed` form of `endpoint` as people may see it."""
    key = endpoint.key
    placeholder = f"${endpoint.variable}"
    headers = {name.lower(): _hidden(name, value, endpoint) for name, value in built.headers.items()}
    wire = WireRequest(
        api=api,
        method=built.method,
        url=_public(str(built.url)),
        headers=headers,
        body=_with_veiled(decoded(built.content), endpoint.extra_body),
        variable=endpoint.variable if key else "",
    )
    if not key or len(key) < _SHORTEST:
        return wire
    return replace(
        wire,
        url=wire.url.replace(key, placeholder).replace(quote(key, safe=""), placeholder),
        headers={name: value.replace(key, placeholder) for name, value in headers.items()},
        body=_without(wire.body, key, placeholder),
    )


def _hidden(name: str, value: str, endpoint: Endpoint) -> str:
    """Return the value of a header, hidden if the user gave it, and name or value is like a secret's."""
    is_own = name.lower() in {own.lower() for own in endpoint.headers}
    is_secret = bool(_SECRET.search(name) or _SCHEME.match(value))
    return HIDDEN if is_own and is_secret and not _HARMLESS.fullmatch(value) else value


def _veiled(value: object, name: str) -> object:
    """Return a field of the user's own, texts hidden that stand under a name like a secret's."""
    match value:
        case dict():
            return {inner: _veiled(each, inner) for inner, each in cast("dict[str, object]", value).items()}
        case list():
            return [_veiled(each, name) for each in cast("list[object]", value)]
        case str() if _SECRET.search(name):
            return HIDDEN
        case _:
            return value


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _with_veiled(value: object, own: object, name: str = "") -> object:
    """Return a body in which the user's own fields are veiled where they stand, be they among others.

    Gemini's SDK puts `generation_config` where its own `generationConfig` stands.
    """
    if isinstance(value, dict) and isinstance(own, dict):
        fields = cast("dict[str, object]", value)
        owns = {_plain(inner): each for inner, each in cast("dict[str, object]", own).items()}
        return {
            inner: _with_veiled(each, owns[_plain(inner)], inner) if _plain(inner) in owns else each
            for inner, each in fields.items()
        }
    return _veiled(cast("object", value), name) if value == own else cast("object", value)


def _public(url: str) -> str:
    """Return a URL without a user's name and password, and without what a query says of who asks."""
    parts = urlsplit(url)
    fields = [field.partition("=") for field in parts.query.split("&")]
    query = "&".join(
        f"{name}={HIDDEN}" if _SECRET.search(name) else f"{name}{equals}{value}" for name, equals, value in fields
    )
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


def _without(body: object, key: str, placeholder: str) -> object:
    """Return JSON values in which the placeholder stands wherever a text holds the key; a field's name is none."""
    match body:
        case str():
            return body.replace(key, placeholder)
        case list():
            return [_without(each, key, placeholder) for each in cast("list[object]", body)]
        case dict():
            fields = cast("dict[str, object]", body)
            return {name: _without(value, key, placeholder) for name, value in fields.items()}
        case _:
            return body
