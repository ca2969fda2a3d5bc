"""Tables of a TOML document, read key by key; what is wrong is noted with its line and reading goes on."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar, cast

from msgspec import Struct, field

from tchat.templates.format import Count, Expression, Pattern, Text
from tchat.templates.naming import did_you_mean, listed, quoted
from tchat.templates.patterns import has_names, pattern_of, text_of
from tchat.templates.positions import Path, Positions
from tchat.templates.values import is_plain
from tchat.templates.vocabulary import UNSUPPORTED_KEYS, misplaced

_Word = TypeVar("_Word", bound=str)


class Problem(Struct, frozen=True, order=True):
    """Something wrong in a template."""

    line: int
    text: str


class Findings(Struct):
    """What is wrong in one template, as far as it has been read."""

    problems: list[Problem] = field(default_factory=list[Problem])
    others: list[str] = field(default_factory=list[str])
    """What is wrong in the templates that it uses, each with file and line."""

    def add(self, line: int, text: str) -> None:
        """Note a problem, once."""
        problem = Problem(line, text)
        if problem not in self.problems:
            self.problems.append(problem)

    def adopt(self, message: str) -> None:
        """Note what is wrong in a template that this one uses, once."""
        self.others += [line for line in message.split("\n") if line not in self.others]


class Table:
    """One table: what is asked for is checked, and `close` notes every key that the format does not have there."""

    def __init__(self, values: Mapping[str, Any], path: Path, positions: Positions, findings: Findings) -> None:
        self.values = values
        self.path = path
        self.positions = positions
        self.findings = findings

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
        return self.values.get(key)

    def string(self, key: str) -> str | None:
        """Return a string."""
        value = self.take(key)
        return value if isinstance(value, str) else self._wrong(key, value, "a text")

    def text(self, key: str) -> Text | None:
        """Return a text with names in it, dedented and without its last newline."""
        value = self.string(key)
        return None if value is None else text_of(value, self.positions.lines((*self.path, key)))

    def expression(self, key: str) -> Expression | None:
        """Return an expression, which stands without `{{` and `}}`; an empty one for one that is none."""
        value = self.take(key)
        if not isinstance(value, str):
            self._wrong(key, value, "an expression, in quotes")
            return self.nothing(key) if key in self.values else None
        text = text_of(value, self.positions.lines((*self.path, key)))
        if text.source.strip() and not text.source.lstrip().startswith(("{{", "{%")):
            return Expression(text.source, text.lines)
        braces = has_names(text.source)
        self.note(
            key, f"{quoted(key)} is an expression{': write it without {{ and }}' if braces else ', and is empty'}"
        )
        return self.nothing(key)

    def nothing(self, key: str) -> Expression:
        """Return what stands for an expression that is wrong, so that reading can go on."""
        return Expression("", (self.positions.line((*self.path, key)),))

    def count(self, key: str, least: int = 1) -> Count | None:
        """Return a whole number not below `least`, or an expression for one."""
        return self.expression(key) if isinstance(self.values.get(key), str) else self.integer(key, least)

    def pattern(self, key: str) -> Pattern | None:
        """Return a value of any kind, with texts in place of strings."""
        value = self.take(key)
        if value is None:
            return None
        return pattern_of(value, (*self.path, key), self.positions) if self.plain(key) else None

    def plain(self, key: str) -> bool:
        """Tell whether a value is one that JSON has too; note it if it is not."""
        if is_plain(self.values.get(key)):
            return True
        self.note(key, f"{quoted(key)} holds a date, a number out of range, or too many levels of lists")
        return False

    def shown(self, key: str) -> str:
        """Return a value as messages show it."""
        return _kind(self.values.get(key))

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
        if isinstance(value, list):
            self.note(key, f"{quoted(key)} is a list of texts, and there is something else in it")
        else:
            self._wrong(key, cast("object", value), "a text or a list of texts" if or_one else "a list of texts")
        return ()

    def texts(self, key: str) -> tuple[Text, ...]:
        """Return a list of texts with names in them."""
        words = self.strings(key)
        return tuple(text_of(word, self.positions.lines((*self.path, key, index))) for index, word in enumerate(words))

    def table(self, key: str) -> "Table | None":
        """Return a table within this one."""
        value = self.take(key)
        if isinstance(value, dict):
            return self.inner(cast("dict[str, Any]", value), key)
        return self._wrong(key, value, "a table")

    def tables(self, key: str) -> "list[Table]":
        """Return an array of tables."""
        value = self.take(key)
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        if all(isinstance(item, dict) for item in items) and isinstance(value, list):
            return [self.inner(cast("dict[str, Any]", item), key, index) for index, item in enumerate(items)]
        self._wrong(key, cast("object", value), f"an array of tables: [[{self._dotted(key)}]]")
        return []

    def close(self, name: str, keys: Collection[str]) -> None:
        """Note every key that is not one of `keys`; `name` is what the table is called where no header opened it."""
        for key in self.values:
            if key not in keys:
                self.note(key, self.stray(key) or self._unknown(key, name, keys))

    def only(self, keys: Collection[str]) -> "Table":
        """Return this table with these of its keys."""
        values = {key: value for key, value in self.values.items() if key in keys}
        return Table(values, self.path, self.positions, self.findings)

    def stray(self, key: str) -> str | None:
        """Return what to say of a key that belongs above the header of this table; None if it does not."""
        return misplaced(key, self.header, is_list=("step", 0) in self.positions.headers)

    def _dotted(self, key: str) -> str:
        return ".".join([*(part for part in self.path if isinstance(part, str)), key])

    def _unknown(self, key: str, name: str, keys: Collection[str]) -> str:
        if key in UNSUPPORTED_KEYS:
            return f"{quoted(key)} is not supported by this version of tchat"
        return f"{quoted(key)} is not a key of {self.header or name}{did_you_mean(key, keys)}"

    def inner(self, values: Mapping[str, Any], *way: str | int) -> "Table":
        """Return a table within this one, `way` being the keys and places that lead to it."""
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
