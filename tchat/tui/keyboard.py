"""Keys that Textual's parser does not tell apart by itself."""

from collections.abc import MutableMapping
from enum import Enum
from typing import cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS


class Chord(Enum):
    """Names of keys for sequences that Textual has none for."""

    ALT_ENTER = "alt+enter"


def teach_alt_enter() -> None:
    """Have Alt+Enter arrive as `alt+enter` from terminals that send it as escape and carriage return.

    Textual drops the Alt there, and a new line would send the message. Call it before keys are read; again does
    nothing.
    """
    keys = cast(MutableMapping[str, object], ANSI_SEQUENCES_KEYS)
    keys["\x1b\r"] = (Chord.ALT_ENTER,)
