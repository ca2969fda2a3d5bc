"""How well tokens are estimated, and how long a key waits for that.

The median error on recorded replies, before and after ten calibrating ones; and the longest time in which the loop that
reads keys does not come round while a megabyte is estimated, beyond that of a loop that does nothing.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Coroutine, Generator
from pathlib import Path

from tchat import collecting
from tchat.domain.draft import Draft
from tchat.tui import responding
from tchat.tui.choice import Choice
from tchat.tui.estimating import Estimating
from tchat.tui.talk import Talk
from tests.benchmarks.measuring import Limited
from tests.meter.test_estimate import EVAL, MEDIAN_AFTER, MEDIAN_BEFORE, OF, median_error, recorded
from tests.tui.running import make_runtime

_KEY = 5
"""Milliseconds."""
_DRAFT = "some words, and more of them\n" * 35_000


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


async def _pauses(home: Path, rounds: int) -> list[float]:
    """Return by how many milliseconds the longest pause of the loop grows, in each of some estimates."""
    runtime = make_runtime(home, 'model = "anthropic/claude-opus-5-5"\n')
    talk = Talk(runtime, Choice(ref=runtime.resolve(None)), lambda _: None, lambda _: None)
    estimating = Estimating(runtime, talk)
    await estimating.foresee(Draft(text="warm"), talk.plan())
    more: list[float] = []
    for number in range(rounds):
        began = time.perf_counter()
        busy = await _longest(estimating.foresee(Draft(text=f"{number} {_DRAFT}"), talk.plan()))
        more.append(busy - await _longest(asyncio.sleep(time.perf_counter() - began)))
    await runtime.aclose()
    return more


async def _longest(work: Coroutine[None, None, object]) -> float:
    """Return the longest time, in milliseconds, in which the loop does not come round while something is done."""
    doing = asyncio.ensure_future(work)
    longest = 0.0
    while not doing.done():
        began = time.perf_counter()
        await asyncio.sleep(0)
        longest = max(longest, 1_000 * (time.perf_counter() - began))
    return longest


def composing_rows(home: Path) -> Generator[Limited]:
    """Measure what a key waits for an estimate of what is written."""
    usual = sys.getswitchinterval()
    responding.prepare()
    more = asyncio.run(_pauses(home, 9))
    collecting.resume()
    sys.setswitchinterval(usual)
    name = "a key, longer while 1 MB is estimated"
    yield Limited(name=name, figure="wall", unit="ms", ours=statistics.median(more), limit=_KEY)
