"""The figures of a test on data: how often it is right, how sure that is, and what it takes.

An item counts once: where it was run several times, with the part of its attempts that are right. The interval is
Wilson's at 95 %, of the items.
"""

from collections.abc import Sequence

from msgspec import Struct

from tchat.templates.checking import Grade, threshold_score
from tchat.templates.examining import Attempt, Examined, Item
from tchat.templates.measuring import Calibration, add, calibrate, pass_at, wilson

_FEW = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""The k of pass@k, as far as there are so many attempts."""
_EVEN = 0.5
"""The threshold where a test names none: a wrong answer costs a point."""


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
    """None where no answer states a confidence."""
    confident: int
    """How many answers do."""
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
    low, high = wilson(right, len(items))
    threshold = _EVEN if examined.threshold is None else examined.threshold
    said = [
        (made.confidence, made.verdict == "right")
        for made in attempts
        if made.confidence is not None and made.verdict in ("right", "wrong")
    ]
    cost = add([made.cost for made in attempts])
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
        score=sum(threshold_score(made.verdict, threshold) for made in attempts) / len(attempts),
        pass_at=_pass_at(items),
        calibration=calibrate(said) if said else None,
        confident=len(said),
        calls=sum(made.calls for made in attempts) / len(attempts),
        input_tokens=add([made.usage.input for made in attempts]).mean,
        output_tokens=add([made.usage.output for made in attempts]).mean,
        cost=cost.mean,
        seconds=sum(made.seconds for made in attempts) / len(attempts),
        total_cost=cost.total,
    )


def _share(attempts: Sequence[Attempt], verdict: Grade) -> float:
    return sum(made.verdict == verdict for made in attempts) / len(attempts)


def _pass_at(items: Sequence[Item]) -> dict[int, float]:
    fewest = min(len(item.attempts) for item in items)
    if fewest < 2:  # noqa: PLR2004  # one attempt has no curve
        return {}
    counts = [(len(item.attempts), sum(made.verdict == "right" for made in item.attempts)) for item in items]
    return {
        k: sum(pass_at(k, drawn, right) for drawn, right in counts) / len(counts)
        for k in sorted({*(k for k in _FEW if k <= fewest), fewest})
    }
