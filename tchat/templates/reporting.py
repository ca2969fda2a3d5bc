"""The figures of a test on data: how often it is right, how sure that is, and what it takes.

An item counts once: where it was run several times, with the part of its attempts that are right. The interval is
Wilson's at 95 %, of the items.
"""

from collections.abc import Sequence

from msgspec import Struct

from tchat.domain.usage import total
from tchat.templates import measuring
from tchat.templates.examining import Attempt, Examined, Item, Verdict

_FEW = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""The k of pass@k, as far as there are so many attempts."""
_EVEN = 0.5
"""The threshold where a test names none: a wrong answer costs a point."""


class Bin(Struct, frozen=True, kw_only=True):
    """The answers whose confidence is about the same."""

    low: float
    high: float
    count: int
    confidence: float
    """Their mean."""
    accuracy: float


class Calibration(Struct, frozen=True, kw_only=True):
    """How well stated confidence and success go together."""

    count: int
    """How many answers state one."""
    ece: float
    """The expected calibration error: 0 is best, 1 is worst."""
    brier: float
    """The mean squared distance of confidence from success: 0 is best, 1 is worst."""
    bins: tuple[Bin, ...]


class Report(Struct, frozen=True, kw_only=True):
    """The figures of one test."""

    items: int
    rows: int
    """How many items there were to do."""
    attempts: int
    right: float
    """How many items are right; with several attempts, the parts of them added up."""
    accuracy: float
    low: float
    high: float
    unanswered: float
    """The part of attempts without an answer."""
    abstained: float
    """The part of attempts that abstain."""
    threshold: float
    score: float
    """The mean over attempts: right 1, wrong -t/(1-t), and 0 where there is no answer or it abstains."""
    pass_at: dict[int, float]
    """For each k, the chance that at least one of k attempts is right; empty where items were run once."""
    calibration: Calibration | None
    calls: float
    """Per attempt, as everything below."""
    input_tokens: float | None
    output_tokens: float | None
    cost: float | None
    """US dollars; None if unknown."""
    seconds: float
    total_cost: float | None
    """US dollars for everything; None if unknown."""


def report(examined: Examined) -> Report | None:
    """Return the figures of a test; None if nothing was done."""
    items = examined.items
    attempts = [attempt for item in items for attempt in item.attempts]
    if not attempts:
        return None
    right = sum(_share(item.attempts, "right") for item in items)
    low, high = measuring.wilson(right, len(items))
    threshold = _EVEN if examined.threshold is None else examined.threshold
    cost = _sum([attempt.cost for attempt in attempts])
    return Report(
        items=len(items),
        rows=examined.rows,
        attempts=len(attempts),
        right=right,
        accuracy=right / len(items),
        low=low,
        high=high,
        unanswered=_share(attempts, "unanswered"),
        abstained=_share(attempts, "abstained"),
        threshold=threshold,
        score=_share(attempts, "right") - _share(attempts, "wrong") * threshold / (1 - threshold),
        pass_at=_pass_at(items),
        calibration=_calibration(attempts),
        calls=sum(attempt.calls for attempt in attempts) / len(attempts),
        input_tokens=_mean(total(*(attempt.usage.input for attempt in attempts)), attempts),
        output_tokens=_mean(total(*(attempt.usage.output for attempt in attempts)), attempts),
        cost=_mean(cost, attempts),
        seconds=sum(attempt.seconds for attempt in attempts) / len(attempts),
        total_cost=cost,
    )


def _share(attempts: Sequence[Attempt], verdict: Verdict) -> float:
    return sum(attempt.verdict == verdict for attempt in attempts) / len(attempts)


def _pass_at(items: Sequence[Item]) -> dict[int, float]:
    fewest = min(len(item.attempts) for item in items)
    if fewest < 2:  # noqa: PLR2004  # one attempt has no curve
        return {}
    counts = [(len(item.attempts), sum(made.verdict == "right" for made in item.attempts)) for item in items]
    return {
        k: sum(measuring.pass_at(tries, right, k) for tries, right in counts) / len(counts)
        for k in sorted({*(k for k in _FEW if k <= fewest), fewest})
    }


def _calibration(attempts: Sequence[Attempt]) -> Calibration | None:
    pairs = [
        (made.confidence, made.verdict == "right")
        for made in attempts
        if made.confidence is not None and made.verdict in ("right", "wrong")
    ]
    if not pairs:
        return None
    bins = _bins(pairs)
    return Calibration(
        count=len(pairs),
        ece=sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / len(pairs),
        brier=sum((confidence - is_right) ** 2 for confidence, is_right in pairs) / len(pairs),
        bins=bins,
    )


def _bins(pairs: Sequence[tuple[float, bool]], count: int = 10) -> tuple[Bin, ...]:
    """Return the bins of equal width that have something in them; a confidence of 1 is in the last one."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in pairs:
        found.setdefault(min(int(confidence * count), count - 1), []).append((confidence, is_right))
    return tuple(
        Bin(
            low=at / count,
            high=(at + 1) / count,
            count=len(inside),
            confidence=sum(confidence for confidence, _ in inside) / len(inside),
            accuracy=sum(is_right for _, is_right in inside) / len(inside),
        )
        for at, inside in sorted(found.items())
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _mean(value: float | None, attempts: Sequence[Attempt]) -> float | None:
    return None if value is None else value / len(attempts)
