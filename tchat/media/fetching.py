"""Attachments from the web, through the network settings that hold for everything else.

Laws: nothing is asked of an address that only this machine or its network can reach, unless the user allows it, and
what is checked is the address that is then connected to; redirects are followed under the same laws, and never from
https to http.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from msgspec import Struct

from tchat.domain.errors import AttachmentError
from tchat.domain.text import one_line
from tchat.media.attachment import LARGEST, Source
from tchat.media.kinds import media_type
from tchat.net import Route, httpx_client

if TYPE_CHECKING:
    import httpx

REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".avif", ".tif", ".tiff", ".bmp")
_SOUNDS = (".mp3", ".wav", ".m4a", ".flac", ".ogg", ".mp4", ".mov", ".webm", ".avi")
_NO_TEXTS = {*_PICTURES, *_SOUNDS, ".pdf"}
"""Endings of addresses that promise something else than a text."""
_WRAPPINGS = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""IPv6 addresses whose last four bytes are an IPv4 address: RFC 6052, and RFC 4291's, which nobody should use."""
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
"""RFC 8215: translated within somebody's own network."""
_ALLOW = "allow it: `tchat config set network.private_addresses true`"


class Fetching(Struct, frozen=True, kw_only=True):
    """How attachments are fetched."""

    route_to: Callable[[str], Route]
    allows_private: bool = False
    """Whether addresses are asked that only this machine or its network can reach."""


class _Moved(Exception):  # it is caught where it is raised
    """The answer is at another address."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


async def fetch(url: str, way: Fetching) -> Source:
    """Return what an address holds.

    Raises:
        AttachmentError: it cannot be had, may not be asked, is too large, or is not what its name says.
    """
    asked = url
    for _ in range(REDIRECTS + 1):
        parts = parts_of(asked)
        try:
            data = await _fetched(asked, way)
        except _Moved as moved:
            asked = _next(asked, moved.url)
            continue
        name = unquote(PurePosixPath(parts.path).name) or parts.netloc
        if PurePosixPath(name.lower()).suffix in _NO_TEXTS and media_type(data) is None:
            raise AttachmentError(
                f"{url} is not what its name says: the server sent a text",
                hint="open it in a browser to see what it is",
            )
        return Source(data, one_line(name))
    raise AttachmentError(f"{url} redirects more than {REDIRECTS} times")


def parts_of(url: str) -> SplitResult:
    """Return the parts of an address.

    Raises:
        AttachmentError: it is none.
    """
    try:
        return urlsplit(url)
    except ValueError as error:
        raise AttachmentError(f"{one_line(url)} is not an address: {error}") from error


def _next(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(target)
    except ValueError as error:
        raise AttachmentError(f"{url} redirects to {one_line(location)}, which is not an address") from error
    if new.scheme not in _PORTS or (old.scheme == "https" and new.scheme == "http"):
        raise AttachmentError(f"{url} redirects to {one_line(target)}, which is not followed")
    return target


async def _fetched(url: str, way: Fetching) -> bytes:
    import httpx

    route = way.route_to(url)
    failure: Exception | None = None
    try:
        hosts: Sequence[str | None] = await _hosts(url, route) if not way.allows_private else (None,)
        for host in hosts:
            try:
                return await _got(url, host, route)
            except httpx.ConnectError as error:
                failure = error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # ValueError: a host that cannot be one
        failure = error
    said = one_line(str(failure) or type(failure).__name__)
    raise AttachmentError(f"cannot fetch {url}: {said}") from failure


async def _got(url: str, host: str | None, route: Route) -> bytes:
    """Return what an address holds, asked of the host that was found to be a public one."""
    import httpx

    address, headers, extensions = httpx.URL(url), {"accept-encoding": "identity"}, dict[str, str]()
    if host is not None:
        headers["host"] = address.netloc.decode()
        extensions["sni_hostname"] = address.host
        address = address.copy_with(host=host)
    async with (
        httpx_client(route) as client,
        client.stream("GET", address, headers=headers, extensions=extensions) as answer,
    ):
        _check(answer, url)
        data = bytearray()
        async for block in answer.aiter_raw():  # packed bytes were not asked for: a few may unpack to gigabytes
            data += block
            if len(data) > LARGEST:
                raise _too_large(url)
        return bytes(data)


def _check(answer: "httpx.Response", url: str) -> None:
    if answer.has_redirect_location:
        raise _Moved(answer.headers["location"])
    if answer.status_code != HTTPStatus.OK:
        raise AttachmentError(f"{url} answered {answer.status_code}")
    packing = answer.headers.get("content-encoding", "identity")
    if packing.strip().lower() not in ("", "identity"):
        raise AttachmentError(
            f"{url} answered with {one_line(packing)} bytes, which were not asked for", hint="download it first"
        )
    length = answer.headers.get("content-length", "")
    if length.isdigit() and int(length) > LARGEST:
        raise _too_large(url)


def _too_large(url: str) -> AttachmentError:
    return AttachmentError(
        f"{url} has more than {LARGEST:,} bytes", hint="download it, or hand on the address with `--link`"
    )


async def _hosts(url: str, route: Route) -> Sequence[str | None]:
    """Return the addresses of a URL's host, all of them public; through a proxy, which looks names up itself, no one.

    Raises:
        AttachmentError: it has an address that is not public, or none.
    """
    parts = parts_of(url)
    host = parts.hostname or ""
    literal = _literal(host)
    is_own = f".{host}".endswith(".localhost") if literal is None else not _is_public(literal)
    if is_own:
        raise AttachmentError(f"{url} is not a public address", hint=_ALLOW)
    if route.proxy is not None:
        return (None,)
    try:
        port = parts.port or _PORTS.get(parts.scheme, 0)
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError) as error:
        raise AttachmentError(f"cannot fetch {url}: {one_line(str(error))}") from error
    hosts = list(dict.fromkeys(str(info[4][0]).partition("%")[0] for info in found))
    private = [each for each in hosts if not _is_public(ipaddress.ip_address(each))]
    if private:
        raise AttachmentError(f"{url} leads to {private[0]}, which is not a public address", hint=_ALLOW)
    return hosts


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is reached over the internet, also where it is wrapped into one of the other kind."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _LOCAL_NAT64 or address.is_site_local:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in wrapping for wrapping in _WRAPPINGS):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
