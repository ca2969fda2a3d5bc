"""What is nearly used up after a reply: the model's window, a spending limit."""

from collections.abc import AsyncGenerator

from tchat.domain.conversation import StoredMessage
from tchat.domain.figures import dollar_limit
from tchat.domain.spending import Period
from tchat.domain.sums import spent
from tchat.domain.usage import total
from tchat.runtime import Runtime

NEARLY = 0.9
"""The part from which on it is warned of."""


async def warnings(runtime: Runtime, stored: StoredMessage, window: int | None) -> tuple[str, ...]:
    """Return what there is to warn of, a sentence each."""
    full = _full(stored, window)
    return (*([full] if full else []), *[spent async for spent in _spent(runtime, stored.conversation_id)])


def _full(stored: StoredMessage, window: int | None) -> str | None:
    taken = total(stored.reply.usage.input, stored.reply.usage.output) if stored.reply else None
    if not window or taken is None or taken < NEARLY * window:
        return None
    return (
        f"the context window is {100 * taken / window:.0f} % full; where the next turn does not fit,"
        " `--fit summarise` or `--fit drop` makes room"
    )


async def _spent(runtime: Runtime, conversation_id: str) -> AsyncGenerator[str]:
    budget = runtime.config.budget
    limits: dict[Period, float | None] = {
        "conversation": budget.per_conversation,
        "day": budget.per_day,
        "month": budget.per_month,
    }
    for period, limit in limits.items():
        if limit is not None:
            spending = await (await runtime.accounts()).usage.in_period(period, conversation_id)
            if spending.known_cost >= NEARLY * limit and spending.known_cost > 0:
                yield f"{spent(spending)} of the {dollar_limit(limit)} that a {period} may cost are spent"
