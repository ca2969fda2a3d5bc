"""Finds the JSON value that a model has written, whole or among other words.

It is taken from the whole text, else from the first fenced block that is JSON, else it is the first table or list in
the text that is complete. The time it takes grows with the text and not faster, whatever the text.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import cast

from tchat.domain.text import encodable
from tchat.templates.fences import fenced

MOST_LEVELS = 100
"""How deep lists and tables may lie in one another."""

_OPENING = re.compile(r"\{(?=\s*[\"}])|\[(?=\s*[\[\]{\"\dtfn-])")
_STEPS = 20_000_000
"""Characters that may be read in search of a value."""
_RECURSION_STEPS = 20_000
_LINE_COUNTING = 20
"""Characters that an error counts line ends in, in the time of one step."""


class NoJson(ValueError):
    """There is no JSON value in the text."""


def find_json(text: str, openers: str = "{[") -> object:
    """Return the first JSON value in `text`; among other words it begins with one of `openers`.

    Raises:
        NoJson: there is none; NaN, infinity and values deeper than `MOST_LEVELS` are none.
    """
    for candidate in _wholes(text):
        try:
            return _cleaned(_DECODER.decode(candidate))
        except (ValueError, RecursionError):
            continue
    for value in _within(text, openers):
        return value
    raise NoJson("no JSON")


def _wholes(text: str) -> Iterator[str]:
    yield text.strip()
    yield from fenced(text)


def _within(text: str, openers: str) -> Iterator[object]:
    steps = 0
    for opening in _OPENING.finditer(text):
        if opening[0] not in openers:
            continue
        start = opening.start()
        try:
            yield _cleaned(_DECODER.raw_decode(text, start)[0])
        except json.JSONDecodeError as error:
            steps += (len(text) if error.msg.startswith("Unterminated") else error.pos) - start
            steps += error.pos // _LINE_COUNTING
        except (ValueError, RecursionError):
            steps += _RECURSION_STEPS
        if steps > _STEPS:
            return


def _cleaned(value: object, levels: int = MOST_LEVELS) -> object:
    """Return `value` with every text valid Unicode."""
    if levels < 0:
        raise NoJson("too deep")
    match value:
        case str():
            return encodable(value)
        case list():
            return [_cleaned(item, levels - 1) for item in cast("list[object]", value)]
        case dict():
            table = cast("dict[str, object]", value)
            return {encodable(name): _cleaned(item, levels - 1) for name, item in table.items()}
        case _:
            return value


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise NoJson("too large")
    return number


def _no_constant(name: str) -> float:
    raise NoJson(name)


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant)
