"""Spending limits, checked before a call is sent, with what the call could cost at worst.

A call whose worst case is unknown is not sent while a limit is set: a limit that cannot be held is no limit.
"""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from tchat.domain.errors import BudgetExceeded
from tchat.domain.message import DocumentPart, TextPart
from tchat.domain.model import Price
from tchat.domain.request import Request
from tchat.domain.usage import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_MILLION = 1_000_000
_TOKENS_PER_MESSAGE = 16
"""What the roles and separators of a message take, at most."""
_TOKENS_PER_PICTURE = 40_000
"""No provider reads a picture as more (30,000 patches at 1.2 tokens are the highest that one takes)."""


class Limits(Struct, frozen=True, kw_only=True):
    """US dollars; None is no limit."""

    per_run: float | None = None
    per_month: float | None = None


class Budget:
    """What may still be spent; calls under way count with their worst case.

    Args:
        limits: the limits as they are at the moment.
        spent_this_month: US dollars, those of other programs included.
    """

    def __init__(self, limits: Callable[[], Limits], spent_this_month: Callable[[], Awaitable[float]]) -> None:
        self._limits = limits
        self._spent_this_month = spent_this_month
        self._spent = 0.0
        self._reserved = 0.0

    @asynccontextmanager
    async def reserve(self, worst: float | None) -> "AsyncGenerator[None]":
        """Hold `worst` dollars while a call is under way.

        Raises:
            BudgetExceeded: the call could pass a limit, or its price is unknown and a limit is set.
        """
        await self._check(worst)
        held = worst or 0.0
        self._reserved += held
        try:
            yield
        finally:
            self._reserved -= held

    def spend(self, cost: float | None) -> None:
        """Count what a call of this run did cost."""
        self._spent += cost or 0.0

    async def _check(self, worst: float | None) -> None:
        limits = self._limits()
        if limits.per_run is None and limits.per_month is None:
            return
        if worst is None:
            raise BudgetExceeded(
                "the price of this model is unknown, so the spending limit cannot be held",
                hint="set it: `tchat config set 'models.\"provider/model\".price' '{input = 1.0, output = 5.0}'`",
            )
        if worst == 0:
            return
        if limits.per_run is not None:
            self._compare("run", limits.per_run, self._spent, worst)
        if limits.per_month is not None:
            self._compare("month", limits.per_month, await self._spent_this_month(), worst)

    def _compare(self, period: str, limit: float, spent: float, worst: float) -> None:
        committed = spent + self._reserved
        if committed + worst > limit:
            raise BudgetExceeded(
                f"this call could cost ${worst:.4f}; ${committed:.4f} of ${limit:.2f} a {period} are spent or reserved",
                hint=f"raise budget.per_{period}, set max_tokens, or use a cheaper model",
            )


def cost_of(usage: Usage, price: Price | None) -> float | None:
    """Return US dollars for what was read and written; None if price or usage is unknown."""
    if price is None:
        return None
    if price.input == 0 and price.output == 0:
        return 0.0
    if usage.input is None or usage.output is None:
        return None
    return (usage.input * price.input + usage.output * price.output) / _MILLION


def worst_cost(request: Request) -> float | None:
    """Return the US dollars that a request costs at most; None if that is unknown.

    A byte-level tokenizer never makes more tokens of a text than it has bytes.
    """
    price = request.facts.price
    if price is None or (price.input == 0 and price.output == 0):
        return None if price is None else 0.0
    most = request.settings.max_tokens or request.facts.max_output
    return cost_of(Usage(input=_most_input(request), output=most), price)


def _most_input(request: Request) -> int | None:
    tokens = len((request.system or "").encode())
    for message in request.messages:
        tokens += _TOKENS_PER_MESSAGE
        for part in message.parts:
            if isinstance(part, DocumentPart):
                return None
            tokens += len(part.text.encode()) if isinstance(part, TextPart) else _TOKENS_PER_PICTURE
    return tokens
