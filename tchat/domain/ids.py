"""ULIDs: identifiers that sort by the time they were made and are unique across machines.

Source: https://github.com/ulid/spec (26 characters of Crockford's base 32: 48 bits of milliseconds, 80 random bits).
"""

import secrets
import threading
import time
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
"""What each 10 bits are."""


def ulid(milliseconds: int, randomness: int) -> str:
    """Return the ULID of a Unix time in `milliseconds` and 80 bits of `randomness`."""
    number = (milliseconds << _RANDOM_BITS) | randomness
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def id_maker(
    clock: Callable[[], float] = time.time, random_bits: Callable[[int], int] = secrets.randbits
) -> Callable[[], str]:
    """Return a function that makes ULIDs, each greater than the one before, whichever thread asks."""
    last = (0, 0)
    lock = threading.Lock()

    def make() -> str:
        nonlocal last
        with lock:
            now = int(clock() * 1000)
            last = (now, random_bits(_RANDOM_BITS - 1)) if now > last[0] else (last[0], last[1] + 1)
            return ulid(*last)

    return make
