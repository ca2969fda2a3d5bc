"""The format of a script: what a scripted model does in each turn (docs/scripted-provider.md).

A script is a list of turns, a turn a list of actions; an action is a table whose `do` says which one it is.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from tchat.domain import errors
from tchat.domain.effort import Effort
from tchat.domain.errors import Origin, ProviderError
from tchat.domain.events import FinishReason
from tchat.domain.model import Price

Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Times = Annotated[int, Meta(ge=1)]

ErrorName = Literal[
    "KeyRejected",
    "RateLimited",
    "QuotaExhausted",
    "ConnectionFailed",
    "TimedOut",
    "Stalled",
    "Interrupted",
    "ServerFault",
    "Overloaded",
    "BadRequest",
    "UnknownModel",
    "ContextTooLong",
]
"""The failures that a script can play, by the names of their classes."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cut: Times = 12
    """Characters of one delta."""
    every: Seconds = 0.0
    """Seconds after each delta."""


class Say(_Part, frozen=True, kw_only=True, tag_field="do", tag="text"):
    """Write text."""

    text: str
    times: Times = 1
    """How often the text is written, one after the other."""


class Think(_Part, frozen=True, kw_only=True, tag_field="do", tag="reasoning"):
    """Reason visibly."""

    text: str
    times: Times = 1


class Echo(_Part, frozen=True, kw_only=True, tag_field="do", tag="echo"):
    """Write what the user said last."""


class Pause(Struct, frozen=True, kw_only=True, tag_field="do", tag="pause", forbid_unknown_fields=True):
    """Wait."""

    seconds: Seconds


class Meter(Struct, frozen=True, kw_only=True, tag_field="do", tag="usage", forbid_unknown_fields=True):
    """Say the usage so far; figures never decrease."""

    input: Count | None = None
    cached_read: Count | None = None
    cached_write: Count | None = None
    output: Count | None = None
    reasoning: Count | None = None


class Fail(Struct, frozen=True, kw_only=True, tag_field="do", tag="fail", forbid_unknown_fields=True):
    """Fail."""

    error: ErrorName
    message: str | None = None
    """What went wrong, in the provider's words."""
    hint: str | None = None
    retry_after: Seconds | None = None
    status: int | None = None
    first: Count | None = None
    """Only so many requests of this turn fail, those after them pass; None lets all fail."""

    def failure(self, origin: Origin) -> ProviderError:
        """Return the error of a reply of `origin`."""
        kind: type[ProviderError] = getattr(errors, self.error)
        where = Origin(provider=origin.provider, model=origin.model, status=self.status, retry_after=self.retry_after)
        said = self.message or f"{origin.provider}/{origin.model} plays {self.error}"
        return kind(said, hint=self.hint, origin=where)


class Finish(Struct, frozen=True, kw_only=True, tag_field="do", tag="finish", forbid_unknown_fields=True):
    """End the reply; a turn without it ends with `stop`."""

    reason: FinishReason = "stop"
    detail: str | None = None


Deed = Say | Think | Echo | Meter | Fail | Finish
Action = Deed | Pause


class Turn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is played for one message of the user."""

    actions: tuple[Action, ...]


class Facts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model list says of a script, in the words of `ModelFacts`."""

    window: Times | None = None
    max_output: Times | None = None
    efforts: tuple[Effort, ...] | None = None
    default_effort: Effort | None = None
    vision: bool | None = None
    documents: bool | None = None
    sampling: bool | None = None
    price: Price | None = None


class Script(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One script."""

    about: str = ""
    """What it shows, in a few words."""
    facts: Facts = Facts()
    turns: Annotated[tuple[Turn, ...], Meta(min_length=1)]
    """The n-th is played for the n-th message of a conversation, the last one from then on."""


def pieces(text: str, size: int) -> Iterator[str]:
    """Cut text into pieces of `size` characters, the last one shorter."""
    for start in range(0, len(text), size):
        yield text[start : start + size]
