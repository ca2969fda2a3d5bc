"""How this process shares its time, so that keys are answered at once.

Law: while the interface starts no garbage is collected, since what is made then stays; and all of that is left out of
every later collection, so that one takes a few milliseconds, whatever was loaded.
"""

import gc
import sys

_YOUNG = 10_000
"""Objects made, and not freed, between two looks at the youngest."""
_TURN = 0.001
"""Seconds that a thread runs while another one waits: those that read keys and write to the terminal have little to do
and often."""


def prepare() -> None:
    """Begin: threads take short turns, and nothing is collected until `settle`."""
    sys.setswitchinterval(_TURN)
    gc.disable()


def settle() -> None:
    """Collect garbage again, and leave alone what is there by now."""
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    gc.enable()
