"""Conversations that do not fit their model go on from a summary of their beginning.

Laws: nothing is deleted, and the user is told before the first word is sent; where no summary can be had, nothing has
changed. A summary is a turn like any other: priced, held to the budget, counted.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from msgspec import Struct

from tchat.domain.conversation import StoredMessage, Summary
from tchat.domain.errors import CheckFailed
from tchat.domain.events import Finished, Notice, Retrying, Summarising, TextDelta, TurnEvent, TurnOpened
from tchat.domain.figures import dollars, oldest_turns, tokens_line
from tchat.domain.message import user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings
from tchat.engine.fitting_in import fits, has_room, too_long
from tchat.engine.metering import expected_input
from tchat.engine.replaying import is_told, summarised_at
from tchat.engine.session import Ask, Engine
from tchat.meter.estimate import PER_MESSAGE, Estimator
from tchat.threads import in_background

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


class _Beginning(Struct, frozen=True, kw_only=True):
    """The turns that have to go."""

    last: StoredMessage
    """The last message of the last one."""
    turns: int
    tokens: int
    """About how many they have, with the summary that stands before them."""


async def asked(engine: Engine, ask: Ask) -> AsyncGenerator[TurnEvent]:
    """Ask as `Engine.turn` does; where the conversation does not fit and that is wanted, its beginning is summarised.

    `Summarising` is yielded before each call for a summary, and a notice says what came of it. Nothing of the turn is
    stored before there is room for it.

    Raises:
        TchatError: as `Engine.turn`, and whatever a summary failed with.
    """
    if ask.fit == "summarise":
        async with aclosing(_summaries(engine, ask)) as events:
            async for event in events:
                yield event
    async with aclosing(engine.turn(ask)) as events:
        async for event in events:
            yield event


async def _summaries(engine: Engine, ask: Ask) -> AsyncGenerator[TurnEvent]:
    """Summarise, as often as it takes, what does not fit: a summary reads what its own window holds.

    Raises:
        ContextTooLong: it would not fit even so.
    """
    world = engine.surroundings
    facts = await world.priced(world.facts(ask.ref))
    estimator = await world.estimator(ask.ref)
    while ask.parent_id is not None:
        history = await world.log.path(ask.parent_id)
        request, _ = await in_background(lambda history=history: engine.compose(ask, history, facts, prepares=False))
        beginning = _beginning(request, history, estimator)
        if beginning is None:
            return
        yield Summarising(turns=beginning.turns, model=str(ask.ref))
        async with aclosing(_summary(engine, _asking(ask, beginning, facts), beginning.turns)) as events:
            async for event in events:
                yield event


async def _summary(engine: Engine, ask: Ask, turns: int) -> AsyncGenerator[Notice | Retrying]:
    """Ask for a summary beside the conversation and let it stand for the turns before it.

    Raises:
        CheckFailed: the model gave none.
    """
    reply_id, pieces, end = "", list[str](), "refused"
    async with aclosing(engine.turn(ask)) as events:
        async for event in events:
            match event:
                case TurnOpened():
                    reply_id = event.reply_id
                case TextDelta(piece):
                    pieces.append(piece)
                case Finished(reason):
                    end = reason
                case Notice() | Retrying():
                    yield event
                case _:
                    pass
    if end in {"refused", "filtered"} or not "".join(pieces).strip():
        raise CheckFailed(
            f"{ask.ref} gave no summary of the oldest turns, so nothing more was sent",
            hint="leave them out (`--fit drop`), or take a model with a larger window",
        )
    summary = await engine.surroundings.log.stand_for(ask.parent_id or "", reply_id)
    yield Notice(_told(summary, turns, is_cut=end == "length"))


def _told(summary: Summary, turns: int, *, is_cut: bool) -> str:
    cut = ", which was cut off at its greatest length" if is_cut else ""
    took = f"{tokens_line(summary.usage, is_final=summary.usage_final)} · {dollars(summary.cost)}"
    return f"a summary{cut} goes to the model in place of the {oldest_turns(turns)} from here on ({took})"


def _beginning(request: Request, history: Sequence[StoredMessage], estimator: Estimator) -> _Beginning | None:
    """Return the turns that have to be summarised next for a request to fit; None if it fits.

    Raises:
        ContextTooLong: it would not fit if all were, or the next one fits no summary's window.
    """
    tokens = expected_input(request, history, estimator)
    window = request.facts.window
    if window is None or fits(request, tokens):
        return None
    ends = _ends(request, history, estimator)
    longest, whole = _lengths(request.facts)
    exchange = estimator.text(_QUESTION) + 2 * PER_MESSAGE
    enough = [end for end in ends if has_room(request, tokens - end.tokens + exchange + longest, KEPT)] or ends[-1:]
    readable = [end for end in ends if estimator.frame(request) + end.tokens + exchange + whole <= window]
    if not readable or not has_room(request, tokens - enough[0].tokens + exchange + longest):
        raise too_long(request, tokens, _NO_USE)
    return min(enough[0], readable[-1], key=lambda end: end.turns)


def _ends(request: Request, history: Sequence[StoredMessage], estimator: Estimator) -> list[_Beginning]:
    """Return where turns end that no summary stands for yet, the oldest first."""
    place = summarised_at(history)
    begun = history[place].summary if place is not None else None
    tokens = estimator.message(user(begun.question)) + estimator.message(user(begun.text)) if begun is not None else 0
    ends: list[_Beginning] = []
    for stored in history[0 if place is None else place + 1 :]:
        if is_told(stored):
            tokens += estimator.within(request, stored.message)
            if stored.reply is not None:
                ends.append(_Beginning(last=stored, turns=len(ends) + 1, tokens=tokens))
    return ends


def _lengths(facts: ModelFacts) -> tuple[int, int]:
    """Return the most tokens that a summary has, and that its reply has with what is reasoned before it."""
    window = facts.window or PART * LONGEST
    longest = min(LONGEST, window // PART)
    whole = longest + (min(FOR_REASONING, window // 4) if facts.reasons else 0)
    return longest, min(whole, facts.max_output or whole)


def _asking(ask: Ask, beginning: _Beginning, facts: ModelFacts) -> Ask:
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
