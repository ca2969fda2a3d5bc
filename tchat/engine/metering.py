"""The meters of one reply: what it was expected to read, how fast it came, what it took and cost.

Law: whatever ends a reply that went out, its usage is known, or estimated and marked so; attempts that may have been
billed before it are part of it.
"""

from collections.abc import Callable, Sequence
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import Reply, StoredMessage
from tchat.domain.costs import cost_of, snapshot
from tchat.domain.errors import ConnectionFailed, NetworkError, TchatError
from tchat.domain.events import (
    Finished,
    Metered,
    Notice,
    Pictured,
    ReasoningDelta,
    Retrying,
    Sealed,
    Started,
    Summarising,
    TextDelta,
    TurnEvent,
    TurnOpened,
)
from tchat.domain.message import Message
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.engine.replaying import summarised_at
from tchat.meter.estimate import Estimator


class _Taken(Struct, frozen=True):
    """What attempts took."""

    usage: Usage = Usage()
    cost: float | None = None
    is_estimated: bool = False


class ReplyMeter:
    """Measures one reply.

    Args:
        clock: tells seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._request: Request | None = None
        """What went out last."""
        self._is_out = False
        """Whether it was not turned down."""
        self._earlier: _Taken | None = None
        """What may have been billed for attempts before it."""
        self._estimator: Estimator | None = None
        self._expected: int | None = None
        self._left_out = 0
        self._usage = Usage()
        self._is_answered = False
        self._is_finished = False
        self._first_token: float | None = None
        self._first_text: float | None = None

    @property
    def expected_input(self) -> int | None:
        """Tokens that the request was expected to have."""
        return self._expected

    def expects(self, estimator: Estimator, tokens: int, *, left_out: int = 0) -> None:
        """Take note of what a request is estimated to have, and of messages that it has not, before it goes out."""
        self._estimator, self._expected, self._left_out = estimator, tokens, left_out

    def goes_out(self, request: Request) -> None:
        """Begin to measure: the request is sent now."""
        self._request, self._is_out = request, True
        self._began = self._clock()
        self._is_answered = False
        self._usage = Usage()

    def comes_back(self, error: TchatError) -> None:
        """Take note that the attempt under way failed with nothing shown, and that another one is to follow."""
        if self._is_perhaps_billed(error):
            self._earlier = _together(self._earlier, self._taken("", is_final=False))
        self._is_out, self._usage = False, Usage()

    def worst_with(self, worst: float | None) -> float | None:
        """Return what all attempts may cost, where the next one costs no more than `worst`."""
        earlier = self._earlier.cost if self._earlier is not None else None
        return worst if worst is None or earlier is None else earlier + worst

    def take(self, event: TurnEvent) -> None:
        """Read the meters off an event."""
        match event:
            case Started():
                self._is_answered = True
            case TextDelta() | Pictured():
                now = self._since()
                self._first_token = now if self._first_token is None else self._first_token
                self._first_text = now if self._first_text is None else self._first_text
            case ReasoningDelta():
                self._first_token = self._since() if self._first_token is None else self._first_token
            case Metered(usage):
                self._usage = usage
            case Finished():
                self._is_finished = True
            case Sealed() | TurnOpened() | Notice() | Retrying() | Summarising():
                pass
            case _:
                assert_never(event)

    def read(self, reply: Reply, text: str, error: TchatError | None) -> Reply:
        """Return a reply that has ended with all its meters; `seconds` is None if nothing of it went out."""
        is_final = self._is_finished and self._usage.output is not None
        is_billed = is_final or self._is_perhaps_billed(error)
        last = self._taken(f"{text}{reply.reasoning}", is_final=is_final) if is_billed else None
        taken = _together(self._earlier, last) or _Taken(self._usage)
        price = self._request.facts.price if self._request else None
        return replace(
            reply,
            usage=taken.usage,
            usage_final=is_final and self._earlier is None,
            usage_estimated=taken.is_estimated,
            cost=taken.cost,
            price=None if taken.cost is None else snapshot(taken.usage, price),
            expected_input=self._expected,
            left_out=self._left_out,
            first_token_after=self._first_token,
            first_text_after=self._first_text,
            seconds=None if self._request is None else self._since(),
        )

    def _since(self) -> float:
        return self._clock() - self._began

    def _is_perhaps_billed(self, error: TchatError | None) -> bool:
        """Whether a provider may charge for it: it answered, or nobody knows whether it would have."""
        if not self._is_out:
            return False
        is_lost = isinstance(error, NetworkError) and not isinstance(error, ConnectionFailed)
        return self._is_answered or error is None or is_lost

    def _taken(self, said: str, *, is_final: bool) -> _Taken:
        """Return what the last attempt took; what the provider did not say to the end is an estimate."""
        usage = self._usage if is_final else self._estimated(said)
        price = self._request.facts.price if self._request else None
        return _Taken(usage, cost_of(usage, price), not is_final)

    def _estimated(self, said: str) -> Usage:
        written = self._estimator.text(said) if self._estimator and said else 0
        known = self._usage
        return replace(
            known,
            input=self._expected if known.input is None else known.input,
            output=max(written, known.output or 0),
        )


def _together(earlier: _Taken | None, later: _Taken | None) -> _Taken | None:
    if earlier is None or later is None:
        return earlier or later
    costs = (earlier.cost, later.cost)
    usage = earlier.usage.plus(later.usage)
    cost = None if None in costs else sum(cost for cost in costs if cost is not None)
    return _Taken(usage, cost, earlier.is_estimated or later.is_estimated)


def expected_input(request: Request, history: Sequence[StoredMessage], estimator: Estimator) -> int:
    """Return about how many tokens a request has.

    Where an earlier reply of the branch was asked by the same model and counted by its provider, that count stands for
    everything that it had read, and only what came after is estimated, and what was left out of its request. One that
    was asked before the beginning was summarised had read something else.
    """
    sent = request.messages
    summarised = summarised_at(history)
    for place in range(len(history) - 1, -1 if summarised is None else summarised, -1):
        reply = history[place].reply
        if reply is None or not reply.usage_final or reply.usage.input is None:
            continue
        is_same = (reply.provider, reply.model, reply.system) == (request.facts.provider, request.model, request.system)
        before = _position(sent, history[place])
        if is_same and before is not None and _knew(history[place], summarised, history):
            unread = (*sent[: reply.left_out], *sent[before:])
            return reply.usage.input + sum(estimator.within(request, message) for message in unread)
        break
    return estimator.request(request)


def _knew(reply: StoredMessage, summarised: int | None, history: Sequence[StoredMessage]) -> bool:
    """Whether a reply was asked for with the summary that holds now."""
    summary = None if summarised is None else history[summarised].summary
    return summary is None or reply.created_at >= summary.made_at


def _position(sent: Sequence[Message], stored: StoredMessage) -> int | None:
    """Return where a stored message stands last among those that are sent."""
    plain = stored.message.without_sealed()
    found = (place for place in range(len(sent) - 1, -1, -1) if sent[place].without_sealed() == plain)
    return next(found, None)
