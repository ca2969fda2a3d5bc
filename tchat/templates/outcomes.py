"""What came of a run, for a test: its output, what it took, and the error that ended it."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from msgspec import Struct

from tchat.domain.errors import TchatError
from tchat.domain.events import FinishReason
from tchat.domain.usage import Usage
from tchat.templates.bindings import added
from tchat.templates.format import Value
from tchat.templates.happening import CallDone, RunDone, RunEvent, StepDone


class Outcome(Struct, frozen=True, kw_only=True):
    """How a run ended."""

    value: Value = None
    text: str = ""
    finish: FinishReason | None = None
    error: TchatError | None = None
    """What ended it before it had an output."""
    confidence: float | None = None
    """The field `confidence`, 0 to 1, of the last step whose value has one."""
    calls: int = 0
    usage: Usage = Usage()
    cost: float | None = 0.0
    """US dollars; None if that of a call is unknown."""
    seconds: float = 0.0

    is_over: bool = True
    """Whether it came to an end; a run that is stopped does not."""

    @property
    def is_answer(self) -> bool:
        """Whether there is an output, and a model has not refused it."""
        return self.error is None and self.value is not None and self.finish not in ("refused", "filtered")


async def outcome_of(events: AsyncGenerator[RunEvent], clock: Callable[[], float] = time.perf_counter) -> Outcome:
    """Run to the end and return what came of it."""
    began = clock()
    calls: list[CallDone] = []
    confidence: float | None = None
    done: RunDone | None = None
    error: TchatError | None = None
    try:
        async with aclosing(events) as happened:
            async for event in happened:
                match event:
                    case CallDone():
                        calls.append(event)
                    case StepDone(value=value):
                        confidence = confidence_in(value, confidence)
                    case RunDone():
                        done = event
                    case _:
                        pass
    except TchatError as failure:
        error = failure
    costs = [call.cost for call in calls]
    return Outcome(
        value=done.value if done else None,
        text=done.text if done else "",
        finish=done.finish if done else None,
        error=error,
        is_over=done is not None or error is not None,
        confidence=confidence,
        calls=len(calls),
        usage=added([call.usage for call in calls]),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        seconds=clock() - began,
    )


def confidence_in(value: Value, otherwise: float | None) -> float | None:
    """Return the confidence that a value states."""
    stated = value.get("confidence") if isinstance(value, dict) else None
    is_one = isinstance(stated, int | float) and not isinstance(stated, bool) and 0 <= stated <= 1
    return float(stated) if is_one and stated is not None else otherwise
