"""The way out: proxies, certificates and timeouts are the same for both kinds of client."""

import asyncio
import ssl
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tchat.config import NetworkConfig
from tchat.domain.errors import ConfigError
from tchat.net import Route, httpx2_client, httpx_client, is_loopback, plan_route
from tests.servers import Answer, scripted

CLIENTS = [httpx_client, httpx2_client]


def _route(url: str, environ: Mapping[str, str] | None = None, **network: Any) -> Route:  # noqa: ANN401
    return plan_route(url, NetworkConfig(**network), environ or {})


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.1:1/", True),
        ("http://127.8.8.8/", True),
        ("http://[::1]:8080/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://localhost.evil.example/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_loopback_is_told_from_the_rest(url: str, *, loopback: bool) -> None:
    """Only this machine's own names and addresses are loopback."""
    assert is_loopback(url) == loopback


def test_the_configured_proxy_goes_before_the_environment() -> None:
    """Configuration, then the scheme's variable, then ALL_PROXY; loopback and exempt hosts go direct."""
    environ = {"HTTPS_PROXY": "http://env:1", "ALL_PROXY": "http://all:1", "NO_PROXY": "exempt.example"}
    api = "https://api.example/v1"
    assert _route(api, environ, proxy="http://own:1").proxy == "http://own:1"
    assert _route(api, environ).proxy == "http://env:1"
    assert _route("http://api.example", environ).proxy == "http://all:1"
    assert _route(api, {"https_proxy": "http://low:1"}).proxy == "http://low:1"
    assert _route("https://exempt.example/v1", environ).proxy is None
    assert _route(api, {}, proxy="http://own:1", no_proxy=["api.example"]).proxy is None
    assert _route("http://localhost:1/v1", environ, proxy="http://own:1").proxy is None


@pytest.mark.parametrize("proxy", ["htp://me:hunter2@proxy:1", "me:hunter2@proxy:1"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_wrong_proxy_is_told_without_its_password(client: Callable[[Route], Any], proxy: str) -> None:
    """Errors are shown, copied and sent around."""
    with pytest.raises(ConfigError, match="the proxy") as caught:
        client(_route("https://api.example/v1", proxy=proxy))
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_what_is_no_url_is_told() -> None:
    """It names no machine either."""
    with pytest.raises(ConfigError, match="is not a URL"):
        _route("http://[x")
    assert not is_loopback("http://[x")


@pytest.mark.parametrize("client", CLIENTS)
async def test_requests_go_through_the_proxy(client: Callable[[Route], Any]) -> None:
    """A proxy of the configuration sees the whole URL."""
    with scripted(Answer(content_type="text/plain", body=(b"via proxy",))) as proxy:
        async with client(_route("http://api.example/v1", proxy=proxy.url)) as http:
            answer = await http.get("http://api.example/v1/models")
    assert answer.text == "via proxy"
    assert proxy.requests[0].path == "http://api.example/v1/models"


@pytest.mark.parametrize("client", CLIENTS)
async def test_redirects_are_not_followed(client: Callable[[Route], Any]) -> None:
    """A key must not travel to where a redirect points."""
    with scripted(Answer(status=307, headers={"location": "http://127.0.0.1:1/"})) as server:
        async with client(_route(server.url)) as http:
            answer = await http.get(server.url)
    assert answer.status_code == 307


@contextmanager
def _certificates(folder: Path) -> Generator[tuple[Path, ssl.SSLContext]]:
    authority = trustme.CA()
    bundle = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL has no types here
    yield bundle, context


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("by", ["config", "variable"])
async def test_a_custom_authority_is_trusted_only_when_named(
    client: Callable[[Route], Any], by: str, tmp_path: Path
) -> None:
    """The bundle of the configuration or of SSL_CERT_FILE makes a private server's certificate good."""
    with _certificates(tmp_path) as (bundle, context):
        server = await asyncio.start_server(_hello, "127.0.0.1", 0, ssl=context)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        trusting = _route(url, ca_bundle=bundle) if by == "config" else _route(url, {"SSL_CERT_FILE": str(bundle)})
        async with server, client(trusting) as http:
            assert (await http.get(url)).text == "hello"
            async with client(_route(url)) as stranger:
                with pytest.raises(Exception, match="certificate verify failed"):
                    await stranger.get(url)


async def _hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("client", CLIENTS)
def test_unusable_settings_are_named(client: Callable[[Route], Any], tmp_path: Path) -> None:
    """A missing certificate file and a malformed proxy are errors of the configuration."""
    with pytest.raises(ConfigError, match="certificates"):
        client(_route("https://api.example", ca_bundle=tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match="proxy"):
        client(_route("https://api.example", proxy="nonsense://x"))


@pytest.mark.parametrize("client", CLIENTS)
def test_timeouts_are_the_configured_ones(client: Callable[[Route], Any]) -> None:
    """The stall timeout is the longest silence between two bytes, of connection or stream."""
    http = client(_route("http://127.0.0.1:1", stall_timeout=7, connect_timeout=3))
    assert (http.timeout.read, http.timeout.connect) == (7, 3)
