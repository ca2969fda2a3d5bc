"""Tables of a TOML document, read key by key; what is wrong is noted with its line and reading goes on."""

from collections.abc import Collection, Mapping
from textwrap import dedent
from typing import Any, TypeVar, cast

from msgspec import Struct, field

from tchat.templates.format import Text
from tchat.templates.naming import did_you_mean, listed, quoted
from tchat.templates.positions import Path, Positions
from tchat.templates.values import is_plain
from tchat.templates.vocabulary import misplaced

_Word = TypeVar("_Word", bound=str)


class Problem(Struct, frozen=True, order=True):
    """Something wrong in a template."""

    line: int
    text: str


class Findings(Struct):
    """What is wrong in one template, as far as it has been read."""

    problems: list[Problem] = field(default_factory=list[Problem])

    def add(self, line: int, text: str) -> None:
        """Note a problem, once."""
        problem = Problem(line, text)
        if problem not in self.problems:
            self.problems.append(problem)


class Table:
    """One table: every key that is asked for is checked, every key that nobody asked for is noted."""

    def __init__(self, values: Mapping[str, Any], path: Path, positions: Positions, findings: Findings) -> None:
        self.values = values
        self.path = path
        self.positions = positions
        self.findings = findings
        self._asked: dict[str, None] = {}

    @property
    def line(self) -> int:
        """The line that the table begins on."""
        return self.positions.line(self.path)

    @property
    def header(self) -> str | None:
        """The header that opened the table, such as `[[step]]`."""
        return self.positions.headers.get(self.path)

    def note(self, key: str, text: str) -> None:
        """Note that something is wrong with a key."""
        self.findings.add(self.positions.line((*self.path, key)), text)

    def take(self, key: str) -> Any:  # noqa: ANN401  # a TOML value
        """Return a value as it is; None where there is none."""
        self._asked[key] = None
        return self.values.get(key)

    def string(self, key: str) -> str | None:
        """Return a string."""
        value = self.take(key)
        return value if isinstance(value, str) else self._wrong(key, value, "a text")

    def text(self, key: str) -> Text | None:
        """Return a text with names in it, dedented and without its last newline."""
        value = self.string(key)
        if value is None:
            return None
        plain = dedent(value) if "\n" in value else value
        return Text(plain.removesuffix("\n"), self.positions.lines((*self.path, key)))

    def word(self, key: str, words: Collection[_Word]) -> _Word | None:
        """Return one of `words`."""
        value = self.string(key)
        if value is None:
            return None
        found = next((word for word in words if word == value), None)
        if found is None:
            self.note(key, f"{quoted(key)} is {listed(words)}, not {quoted(value)}{did_you_mean(value, words)}")
        return found

    def boolean(self, key: str) -> bool | None:
        """Return a truth value."""
        value = self.take(key)
        return value if isinstance(value, bool) else self._wrong(key, value, "true or false")

    def integer(self, key: str, least: int | None = None) -> int | None:
        """Return a whole number, not below `least`."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not is_plain(value):
            return self._wrong(key, value, "a whole number")
        return value if self._within(key, value, least, None) else None

    def number(self, key: str, least: float | None = None, most: float | None = None) -> float | None:
        """Return a finite number from `least` to `most`."""
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not is_plain(value):
            return self._wrong(key, value, "a number")
        return value if self._within(key, value, least, most) else None

    def strings(self, key: str, *, or_one: bool = False) -> tuple[str, ...]:
        """Return a list of strings; with `or_one`, also from a single one."""
        value = self.take(key)
        if or_one and isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value)):
            return tuple(cast("list[str]", value))
        self._wrong(key, cast("object", value), "a list of texts")
        return ()

    def table(self, key: str) -> "Table | None":
        """Return a table within this one."""
        value = self.take(key)
        if isinstance(value, dict):
            return self._inner(cast("dict[str, Any]", value), key)
        return self._wrong(key, value, "a table")

    def tables(self, key: str) -> "list[Table]":
        """Return an array of tables."""
        value = self.take(key)
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        if all(isinstance(item, dict) for item in items) and isinstance(value, list):
            return [self._inner(cast("dict[str, Any]", item), key, index) for index, item in enumerate(items)]
        self._wrong(key, cast("object", value), f"an array of tables: [[{key}]]")
        return []

    def left(self) -> list[str]:
        """Return the keys that nobody asked for."""
        return [key for key in self.values if key not in self._asked]

    def close(self, name: str, unsupported: Collection[str] = ()) -> None:
        """Note every key that nobody asked for; `name` is what the table is called where no header opened it."""
        for key in self.left():
            if key in unsupported:
                self.note(key, f"{quoted(key)} is not supported by this version of tchat")
                continue
            near = did_you_mean(key, (*self._asked, *unsupported))
            self.note(key, misplaced(key, self.header) or f"{quoted(key)} is not a key of {self.header or name}{near}")

    def _inner(self, values: Mapping[str, Any], *way: str | int) -> "Table":
        return Table(values, (*self.path, *way), self.positions, self.findings)

    def _wrong(self, key: str, value: object, expected: str) -> None:
        if value is not None:
            self.note(key, f"{quoted(key)} is {expected}, not {_kind(value)}")

    def _within(self, key: str, value: float, least: float | None, most: float | None) -> bool:
        if (least is None or value >= least) and (most is None or value <= most):
            return True
        bounds = f"at least {least:g}" if most is None else f"from {least:g} to {most:g}"
        self.note(key, f"{quoted(key)} is a number {bounds}, not {value:g}")
        return False


def _kind(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {quoted(value)}"
        case int() | float():
            return f"the number {value}" if is_plain(value) else "a number out of range"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
