"""Garbage collection, kept from making anybody wait.

Law: while the interface starts nothing is collected, since what is made then stays; and all of that is left out of
every later collection, so that one takes a few milliseconds, whatever was loaded.
"""

import gc

_YOUNG = 10_000
"""Objects made, and not freed, between two looks at the youngest."""


def pause() -> None:
    """Collect nothing until `resume`."""
    gc.disable()


def resume() -> None:
    """Collect again, and leave alone what is there by now."""
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    gc.enable()
