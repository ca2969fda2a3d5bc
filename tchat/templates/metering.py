"""Rewrites a text so that what it builds is measured on the way: minijinja counts instructions, not what they make.

Every operand of `~` and `+`, and every item of a list or table that a text makes, goes through a filter that counts
it; operands of `*` have to be numbers. The filters are told whether what they get is defined, which Python cannot see.
"""

import json
import re
from collections.abc import Container, Iterator

from tchat.templates.bracketing import Bracketed, Operand, bracketed, count_tokens
from tchat.templates.expressions import tags

THERE = "_there"
PART = "_part"
WHOLE = "_whole"
SPREAD = "_spread"
NUMBER = "_number"
"""Names of filters that texts are rewritten to use."""
SOME = "some"
"""Says that a value must not be null."""

_BLOCK = re.compile(r"\{%[-+]?\s*(?P<word>\w*)")
_NAMES = re.compile(r"\{\{[-+]?(?P<word>)")
_LOOPS = {"for": "endfor", "macro": "endmacro", "call": "endcall"}
_MAKERS = ("dict", "namespace")
_TARGETED = ("for", "set", "macro", "call")
"""Tags whose first word, or first bracket, is no value."""
_OPENED = re.compile(r"\{\{|\{%")
_MOST_TOKENS = 5_000
_MOST_BLOCKS = 2_000
_MOST_INDEXES = 3
"""Of a path that is gone along twice."""


def metered(source: str, filters: Container[str]) -> str:
    """Return a text with its expressions measured, on the lines that they are on.

    Args:
        source: the text.
        filters: filters of Python's, which would take what is undefined for null.
    """
    pieces: list[str] = []
    at = 0
    for tag in tags(source):
        opening = (_BLOCK if tag.is_block else _NAMES).match(source, tag.start)
        if opening is not None:
            begin, end = opening.end(), tag.end - 2 - (source[tag.end - 3] in "-+")
            pieces += (source[at:begin], metered_expression(source[begin:end], filters, opening["word"]))
            at = end
    return "".join(pieces) + source[at:]


def metered_expression(source: str, filters: Container[str], tag: str = "") -> str:
    """Return an expression, or what follows the first word of a tag, with what it builds measured."""
    expression = bracketed(source)
    if expression is None:
        return source
    marks = sorted(_marks(source, expression, filters, tag))
    pieces: list[str] = []
    at = 0
    for offset, mark in marks:
        pieces += (source[at:offset], mark)
        at = offset
    return "".join(pieces) + source[at:]


def multiplies(source: str) -> bool:
    """Tell whether an expression has a `*`: minijinja calculates that of literals as soon as it reads them."""
    return "*" in source and any("*" in source[tag.start : tag.end] for tag in tags(source))


def excess(source: str) -> str | None:
    """Return what of a text is more than minijinja may be given; None if nothing is.

    It calls itself for every part of an expression, and where it runs out of stack the program is over.
    """
    if len(source) <= _MOST_TOKENS and source.count("{%") <= _MOST_BLOCKS:
        return None
    blocks = at = 0
    for tag in tags(source):
        blocks += tag.is_block
        if count_tokens(source[tag.start : tag.end]) > _MOST_TOKENS:
            return f"an expression has more than {_MOST_TOKENS:,} words and signs"
        at = tag.end
    opened = _OPENED.search(source, at)
    if opened is not None and count_tokens(source[opened.start() :]) > _MOST_TOKENS:
        return "an expression does not end"
    return f"a text has more than {_MOST_BLOCKS:,} blocks" if blocks > _MOST_BLOCKS else None


def longest_repeated(source: str) -> int:
    """Return the length of the longest piece of text that a loop or a macro of `source` may put out again and again."""
    longest = depth = at = 0
    for tag in tags(source):
        if depth:
            longest = max(longest, tag.start - at)
        opening = _BLOCK.match(source, tag.start)
        if opening is not None:
            depth += (opening["word"] in _LOOPS) - (opening["word"] in _LOOPS.values())
        at = tag.end
    return longest


def _marks(source: str, expression: Bracketed, filters: Container[str], tag: str) -> Iterator[tuple[int, str]]:
    """Yield what is to be put in, and where."""
    keeps = tag == "set" and _keeps_more_than_a_value(expression)
    for operand in expression.operands():
        told = _whether_defined(source, expression, operand)
        if expression.piece(operand.bare) == "|" and expression.piece(operand.bare + 1) in filters and told:
            yield _end(expression, operand.bare), f"|{THERE}{told}"
        yield from _spread(source, expression, operand)
        if _is_value(expression, operand, tag):
            has_filters = operand.bare != operand.after
            mark = _mark(expression, operand, "" if has_filters else told, keeps=keeps)
            yield _end(expression, operand.after), mark


def _spread(source: str, expression: Bracketed, operand: Operand) -> Iterator[tuple[int, str]]:
    """Yield what goes before each `map` of an operand: its results can be its arguments, item by item."""
    for index in range(operand.bare, operand.after - 2):
        is_map = expression.piece(index) == "|" and expression.piece(index + 1) == "map"
        if is_map and expression.piece(index + 2) == "(" and index + 2 in expression.pairs:
            first, last = expression.tokens[index + 2], expression.tokens[expression.pairs[index + 2]]
            yield _end(expression, index), f"|{SPREAD}{source[first.start : last.end]}"


def _end(expression: Bracketed, index: int) -> int:
    return expression.tokens[index - 1].end


def _is_value(expression: Bracketed, operand: Operand, tag: str) -> bool:
    """Tell whether an operand is a value: not a name that gets one, nor what a test is made of."""
    is_target = tag in _TARGETED and (operand.first == 0 or operand.around == 0)
    return not is_target and expression.piece(operand.after) not in {"is", "="}


def _mark(expression: Bracketed, operand: Operand, told: str, *, keeps: bool) -> str:
    """Return the filter that an operand has to pass; nothing for one of which nothing is made."""
    first = operand.first
    while expression.piece(first - 1) == "-" and not expression.ends_operand(first - 2):
        first -= 1
    before = expression.piece(first - 1) if expression.ends_operand(first - 2) else ""
    operators = {before, expression.piece(operand.after)}
    is_literal = expression.tokens[operand.first].is_literal and operand.after == operand.first + 1
    if "*" in operators:
        is_number = is_literal and expression.piece(operand.first)[0].isdigit()
        return "" if is_number else f"|{NUMBER}{told}"
    if is_literal:
        return ""
    if "~" in operators or "+" in operators:
        return f"|{PART}" + (told or f'("{SOME}")')
    return f"|{WHOLE}{told}" if keeps or _is_in_literal(expression, operand.around) else ""


def _is_in_literal(expression: Bracketed, bracket: int | None) -> bool:
    """Tell whether a bracket makes a list or a table of what is in it."""
    if bracket is None:
        return False
    if expression.ends_operand(bracket - 1):
        return expression.piece(bracket) == "(" and expression.piece(bracket - 1) in _MAKERS
    return expression.piece(bracket) != "(" or "," in _between(expression, bracket + 1, expression.pairs[bracket])


def _keeps_more_than_a_value(expression: Bracketed) -> bool:
    """Tell whether a tag sets a field, which could hold its own table, or a list without brackets."""
    target = next((index for index, token in enumerate(expression.tokens) if token.piece == "="), 0)
    return "." in _between(expression, 0, target) or "," in _between(expression, target, len(expression.tokens))


def _between(expression: Bracketed, first: int, end: int) -> set[str]:
    """Return the tokens from one to another that are in no bracket between them."""
    found: set[str] = set()
    while first < end:
        found.add(expression.piece(first))
        first = expression.pairs.get(first, first) + 1
    return found


def _whether_defined(source: str, expression: Bracketed, operand: Operand) -> str:
    """Return an argument that tells whether an operand is defined; nothing where that would take a second run."""
    tokens = expression.tokens[operand.first : operand.bare]
    if not tokens[0].is_name or any(token.piece in "({" for token in tokens):
        return ""
    if sum(token.piece == "[" for token in tokens) > _MOST_INDEXES:
        return ""
    path = source[tokens[0].start : tokens[-1].end]
    return f"({path} is defined, {json.dumps(path)})"
