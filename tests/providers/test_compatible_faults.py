"""Laws of the compatible adapter when faults of the wire come together, and of what a server says beside them."""

import json
from urllib.request import urlopen

import pytest

from tchat.domain.errors import (
    Interrupted,
    RateLimited,
    ServerFault,
    TchatError,
    TimedOut,
)
from tchat.domain.events import Finished
from tests.providers.asked import ask
from tests.providers.compatible_client import provider
from tests.providers.test_faults import PAID, PATIENCE, TEXT


def told(url: str) -> object:
    """Return what the fault server says of itself."""
    with urlopen(url, timeout=10) as answer:  # noqa: S310  # loopback
        return json.load(answer)


async def test_redirects_are_not_followed_with_the_key(chaos: str) -> None:
    """The other host is never asked."""
    await ask(provider(f"{chaos}/f/redirect_other_host/v1"))
    assert told(f"{chaos}/_leaks") == []


@pytest.mark.parametrize(
    "faults",
    [
        "crlf+keepalive+id_retry+split_tokens",
        "cr+bom+empty_events+split_utf8",
        "multiline+crlf+split_utf8",
        "keepalive+no_space+drip,secs=0",
        "gzip+crlf+multiline",
        "json_for_stream+gzip",
    ],
)
async def test_faults_of_framing_combine(faults: str, chaos: str) -> None:
    """Any of the legal ways to frame events may come together."""
    outcome = await ask(provider(f"{chaos}/f/{faults}/v1"))
    assert (outcome.text, outcome.finished, outcome.usage) == (TEXT, Finished("stop"), PAID)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("json_for_stream+truncated_json", Interrupted),
        ("json_for_stream+invalid_json", ServerFault),
        ("json_for_stream+stall,secs=20", TimedOut),
        ("json_for_stream+reset", Interrupted),
    ],
)
async def test_answers_in_one_piece_fail_like_streams(fault: str, error: type[TchatError], chaos: str) -> None:
    """A whole answer that is cut or broken is no reply."""
    outcome = await ask(provider(f"{chaos}/f/{fault}/v1", stall_timeout=PATIENCE))
    assert type(outcome.error) is error
    assert outcome.events == ()


async def test_waiting_times_of_the_server_are_kept(chaos: str) -> None:
    """The error says how long to wait, in seconds or milliseconds, if the server says so in figures."""
    waits: list[float | None] = []
    for fault in ("http_429_then_ok,retry_after=7,id=w", "http_429_ms,id=w", "http_429_bad_header,id=w"):
        error = (await ask(provider(f"{chaos}/f/{fault}/v1"))).error
        assert isinstance(error, RateLimited)
        waits.append(error.origin.retry_after)
    assert waits == [7.0, 0.3, None]
