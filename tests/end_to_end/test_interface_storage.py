"""A database that cannot be written: the reason is said, and what was typed stays where it can be seen."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.driving import READY, leave, open_interface, wait_until_told
from tests.end_to_end.running import Shell, says
from tests.end_to_end.tmux import Tmux
from tests.servers import ScriptedServer, scripted

LONG = "precious " * 60_000
"""A message of 540,000 characters: more than a new database has bytes."""


@pytest.fixture
def server(shell: Shell) -> Generator[ScriptedServer]:
    """A model that answers, if it is asked."""
    with scripted(says("an answer")) as running:
        shell.use(running)
        yield running


@pytest.fixture
def used(shell: Shell, server: ScriptedServer) -> Shell:
    """A shell with a conversation."""
    assert shell.run("-q", "an old question").code == 0
    server.requests.clear()
    return shell


def leave_without_draft(tmux: Tmux, draft: str) -> None:
    """Leave where the draft cannot be kept: that is said, and takes a second Ctrl+Q."""
    tmux.type("C-q")
    wait_until_told(tmux, "cannot be kept: Ctrl+Q again leaves without it")
    tmux.wait_for(draft)
    leave(tmux)


def test_a_full_disk_keeps_what_was_typed(used: Shell, tmux: Tmux, server: ScriptedServer) -> None:
    """What cannot be stored is not sent and comes back into the composer; what was said before is still read."""
    size = max(file.stat().st_size for file in used.home.glob("tchat.db*"))
    tmux.run(used, f"ulimit -f {size // 512 + 64}; exec tchat -c")
    tmux.wait_for("an old question", READY)
    tmux.paste(LONG)
    tmux.wait_for("pasted 540,000 characters")
    wait_until_told(tmux, "cannot be read or written", "check the disk")
    tmux.write("and a word")
    tmux.type("Enter")
    tmux.wait_for("pasted 540,000 characters", "and a word", "an old question")
    leave_without_draft(tmux, "and a word")
    assert server.requests == []
    assert len(used.last()["messages"]) == 2


def test_a_read_only_database_says_so(used: Shell, tmux: Tmux, server: ScriptedServer) -> None:
    """The reason and the way out are told; what was sent comes back."""
    with read_only(used.home):
        tmux.run(used, f"exec {unprivileged()} tchat -c")
        wait_until_told(tmux, "is read-only", "give yourself write permission")
        tmux.type("precious", "Enter")
        tmux.wait_for("precious")
        leave_without_draft(tmux, "precious")
    assert server.requests == []
    assert len(used.last()["messages"]) == 2


@contextmanager
def read_only(home: Path) -> Generator[None]:
    """Take away the permission to write in a folder and to the database in it."""
    with closing(sqlite3.connect(home / "tchat.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    modes = {path: path.stat().st_mode for path in (*home.glob("tchat.db*"), home)}
    for path in modes:
        path.chmod(0o500 if path.is_dir() else 0o400)
    yield
    for path, mode in modes.items():
        path.chmod(mode)


def unprivileged() -> str:
    """Return what is put before a command so that file modes hold for it, root's included."""
    if os.geteuid() != 0:
        return ""
    if shutil.which("setpriv") is None:
        pytest.skip("root ignores file modes, and setpriv is not installed")
    return "setpriv --bounding-set=-dac_override,-dac_read_search"


def test_a_database_that_another_program_holds_loses_nothing(used: Shell, tmux: Tmux) -> None:
    """While another process writes, typing goes on; when it lets go, what was sent is answered."""
    open_interface(used, tmux, "-c")
    tmux.wait_for("an old question", "#2")
    with closing(sqlite3.connect(used.home / "tchat.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        tmux.type("precious", "Enter")
        tmux.wait_for(READY)
        tmux.write("typed meanwhile")
        assert "#3" not in tmux.wait_for("typed meanwhile")
    tmux.wait_for("#4", "    precious\n", "an answer", "typed meanwhile")
    leave(tmux)


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_no_database_is_said(shell: Shell, tmux: Tmux, server: ScriptedServer, is_folder: bool) -> None:  # noqa: FBT001  # a parameter
    """The reason and the way out are told, nothing is sent, and what was typed stays."""
    place = shell.home / "tchat.db"
    if is_folder:
        place.mkdir()
    else:
        place.write_bytes(b"not a database" * 100)
    tmux.start(shell)
    wait_until_told(tmux, "cannot be used" if is_folder else "is not a tchat database")
    tmux.type("precious", "Enter")
    tmux.wait_for("precious")
    leave_without_draft(tmux, "precious")
    assert server.requests == []
