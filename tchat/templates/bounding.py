"""Bounds what the rendering of one text makes: a template is untrusted, and a short one could fill the memory.

Sizes are characters; every value in a list or table weighs `NODE` of them.
"""

import re
from collections.abc import Callable, Mapping
from typing import cast

import minijinja

from tchat.templates.filters import LARGEST, FilterError, Unrenderable

NODE = 32
_MOST_MOVED = 4 * LARGEST
"""What operands of `~` and `+` may come to: the sum grows with the square of what a loop puts together."""
_DEEPEST = 100
_WIDEST = 1000
"""Columns that a filter may indent or wrap by."""
_NUMBER = re.compile(r"\d+")


class TooLarge(Unrenderable):
    """A text makes more than it may."""

    def __init__(self) -> None:
        super().__init__("", f"this makes more than {LARGEST // 1_000_000} million characters")


class TooDeep(Unrenderable):
    """Lists are nested in lists beyond all sense."""

    def __init__(self) -> None:
        super().__init__("", f"lists and tables are nested more than {_DEEPEST} deep here")


class Meter:
    """Adds up what is made, until it is too much."""

    def __init__(self) -> None:
        self._made = self._moved = 0

    def start(self) -> None:
        """Begin with another text."""
        self._made = self._moved = 0

    def add(self, size: int) -> None:
        """Count so many characters.

        Raises:
            TooLarge: there are too many by now.
        """
        self._made += size
        if self._made > LARGEST:
            raise TooLarge

    def take(self, value: object) -> None:
        """Count a value with all that is in it.

        Raises:
            TooLarge: there is too much by now.
            TooDeep: it is nested too deeply.
        """
        self.add(size_of(value))

    def move(self, value: object) -> None:
        """Count a value that becomes part of another one, as a loop does again and again that puts a text together.

        Raises:
            TooLarge: it is too large, or too much was moved by now.
            TooDeep: it is nested too deeply.
        """
        size = size_of(value)
        self._moved += size
        if size > LARGEST or self._moved > _MOST_MOVED:
            raise TooLarge


def size_of(value: object) -> int:
    """Return how large a value is.

    Raises:
        TooDeep: it is nested too deeply.
    """
    return _size_of(value, 0)


def _size_of(value: object, depth: int) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple):
        inner = cast("list[object] | tuple[object, ...]", value)
    elif hasattr(value, "items"):
        table = cast("Mapping[str, object]", value)
        inner = [part for key in table for part in (key, table[key])]
    else:
        return 0
    if depth > _DEEPEST:
        raise TooDeep
    return NODE * (len(inner) + 1) + sum(_size_of(item, depth + 1) for item in inner)


def bounded(meter: Meter, environment: minijinja.Environment) -> dict[str, Callable[..., object]]:
    """Return those of minijinja's filters whose results can be far larger than what they are given, metered.

    Args:
        meter: what they add to.
        environment: has the filters themselves.
    """
    return {name: _bounded(name, size, meter, environment) for name, size in GROWING.items()}


def spread(meter: Meter, value: object, *arguments: object, **named: object) -> object:
    """Return a list that `map` goes through, once it is counted what its arguments come to if each item has them."""
    if isinstance(value, str | list | tuple):
        items = cast("str | list[object] | tuple[object, ...]", value)
        meter.add(len(items) * sum(map(size_of, (*arguments, *named.values()))))
    return cast("object", value)


def _bounded(
    name: str, size: Callable[..., int], meter: Meter, environment: minijinja.Environment
) -> Callable[..., object]:
    def call(value: object, *arguments: object, **named: object) -> object:
        meter.add(_size(name, size, value, [*arguments, *named.values()]))
        given = [f"a{index}" for index in range(len(arguments))] + [f"{key}=k_{key}" for key in named]
        context = {f"a{index}": argument for index, argument in enumerate(arguments)}
        context |= {f"k_{key}": argument for key, argument in named.items()}
        made = environment.eval_expr(f"value | {name}({', '.join(given)})", value=value, **context)
        meter.take(made)
        return made

    return call


def _size(name: str, size: Callable[..., int], value: object, arguments: list[object]) -> int:
    """Return at most how large a result is, before it is made.

    Raises:
        FilterError: a number that it takes is beyond all sense.
    """
    if name not in _COUNTING and any(_count(argument) > _WIDEST for argument in arguments):
        raise FilterError(name, f"takes no number above {_WIDEST}")
    return size(value, arguments)


def _replaced(value: object, arguments: list[object]) -> int:
    old, new = (*map(_shown, arguments), "", "")[:2]
    text = _shown(value)
    return len(text) + (text.count(old) if old else len(text) + 1) * len(new)


def _formatted(value: object, arguments: list[object]) -> int:
    text = _shown(value)
    widths = sum(int(digits[:9]) for digits in _NUMBER.findall(text))
    return len(text) + widths + sum(len(_shown(argument)) for argument in arguments)


def _joined(value: object, arguments: list[object]) -> int:
    items = cast("list[object]", value) if isinstance(value, list | tuple) else [*_shown(value)]
    return sum(len(_shown(item)) for item in items) + len(items) * sum(len(_shown(each)) for each in arguments)


def _cut(_value: object, arguments: list[object]) -> int:
    filling = NODE + sum(size_of(argument) for argument in arguments)
    return filling * sum(max(_count(argument), 0) for argument in arguments)


def _indented(value: object, arguments: list[object]) -> int:
    text = _shown(value)
    return len(text) + (text.count("\n") + 1) * sum(max(_count(each), len(str(each))) for each in arguments)


def _laid_out(value: object, arguments: list[object]) -> int:
    text = _shown(value)
    lines = sum(map(text.count, ",[{"))
    return 2 * len(text) + lines * _depth(value) * sum(max(_count(each), 0) for each in arguments)


def _depth(value: object) -> int:
    """Return how deeply lists and tables are nested in a value."""
    if isinstance(value, list | tuple):
        return 1 + max(map(_depth, cast("list[object]", value)), default=0)
    if hasattr(value, "items"):
        table = cast("Mapping[str, object]", value)
        return 1 + max((_depth(table[key]) for key in table), default=0)
    return 0


def _escaped(value: object, _arguments: list[object]) -> int:
    return 6 * len(_shown(value))


def _wrapped(value: object, arguments: list[object]) -> int:
    return len(_shown(value)) * (1 + sum(len(each) for each in arguments if isinstance(each, str)))


def _listed(value: object, _arguments: list[object]) -> int:
    return NODE * len(cast("str", value)) if isinstance(value, str | list | tuple) else 0


def _shown(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


GROWING: Mapping[str, Callable[[object, list[object]], int]] = {
    "batch": _cut,
    "chain": lambda value, arguments: _listed(value, []) + sum(_listed(each, []) for each in arguments),
    "e": _escaped,
    "escape": _escaped,
    "format": _formatted,
    "indent": _indented,
    "join": _joined,
    "list": _listed,
    "pprint": _escaped,
    "replace": _replaced,
    "slice": _cut,
    "split": lambda _value, _arguments: 0,
    "string": _escaped,
    "tojson": _laid_out,
    "truncate": _wrapped,
    "urlencode": _escaped,
    "wordwrap": _wrapped,
}
"""For each filter whose result can be far larger than what it is given, how large it can be."""
_COUNTING = ("batch", "slice", "chain", "join", "format", "replace", "truncate")
