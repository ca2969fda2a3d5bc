"""How the process shares its time."""

import subprocess
import sys

SCRIPT = """
import gc, sys
from tchat.tui import responding

class Ring:
    pass

responding.prepare()
assert sys.getswitchinterval() < 0.002
rings = [Ring() for _ in range(50_000)]
assert gc.get_count()[0] >= 50_000, "something was collected while nothing is to be"
responding.settle()
assert gc.isenabled()
assert gc.get_freeze_count() >= 50_000, "what was there is looked at again"
gone = []
gc.callbacks.append(lambda phase, info: gone.append(info["collected"]) if phase == "stop" else None)
for _ in range(50_000):
    ring = Ring()
    ring.itself = ring
assert sum(gone) > 10_000, "garbage stays"
"""


def test_what_is_made_at_the_start_is_never_looked_at_and_later_garbage_goes() -> None:
    """Nothing is collected until `settle`, and only what is made after it."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
