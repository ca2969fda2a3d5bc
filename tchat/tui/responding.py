"""How this process shares its time, so that keys are answered at once."""

import sys

from tchat import collecting

_TURN = 0.001
"""Seconds that a thread runs while another one waits: those that read keys and write to the terminal have little to do
and often."""


def prepare() -> None:
    """Begin: threads take short turns, and no garbage is collected until what begins has `collecting.resume`d that."""
    sys.setswitchinterval(_TURN)
    collecting.pause()
