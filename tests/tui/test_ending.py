"""Laws of the signals that end the interface."""

import subprocess
import sys

import pytest

from tests.servers import ROOT

PROGRAM = """
import asyncio, os, signal, time
from tchat.tui.ending import ended_by_signals

async def stuck():
    with ended_by_signals(print, patience=0.2):
        os.kill(os.getpid(), signal.{name})
        {wait}

asyncio.run(stuck())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_what_cannot_leave_ends_all_the_same(name: str, code: int) -> None:
    """With the code of its signal, a while after it was asked to leave."""
    program = PROGRAM.format(name=name, wait="await asyncio.Event().wait()")
    done = subprocess.run([sys.executable, "-uc", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (code, f"{code}\n"), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_so_does_what_waits_for_its_terminal() -> None:
    """The event loop hears of no signal then."""
    program = PROGRAM.format(name="SIGTERM", wait="time.sleep(60)")
    done = subprocess.run([sys.executable, "-uc", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (143, ""), done.stderr
