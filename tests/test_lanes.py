"""Connections of many requests at once: one each, used again, and none kept for nothing."""

import asyncio
from typing import Any, cast

import httpx
import httpx2
import pytest

from tchat.lanes import KEPT_SECONDS, Lanes
from tests.servers import Answer, ScriptedServer, scripted

AT_ONCE = 30


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


async def _ask(client: Any, server: ScriptedServer) -> str:  # noqa: ANN401  # of either library
    return (await client.get(server.url)).text


@pytest.mark.parametrize("http", [httpx, httpx2])
async def test_requests_at_once_have_a_connection_each_and_later_ones_take_them_again(http: Any) -> None:  # noqa: ANN401
    """More than any pool keeps; a connection that has rested too long is closed."""
    clock = Clock()
    with scripted(Answer(content_type="text/plain", body=(b"hello",))) as server:
        lanes = Lanes(http, lambda: http.AsyncHTTPTransport(trust_env=False), clock)
        async with http.AsyncClient(transport=lanes, trust_env=False, timeout=60) as client:
            for _ in range(3):
                said = await asyncio.gather(*(_ask(client, server) for _ in range(AT_ONCE)))
                assert said == ["hello"] * AT_ONCE
                assert len(server.writers) <= AT_ONCE
            many = len(server.writers)
            clock.now = KEPT_SECONDS + 1
            assert await _ask(client, server) == "hello"
            assert len(server.writers) == many
            await asyncio.gather(_ask(client, server), _ask(client, server))
            assert len(server.writers) == many + 1


async def test_a_connection_that_fails_is_made_anew() -> None:
    """Its place is used again; what was under way at the end is closed."""
    answers = (Answer(body=("reset",)), Answer(content_type="text/plain", body=(b"hello",)), Answer(body=("hang",)))
    with scripted(*answers) as server:
        lanes = Lanes(httpx, lambda: httpx.AsyncHTTPTransport(trust_env=False))
        async with httpx.AsyncClient(transport=cast("Any", lanes), trust_env=False, timeout=60) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(server.url)
            assert await _ask(client, server) == "hello"
            async with client.stream("GET", server.url):
                pass
            assert server.closed_early.wait(10)
        assert len(server.writers) == 2
