"""What can be done about a conversation that does not fit its model: which turns would go, and what that would cost.

Nothing is sent and nothing is changed here.
"""

from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import StoredMessage
from tchat.domain.costs import cost_of
from tchat.domain.errors import ContextTooLong
from tchat.domain.figures import dollars, oldest_turns
from tchat.domain.message import user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tchat.domain.usage import Usage
from tchat.engine.budget import most_cost, worst_cost
from tchat.engine.fitting_in import fits, fitted_in, has_room, too_long
from tchat.engine.metering import expected_input
from tchat.engine.replaying import is_told, summarised_at
from tchat.engine.session import Ask, Engine
from tchat.meter.estimate import PER_MESSAGE, Estimator

KEPT = 0.6
"""The part of the window that the turns which stay, the summary and the next reply may fill, so that there is room for
a while."""
LONGEST, PART = 1_024, 8
"""Tokens that a summary may have at most, and which part of the window."""
FOR_REASONING = 4_096
"""Tokens beside those, for a model that cannot but reason."""
_WORDS = 0.6
"""Words for each token that is allowed, so that the model ends by itself."""
_NO_USE = (
    "even with a summary in place of the oldest turns it would not fit: shorten it, begin anew, or take a model with a"
    " larger window"
)
_QUESTION = (
    "Summarise our conversation up to here, so that it can go on from your summary alone. Keep names, numbers, facts, "
    "decisions, code that is still needed, what I asked for and what is still open. Write in the language of the "
    "conversation, at most {words} words, and nothing but the summary."
)


class SummaryForecast(Struct, frozen=True, kw_only=True):
    """What it would take to have the beginning of a conversation summarised."""

    turns: int
    calls: int
    """More than one where the model's window does not hold all of them at once."""
    cost: float | None
    """About how many US dollars; None if unknown."""
    worst_cost: float | None
    """US dollars; None if unknown."""

    @property
    def deed(self) -> str:
        """What is done, in words."""
        return f"summarise the {oldest_turns(self.turns)}{f' in {self.calls} calls' if self.calls > 1 else ''}"

    @property
    def dollars(self) -> str:
        """About how much it costs, and at most, in words."""
        return f"≈ {dollars(self.cost)}, at most {dollars(self.worst_cost)}" if self.cost else dollars(self.cost)


class WaysOut(Struct, frozen=True, kw_only=True):
    """What helps; None is what does not."""

    summary: SummaryForecast | None = None
    left_out: int | None = None
    """Turns that would be left out."""


class Beginning(Struct, frozen=True, kw_only=True):
    """The turns that have to go."""

    last: StoredMessage
    """The last message of the last one."""
    turns: int
    tokens: int
    """About how many they have, with the summary that stands before them."""


def ways_out(
    engine: Engine, ask: Ask, history: tuple[StoredMessage, ...], facts: ModelFacts, estimator: Estimator
) -> WaysOut:
    """Return what can be done for a turn that does not fit; it goes over the whole history: a thread is the place.

    Args:
        engine: composes requests.
        ask: what is wanted.
        history: the branch that it follows.
        facts: the model, with its price.
        estimator: of that model.

    Raises:
        AttachmentError: the model does not take an attachment, or one is gone.
    """
    request, _ = engine.compose(ask, history, facts, prepares=False)
    tokens = expected_input(request, history, estimator)
    summary, left_out = None, None
    with suppress(ContextTooLong):
        beginnings = _all(_ends(request, history, estimator), tokens, request, estimator)
        read = history[: history.index(beginnings[0].last) + 1]
        first, _ = engine.compose(asking_for(ask, beginnings[0], facts), read, facts, prepares=False)
        summary = _forecast(beginnings, first, estimator)
    with suppress(ContextTooLong):
        fitted = fitted_in(request, tokens, estimator, "drop")
        left_out = sum(message.role == "user" for message in request.messages[: fitted.left_out])
    return WaysOut(summary=summary, left_out=left_out)


def _all(ends: Sequence[Beginning], tokens: int, request: Request, estimator: Estimator) -> list[Beginning]:
    """Return what each call would summarise, one after the other, each with the summary before it at its longest.

    Where only a shorter one leaves room to go on, one turn more at a time is taken to be summarised.

    Raises:
        ContextTooLong: it would not fit even so.
    """
    beginnings: list[Beginning] = []
    summary, estimated = _exchange(estimator) + _lengths(request.facts)[0], estimator.request(request)
    while not beginnings or (ends and not fits(request, tokens)):
        try:
            gone = _next(ends, tokens, request, estimator)
        except ContextTooLong:
            if not beginnings:
                raise
            gone = ends[0]
        beginnings.append(gone)
        more = summary - gone.tokens
        tokens = estimated = estimated + more  # no provider has counted what has this summary in it
        ends = [
            replace(end, turns=end.turns - gone.turns, tokens=end.tokens + more)
            for end in ends
            if end.turns > gone.turns
        ]
    return beginnings


def _forecast(beginnings: Sequence[Beginning], first: Request, estimator: Estimator) -> SummaryForecast:
    """Return what calls for summaries would take; what the later ones read is bounded by the window alone."""
    facts = first.facts
    longest, whole = _lengths(facts)
    around = estimator.frame(first) + _exchange(estimator)
    usages = [Usage(input=around + one.tokens, output=min(longest, whole, one.tokens)) for one in beginnings]
    costs = [cost_of(usage, facts.price) for usage in usages]
    later = most_cost(facts, facts.window, whole)
    worsts = [worst_cost(first), *[later] * (len(beginnings) - 1)]
    return SummaryForecast(
        turns=sum(one.turns for one in beginnings),
        calls=len(beginnings),
        cost=_together(costs),
        worst_cost=_together(worsts),
    )


def _together(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def beginning_of(request: Request, history: Sequence[StoredMessage], estimator: Estimator) -> Beginning | None:
    """Return the turns that have to be summarised next for a request to fit; None if it fits.

    Raises:
        ContextTooLong: it would not fit if all were, or the next one fits no summary's window.
    """
    tokens = expected_input(request, history, estimator)
    window = request.facts.window
    if window is None or fits(request, tokens):
        return None
    return _next(_ends(request, history, estimator), tokens, request, estimator)


def _next(ends: Sequence[Beginning], tokens: int, request: Request, estimator: Estimator) -> Beginning:
    """Return which of the turns that may go are summarised next: as few as make room for a while, or as one call reads.

    Raises:
        ContextTooLong: it would not fit if all were, or the next one fits no summary's window.
    """
    longest, whole = _lengths(request.facts)
    exchange = _exchange(estimator)
    window = request.facts.window or 0
    enough = [end for end in ends if has_room(request, tokens - end.tokens + exchange + longest, KEPT)] or ends[-1:]
    readable = [end for end in ends if estimator.frame(request) + end.tokens + exchange + whole <= window]
    if not readable or not has_room(request, tokens - enough[0].tokens + exchange + longest):
        raise too_long(request, tokens, _NO_USE)
    return min(enough[0], readable[-1], key=lambda end: end.turns)


def _exchange(estimator: Estimator) -> int:
    """Return about how many tokens the question for a summary has, with what stands around it and the summary."""
    return estimator.text(_QUESTION) + 2 * PER_MESSAGE


def _ends(request: Request, history: Sequence[StoredMessage], estimator: Estimator) -> list[Beginning]:
    """Return where turns end that no summary stands for yet, the oldest first."""
    place = summarised_at(history)
    begun = history[place].summary if place is not None else None
    tokens = estimator.message(user(begun.question)) + estimator.message(user(begun.text)) if begun is not None else 0
    ends: list[Beginning] = []
    for stored in history[0 if place is None else place + 1 :]:
        if is_told(stored):
            tokens += estimator.within(request, stored.message)
            if stored.reply is not None:
                ends.append(Beginning(last=stored, turns=len(ends) + 1, tokens=tokens))
    return ends


def _lengths(facts: ModelFacts) -> tuple[int, int]:
    """Return the most tokens that a summary has, and that its reply has with what is reasoned before it."""
    window = facts.window or PART * LONGEST
    longest = min(LONGEST, window // PART)
    whole = longest + (min(FOR_REASONING, window // 4) if facts.reasons else 0)
    return longest, min(whole, facts.max_output or whole)


def asking_for(ask: Ask, beginning: Beginning, facts: ModelFacts) -> Ask:
    """Return what is asked for a summary: in the conversation's own prompt, so that a provider's cache still holds."""
    longest, whole = _lengths(facts)
    effort = facts.efforts[0] if facts.efforts else None
    return Ask(
        ref=ask.ref,
        message=user(_QUESTION.format(words=round(longest * _WORDS))),
        conversation_id=ask.conversation_id,
        parent_id=beginning.last.id,
        system=ask.system,
        settings=Settings(max_tokens=whole, effort=effort),
        is_aside=True,
    )
