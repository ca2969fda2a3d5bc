"""What a plan counts for each step: calls, tokens and money, for one end of the range."""

from typing import Literal

from msgspec import Struct

from tchat.domain.costs import cost_of
from tchat.domain.model import ModelFacts
from tchat.domain.usage import Usage
from tchat.templates.format import Call, Step
from tchat.templates.supposing import REPLY_TOKENS
from tchat.templates.weighing import PlanWorld

Outlook = Literal["least", "expected", "most"]
"""Which end of the range a walk is for."""

REPAIR_TOKENS = 60
"""About what the message has that asks for another reply."""


class Weight(Struct, frozen=True, kw_only=True):
    """What one call reads and writes."""

    facts: ModelFacts
    input: int
    output: int
    is_bounded: bool = True
    """Whether the greatest length of the reply is known."""


class Tally(Struct, kw_only=True):
    """What a walk has counted for one step."""

    place: str
    step: Step
    wave: int
    depth: int
    models: dict[str, None]
    calls: int = 0
    input: int = 0
    output: int = 0
    cost: float | None = 0.0
    """US dollars; None once something of it is unknown."""
    items: int | None = None
    is_assumed: bool = False
    samples: int | None = None
    rounds: int | None = None
    is_maybe: bool = False

    def add(self, calls: int, weight: Weight, outlook: Outlook, retries: int) -> None:
        """Count calls of one weight; with retries only where the most is wanted."""
        self.models[str(weight.facts.ref)] = None
        if not calls:
            return
        written = weight.output if weight.is_bounded or outlook != "most" else None
        for number in range(1 + retries if outlook == "most" else 1):
            read = weight.input + number * (weight.output + REPAIR_TOKENS)
            self.calls += calls
            self.input += calls * read
            self.output += calls * weight.output
            cost = cost_of(Usage(input=read, output=written), weight.facts.price)
            self.cost = None if cost is None or self.cost is None else self.cost + calls * cost


def weight_of(
    facts: ModelFacts, call: Call, read: int, expected: int | None, outlook: Outlook, world: PlanWorld
) -> Weight:
    """Return the weight of a call that reads `read` tokens and is expected to be answered with `expected`."""
    most = call.settings.max_tokens or world.settings.max_tokens or facts.max_output
    output = expected or REPLY_TOKENS
    if most is not None:
        output = most if outlook == "most" else min(output, most)
    return Weight(
        facts=facts,
        input=min(read, facts.window) if facts.window else read,
        output=output,
        is_bounded=most is not None,
    )
