"""Conversations that do not fit their model go on from a summary of their beginning.

Laws: nothing is deleted, and the user is told before the first word is sent; where no summary can be had, nothing has
changed. A summary is a turn like any other: priced, held to the budget, counted.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from tchat.domain.conversation import Summary
from tchat.domain.errors import CheckFailed
from tchat.domain.events import Finished, Notice, Retrying, Summarising, TextDelta, TurnEvent, TurnOpened
from tchat.domain.figures import dollars, oldest_turns, tokens_line
from tchat.engine.session import Ask, Engine
from tchat.engine.shortening import asking_for, beginning_of
from tchat.threads import in_background


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
        beginning = beginning_of(request, history, estimator)
        if beginning is None:
            return
        yield Summarising(turns=beginning.turns, model=str(ask.ref))
        async with aclosing(_summary(engine, asking_for(ask, beginning, facts), beginning.turns)) as events:
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
