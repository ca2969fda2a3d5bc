"""What tests of the embedded model share: its weights, if they are here, and a look at processes."""

import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from tchat.paths import find_paths
from tchat.providers import weights

PROGRAM = "local_server.py"


def found_weights() -> Path:
    """Return the embedded model's weights; skip the test where they or the extra are missing.

    They are looked for at `TCHAT_TEST_WEIGHTS` and where `tchat local pull` puts them for this user.
    """
    if find_spec("xllamacpp") is None:
        pytest.skip("the extra `local` is not installed")
    named = os.environ.get("TCHAT_TEST_WEIGHTS")
    normal = {name: value for name, value in os.environ.items() if name != "TCHAT_HOME"}
    file = weights.find(find_paths(normal), Path(named) if named else None)
    if file is None or not weights.is_whole(file):
        pytest.skip("the embedded model's weights are not here: run `tchat local pull`")
    return file


def children(parent: int | None = None) -> set[int]:
    """Return the running servers of the embedded model that a process has started, by default this one."""
    if sys.platform != "linux":
        pytest.skip("processes are looked at through /proc")
    parent = os.getpid() if parent is None else parent
    return {int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_server(entry, parent)}


def only_child() -> int:
    """Return the one server that this process has started, as soon as the process table shows what it runs."""
    while not (found := children()):
        time.sleep(0.01)
    (pid,) = found
    return pid


def is_running(pid: int) -> bool:
    """Whether a process is there and not only its entry in the process table."""
    if sys.platform != "linux":
        pytest.skip("processes are looked at through /proc")
    return _status(Path(f"/proc/{pid}")).get("State", "Z")[0] not in "ZX"


def is_gone(pid: int, seconds: float = 20.0) -> bool:
    """Whether a process ends within `seconds`."""
    deadline = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def shown_of(pid: int) -> bytes:
    """Return what the process table shows of a process: its command line and its environment."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


def _is_server(entry: Path, parent: int) -> bool:
    status = _status(entry)
    if status.get("PPid") != str(parent) or status["State"][0] in "ZX":
        return False
    try:
        return PROGRAM.encode() in (entry / "cmdline").read_bytes()
    except OSError:
        return False


def _status(entry: Path) -> dict[str, str]:
    try:
        lines = (entry / "status").read_text("utf-8").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
