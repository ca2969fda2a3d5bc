"""What every test of pictures starts from."""

from typing import cast

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.tui.snapshots.looks import Looks, Pictures


@pytest.fixture
def looks(snapshot: SnapshotAssertion, request: pytest.FixtureRequest) -> Looks:
    """Compare every look of a screen with the pictures of this test."""
    return Looks(snapshot.use_extension(Pictures), cast("pytest.Function", request.node))
