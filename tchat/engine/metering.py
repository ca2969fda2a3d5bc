"""The meters of one reply: what it was expected to read, how fast it came, what it took and cost.

Law: whatever ends a reply that went out, its usage is known, or estimated and marked so.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from tchat.domain.conversation import Reply, StoredMessage
from tchat.domain.costs import cost_of, snapshot
from tchat.domain.errors import NetworkError, TchatError
from tchat.domain.events import Finished, Metered, ReasoningDelta, Started, TextDelta, TurnEvent
from tchat.domain.message import Message
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.engine.replaying import summarised_at
from tchat.meter.estimate import Estimator


class ReplyMeter:
    """Measures one reply.

    Args:
        clock: tells seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._request: Request | None = None
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
        self._request = request
        self._began = self._clock()
        self._is_answered = False
        self._usage = Usage()

    def take(self, event: TurnEvent) -> None:
        """Read the meters off an event."""
        match event:
            case Started():
                self._is_answered = True
            case TextDelta():
                self._first_token = self._since() if self._first_token is None else self._first_token
                self._first_text = self._since() if self._first_text is None else self._first_text
            case ReasoningDelta():
                self._first_token = self._since() if self._first_token is None else self._first_token
            case Metered(usage):
                self._usage = usage
            case Finished():
                self._is_finished = True
            case _:
                pass

    def read(self, reply: Reply, text: str, error: TchatError | None) -> Reply:
        """Return a reply that has ended with all its meters."""
        usage, is_final = self._usage, self._is_finished and self._usage.output is not None
        is_estimated = not is_final and self._is_perhaps_billed(error)
        if is_estimated:
            usage = self._estimated(f"{text}{reply.reasoning}")
        price = self._request.facts.price if self._request else None
        took_nothing = usage == Usage() and not self._is_finished
        cost = None if self._request is None or took_nothing else cost_of(usage, price)
        return replace(
            reply,
            usage=usage,
            usage_final=is_final,
            usage_estimated=is_estimated and usage != self._usage,
            cost=cost,
            price=None if cost is None else snapshot(usage, price),
            expected_input=self._expected,
            left_out=self._left_out,
            first_token_after=self._first_token,
            first_text_after=self._first_text,
            seconds=self._since(),
        )

    def _since(self) -> float:
        return self._clock() - self._began

    def _is_perhaps_billed(self, error: TchatError | None) -> bool:
        """Whether a provider may charge for it: it answered, or nobody knows whether it would have."""
        if self._request is None:
            return False
        return self._is_answered or error is None or isinstance(error, NetworkError)

    def _estimated(self, said: str) -> Usage:
        """Return usage with estimates for what the provider did not say to the end."""
        written = self._estimator.text(said) if self._estimator and said else 0
        known = self._usage
        return replace(
            known,
            input=self._expected if known.input is None else known.input,
            output=max(written, known.output or 0),
        )


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
