"""A database for each test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tchat.store.conversations import Conversations
from tests.store.stores import opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database may be made, in a folder that is not there yet."""
    return tmp_path / "home" / "tchat.db"


@pytest.fixture
async def store(path: Path) -> AsyncGenerator[Conversations]:
    """A new store on disk."""
    async with opened(path) as store:
        yield store
