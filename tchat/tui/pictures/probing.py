"""Asking a terminal for its graphics while its keys are read.

Textual takes what it does not know for keys. So an answer is picked out of the keys that it arrives as, and what a
person typed meanwhile goes on its way, in order.
"""

import re
from collections.abc import Mapping, MutableMapping
from enum import Enum
from typing import Literal, cast

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS, IGNORE_SEQUENCE

Graphics = Literal["kitty", "sixel"]
"""Kitty's protocol with Unicode placeholders, or sixels."""

QUESTION = "\x1b_Gi=3407,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Kitty's question for its graphics, which others ignore, and the one for attributes that every terminal answers."""
PATIENCE = 0.8
"""Seconds that an answer may take; a later one would be typed text."""

_KITTY_ANSWER = "\x1b_Gi=3407;OK"
_SIXEL = "4"
"""The attribute of terminals that show sixels."""
_WHOLE = re.compile(r"\^?\[\?([\d;]*)c")
_BEGUN = re.compile(r"\^?(\[(\?[\d;]*)?)?")
"""What the attributes look like as keys; the escape is dropped, or a caret."""
_SILENT = ("linux", "dumb")
_LOUD = "Apple_Terminal"
"""Prints what it does not know."""


class Chord(Enum):
    """Names of keys for answers."""

    KITTY = "kitty-graphics"


def may_be_asked(environ: Mapping[str, str]) -> bool:
    """Whether a terminal answers at all, or at least does not print the question."""
    return environ.get("TERM", "dumb") not in _SILENT and environ.get("TERM_PROGRAM") != _LOUD


def teach_answers() -> None:
    """Have kitty's answer arrive as a key of its own, and the end of a string as none. Again does nothing."""
    keys = cast(MutableMapping[str, object], ANSI_SEQUENCES_KEYS)
    keys[_KITTY_ANSWER] = (Chord.KITTY,)
    keys["\x1b\\"] = IGNORE_SEQUENCE


class Answers:
    """Reads the answer to `QUESTION` out of keys."""

    def __init__(self) -> None:
        self._held: list[events.Key] = []
        self._is_kitty = False
        self._attributes: frozenset[str] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the terminal has said all."""
        return self._attributes is not None

    @property
    def graphics(self) -> Graphics | None:
        """What it has said so far; sixels go first, as terminals that have both draw them more reliably."""
        if self._attributes is not None and _SIXEL in self._attributes:
            return "sixel"
        return "kitty" if self._is_kitty else None

    def take(self, key: events.Key) -> list[events.Key]:
        """Return the keys that a person pressed, now that this one has come; it may be held for a moment."""
        if key.key == Chord.KITTY.value:
            self._is_kitty = True
            return []
        text = "".join(held.character or "" for held in self._held)
        whole = _WHOLE.fullmatch(text + (key.character or "\0"))
        if whole is not None:
            self._attributes = frozenset(whole[1].split(";"))
            self._held.clear()
            return []
        if _BEGUN.fullmatch(text + (key.character or "\0")):
            self._held.append(key)
            return []
        released = self.give_up()
        if _BEGUN.fullmatch(key.character or "\0"):
            self._held.append(key)
            return released
        return [*released, key]

    def give_up(self) -> list[events.Key]:
        """Return the keys that were held, which were no answer."""
        held, self._held = self._held, []
        return held
