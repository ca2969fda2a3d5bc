"""A shell and a terminal for each test."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.end_to_end.running import Shell, new_shell
from tests.end_to_end.tmux import Tmux
from tests.servers import ROOT


@pytest.fixture(scope="session")
def forking(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The socket of a process that has imported tchat and forks for every command."""
    folder = tmp_path_factory.mktemp("forking")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.forking", str(folder / "socket")], cwd=ROOT,
        env=dict(new_shell(folder).environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield folder / "socket"
    process.kill()
    process.communicate()


@pytest.fixture
def shell(tmp_path: Path, forking: Path) -> Shell:
    """A user's shell with a home of its own."""
    return new_shell(tmp_path / "home", forking)


@pytest.fixture
def tmux(tmp_path: Path) -> Generator[Tmux]:
    """A terminal of its own; it ends with the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    terminal = Tmux(tmp_path / "tmux")
    yield terminal
    terminal.end()
