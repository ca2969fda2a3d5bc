"""Whether an answer is what `check` or `expect` asks for, and what to say where it is not.

Pure: whether an expression holds and a program is content, the caller finds out and passes in. Texts are searched
without regard to case.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, cast

from msgspec import Struct

from tchat.templates.comparing import exact, folded, same
from tchat.templates.extracting import searched
from tchat.templates.filters import shown, words
from tchat.templates.format import Value
from tchat.templates.voting import number_of

Grade = Literal["right", "wrong", "abstained", "unanswered"]
"""What becomes of an answer in a test; `unanswered` is one that could not be read."""

ABSTENTIONS = (
    "i don't know",
    "i do not know",
    "i can't answer",
    "i cannot answer",
    "i am unable to answer",
    "i'm unable to answer",
    "i abstain",
    "unknown",
    "unanswerable",
    "not known",
    "not enough information",
    "insufficient information",
    "there is not enough information",
    "cannot be determined",
    "can't be determined",
    "it cannot be determined",
    "n/a",
)
"""What counts as abstaining where `abstain = true`."""

_LONGEST_SHOWN = 80
_AROUND_PHRASE = " \t\r\n.!*_`\"'“”‘’"


class Outcome(Struct, frozen=True):
    """What came of the expression of `expr`, or of the program of `command`."""

    holds: bool
    problem: str
    """What to say of the answer where it does not hold."""


Condition = Value | Outcome


def problems(value: Value, text: str, conditions: Mapping[str, Condition]) -> list[str]:
    """Return what keeps an answer from passing, each as a clause that "the answer" goes before; empty if it passes.

    Args:
        value: the answer; None where there is none.
        text: the answer as a text, for the words that are about one.
        conditions: words of `vocabulary.EXPECT_KEYS` with their values; `expr` and `command` have an `Outcome`.
    """
    found = [_outcome(condition) for condition in conditions.values() if isinstance(condition, Outcome)]
    asked = {word: wanted for word, wanted in conditions.items() if word in _CLAUSES}
    if value is None and (asked or "abstain" in conditions):
        return ["is missing", *filter(None, found)]
    if "abstain" in conditions:
        does = abstains(text, conditions["abstain"])
        may = conditions["abstain"] is not False
        if does and may:
            return []
        if does or (may and not asked and not found):
            found.append("abstains" if does else "does not abstain")
    for word, wanted in asked.items():
        found.extend(_CLAUSES[word](_Asked(value, text, cast("Value", wanted), conditions)))
    return [problem for problem in found if problem]


def abstains(text: str, phrases: Condition) -> bool:
    """Tell whether `text` begins or ends with one of `phrases`: a text or several; True stands for `ABSTENTIONS`."""
    bare = folded(text).replace("’", "'").strip(_AROUND_PHRASE)
    return any(_begins_or_ends(bare, phrase) for phrase in _phrases(phrases))


def threshold_score(of: Grade, threshold: float) -> float:
    """Return what an answer earns: 1 if right, 0 if it abstains or is missing, else -t / (1 - t).

    At this rate, answering pays for those who are right more often than `threshold`, from 0 to below 1
    (Kalai et al. 2025, arXiv:2509.04664).
    """
    if of == "right":
        return 1.0
    return -threshold / (1 - threshold) if of == "wrong" else 0.0


class _Asked(Struct, frozen=True):
    value: Value
    text: str
    wanted: Value
    conditions: Mapping[str, Condition]


def _outcome(outcome: Outcome) -> str:
    return "" if outcome.holds else outcome.problem


def _equals(asked: _Asked) -> Iterator[str]:
    if not same(asked.value, asked.wanted):
        yield f"is {_quoted(asked.value)}, and {_quoted(asked.wanted)} is expected"


def _number(asked: _Asked) -> Iterator[str]:
    wanted, number, tolerance = map(number_of, (asked.wanted, asked.value, _tolerance(asked.conditions)))
    if number is None and not isinstance(asked.value, str):
        number = number_of(asked.text)
    if number is None or wanted is None:
        yield f"has no number, and {shown(asked.wanted)} is expected"
    elif not _near(number, wanted, tolerance or 0):
        around = f", give or take {tolerance}," if tolerance else ""
        yield f"is {shown(number)}, and {shown(wanted)}{around} is expected"


def _tolerance(conditions: Mapping[str, Condition]) -> Value:
    tolerance = conditions.get("tolerance")
    return None if isinstance(tolerance, Outcome) else tolerance


def _near(number: float, wanted: float, tolerance: float) -> bool:
    one, other, most = exact(number), exact(wanted), exact(tolerance)
    if isinstance(one, str) or isinstance(other, str) or isinstance(most, str):
        return one == other
    return abs(one - other) <= most


def _one_of(asked: _Asked) -> Iterator[str]:
    choices = _several(asked.wanted)
    if not any(same(asked.value, choice) for choice in choices):
        yield f"is {_quoted(asked.value)}, which is none of {', '.join(map(_quoted, choices))}"


def _matches(asked: _Asked) -> Iterator[str]:
    text = searched(asked.text)
    for regex in _several(asked.wanted):
        if not re.search(shown(regex), text):
            yield f"does not match /{shown(regex)}/"


def _contains(asked: _Asked) -> Iterator[str]:
    text = folded(asked.text)
    for piece in _several(asked.wanted):
        if folded(shown(piece)) not in text:
            yield f"does not contain {_quoted(piece)}"


def _lacks(asked: _Asked) -> Iterator[str]:
    text = folded(asked.text)
    for piece in _several(asked.wanted):
        if folded(shown(piece)) in text:
            yield f"contains {_quoted(piece)}, which it must not"


def _max_words(asked: _Asked) -> Iterator[str]:
    count, most = words(asked.text), number_of(asked.wanted)
    if most is not None and count > most:
        yield f"has {_words(count)}, at most {most} are allowed"


def _min_words(asked: _Asked) -> Iterator[str]:
    count, least = words(asked.text), number_of(asked.wanted)
    if least is not None and count < least:
        yield f"has {_words(count)}, at least {least} are needed"


_CLAUSES: Mapping[str, Callable[[_Asked], Iterator[str]]] = {
    "equals": _equals,
    "number": _number,
    "one_of": _one_of,
    "matches": _matches,
    "contains": _contains,
    "lacks": _lacks,
    "max_words": _max_words,
    "min_words": _min_words,
}


def _phrases(phrases: Condition) -> tuple[str, ...]:
    match phrases:
        case str():
            return (phrases,)
        case list():
            return tuple(map(shown, phrases))
        case _:
            return ABSTENTIONS


def _begins_or_ends(bare: str, phrase: str) -> bool:
    said = re.escape(folded(phrase).replace("’", "'").strip(_AROUND_PHRASE))
    return (
        re.match(rf"{said}(?!\w)(?!\W{{1,3}}but\b)", bare) is not None
        or re.search(rf"(?<!\w){said}\Z", bare[-len(phrase) - 1 :]) is not None
    )


def _several(value: Value) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _words(count: int) -> str:
    return "1 word" if count == 1 else f"{count} words"


def _quoted(value: object) -> str:
    text = shown(value)
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return f'"{short}"' if isinstance(value, str) else short
