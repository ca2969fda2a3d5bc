"""TOML values with texts in place of strings, and strings that are one expression."""

from collections.abc import Callable
from textwrap import dedent
from typing import Any, cast

from tchat.templates.expressions import mentions, only_expression
from tchat.templates.format import Expression, Pattern, Text
from tchat.templates.positions import Path, Positions


def text_of(value: str, lines: tuple[int, ...]) -> Text:
    """Return a string as a text, dedented and without its last newline; `lines` are those of the file."""
    plain = dedent(value) if "\n" in value else value
    return Text(plain.removesuffix("\n"), lines)


def has_names(source: str) -> bool:
    """Tell whether a text is more than the characters that it is made of."""
    return "{{" in source or "{%" in source


def named(text: Text) -> set[str]:
    """Return the names that a text or an expression mentions, those that it makes itself included."""
    source = f"{{{{ {text.source}\n}}}}" if isinstance(text, Expression) else text.source
    return {word.word for word in mentions(source) if word.role == "name"} if has_names(source) else set()


def pattern_of(value: object, path: Path, positions: Positions) -> Pattern:
    """Return a TOML value, which must be plain, as a pattern."""
    match value:
        case str():
            return expression_in(text_of(value, positions.lines(path)))
        case list():
            items = cast("list[object]", value)
            return [pattern_of(item, (*path, index), positions) for index, item in enumerate(items)]
        case dict():
            table = cast("dict[str, object]", value)
            return {key: pattern_of(item, (*path, key), positions) for key, item in table.items()}
        case _:
            return cast("int | float", value)


def expression_in(text: Text) -> Text:
    """Return the expression of a text that is one `{{ expression }}` and nothing else, else the text itself."""
    source = only_expression(text.source)
    if source is None:
        return text
    before = text.source.count("\n", 0, text.source.index(source) if source else 0)
    return Expression(source, text.lines[before : before + source.count("\n") + 1] or text.lines)


def constant(pattern: Pattern) -> Any:  # noqa: ANN401  # a TOML value, or None
    """Return the value of a pattern that is the same in every run; None if it is not."""
    match pattern:
        case Expression():
            return None
        case Text():
            return None if has_names(pattern.source) else pattern.source
        case list():
            items = [constant(item) for item in pattern]
            return None if None in items else items
        case dict():
            table = {key: constant(item) for key, item in pattern.items()}
            return None if None in table.values() else table
        case _:
            return pattern


def each_text(pattern: Pattern, take: Callable[[Text], None]) -> None:
    """Hand every text and expression of a pattern to `take`."""
    match pattern:
        case Text():
            take(pattern)
        case list():
            for item in pattern:
                each_text(item, take)
        case dict():
            for item in pattern.values():
                each_text(item, take)
        case _:
            pass
