"""The measures of a test: how sure a rate is, pass@k, calibration, and sums of what may be unknown.

Nothing is made up: a measure of nothing is None, and so is the sum of amounts of which one is unknown.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

Z_95 = 1.959963984540054
"""The quantile of the normal distribution that leaves 2.5 % above it."""

BINS = 10
"""Bins of equal width in which calibration is measured."""


class Amount(Struct, frozen=True):
    """Something that adds up."""

    total: float | None
    """None where any of it is unknown."""
    mean: float | None
    """Per item."""


class Bin(Struct, frozen=True, kw_only=True):
    """One bar of a reliability chart: the items whose confidence is above `low`, up to `high`; the first also has 0."""

    low: float
    high: float
    count: int
    confidence: float | None
    """The mean of what was said; None in an empty bin."""
    accuracy: float | None
    """What was right."""


class Calibration(Struct, frozen=True, kw_only=True):
    """How well confidence goes with being right."""

    ece: float
    """The expected calibration error: the mean gap between confidence and accuracy, by bins, weighted by items."""
    brier: float
    """The mean square of the gap between confidence and being right, which is 0 or 1."""
    bins: tuple[Bin, ...]


def wilson(right: float, tries: int, z: float = Z_95) -> tuple[float, float]:
    """Return the interval in which the rate lies of which `right` of `tries` is a sample.

    The score interval of Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
    (1927): it never leaves [0, 1] and also holds for few tries and for rates near 0 and 1.
    """
    rate = right / tries
    spread = 1 + z * z / tries
    centre = (rate + z * z / (2 * tries)) / spread
    reach = z / spread * math.sqrt(rate * (1 - rate) / tries + z * z / (4 * tries * tries))
    return max(0.0, min(rate, centre - reach)), min(1.0, max(rate, centre + reach))


def pass_at(k: int, drawn: int, right: int) -> float:
    """Return the chance that of `k` samples one is right, from `drawn` samples of which `right` were right.

    The unbiased estimator 1 - C(n - c, k) / C(n, k) of Chen et al. 2021, "Evaluating large language models trained on
    code", arXiv:2107.03374, as the product of its figure 3, which does not overflow. `k` is from 1 to `drawn`.
    """
    if drawn - right < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / n for n in range(drawn - right + 1, drawn + 1))


def calibrate(said: Sequence[tuple[float, bool]]) -> Calibration:
    """Return how well confidences, each with whether it was right, are calibrated; `said` is not empty.

    The expected calibration error in bins of equal width is that of Naeini et al., "Obtaining well calibrated
    probabilities using Bayesian binning", AAAI 2015, and Guo et al. 2017, arXiv:1706.04599; the other is the score of
    Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).
    """
    held: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, is_right in said:
        held[min(max(math.ceil(confidence * BINS) - 1, 0), BINS - 1)].append((confidence, is_right))
    bins = tuple(_bin(at, pairs) for at, pairs in enumerate(held))
    gaps = (
        each.count * abs(each.confidence - each.accuracy)
        for each in bins
        if each.confidence is not None and each.accuracy is not None
    )
    return Calibration(
        ece=math.fsum(gaps) / len(said),
        brier=math.fsum((confidence - is_right) ** 2 for confidence, is_right in said) / len(said),
        bins=bins,
    )


def add(amounts: Sequence[float | None]) -> Amount:
    """Return the sum and the mean of `amounts`."""
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts) or not known:
        return Amount(None, None)
    total = sum(known)
    return Amount(total, total / len(known))


def _bin(at: int, pairs: Sequence[tuple[float, bool]]) -> Bin:
    return Bin(
        low=at / BINS,
        high=(at + 1) / BINS,
        count=len(pairs),
        confidence=_mean([confidence for confidence, _ in pairs]),
        accuracy=_mean([float(is_right) for _, is_right in pairs]),
    )


def _mean(numbers: Sequence[float]) -> float | None:
    return math.fsum(numbers) / len(numbers) if numbers else None
