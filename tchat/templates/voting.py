"""Makes one answer of several samples.

Samples without an answer, which are None, do not vote. Ties go to the earlier sample.
"""

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from tchat.templates import numerals
from tchat.templates.comparing import exact, key
from tchat.templates.extracting import Unanswered
from tchat.templates.filters import shown
from tchat.templates.format import Value


class Tally(Struct, frozen=True):
    """How a vote has ended."""

    value: Value
    """None where nobody has won."""
    winner: int | None = None
    """The sample that has won, from 0; None where no single one has."""
    votes: tuple[tuple[str, int], ...] = ()
    """Each answer as text, and how many samples gave it; the most frequent first."""
    share: float = 0.0
    """Of all samples drawn, the part that gave the answer that has won; where none has, the part that gave any."""
    scores: tuple[float | None, ...] = ()
    """For `score`, what each sample got."""


def candidates(values: Sequence[Value]) -> list[Value]:
    """Return the answers that can be chosen from, in the order in which a judge counts them."""
    return [value for value in values if value is not None]


def majority(values: Sequence[Value]) -> Tally:
    """Return the answer given most often, as its first sample has it."""
    groups = _groups(values)
    return _won(values, groups[0][0]) if groups else Tally(None)


def check(values: Sequence[Value], passed: Sequence[bool]) -> Tally:
    """Return the first answer that has passed."""
    good = (at for at, value in enumerate(values) if value is not None and passed[at])
    at = next(good, None)
    return _lost(values) if at is None else _won(values, at)


def judge(values: Sequence[Value], choice: Value) -> Tally:
    """Return the answer whose number, from 1 among `candidates(values)`, is `choice`.

    Raises:
        Unanswered: `choice` is not the number of a candidate.
    """
    places = [at for at, value in enumerate(values) if value is not None]
    number = numerals.whole(choice) if isinstance(choice, str) else choice
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(places):
        raise Unanswered(f"no candidate {shown(choice)}: the candidates are numbered from 1 to {len(places)}")
    return _won(values, places[number - 1])


def score(values: Sequence[Value], scores: Sequence[float | None]) -> Tally:
    """Return the answer with the highest score; one without a score cannot win."""
    scored = [
        (grade, -at)
        for at, (value, grade) in enumerate(zip(values, scores, strict=True))
        if value is not None and grade is not None
    ]
    tally = _won(values, -max(scored)[1]) if scored else _lost(values)
    return Tally(tally.value, tally.winner, tally.votes, tally.share, tuple(scores))


def undecided(values: Sequence[Value]) -> Tally:
    """Return no answer: whoever was to choose has not."""
    return _lost(values)


def mean(values: Sequence[Value]) -> Tally:
    """Return the mean of the answers that are numbers; others do not vote."""
    numbers = [exact(number) for number in map(number_of, values) if number is not None]
    finite = [number for number in numbers if isinstance(number, Fraction)]
    if not finite:
        return _lost(values)
    return Tally(numerals.plain(sum(finite, Fraction()) / len(finite)), None, _votes(values), len(finite) / len(values))


def everything(values: Sequence[Value]) -> Tally:
    """Return the list of all answers, those that are missing included."""
    return Tally(list(values), None, _votes(values), _answered(values))


def number_of(value: Value) -> int | float | None:
    """Return a number as it is, and for a text the last one in it; None where there is none."""
    match value:
        case bool():
            return None
        case int() | float():
            return value
        case str():
            return numerals.last(value)
        case _:
            return None


def _groups(values: Sequence[Value]) -> list[list[int]]:
    """Return the samples that gave the same answer together, the largest group first."""
    groups: dict[object, list[int]] = {}
    for at, value in enumerate(values):
        if value is not None:
            groups.setdefault(key(value), []).append(at)
    return sorted(groups.values(), key=len, reverse=True)


def _votes(values: Sequence[Value]) -> tuple[tuple[str, int], ...]:
    return tuple((shown(values[group[0]]), len(group)) for group in _groups(values))


def _won(values: Sequence[Value], winner: int) -> Tally:
    count = next(len(group) for group in _groups(values) if winner in group)
    return Tally(values[winner], winner, _votes(values), count / len(values))


def _lost(values: Sequence[Value]) -> Tally:
    return Tally(None, None, _votes(values), _answered(values))


def _answered(values: Sequence[Value]) -> float:
    return len(candidates(values)) / len(values) if values else 0.0
