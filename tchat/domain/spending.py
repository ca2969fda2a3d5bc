"""Sums of what replies took, and the limits that spending is held to."""

from typing import Literal

from msgspec import Struct

from tchat.domain.model import Price
from tchat.domain.usage import Usage

Period = Literal["conversation", "day", "month"]
"""What a limit is held over that other processes spend from too."""

Grouping = Literal["day", "month", "provider", "model", "template", "conversation", "run"]
"""What sums are taken by."""


class Spending(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What some replies took together. Tokens are those that are known or were estimated."""

    replies: int = 0
    """Replies that took anything; copies in forks are none."""
    estimated: int = 0
    """Of them: with usage that is estimated, as the provider never said it."""
    unpriced: int = 0
    """Of them: at unknown cost."""
    usage: Usage = Usage(input=0, cached_read=0, cached_write=0, output=0, reasoning=0)
    known_cost: float = 0.0
    """US dollars of the replies whose cost is known."""
    seconds: float = 0.0
    """How long they took, one after the other."""

    @property
    def cost(self) -> float | None:
        """US dollars; None if the cost of one is unknown."""
        return None if self.unpriced else self.known_cost


class SpendingRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the replies of one group took."""

    key: str | None
    """A day (`2026-11-28`), a month (`2026-11`), `provider/model`, the name of a template, or an id.

    None for what belongs to none: replies outside of any template or run, those of conversations that are not kept.
    """
    label: str | None = None
    """What people call it, where that is not `key`: the title of a conversation, the template of a run."""
    spending: Spending


class Claim(Struct, frozen=True, kw_only=True):
    """A call that is about to be made, and what it may cost at most."""

    id: str
    """Of the reply."""
    conversation_id: str | None
    """None for what is not kept."""
    provider: str
    model: str
    dollars: float = 0.0
    expected_input: int | None = None
    """Tokens."""
    price: Price | None = None


class Overrun(Struct, frozen=True, kw_only=True):
    """A limit that a call could pass."""

    period: Period
    limit: float
    spent: float
    reserved: float
    """By calls under way, of all processes."""
