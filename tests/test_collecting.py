"""When garbage is collected."""

import subprocess
import sys

SCRIPT = """
import gc
from tchat import collecting

class Ring:
    pass

collecting.pause()
rings = [Ring() for _ in range(50_000)]
assert gc.get_count()[0] >= 50_000, "something was collected while nothing is to be"
collecting.resume()
assert gc.isenabled()
assert gc.get_freeze_count() >= 50_000, "what was there is looked at again"
gone = []
gc.callbacks.append(lambda phase, info: gone.append(info["collected"]) if phase == "stop" else None)
for _ in range(50_000):
    ring = Ring()
    ring.itself = ring
assert sum(gone) > 10_000, "garbage stays"
"""
COMMAND = """
import gc, sys
from tchat import __main__, collecting
seen = []
gc.callbacks.append(lambda phase, info: seen.append(phase))
collecting.resume, plain = (lambda: (seen.append("resumed"), plain())), collecting.resume
sys.argv = ["tchat", "models", "script"]
try:
    __main__.main()
except SystemExit as left:
    assert left.code == 0
assert seen[0] == "resumed", "garbage was looked for before the command was there"
assert gc.isenabled()
"""


def _run(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_made_at_the_start_is_never_looked_at_and_later_garbage_goes() -> None:
    """Nothing is collected until it is resumed, and only what is made after it."""
    _run(SCRIPT)


def test_a_command_is_imported_without_a_look_for_garbage_and_runs_with_it() -> None:
    """It is looked for again once the command is there, since some run for hours."""
    _run(COMMAND)
