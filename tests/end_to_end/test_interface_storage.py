"""A database that cannot be written: the reason is said, and what was typed stays where it can be seen."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.driving import READY, ask, leave, open_interface
from tests.end_to_end.running import Shell, says
from tests.end_to_end.tmux import Tmux
from tests.servers import scripted

LONG = "precious " * 400
"""A message of 3,600 characters."""


@pytest.fixture
def used(shell: Shell) -> Shell:
    """A shell with a conversation."""
    shell.configure('model = "script/echo"\n')
    assert shell.run("-q", "an old question").code == 0
    return shell


def test_a_full_disk_keeps_what_was_typed(used: Shell, tmux: Tmux) -> None:
    """What cannot be stored is not sent and comes back into the composer; the old is still read."""
    size = max(file.stat().st_size for file in used.home.glob("tchat.db*"))
    tmux.run(used, f"ulimit -f {size // 512 + 16}; exec tchat -c")
    tmux.wait_for("an old question", READY)
    for number in range(30):
        tmux.write(f"message {number} {'x' * 300}")
        tmux.type("Enter")
        shown = tmux.wait_for(READY)
        if "cannot" in shown:
            break
    print(shown)
    leave(tmux)


def test_a_read_only_database_is_read(used: Shell, tmux: Tmux) -> None:
    """The old is shown; what is sent comes back with the reason."""
    database = used.home / "tchat.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in used.home.glob("tchat.db*"):
        file.chmod(0o400)
    used.home.chmod(0o500)
    try:
        tmux.run(used, f"exec {unprivileged()} tchat -c")
        tmux.wait_for("an old question")
        tmux.write("precious")
        tmux.type("Enter")
        shown = tmux.wait_for("read-only", "permission", "precious")
        print(shown)
        leave(tmux)
    finally:
        used.home.chmod(0o700)


def unprivileged() -> str:
    """Return what is put before a command so that file modes hold for it, root's included."""
    if os.geteuid() != 0:
        return ""
    if shutil.which("setpriv") is None:
        pytest.skip("root ignores file modes, and setpriv is not installed")
    return "setpriv --bounding-set=-dac_override,-dac_read_search"


def test_a_database_that_another_program_holds_delays_and_loses_nothing(used: Shell, tmux: Tmux) -> None:
    """While another process writes, typing goes on; when it lets go, what was sent is answered."""
    open_interface(used, tmux, "-c")
    with closing(sqlite3.connect(used.home / "tchat.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        tmux.type("precious", "Enter")
        tmux.wait_for(READY)
        tmux.write("typed meanwhile")
        shown = tmux.wait_for("typed meanwhile")
        print(shown)
        holder.execute("ROLLBACK")
    tmux.wait_for("#4", "    precious\n", "typed meanwhile")
    leave(tmux)


def test_a_file_that_is_no_database_is_said(shell: Shell, tmux: Tmux) -> None:
    """Nothing is sent, and the reason and the way out are told."""
    with scripted(says("ok")) as server:
        shell.use(server)
        (shell.home / "tchat.db").write_bytes(b"not a database" * 100)
        tmux.start(shell)
        tmux.wait_for("is not a tchat database")
        tmux.type("precious", "Enter")
        tmux.wait_for("precious")
        tmux.type("C-q")
        shown = tmux.wait_for("END=")
        print(shown)
    assert server.requests == []


def test_a_folder_in_place_of_the_database_is_said(shell: Shell, tmux: Tmux) -> None:
    """The reason and the way out are told."""
    shell.configure('model = "script/echo"\n')
    Path(shell.home / "tchat.db").mkdir()
    tmux.start(shell)
    shown = tmux.wait_for("cannot be")
    print(shown)
