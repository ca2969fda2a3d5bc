"""The way out: HTTP clients with one set of proxy, certificate and timeout rules for every provider.

The SDKs ride on httpx2, our own wire code on httpx; both kinds of client are made here from the same settings.
Redirects are never followed: a key must not travel to another host.
"""

import contextlib
import importlib
import ipaddress
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from tchat.config import NetworkConfig
from tchat.domain.errors import ConfigError
from tchat.lanes import Lane, Lanes

if TYPE_CHECKING:
    import ssl

    import httpx
    import httpx2

Client = TypeVar("Client")

WRITE_SECONDS = 60.0
"""How long a request body may take to go out without progress."""
_LATE = ("anyio._core._synchronization", "anyio._backends._asyncio", "anyio.streams.tls")
"""What httpx imports with its first request, on the event loop, which that holds for 50 ms."""


class Route(Struct, frozen=True, kw_only=True):
    """How one base URL is reached."""

    base_url: str
    proxy: str | None
    ca_file: str | None
    ca_dir: str | None
    connect_timeout: float
    stall_timeout: float

    @property
    def encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return self.base_url.lower().startswith("https:") or (self.proxy or "").lower().startswith("https:")


def plan_route(
    base_url: str,
    network: NetworkConfig,
    environ: Mapping[str, str],
    *,
    connect_timeout: float | None = None,
    stall_timeout: float | None = None,
) -> Route:
    """Work out proxy, certificates and timeouts for a base URL: the configuration first, then the environment.

    Raises:
        ConfigError: that is no URL.
    """
    try:
        urlsplit(base_url)
    except ValueError as error:
        raise ConfigError(f"{base_url!r} is not a URL: {error}") from error
    ca_bundle = str(network.ca_bundle) if network.ca_bundle else None
    return Route(
        base_url=base_url,
        proxy=_proxy_for(base_url, network, environ),
        ca_file=ca_bundle or environ.get("SSL_CERT_FILE") or environ.get("REQUESTS_CA_BUNDLE") or None,
        ca_dir=None if ca_bundle else environ.get("SSL_CERT_DIR") or None,
        connect_timeout=connect_timeout or network.connect_timeout,
        stall_timeout=stall_timeout or network.stall_timeout,
    )


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_user(text: str) -> str:
    """Return a URL, or words with one in them, without the user and password that stand in the URL."""
    return re.sub(r"(^|://|['\"\s])[^\s'\"]*@", r"\1", text)


def _proxy_for(url: str, network: NetworkConfig, environ: Mapping[str, str]) -> str | None:
    if is_loopback(url):
        return None
    from urllib import request

    parts = urlsplit(url)
    lower = {name.lower(): value for name, value in environ.items() if value}
    exempt = ",".join([*network.no_proxy, lower.get("no_proxy", "")]).strip(",")
    host = parts.netloc.rpartition("@")[2]
    if exempt and request.proxy_bypass_environment(host, {"no": exempt}):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType, reportAttributeAccessIssue]  # not in typeshed
        return None
    return network.proxy or lower.get(f"{parts.scheme}_proxy") or lower.get("all_proxy")


def httpx_client(route: Route) -> "httpx.AsyncClient":
    """Return a client for our own wire code.

    Raises:
        ConfigError: the proxy or the certificates cannot be used.
    """
    import httpx

    for name in _LATE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    timeout = httpx.Timeout(route.stall_timeout, connect=route.connect_timeout, write=WRITE_SECONDS, pool=None)
    return _build(httpx.AsyncClient, timeout, transport=_lanes(httpx, httpx.AsyncHTTPTransport, route))


def httpx2_client(route: Route, **options: object) -> "httpx2.AsyncClient":
    """Return a client to be given to an official SDK.

    Raises:
        ConfigError: the proxy or the certificates cannot be used.
    """
    import httpx2

    timeout = httpx2.Timeout(route.stall_timeout, connect=route.connect_timeout, write=WRITE_SECONDS, pool=None)
    own = options or {"transport": _lanes(httpx2, httpx2.AsyncHTTPTransport, route)}
    return _build(httpx2.AsyncClient, timeout, **own)


def _build(client: Callable[..., Client], timeout: object, **options: object) -> Client:
    return client(timeout=timeout, trust_env=False, follow_redirects=False, **options)


def _lanes(http: ModuleType, transport: Callable[..., Lane], route: Route) -> Lanes:
    verify = ssl_context(route) if route.encrypted else False
    try:
        return Lanes(http, lambda: _gathering(transport(verify=verify, proxy=route.proxy, trust_env=False)))
    except ImportError as error:
        raise ConfigError(
            f"the proxy {_without_user(route.proxy or '')!r} needs a SOCKS library",
            hint="run `pip install 'httpx[socks]' 'httpx2[socks]'`",
        ) from error
    except ValueError as error:
        shown, why = _without_user(route.proxy or ""), _without_user(str(error))
        raise ConfigError(f"the proxy {shown!r} is not usable: {why}") from error


def _gathering(lane: Lane) -> Lane:
    """Let answers come in few chunks; httpx has no option for the backend that its pools have one for."""
    from tchat.gathering import GatheringBackend

    pool: Any = getattr(lane, "_pool")  # noqa: B009  # what httpx and httpx2 call it
    pool._network_backend = GatheringBackend(pool._network_backend)  # noqa: SLF001
    return lane


def ssl_context(route: Route) -> "ssl.SSLContext":
    """Return what decides whom to trust: the named certificates, or the system's.

    Raises:
        ConfigError: the certificates cannot be read.
    """
    import ssl

    if route.ca_file or route.ca_dir:
        try:
            return ssl.create_default_context(cafile=route.ca_file, capath=route.ca_dir)
        except OSError as error:
            raise ConfigError(
                f"the certificates in {route.ca_file or route.ca_dir} cannot be read: {error}",
                hint="set network.ca_bundle or SSL_CERT_FILE to a PEM file",
            ) from error
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
