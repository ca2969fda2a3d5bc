"""Takes an answer out of what a model says, stage by stage.

Each stage takes the text that the stage before has found. Every stage but the author's own regular expressions takes
time that grows with the text and not faster.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, cast

from tchat.providers.think_tags import CLOSER, OPENER, ThinkTags
from tchat.templates import numerals
from tchat.templates.choices import letter, yesno
from tchat.templates.fences import fenced
from tchat.templates.filters import shown
from tchat.templates.format import After, ExtractKind, Mapped, Matched, Named, Stage, Tagged, Value
from tchat.templates.json_finding import NoJson, find_json

LONGEST_SEARCHED = 200_000
"""Characters, counted from the end of a text, that an author's regular expression is tried on."""

_CLOSER = re.compile(rf"(?<!`){re.escape(CLOSER)}(?!`)")
_MARKER = re.compile(r"(?:[-*+•‣◦–]|\(?(?:\d{1,3}|[A-Za-z])\)|\d{1,3}[.:])(?:\s\[[ xX]\])?\s+(?=\S)")
_RULE = re.compile(r"[-*_=]{3,}|[`~]{3,}[^`~]*")
_BOXES = re.compile(r"(?P<box>\\f?boxed\s{0,9}\{)|\\.|[{}]", re.DOTALL)
_AFTER_PHRASE = re.compile(r"\s*(?:[*_]{1,3}(?=[\s:])\s*)?(?::\s*)?(?:[*_]{1,3}(?=\s)\s*)?")


class Unanswered(Exception):
    """A reply does not hold what was looked for; the message says what that was."""


def extract(text: str, stages: tuple[Stage, ...]) -> Value:
    """Return what `stages` find in `text`, one after the other; without stages the text itself.

    `number`, `letter`, `yesno`, `regex` with `which = "last"`, `boxed`, `after`, `tag` and `map` take the last that
    there is; `first_number`, `line`, `json` and `code` the first. Yes and no are texts, letters are capitals.

    Raises:
        Unanswered: a stage finds nothing, or it would have to take a list or a table.
    """
    value: Value = text
    place = ""
    for stage in stages:
        if isinstance(value, list | dict):
            raise Unanswered(f"{_wanted(stage)} cannot be looked for in a {_kind(value)}")
        found = _find(value if isinstance(value, str) else shown(value), stage)
        if found is None or found in ("", []):
            raise Unanswered(f"no {_wanted(stage)}{place}")
        place = _place(stage) or place
        value = found
    return value


def makes_list(stage: Stage) -> bool:
    """Tell whether a stage always has a list, so that no other stage may follow it."""
    match stage:
        case Named(kind="lines"):
            return True
        case Matched(which="all"):
            return True
        case _:
            return False


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the reasoning that `text` begins with, and the rest without the blanks between them.

    Reasoning stands between `<think>` and `</think>`; without an end it is the whole text, and where the prompt has
    written the beginning there is only an end.
    """
    if OPENER in text.partition(CLOSER)[0]:
        tags = ThinkTags()
        reasoning, answer = tags.split(text)
        more_reasoning, more_answer = tags.finish()
        return reasoning + more_reasoning, answer + more_answer
    end = _CLOSER.search(text)
    if end is None:
        return "", text
    return text[: end.start()].strip(), text[end.end() :].lstrip()


def searched(text: str) -> str:
    """Return the part of `text` that an author's regular expression is tried on."""
    return text[-LONGEST_SEARCHED:]


def _find(text: str, stage: Stage) -> Value:
    match stage:
        case Named(kind):
            return _KINDS[kind](text)
        case After(phrase):
            return _after(text, phrase)
        case Tagged(name):
            return _in_tag(text, name)
        case Matched():
            return _matched(searched(text), stage)
        case Mapped(table):
            return _mapped(text, table)


def _lines(text: str) -> list[str]:
    """Return the lines that say something, without their markers, and without the line that a list begins with."""
    written = [line for line in map(str.strip, text.splitlines()) if line and not _RULE.fullmatch(line)]
    if len(written) > 1 and written[0].endswith(":") and _MARKER.match(written[1]) and not _MARKER.match(written[0]):
        del written[0]
    return [_MARKER.sub("", line, count=1) if _MARKER.match(line) else line for line in written]


def _line(text: str) -> str | None:
    return next(iter(_lines(text)), None)


def _json(text: str) -> Value:
    try:
        return cast("Value", find_json(text))
    except NoJson:
        return None


def _code(text: str) -> str | None:
    return next((block for block in fenced(text) if block.strip()), None)


def _boxed(text: str) -> str | None:
    r"""Return what the last `\boxed{…}` to open holds."""
    opened: list[int | None] = []
    best = (-1, -1)
    for mark in _BOXES.finditer(text):
        if mark["box"]:
            opened.append(mark.end())
        elif mark[0] == "{":
            opened.append(None)
        elif mark[0] == "}" and opened:
            start = opened.pop()
            if start is not None and start > best[0]:
                best = (start, mark.start())
    return text[slice(*best)].strip() if best[0] >= 0 else None


_KINDS: Mapping[ExtractKind, Callable[[str], Value]] = {
    "text": str.strip,
    "number": numerals.last,
    "first_number": numerals.first,
    "letter": letter,
    "yesno": yesno,
    "line": _line,
    "lines": _lines,
    "json": _json,
    "code": _code,
    "boxed": _boxed,
}


def _after(text: str, phrase: str) -> str | None:
    words = r"\s+".join(map(re.escape, phrase.split()))
    end = -1
    for found in re.finditer(words, text, re.IGNORECASE):
        end = found.end()
    if end < 0:
        return None
    colon = _AFTER_PHRASE.match(text, end)
    return text[colon.end() if colon else end :].strip()


def _in_tag(text: str, name: str) -> str | None:
    """Return what is in the last closed tag, or in one that a stop sequence has left open."""
    opened: int | None = None
    best: tuple[int, int] | None = None
    for tag in re.finditer(rf"<(/?){re.escape(name)}(?:\s[^<>]*)?>", text, re.IGNORECASE):
        if not tag[1]:
            opened = tag.end()
        elif opened is not None:
            best, opened = (opened, tag.start()), None
    if best is None and opened is not None:
        best = (opened, len(text))
    return text[slice(*best)].strip() if best else None


def _matched(text: str, stage: Matched) -> Value:
    pattern = re.compile(stage.regex)
    group = stage.group if stage.group is not None else min(pattern.groups, 1)
    found = (match[group] for match in pattern.finditer(text) if match[group] is not None)
    match stage.which:
        case "all":
            return list(found)
        case "first":
            return next(found, None)
        case "last":
            return next(iter(deque(found, maxlen=1)), None)


def _mapped(text: str, table: dict[str, Any]) -> Value:
    words = {word.casefold(): value for word, value in table.items()}
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    last = None
    for last in re.finditer(rf"(?<!\w)(?:{longest_first})(?!\w)", text, re.IGNORECASE):  # noqa: B007 - the last one
        pass
    return words.get(last[0].casefold()) if last else None


_WORDS: Mapping[ExtractKind, str] = {
    "first_number": "number",
    "letter": "letter of a choice",
    "yesno": "yes or no",
    "json": "JSON",
    "code": "fenced block of code",
    "boxed": r"\boxed{…}",
    "lines": "line",
}


def _wanted(stage: Stage) -> str:
    match stage:
        case Named(kind):
            return _WORDS.get(kind, kind)
        case After(phrase):
            return f'text after "{phrase}"'
        case Tagged(name):
            return f"<{name}>…</{name}>"
        case Matched(regex=regex):
            return f"match of /{regex}/"
        case Mapped(table):
            return f"word of {', '.join(table)}"


def _place(stage: Stage) -> str:
    match stage:
        case After(phrase):
            return f' after "{phrase}"'
        case Tagged(name):
            return f" in <{name}>"
        case Matched(regex=regex):
            return f" in what /{regex}/ finds"
        case Named(kind="code" | "boxed" | "line" as kind):
            return f" in the {_WORDS.get(kind, kind)}"
        case Named() | Mapped():
            return ""


def _kind(value: list[Any] | dict[str, Any]) -> str:
    return "list" if isinstance(value, list) else "table"
