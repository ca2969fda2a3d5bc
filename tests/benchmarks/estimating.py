"""How well tokens are estimated: the median error on recorded replies, before and after ten calibrating ones."""

import random
import statistics
from collections.abc import Generator

from tests.benchmarks.measuring import Limited
from tests.meter.test_estimate import EVAL, MEDIAN_AFTER, MEDIAN_BEFORE, OF, median_error, recorded


def estimating_rows() -> Generator[Limited]:
    """Measure what is promised of estimates; nothing where the recorded texts are not there."""
    if not EVAL.is_dir():
        return
    for tokenizer, model in OF.items():
        samples = recorded(tokenizer)
        after: list[float] = []
        for seed in range(20):
            drawn = random.Random(seed).sample(samples, 10)  # noqa: S311  # which ten is no secret
            after.append(median_error(model, drawn, [sample for sample in samples if sample not in drawn]))
        errors = (
            ("at once", median_error(model, [], samples), MEDIAN_BEFORE),
            ("after ten replies", statistics.median(after), MEDIAN_AFTER),
        )
        for when, error, limit in errors:
            name = f"tokens of {tokenizer}, median error {when}"
            yield Limited(name=name, figure="error", unit="%", ours=100 * error, limit=100 * limit)
