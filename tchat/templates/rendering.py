"""Renders the texts of a template with minijinja: strict, without a loader, without comments, and within bounds.

Laws: only plain data is passed in, and nothing can be called that is not a filter or a tag; what is inserted is never
rendered again; whatever a text says, rendering it takes bounded time and memory.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NoReturn, cast

import minijinja
from msgspec import Struct

from tchat.domain.errors import TemplateError
from tchat.domain.message import ImagePart
from tchat.domain.text import encodable, one_line
from tchat.templates.bounding import GROWING, Meter, bounded, spread
from tchat.templates.expressions import keep_line_ends, mentions
from tchat.templates.filters import FILTERS, LARGEST, FilterError, Unrenderable, shown
from tchat.templates.format import Expression, Pattern, Text, Value
from tchat.templates.metering import NUMBER, PART, SOME, SPREAD, THERE, WHOLE, longest_repeated, metered
from tchat.templates.naming import quoted

FUEL = 1_000_000
"""Instructions that the rendering of one text may take."""

NO_COMMENT = ("\x00\x00tchat", "tchat\x00\x00")
"""Comment delimiters that no text has: `{#` stays what it is."""
_BUILT_IN_OBJECTS = ("debug", "cycler", "joiner")
_LONGEST_MESSAGE = 300
_LARGEST = 2**63


class Renderer:
    """Renders the texts and evaluates the expressions of one file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._meter = Meter()
        self._environment = new_environment(self._meter)
        self._prepared: dict[str, _Prepared] = {}

    def render(self, text: Text, values: Mapping[str, Value]) -> str:
        """Return `text` with `values` in place of its names.

        Raises:
            TemplateError: a name or field is missing, a filter cannot take its value, or it takes too long.
        """
        prepared = self._prepare(text.source)
        self._begin(prepared)
        try:
            return self._environment.render_str(prepared.source, self._file, **prepared.context(values))
        except minijinja.TemplateError as error:
            raise self._error(text.line(error.line or 1), reason(error)) from error
        except Unrenderable as error:
            raise self._error(line_of(text, error.word), str(error)) from error

    def evaluate(self, expression: Expression, values: Mapping[str, Value]) -> Value:
        """Return what `expression` is with `values` for its names: JSON values, and a picture for its bare name only.

        Raises:
            TemplateError: it has no value, a name or field is missing, a filter cannot take its value, or it takes too
                long.
        """
        prepared = self._prepare(f"{{{{{expression.source}}}}}")
        self._begin(prepared)
        picture = values.get(expression.source.strip())
        if isinstance(picture, ImagePart):
            return picture
        context = prepared.context(values)
        try:
            source = prepared.source[2:-2]
            value = bare(self._environment.eval_expr(source, **context))
            if value is None and not self._environment.eval_expr(f"({source}\n) is defined", **context):
                raise self._error(expression.line(1), f"{quoted(expression.source)} has no value")
        except minijinja.TemplateError as error:
            raise self._error(expression.line(error.line or 1), reason(error)) from error
        except Unrenderable as error:
            raise self._error(expression.line(1), str(error)) from error
        return cast("Value", value)

    def fill(self, pattern: Pattern, values: Mapping[str, Value]) -> Value:
        """Return the value of `pattern`: its texts rendered, its expressions evaluated; see `render` and `evaluate`."""
        match pattern:
            case Expression():
                return self.evaluate(pattern, values)
            case Text():
                return self.render(pattern, values)
            case list():
                return [self.fill(item, values) for item in pattern]
            case dict():
                return {key: self.fill(item, values) for key, item in pattern.items()}
            case _:
                return pattern

    def _prepare(self, source: str) -> "_Prepared":
        prepared = self._prepared.get(source)
        if prepared is None:
            names = {mention.word for mention in mentions(source) if mention.role == "name"}
            prepared = self._prepared[source] = _Prepared(
                source=measured(keep_line_ends(source)),
                names=tuple(sorted(names)),
                fuel=min(FUEL, LARGEST // (longest_repeated(source) + 1)),
            )
        return prepared

    def _begin(self, prepared: "_Prepared") -> None:
        self._meter.start()
        self._environment.fuel = prepared.fuel

    def _error(self, line: int, problem: str) -> TemplateError:
        return TemplateError(f"{self._file}:{line}: {one_line(problem)[:_LONGEST_MESSAGE]}")


class _Prepared(Struct, frozen=True, kw_only=True):
    """A text as minijinja takes it."""

    source: str
    names: tuple[str, ...]
    """Those that stand in it."""
    fuel: int
    """Instructions that it may take: fewer where each could put out much text."""

    def context(self, values: Mapping[str, Value]) -> dict[str, object]:
        """Return those of `values` that the text can mention: a run may have far more."""
        return _NO_METHODS | {name: plain(values[name]) for name in self.names if name in values}


def new_environment(meter: Meter) -> minijinja.Environment:
    """Return a minijinja environment for texts that went through `keep_line_ends` and `measured`.

    Args:
        meter: stops a text that makes too much; it is started with each.
    """
    own = {name: _on_plain_data(name, function, meter) for name, function in FILTERS.items()}
    growing = bounded(meter, minijinja.Environment(undefined_behavior="strict", pycompat=False))
    environment = minijinja.Environment(
        filters={
            **growing,
            **own,
            THERE: _there,
            PART: partial(_counted, meter.move),
            WHOLE: partial(_counted, meter.take),
            NUMBER: _number,
            SPREAD: partial(spread, meter),
        },
        fuel=FUEL,
        undefined_behavior="strict",
        auto_escape_callback=_no_escaping,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalizer=partial(_finalized, meter),
        comment_start_string=NO_COMMENT[0],
        comment_end_string=NO_COMMENT[1],
        pycompat=False,
    )
    for name in _BUILT_IN_OBJECTS:
        environment.remove_global(name)
    return environment


def measured(source: str) -> str:
    """Return a text with its expressions measured as they are evaluated."""
    return metered(source, _OURS)


def reason(error: minijinja.TemplateError) -> str:
    """Return what minijinja says is wrong, without the place."""
    return error.detail or error.message.split(" (in ")[0]


def plain(value: object) -> object:
    """Return a value as minijinja may have it: nothing in it has methods, and every text is valid Unicode.

    Whole numbers beyond 64 bits become texts, which keep their digits.
    """
    match value:
        case str():
            return encodable(value)
        case list() | tuple():
            return tuple(plain(item) for item in cast("list[object]", value))
        case dict():
            table = cast("dict[str, object]", value)
            return _Fields({encodable(key): plain(item) for key, item in table.items()})
        case ImagePart():
            return encodable(value.name)
        case int() if not -_LARGEST <= value < _LARGEST:
            return str(value)
        case _:
            return value


def line_of(text: Text, word: str) -> int:
    """Return the line of the file that `word` first stands on in an expression of `text`."""
    offset = next((mention.offset for mention in mentions(text.source) if mention.word == word), 0)
    return text.line(text.source.count("\n", 0, offset) + 1)


class _NotThere(Unrenderable, AttributeError):
    """A name that Python would look up, and that no value has."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"there is no {quoted(name)} here: values have fields, and no methods")


class _Missing:
    """Stands where minijinja would find a method of Python's instead."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *_values: object, **_named: object) -> NoReturn:
        raise _NotThere(self.name)


_NO_METHODS = {name: _Missing(name) for name in dir(dict) if not name.startswith("_")}
"""minijinja looks names up in a dict, and would find these in it."""


class _Fields:
    """A table whose fields can be read and nothing else; a plain dict would lend its methods to templates."""

    __slots__ = ("_fields",)

    items = _Missing("items")
    """minijinja takes an object for a table if it has this."""

    def __init__(self, fields: dict[str, object]) -> None:
        self._fields = fields

    def __getitem__(self, key: str) -> object:
        return self._fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __getattr__(self, name: str) -> NoReturn:
        raise _NotThere(name)

    def __str__(self) -> str:
        return shown(bare(self))

    __repr__ = __str__


def bare(value: object) -> object:
    """Return a value that a text hands to Python as JSON has it.

    Raises:
        Unrenderable: it is a method, and values have none.
    """
    match value:
        case _Fields():
            return {key: bare(value[key]) for key in value}
        case dict():
            return {key: bare(item) for key, item in cast("dict[str, object]", value).items()}
        case list() | tuple():
            return [bare(item) for item in cast("list[object]", value)]
        case _Missing():
            raise _NotThere(value.name)
        case str():
            return str(value)  # minijinja's own filters may return a subclass
        case _:
            return value


_OURS = frozenset({*FILTERS, *GROWING, "map"})
"""Filters that are Python's, and so would take what is undefined for null."""


def _on_plain_data(name: str, function: Callable[..., object], meter: Meter) -> Callable[..., object]:
    def call(*values: object, **named: object) -> object:
        try:
            made = function(*map(bare, values), **{key: bare(value) for key, value in named.items()})
            meter.take(made)
            return plain(made)
        except TypeError as error:  # filters take values of every type, so it is their number or their names
            raise FilterError(name, "does not take these arguments") from error

    return call


def _finalized(meter: Meter, value: object) -> object:
    if isinstance(value, str):
        meter.add(len(value))
        return NotImplemented
    text = shown(bare(value))
    meter.add(len(text))
    return text


def _there(value: object, is_defined: object = True, path: str = "") -> object:  # noqa: FBT002  # texts pass it so
    """Return a value that is used.

    Args:
        value: the value; None also for one that is not defined.
        is_defined: whether it is, or `SOME` where it must not be None.
        path: what it is called.
    """
    if is_defined is False:
        raise Unrenderable(path.rpartition(".")[2], f"`{path}` is undefined")
    if value is None and is_defined == SOME:
        raise Unrenderable("", "a value is null here, and nothing can be added to it")
    return value


def _counted(count: Callable[[object], None], value: object, is_defined: object = True, path: str = "") -> object:  # noqa: FBT002  # as above
    """Return a value that something is made of, once it is counted."""
    _there(value, is_defined, path)
    count(value)
    return value


def _number(value: object, is_defined: object = True, path: str = "") -> object:  # noqa: FBT002  # texts pass it so
    """Return what is multiplied; a text or a list many times over is of no use in a prompt."""
    if isinstance(value, str | list | tuple):
        raise Unrenderable("", 'only numbers can be multiplied with "*"')
    return _there(value, is_defined, path)


def _no_escaping(_name: str) -> bool:
    return False
