"""A shell and a terminal for each test."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.end_to_end.running import Shell, new_shell
from tests.end_to_end.tmux import Tmux


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A user's shell with a home of its own."""
    return new_shell(tmp_path / "home")


@pytest.fixture
def tmux(tmp_path: Path) -> Generator[Tmux]:
    """A terminal of its own; it ends with the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    terminal = Tmux(tmp_path / "tmux")
    yield terminal
    terminal.end()
