"""The engine's meters over the store: estimators calibrated by what is stored, and a ledger of all processes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from tchat.config import BudgetConfig
from tchat.domain.conversation import Reply
from tchat.domain.model import ModelRef
from tchat.domain.spending import Claim, Overrun, Period
from tchat.engine.budget import Limits
from tchat.meter.estimate import Estimator, Sample
from tchat.store.conversations import Conversations
from tchat.threads import in_background

SAMPLES = 30
"""Replies that an estimator is calibrated with at most."""
FRESH_FOR = 20
"""Requests after which an estimator is calibrated anew."""

OpenStore = Callable[[], Awaitable[Conversations]]


class Estimators:
    """One estimator a model.

    Args:
        store: opens the conversations that they learn from.
    """

    def __init__(self, store: OpenStore) -> None:
        self._store = store
        self._made: dict[ModelRef, Estimator] = {}
        self._uses: dict[ModelRef, int] = {}
        self._calibrating: dict[ModelRef, asyncio.Lock] = {}

    async def at_hand(self, ref: ModelRef) -> Estimator:
        """Return the estimator of a model as it is, made where there is none; it is not a request that is counted.

        Raises:
            StoreError: the database cannot be used.
        """
        return self._made.get(ref) or await self.of(ref)

    async def of(self, ref: ModelRef) -> Estimator:
        """Return the estimator of a model, calibrated with its latest replies.

        Raises:
            StoreError: the database cannot be used.
        """
        async with self._calibrating.setdefault(ref, asyncio.Lock()):  # calls that begin together share one
            uses = self._uses.get(ref, 0)
            if uses % FRESH_FOR == 0:
                written = await (await self._store()).usage.samples(ref.provider, ref.model, limit=SAMPLES)
                samples = [Sample(text, tokens) for text, tokens in written]
                self._made[ref] = await in_background(lambda: Estimator(ref.model, samples))
            self._uses[ref] = uses + 1
            return self._made[ref]


class LateLedger:
    """A ledger that is opened when something is first reserved or asked.

    Args:
        store: opens the database of all processes.
    """

    def __init__(self, store: OpenStore) -> None:
        self._store = store

    async def reserve(self, claim: Claim, limits: Mapping[Period, float]) -> Overrun | None:
        """Hold what a call may cost, or return the limit that it could pass."""
        return await (await self._store()).usage.reserve(claim, limits)

    async def release(self, claim_id: str) -> None:
        """Give back what was held."""
        await (await self._store()).usage.release(claim_id)

    async def settle(self, claim_id: str, reply: Reply) -> None:
        """Count a reply that is kept nowhere, in place of what was held for it."""
        await (await self._store()).usage.settle(claim_id, reply)


def limits_of(budget: BudgetConfig, max_cost: float | None) -> Limits:
    """Return the limits of the settings, with `max_cost` dollars for this run at most."""
    per_run = min((limit for limit in (budget.per_run, max_cost) if limit is not None), default=None)
    return Limits(
        per_call=budget.per_call,
        per_run=per_run,
        per_conversation=budget.per_conversation,
        per_day=budget.per_day,
        per_month=budget.per_month,
    )
