"""Votes."""

from collections.abc import Sequence

from msgspec import Struct

from tchat.templates.filters import shown
from tchat.templates.format import Value


class Tally(Struct, frozen=True, kw_only=True):
    """What a vote came to."""

    value: Value = None
    winner: int | None = None
    votes: tuple[tuple[str, int], ...] = ()
    share: float | None = None
    scores: tuple[float | None, ...] = ()


def majority(answers: Sequence[Value]) -> Tally:
    keys = [shown(answer) for answer in answers if answer is not None]
    counts = {key: keys.count(key) for key in keys}
    if not counts:
        return Tally()
    best = max(counts, key=lambda key: counts[key])
    winner = next(i for i, answer in enumerate(answers) if answer is not None and shown(answer) == best)
    votes = tuple(sorted(counts.items(), key=lambda item: -item[1]))
    return Tally(value=answers[winner], winner=winner, votes=votes, share=counts[best] / len(answers))


def check(answers: Sequence[Value], passed: Sequence[bool]) -> Tally:
    return next((Tally(value=a, winner=i) for i, (a, p) in enumerate(zip(answers, passed, strict=True)) if p), Tally())


def judge(answers: Sequence[Value], number: int) -> Tally:
    return Tally(value=answers[number - 1], winner=number - 1)


def score(answers: Sequence[Value], scores: Sequence[float | None]) -> Tally:
    best = max(range(len(answers)), key=lambda i: -1e9 if scores[i] is None else scores[i])
    return Tally(value=answers[best], winner=best, scores=tuple(scores))


def mean(answers: Sequence[Value]) -> Tally:
    numbers = [a for a in answers if isinstance(a, int | float)]
    return Tally(value=sum(numbers) / len(numbers) if numbers else None)


def every(answers: Sequence[Value]) -> Tally:
    return Tally(value=list(answers))
