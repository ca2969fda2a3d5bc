"""When garbage is looked for: not while a program starts.

Law: what is imported and made at the start stays, so nothing is collected until that is done; and all of it is left
out of every later collection, so that one takes a few milliseconds, whatever was loaded.
"""

import gc

_YOUNG = 10_000
"""Objects made, and not freed, between two looks at the youngest."""


def pause() -> None:
    """Collect nothing until `resume`."""
    gc.disable()


def resume() -> None:
    """Collect garbage again where that is paused, and leave alone what is there by now."""
    if gc.isenabled():
        return
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    gc.enable()
