"""A text that begins with `#name`: the template that it names, and the text that it is to run on."""

import re
from collections.abc import Iterable

from msgspec import Struct

_CALL = re.compile(r"#(?P<name>[^\W\d_][\w./-]*)(?:\s+(?P<text>.*))?", re.DOTALL)


class Named(Struct, frozen=True):
    """What is to run."""

    name: str
    """As it was typed."""
    text: str


def named_template(text: str, names: Iterable[str]) -> Named | None:
    """Return what a text runs; None if it names no template, with its folder or without, and is only a text."""
    found = _CALL.fullmatch(text.rstrip())
    if found is None:
        return None
    name = found["name"]
    if not any(name in (known, known.rpartition("/")[2]) for known in names):
        return None
    return Named(name, (found["text"] or "").strip("\n"))
