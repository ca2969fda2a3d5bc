"""JSON as people read it, with nothing in it that would command a terminal."""

import json
import re

_INVISIBLE = re.compile(r"[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def pretty(value: object) -> str:
    """Return JSON with line ends and indents; characters that control a terminal or a line's direction are escaped."""
    return _INVISIBLE.sub(_escaped, json.dumps(value, indent=2, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
