"""JSON values as Python's, written so that people can read and change them."""

import re
from collections.abc import Collection, Mapping
from typing import cast

_INDENT = "    "
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SHORT = 60
"""Characters that a list or table may have to stand on one line."""


class Literals:
    """Writes values as expressions.

    Args:
        names: what stands in a text for the value of a variable, and that variable.
        binary: the fields whose texts are the base64 of what Python has as bytes.
    """

    def __init__(self, names: Mapping[str, str], binary: Collection[str] = ()) -> None:
        self._names = names
        self._binary = binary

    def spelled(self, value: object, depth: int = 0) -> str:
        """Return an expression for a value that begins in a line of so many indents."""
        match value:
            case str():
                return self._text(value, depth)
            case dict():
                fields = cast("dict[str, object]", value).items()
                spelled = [f"{name!r}: {self._field(name, item, depth + 1)}" for name, item in fields]
                return self._listed("{", spelled, "}", depth)
            case list():
                items = cast("list[object]", value)
                return self._listed("[", [self.spelled(item, depth + 1) for item in items], "]", depth)
            case _:
                return repr(value)

    def _field(self, name: str, value: object, depth: int) -> str:
        if name not in self._binary or not isinstance(value, str) or value in self._names:
            return self.spelled(value, depth)
        return f"base64.urlsafe_b64decode({value!r})"

    def _listed(self, opening: str, items: list[str], closing: str, depth: int) -> str:
        line = ", ".join(items)
        if len(line) <= _SHORT and "\n" not in line:
            return f"{opening}{line}{closing}"
        inner = _INDENT * (depth + 1)
        return f"{opening}\n" + "".join(f"{inner}{item},\n" for item in items) + f"{_INDENT * depth}{closing}"

    def _text(self, text: str, depth: int) -> str:
        for mark, name in self._names.items():
            before, found, after = text.partition(mark)
            if found:
                pieces = (repr(before) if before else "", name, self._text(after, depth) if after else "")
                return " + ".join(piece for piece in pieces if piece)
        lines = _LINE.findall(text)
        if "\n" not in text.strip("\n"):
            return repr(text)
        inner = _INDENT * (depth + 1)
        return "(\n" + "".join(f"{inner}{line!r}\n" for line in lines) + f"{_INDENT * depth})"
