"""Whether a value is what a JSON Schema asks for, and in plain words what is wrong where it is not.

Nothing is fetched: a schema that refers to another file or address is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from tchat.domain.errors import TemplateError
from tchat.domain.text import one_line
from tchat.templates.filters import shown
from tchat.templates.format import Value

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

MOST_PROBLEMS = 10
"""Problems that are told of one reply."""

_LONGEST_SHOWN = 60


def schema_problems(value: Value, schema: dict[str, Any]) -> list[str]:
    """Return what keeps `value` from being what `schema` asks for, each with its place; empty if nothing does.

    Raises:
        TemplateError: `schema` is no JSON Schema.
    """
    problems: dict[str, None] = {}
    for error in _errors(value, schema):
        for problem in _told(error):
            problems[problem] = None
        if len(problems) >= MOST_PROBLEMS:
            break
    return list(problems)[:MOST_PROBLEMS]


def schema_flaw(schema: dict[str, Any]) -> str | None:
    """Return why `schema` is no JSON Schema, with the place within it; None if it is one."""
    from jsonschema_rs import ReferencingError, ValidationError, validator_for

    try:
        validator_for(schema, offline=True)
    except ValidationError as error:
        return "; ".join(_told(error))
    except (ReferencingError, ValueError) as error:
        return one_line(str(error).splitlines()[0])
    return None


def _errors(value: Value, schema: dict[str, Any]) -> Iterator["ValidationError"]:
    from jsonschema_rs import ReferencingError, ValidationError, validator_for

    try:
        validator = validator_for(schema, offline=True)
    except (ReferencingError, ValidationError, ValueError) as error:
        raise TemplateError(f"the schema is no JSON Schema: {one_line(str(error).splitlines()[0])}") from error
    yield from validator.iter_errors(value)


def _told(error: "ValidationError") -> list[str]:
    """Return an error in words; one that offers several forms has the problems of the form that comes nearest."""
    kind, facts = error.kind.name, error.kind.as_dict()
    if kind in ("anyOf", "oneOf") and "context" in facts:
        nearest = _nearest(cast("list[list[ValidationError]]", facts["context"]), len(error.instance_path))
        if nearest:
            return [problem for inner in nearest for problem in _told(inner)]
    told = _WORDS.get(kind)
    words = told(_short(error.instance), facts) if told else one_line(error.message)
    return [f"{_place(error.instance_path)}: {words}" if error.instance_path else words]


def _nearest(forms: list[list["ValidationError"]], depth: int) -> list["ValidationError"]:
    """Return the problems of the form that fits from the outside; none where no form does, or more than one."""
    fitting = [errors for errors in forms if errors and all(_is_within(error, depth) for error in errors)]
    return fitting[0] if len(fitting) == 1 else []


def _is_within(error: "ValidationError", depth: int) -> bool:
    return len(error.instance_path) > depth or error.kind.name not in ("type", "const", "enum")


def _place(path: list[str | int]) -> str:
    place = ""
    for part in path:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else part
    return place


def _short(value: object) -> str:
    text = shown(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_Words = Callable[[str, Mapping[str, Any]], str]

_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "null",
}

_WORDS: Mapping[str, _Words] = {
    "required": lambda _, facts: f'"{facts["property"]}" is missing',
    "additionalProperties": lambda _, facts: f"{_listed(facts['unexpected'])} must not be there",
    "type": lambda value, facts: f"{value} is not {_kinds(facts['types'])}",
    "maximum": lambda value, facts: f"{value} is more than {facts['limit']}",
    "minimum": lambda value, facts: f"{value} is less than {facts['limit']}",
    "exclusiveMaximum": lambda value, facts: f"{value} is not less than {facts['limit']}",
    "exclusiveMinimum": lambda value, facts: f"{value} is not more than {facts['limit']}",
    "multipleOf": lambda value, facts: f"{value} is not a multiple of {facts['multiple_of']}",
    "enum": lambda value, facts: f"{value} is not one of {_listed(facts['options'])}",
    "const": lambda value, facts: f"{value} is not {_short(facts['expected_value'])}",
    "pattern": lambda value, facts: f"{value} does not match /{facts['pattern']}/",
    "format": lambda value, facts: f"{value} is not a {facts['format']}",
    "minLength": lambda value, facts: f"{value} has fewer than {facts['limit']} characters",
    "maxLength": lambda value, facts: f"{value} has more than {facts['limit']} characters",
    "minItems": lambda _, facts: f"there are fewer than {facts['limit']} items",
    "maxItems": lambda _, facts: f"there are more than {facts['limit']} items",
    "uniqueItems": lambda _, __: "an item is there twice",
    "anyOf": lambda value, _: f"{value} has none of the forms that are allowed",
    "oneOf": lambda value, _: f"{value} does not have exactly one of the forms that are allowed",
}


def _kinds(names: list[str]) -> str:
    return " or ".join(_KINDS.get(name, name) for name in names)


def _listed(values: list[object]) -> str:
    return ", ".join(map(_short, values))
