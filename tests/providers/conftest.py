"""Servers that the provider tests of one worker share."""

from collections.abc import Iterator

import pytest

from tests.servers import CASSETTES, shared_tool


@pytest.fixture(scope="session")
def replay() -> Iterator[str]:
    """The URL of a server that plays recorded replies, whole events a chunk."""
    with shared_tool("replay.py", str(CASSETTES)) as url:
        yield url


@pytest.fixture(scope="session")
def chaos() -> Iterator[str]:
    """The URL of the fault server."""
    with shared_tool("chaos.py") as url:
        yield url
