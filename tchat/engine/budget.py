"""Spending limits, checked before a call is sent, with what the call could cost at worst.

Laws: a call whose worst case is unknown is not sent while a limit is set: a limit that cannot be held is no limit. What
a call may cost is held for it from the check until it is done, for every process to see. A call that only the calls
under way stand in the way of waits for them.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import Reply
from tchat.domain.costs import highest_rates
from tchat.domain.errors import BudgetExceeded
from tchat.domain.message import AudioPart, DocumentPart, ImagePart, Part, SealedPart, TextPart, VideoPart
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.spending import Claim, Overrun, Period
from tchat.domain.text import encodable
from tchat.meter.image_tokens import most_image_tokens, most_page_tokens

_MILLION = 1_000_000
_TOKENS_PER_MESSAGE = 16
"""What the roles and separators of a message take, at most."""
_POLL = 0.5
"""Seconds after which a call that waits for others looks by itself."""


class Limits(Struct, frozen=True, kw_only=True):
    """US dollars; None is no limit."""

    per_call: float | None = None
    per_run: float | None = None
    per_conversation: float | None = None
    per_day: float | None = None
    per_month: float | None = None

    @property
    def are_none(self) -> bool:
        """Whether nothing is limited."""
        return self == Limits()

    @property
    def shared(self) -> dict[Period, float]:
        """Those that other processes spend from too."""
        held: dict[Period, float | None] = {
            "conversation": self.per_conversation,
            "day": self.per_day,
            "month": self.per_month,
        }
        return {period: limit for period, limit in held.items() if limit is not None}


class Ledger(Protocol):
    """Where all processes see what was spent and what is reserved."""

    async def reserve(self, claim: Claim, limits: Mapping[Period, float]) -> Overrun | None:
        """Hold what a call may cost, or return the limit that it could pass."""
        ...

    async def release(self, claim_id: str) -> None:
        """Give back what was held."""
        ...

    async def settle(self, claim_id: str, reply: Reply) -> None:
        """Count a reply that is kept nowhere, in place of what was held for it."""
        ...


class Allowance:
    """What some calls of this process may cost together, beside the limits of the settings.

    Args:
        dollars: US dollars.
        origin: what sets it, for messages: `max_cost of t.toml`.
    """

    def __init__(self, dollars: float, origin: str) -> None:
        self.dollars = dollars
        self.origin = origin
        self.spent = 0.0

    def spend(self, cost: float | None) -> None:
        """Count what one of the calls did cost."""
        self.spent += cost or 0.0


class _Held(Struct, frozen=True):
    """What is held for a call."""

    dollars: float
    conversation_id: str | None
    allowances: tuple[Allowance, ...] = ()


class Budget:
    """What may still be spent.

    Args:
        limits: the limits as they are at the moment.
        ledger: sees all processes.
        is_kept: whether replies are kept where the ledger sees them end, which gives back what was held for them.
    """

    def __init__(self, limits: Callable[[], Limits], ledger: Ledger, *, is_kept: bool = True) -> None:
        self._limits = limits
        self._ledger = ledger
        self._is_kept = is_kept
        self._spent = 0.0
        self._spent_in: dict[str, float] = {}
        """For each conversation that is kept nowhere."""
        self._held: dict[str, _Held] = {}
        self._changed = asyncio.Condition()

    async def reserve(self, claim: Claim, worst: float | None, allowances: tuple[Allowance, ...] = ()) -> None:
        """Hold `worst` dollars for a call until it is settled; a claim of the same id is replaced.

        Args:
            claim: the call.
            worst: what it may cost; None if that is unknown.
            allowances: what it has to keep within besides.

        Raises:
            BudgetExceeded: the call could pass a limit, or its price is unknown and a limit is set.
        """
        limits = self._limits()
        if worst is None:
            if limits.are_none and not allowances:
                return
            raise _unbounded(claim)
        if worst == 0:
            return
        _check("call", limits.per_call, 0.0, worst)
        wanted = _Held(worst, claim.conversation_id, allowances)
        while await self._is_blocked(claim, wanted, limits):
            await self._wait()

    async def settle(self, claim_id: str, reply: Reply | None) -> None:
        """Count what a call of this run did cost, in place of what was held for it."""
        self.spend(reply.cost if reply else None)
        held = self._held.pop(claim_id, None)
        for allowance in held.allowances if held else ():
            allowance.spend(reply.cost if reply else None)
        place = held.conversation_id if held else None
        if place is not None and reply is not None and not self._is_kept:
            self._spent_in[place] = self._spent_in.get(place, 0.0) + (reply.cost or 0.0)
        if reply is None and held is not None:
            await self._ledger.release(claim_id)
        elif reply is not None and not self._is_kept and (held is not None or reply.cost):
            await self._ledger.settle(claim_id, reply)
        async with self._changed:
            self._changed.notify_all()

    def spend(self, cost: float | None) -> None:
        """Count what a call of this run did cost."""
        self._spent += cost or 0.0

    async def _is_blocked(self, claim: Claim, wanted: _Held, limits: Limits) -> bool:
        """Hold a sum, or tell that other calls of this process stand in the way as long as they are under way.

        Raises:
            BudgetExceeded: what is spent stands in the way, or what others hold.
        """
        if self._is_blocked_here(claim.id, wanted, limits):
            return True
        worst, before = wanted.dollars, self._held.get(claim.id)
        self._held[claim.id] = wanted  # at once: another task of this run may ask
        shared = limits.shared
        if not self._is_kept:
            shared.pop("conversation", None)
            claim = replace(claim, conversation_id=None)
        try:
            overrun = await self._ledger.reserve(replace(claim, dollars=worst), shared)
        except BaseException:
            self._give_back(claim.id, before)
            raise
        if overrun is None:
            return False
        self._give_back(claim.id, before)
        if overrun.spent + worst > overrun.limit or not self._held_beside(claim.id):
            raise _exceeded(overrun.period, overrun.limit, overrun.spent, worst, overrun.reserved)
        return True

    def _is_blocked_here(self, claim_id: str, wanted: _Held, limits: Limits) -> bool:
        """Tell whether calls under way stand in the way of a limit that only this process sees.

        Raises:
            BudgetExceeded: what is spent stands in the way.
        """
        worst, place = wanted.dollars, wanted.conversation_id
        own = [("run", limits.per_run, self._spent, self._held_beside(claim_id))]
        if place is not None and not self._is_kept:
            held = self._held_beside(claim_id, place)
            own.append(("conversation", limits.per_conversation, self._spent_in.get(place, 0.0), held))
        for period, limit, spent, _ in own:
            _check(period, limit, spent, worst)
        for allowance in wanted.allowances:
            if allowance.spent + worst > allowance.dollars:
                raise _beyond(allowance, worst)
        return any(limit is not None and spent + held + worst > limit for _, limit, spent, held in own) or any(
            allowance.spent + self._held_within(allowance, claim_id) + worst > allowance.dollars
            for allowance in wanted.allowances
        )

    def _held_beside(self, claim_id: str, conversation_id: str | None = None) -> float:
        """Return what is held for other calls, of one conversation or of all."""
        return sum(
            held.dollars
            for holder, held in self._held.items()
            if holder != claim_id and conversation_id in (None, held.conversation_id)
        )

    def _held_within(self, allowance: Allowance, claim_id: str) -> float:
        return sum(
            held.dollars for holder, held in self._held.items() if holder != claim_id and allowance in held.allowances
        )

    def _give_back(self, claim_id: str, before: _Held | None) -> None:
        if before is None:
            self._held.pop(claim_id, None)
        else:
            self._held[claim_id] = before

    async def _wait(self) -> None:
        """Wait until a call of this process has ended, or for as long as it takes to miss that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL), self._changed:
                await self._changed.wait()


def worst_cost(request: Request) -> float | None:
    """Return the US dollars that a request costs at most; None if that is unknown.

    A byte-level tokenizer never makes more tokens of a text than it has bytes. A document is bounded by its pages, and
    by the window where those are unknown.
    """
    return most_cost(request.facts, _most_input(request), request.settings.max_tokens or request.facts.max_output)


def most_cost(facts: ModelFacts, read: int | None, written: int | None) -> float | None:
    """Return the US dollars that so many tokens cost at most; None if that is unknown."""
    price = facts.price
    if price is None or price.is_free:
        return None if price is None else 0.0
    if read is None or written is None:
        return None
    rates = highest_rates(price, read)
    if rates is None:
        return None
    read_rate, written_rate = rates
    return (read * read_rate + max(written, 0) * written_rate) / _MILLION


def _most_input(request: Request) -> int | None:
    tokens = _bytes(request.system or "") + len(msgspec.json.encode(request.settings.schema))
    for message in request.messages:
        tokens += _TOKENS_PER_MESSAGE
        for part in message.parts:
            most = _most(part, request.model)
            if most is None:  # a provider refuses what its model's window does not hold
                return request.facts.window
            tokens += most
    return tokens


def _most(part: Part, model: str) -> int | None:
    """Return the most tokens that a part is read as; None where nothing bounds it."""
    match part:
        case TextPart():
            return _bytes(part.text)
        case SealedPart():
            return len(msgspec.json.encode(part.data))
        case ImagePart():
            return most_image_tokens(model, part.width, part.height)
        case DocumentPart():
            page = most_page_tokens(model)
            return None if page is None or part.pages is None else part.pages * page
        case AudioPart() | VideoPart():
            return None


def _bytes(text: str) -> int:
    return len(encodable(text).encode())


def _unbounded(claim: Claim) -> BudgetExceeded:
    """Return the error for a call that could cost anything."""
    name = f"{claim.provider}/{claim.model}"
    if claim.price is None:
        return BudgetExceeded(
            f"the price of {name} is unknown, so no spending limit can be held",
            hint=f"set it: `tchat config set 'models.\"{name}\".price' '{{input = 1.0, output = 5.0}}'`",
        )
    return BudgetExceeded(
        f"nothing says how much {name} may read or write at most, or what that kind of service costs, so no spending"
        " limit can be held",
        hint=f"set max_tokens, or `tchat config set 'models.\"{name}\".max_output' 8000` and its `window`",
    )


def _check(period: str, limit: float | None, spent: float, worst: float) -> None:
    if limit is not None and spent + worst > limit:
        raise _exceeded(period, limit, spent, worst)


def _exceeded(period: str, limit: float, spent: float, worst: float, reserved: float = 0.0) -> BudgetExceeded:
    held = f", ${reserved:.4f} more are held by calls under way" if reserved else ""
    already = f"${spent:.4f} of ${limit:.4g} a {period} are spent{held}"
    option = " or --max-cost" if period == "run" else ""
    return BudgetExceeded(
        f"this call could cost ${worst:.4f}; {already}",
        hint=f"raise budget.per_{period}{option}, set max_tokens, or use a cheaper model",
    )


def _beyond(allowance: Allowance, worst: float) -> BudgetExceeded:
    return BudgetExceeded(
        f"this call could cost ${worst:.4f}; ${allowance.spent:.4f} of ${allowance.dollars:.4g} are spent, "
        f"the {allowance.origin}",
        hint="raise max_cost under [limits], set max_tokens, or use a cheaper model",
    )
