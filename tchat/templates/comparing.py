"""When two answers are the same: in votes, in checks and in tests.

Numbers are compared by value, exactly where they are whole, and a text that is a number is that number. Other texts are
compared without regard to case, outer white space and the last full stop; JSON without regard to the order of keys.
True, false and null are the same as those words.
"""

import json
import math
import unicodedata
from collections.abc import Hashable
from fractions import Fraction

from tchat.domain.message import ImagePart
from tchat.templates import numerals
from tchat.templates.format import Value


def same(one: Value, other: Value) -> bool:
    """Tell whether two answers are the same."""
    return key(one) == key(other)


def key(value: Value) -> Hashable:
    """Return what an answer has in common with those that are the same, and with no others."""
    match value:
        case None | bool():
            return ("text", json.dumps(value))
        case int() | float():
            return ("number", exact(value))
        case str():
            return _text_key(value)
        case list():
            return ("list", tuple(map(key, value)))
        case dict():
            return ("table", frozenset((name, key(item)) for name, item in value.items()))
        case ImagePart():
            return ("picture", value)


def exact(number: float) -> Fraction | str:
    """Return a number as it is written, so that 0.1 is a tenth; what is not finite is its name."""
    if isinstance(number, float):
        return Fraction(repr(number)) if math.isfinite(number) else str(number)
    return Fraction(number)


def folded(text: str) -> str:
    """Return `text` in the form in which texts are compared, full stops and all."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _text_key(text: str) -> Hashable:
    number = numerals.whole(text)
    if number is not None:
        return ("number", exact(number))
    bare = text.strip()
    if bare[:1] in ("{", "[") and bare[-1:] in ("}", "]"):
        try:
            return key(json.loads(bare))
        except (ValueError, RecursionError):
            pass
    stopped = bare[:-1].rstrip() if bare.endswith((".", "。")) else bare
    return ("text", folded(stopped))
