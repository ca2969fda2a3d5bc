"""A shell for each test."""

from pathlib import Path

import pytest

from tests.end_to_end.running import Shell, new_shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A user's shell with a home of its own."""
    return new_shell(tmp_path / "home")
