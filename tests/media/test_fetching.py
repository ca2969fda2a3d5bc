"""Attachments from the web, over real sockets: what is fetched, and what is not asked at all."""

import gzip
import ipaddress

import pytest

from tchat.config import NetworkConfig
from tchat.domain.errors import AttachmentError
from tchat.media import fetching
from tchat.media.attaching import linked
from tchat.media.fetching import Fetching, fetch
from tchat.net import plan_route
from tests.media.pictures import photo, saved
from tests.servers import Answer, scripted

PICTURE = saved(photo((9, 9)), "PNG")


def way(*, allows_private: bool = True) -> Fetching:
    """Return how attachments are fetched."""
    return Fetching(route_to=lambda url: plan_route(url, NetworkConfig(), {}), allows_private=allows_private)


def answer(*body: bytes, status: int = 200, **headers: str) -> Answer:
    """Return an answer with a file."""
    return Answer(status=status, content_type="application/octet-stream", headers=headers, body=body)


async def test_a_file_is_fetched_by_its_name() -> None:
    """What is not said about it is not asked."""
    with scripted(answer(PICTURE)) as server:
        source = await fetch(f"{server.url}/a/my%20chart.png?x=1", way())
        assert (source.data, source.name) == (PICTURE, "my chart.png")


async def test_redirects_are_followed_so_far() -> None:
    """And the name is that of the last address."""
    moved = answer(status=302, location="/b/c.png")
    with scripted(moved, answer(PICTURE)) as server:
        assert (await fetch(f"{server.url}/a", way())).name == "c.png"
    with scripted(moved) as server, pytest.raises(AttachmentError, match="redirects more than 5 times"):
        await fetch(f"{server.url}/a", way())
    away = answer(status=302, location="file:///etc/passwd")
    with scripted(away) as server, pytest.raises(AttachmentError, match="which is not followed"):
        await fetch(f"{server.url}/a", way())
    with pytest.raises(AttachmentError, match="not followed"):
        fetching._next("https://a.example/x", "http://a.example/x")  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "a.localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "10.0.0.1",
     "169.254.169.254", "192.168.1.1", "[fe80::1]", "[fec0::1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
     "[64:ff9b:1::7f00:1]", "0"],
)  # fmt: skip
async def test_private_addresses_are_not_asked(host: str) -> None:
    """However they are written: what is resolved is what counts."""
    with scripted(answer(PICTURE)) as server:
        with pytest.raises(AttachmentError, match=r"public address|cannot fetch") as told:
            await fetch(f"http://{host}:{server.port}/x.png", way(allows_private=False))
        assert server.requests == []
        assert told.value.hint is None or "network.private_addresses" in told.value.hint


async def test_a_redirect_to_a_private_address_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the address that redirects may be asked."""
    with scripted(answer(status=302, location="http://169.254.169.254/latest/meta-data")) as server:
        here = ipaddress.ip_address("127.0.0.1")
        is_public = fetching._is_public  # pyright: ignore[reportPrivateUsage]

        def is_public_or_here(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
            return address == here or is_public(address)

        monkeypatch.setattr(fetching, "_is_public", is_public_or_here)
        with pytest.raises(AttachmentError, match=r"169\.254\.169\.254/latest/meta-data is not a public address"):
            await fetch(f"{server.url}/x", way(allows_private=False))
        assert len(server.requests) == 1


async def test_what_is_no_address_is_told() -> None:
    """Here and where a server redirects to."""
    with pytest.raises(AttachmentError, match="is not an address"):
        await fetch("http://[::1/x.png", way(allows_private=False))
    with pytest.raises(AttachmentError, match="is not an address"):
        linked("http://[::1/x.png")
    for location in ("http://[::1/x.png", "http://xn--/x.png"):
        with (
            scripted(answer(status=302, location=location)) as server,
            pytest.raises(AttachmentError, match="cannot fetch"),
        ):
            await fetch(f"{server.url}/x", way())


async def test_the_address_that_was_checked_is_the_one_that_is_asked() -> None:
    """The name goes along for the server, and is not looked up again."""
    with scripted(answer(PICTURE)) as server:
        url = f"http://no-such-host.invalid:{server.port}/x.png"
        got = await fetching._got(url, "127.0.0.1", way().route_to(url))  # pyright: ignore[reportPrivateUsage]
        assert got == PICTURE
        assert server.requests[0].headers["host"] == f"no-such-host.invalid:{server.port}"


async def test_what_is_too_much_or_something_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A login page is no picture, and a body that never ends is given up."""
    with scripted(answer(b"<!DOCTYPE html><p>please log in")) as server:
        with pytest.raises(AttachmentError, match="is not what its name says"):
            await fetch(f"{server.url}/chart.png", way())
        assert (await fetch(f"{server.url}/page", way())).data.startswith(b"<!DOCTYPE")
    with scripted(answer(status=404)) as server, pytest.raises(AttachmentError, match="answered 404"):
        await fetch(f"{server.url}/x", way())
    encoding = {"content-encoding": "gzip, gzip"}
    packed = Answer(headers=encoding, body=(gzip.compress(gzip.compress(bytes(10**7))),))
    with scripted(packed) as server, pytest.raises(AttachmentError, match="answered with gzip, gzip bytes"):
        await fetch(f"{server.url}/x", way())
    monkeypatch.setattr(fetching, "LARGEST", 99)
    with scripted(answer(*[b"x" * 50] * 9, b"")) as server, pytest.raises(AttachmentError, match="more than 99 bytes"):
        await fetch(f"{server.url}/x", way())
