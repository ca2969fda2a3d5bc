"""Reads what becomes of a reply: `extract`, `check`, `retries`, `if_missing`, and what a test expects."""

import re
import warnings
from collections.abc import Callable, Mapping
from typing import TypeGuard, cast

from tchat.templates.extracting import makes_list
from tchat.templates.format import (
    After,
    Answer,
    Expression,
    ExtractKind,
    Mapped,
    Matched,
    Named,
    Pattern,
    Stage,
    Tagged,
    Text,
)
from tchat.templates.naming import did_you_mean, listed, quoted
from tchat.templates.patterns import has_names
from tchat.templates.reading import Table
from tchat.templates.vocabulary import EXPECT, EXTRACTS, REGEX, STAGES

_TAG = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def read_answer(table: Table, *, has_schema: bool) -> Answer:
    """Read what the value of a step is made of and must be.

    Args:
        table: the step, or the top of a file that is one prompt.
        has_schema: whether the reply is read by a schema.
    """
    first = next((key for key in ("extract", "check", "schema") if key in table.values), None)
    is_judged = table.values.get("vote") in ("judge", "score")  # by a judge that may not say what counts
    if first is None and not has_schema:
        for key in ("retries",) if is_judged else ("retries", "if_missing"):
            if key in table.values and (key == "if_missing" or "prompt" in table.values):
                table.note(key, f'{quoted(key)} has no meaning without "extract", "schema" or "check"')
    if "extract" in table.values and "schema" in table.values:
        table.note("extract", '"extract" and "schema" exclude each other: a schema says how the reply is read')
    retries = table.integer("retries", 0)
    return Answer(
        extract=read_extract(table),
        check=read_check(table, "check"),
        retries=1 if retries is None else retries,
        if_missing=table.word("if_missing", ("stop", "null")) or "stop",
        line=table.positions.line((*table.path, first)) if first else table.line,
    )


# --- extract


def read_extract(table: Table) -> tuple[Stage, ...]:
    """Read `extract`: one stage or a list of stages."""
    value = table.take("extract")
    if value is None:
        return ()
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    if not items:
        table.note("extract", '"extract" is a stage or a list of stages, and this list is empty')
    stages: list[Stage] = []
    for index, item in enumerate(items):
        stage = _read_stage(table, item, ("extract", index) if isinstance(value, list) else ("extract",))
        if stages and makes_list(stages[-1]):
            line = table.positions.line((*table.path, "extract", index))
            table.findings.add(line, '"extract" goes on after a stage that makes a list: put that one last')
        stages += [] if stage is None else [stage]
    return tuple(stages)


def _read_stage(table: Table, value: object, way: tuple[str | int, ...]) -> Stage | None:
    line = table.positions.line((*table.path, *way))
    match value:
        case str():
            kind: ExtractKind | None = next((kind for kind in EXTRACTS if kind == value), None)
            if value in STAGES:
                table.findings.add(line, f"{quoted(value)} is a stage that is a table: {{ {value} = … }}")
            elif kind is None:
                near = did_you_mean(value, (*EXTRACTS, *STAGES))
                table.findings.add(line, f"{quoted(value)} is not a stage of extract{near}")
            return Named(kind) if kind else None
        case dict():
            return _read_stage_table(table.inner(cast("dict[str, object]", value), *way))
        case _:
            table.findings.add(line, f"a stage of extract is {listed(EXTRACTS)}, or a table with {listed(STAGES)}")
            return None


def _read_stage_table(table: Table) -> Stage | None:
    kinds = [kind for kind in STAGES if kind in table.values]
    if len(kinds) > 1:
        table.note(kinds[1], f"{quoted(kinds[0])} and {quoted(kinds[1])} exclude each other: write a list of stages")
    table.close("a stage of extract", (*STAGES, *REGEX))
    for key in REGEX:
        if key in table.values and "regex" not in kinds:
            table.note(key, f'{quoted(key)} has no meaning without "regex"')
    if not kinds:
        table.findings.add(table.line, f"a stage of extract needs {listed(STAGES)}")
        return None
    readers: Mapping[str, Callable[[Table], Stage | None]] = {
        "after": _read_after,
        "tag": _read_tagged,
        "regex": _read_matched,
        "map": _read_mapped,
    }
    return readers[kinds[0]](table)


def _read_after(table: Table) -> Stage | None:
    phrase = table.string("after")
    if phrase is not None and not phrase.strip():
        table.note("after", '"after" is empty')
    return After(phrase) if phrase else None


def _read_tagged(table: Table) -> Stage | None:
    name = table.string("tag")
    if name is not None and not _TAG.fullmatch(name):
        table.note("tag", f'"tag" is the name of a tag, without < and >, not {quoted(name)}')
    return Tagged(name) if name else None


def _read_mapped(table: Table) -> Stage | None:
    inner = table.table("map")
    if inner is None:
        return None
    if not inner.values or not all(word.strip() for word in inner.values):
        table.note("map", '"map" is a table of words: { yes = true, no = false }')
    for word in inner.values:
        inner.plain(word)
    return Mapped(dict(inner.values))


def _read_matched(table: Table) -> Stage | None:
    regex, which, group = table.string("regex"), table.word("which", ("first", "last", "all")), table.take("group")
    pattern = _compiled(table, "regex", regex) if regex is not None else None
    if group is not None and not (isinstance(group, int | str) and not isinstance(group, bool)):
        table.note("group", '"group" is the number or the name of a group')
        group = None
    if pattern is not None and group is not None and group not in (*pattern.groupindex, *range(pattern.groups + 1)):
        near = did_you_mean(str(group), pattern.groupindex)
        table.note("group", f"{quoted(group)} is not a group of the regular expression{near}")
    return Matched(regex=regex, which=which or "last", group=group) if regex is not None else None


def _compiled(table: Table, key: str, regex: str) -> re.Pattern[str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(regex)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        table.note(key, f"{quoted(key)} is not a regular expression: {error}")
        return None


# --- check and expect


def read_check(table: Table, key: str) -> dict[str, Pattern]:
    """Read `check` or `expect`: what a value must be."""
    inner = table.table(key)
    if inner is None:
        return {}
    what = "something to check" if key == "check" else "something to expect"
    read: dict[str, Pattern] = {}
    for word in inner.values:
        if word not in EXPECT:
            problem = inner.stray(word) or f"{quoted(word)} is not {what}{did_you_mean(word, EXPECT)}"
            inner.note(word, problem)
        elif (pattern := _read_word(inner, word)) is not None:
            read[word] = pattern
    if "tolerance" in read and not {"number", "equals"} & {*inner.values}:
        inner.note("tolerance", '"tolerance" has no meaning without "number"')
    return read


def _read_word(table: Table, word: str) -> Pattern | None:
    """Return what one word of a check says."""
    match word:
        case "expr":
            return table.expression(word)
        case "command":
            return list(read_command(table))
        case _:
            pattern = table.pattern(word)
    if pattern is None or isinstance(pattern, Expression) or (isinstance(pattern, Text) and has_names(pattern.source)):
        return pattern
    fits, expected = _CONSTANTS.get(word, (_is_anything, ""))
    if not fits(pattern):
        other = "" if isinstance(pattern, list) else f", not {table.shown(word)}"
        table.note(word, f"{quoted(word)} is {expected}{other}")
        return None
    if word == "matches" and isinstance(pattern, Text):
        _compiled(table, word, pattern.source)
    return pattern


def _is_anything(_pattern: Pattern) -> bool:
    return True


def _is_text(pattern: Pattern) -> bool:
    return isinstance(pattern, Text)


def _is_list(pattern: Pattern) -> bool:
    return isinstance(pattern, list) and bool(pattern)


def _are_texts(pattern: Pattern) -> bool:
    texts = pattern if isinstance(pattern, list) else [pattern]
    return bool(texts) and all(isinstance(item, Text) for item in texts)


def _is_number(pattern: Pattern) -> TypeGuard[float]:
    return isinstance(pattern, int | float) and not isinstance(pattern, bool)


_CONSTANTS: Mapping[str, tuple[Callable[[Pattern], bool], str]] = {
    "number": (_is_number, "a number"),
    "tolerance": (lambda pattern: _is_number(pattern) and pattern >= 0, "a number that is not negative"),
    "threshold": (lambda pattern: _is_number(pattern) and 0 <= pattern < 1, "a number from 0 to below 1"),
    "one_of": (_is_list, "a list of at least one value"),
    "matches": (_is_text, "a regular expression"),
    "contains": (_are_texts, "a text or a list of texts"),
    "lacks": (_are_texts, "a text or a list of texts"),
    "max_words": (lambda pattern: type(pattern) is int and pattern >= 0, "a whole number"),
    "min_words": (lambda pattern: type(pattern) is int and pattern >= 0, "a whole number"),
    "abstain": (lambda pattern: isinstance(pattern, bool) or _are_texts(pattern), "true, or the phrases that say so"),
}
"""What the words of a check take where they say it once and for all."""


def read_command(table: Table) -> tuple[Text, ...]:
    """Read `command`: the words of a program, each a text with names."""
    value = table.take("command")
    if isinstance(value, str):
        table.note("command", '"command" is a list of words, ["python3", "-I", "-"]: there is no shell')
        return ()
    words = table.texts("command")
    if value == []:
        table.note("command", '"command" is empty')
    return words
