"""Reads answers out of replies."""

import json
import re
from typing import Any

from tchat.templates.format import After, Mapped, Matched, Named, Stage, Tagged, Value


class Unanswered(Exception):
    """A text has no answer of the kind that is looked for."""


_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the leading think block of a text and what follows it."""
    found = re.match(r"\s*<think>(.*?)</think>\s*", text, re.DOTALL)
    return (found[1].strip(), text[found.end() :]) if found else ("", text)


def extract(text: str, stages: tuple[Stage, ...]) -> Value:
    """Return what the stages find."""
    value: Any = text
    for stage in stages:
        value = _stage(value, stage)
    return value


def _stage(value: Any, stage: Stage) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    match stage:
        case After(phrase):
            at = text.lower().rfind(phrase.lower())
            if at < 0:
                raise Unanswered(f'there is no "{phrase}"')
            return text[at + len(phrase) :].strip()
        case Tagged(name):
            found = re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
            if not found:
                raise Unanswered(f"there is no <{name}>")
            return found[-1].strip()
        case Matched():
            found = list(re.finditer(stage.regex, text))
            if not found:
                raise Unanswered("nothing matches")
            return found[0 if stage.which == "first" else -1][0]
        case Mapped(table):
            words = [(text.lower().rfind(word.lower()), word) for word in table]
            at, word = max(words)
            if at < 0:
                raise Unanswered("no known word")
            return table[word]
        case Named(kind):
            return _named(text, kind)


def _named(text: str, kind: str) -> Any:
    if kind in ("number", "first_number"):
        numbers = _NUMBER.findall(text)
        if not numbers:
            raise Unanswered("there is no number")
        number = float(numbers[-1 if kind == "number" else 0].replace(",", ""))
        return int(number) if number == int(number) else number
    if kind == "lines":
        return [re.sub(r"^\s*(?:\d+[.)]|[-*])\s*", "", line).strip() for line in text.splitlines() if line.strip()]
    if kind == "line":
        return text.strip().splitlines()[0]
    if kind == "json":
        return json.loads(text[text.index("{") :])
    if kind == "code":
        found = re.search(r"```\w*\n(.*?)```", text, re.DOTALL)
        if not found:
            raise Unanswered("there is no code block")
        return found[1].rstrip("\n")
    return text.strip()
