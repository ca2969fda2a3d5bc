"""Laws of a turn's attempts: none waits for another for ever, and what is counted is what may be billed."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

import pytest
from msgspec.structs import replace

from tchat.domain.conversation import CallMark, Reply
from tchat.domain.errors import BadRequest, BudgetExceeded, ConnectionFailed, Interrupted, Origin, RateLimited
from tchat.domain.events import Finished, Metered, Notice, Retrying, Sealed, Started, TextDelta, TurnEvent
from tchat.domain.message import user
from tchat.domain.model import ModelRef, Price
from tchat.domain.request import Settings
from tchat.domain.run import NewRun
from tchat.domain.spending import Claim, Overrun, Period
from tchat.domain.usage import Usage
from tchat.engine.budget import Budget, Limits
from tchat.engine.foreseeing import Foreseeing
from tchat.engine.sent import sent_for
from tchat.engine.session import Ask, Engine
from tchat.meter.estimate import Estimator
from tchat.store.usage import Usages
from tests.engine.test_session import GOOD, World, _world

PRICED = Price(input=1.0, output=10.0)
ASK = Ask(ref=ModelRef("played", "m"), message=user("hello"))
BUSY = RateLimited("busy", origin=Origin(retry_after=1.0))


class Watched:
    """A ledger that tells when it has turned a call down."""

    def __init__(self, usage: Usages) -> None:
        self._usage = usage
        self.refused = asyncio.Event()
        self.release = usage.release
        self.settle = usage.settle

    async def reserve(self, claim: Claim, limits: Mapping[Period, float]) -> Overrun | None:
        """Ask the database."""
        overrun = await self._usage.reserve(claim, limits)
        if overrun is not None:
            self.refused.set()
        return overrun


async def _last(world: World) -> Reply:
    reply = (await world.last())[-1].reply
    assert reply is not None
    return reply


def _notices(events: list[TurnEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


async def test_a_call_that_waits_to_be_tried_again_lets_those_in_its_slot_go_on() -> None:
    """One holds the money and waits for a slot; who has the slot does not wait for that money."""
    world = await _world((BUSY,), GOOD, slots=1, price=PRICED)
    ledger = Watched(world.log.usage)
    others: list[asyncio.Task[list[TurnEvent]]] = []

    async def sleep(_: float) -> None:
        if not others:
            others.append(asyncio.create_task(world.ask("me too")))
            await ledger.refused.wait()

    budget = Budget(lambda: Limits(per_day=0.0015), ledger)  # a call may cost $0.001 at most
    world.engine = Engine(replace(world.engine.surroundings, budget=budget, sleep=sleep))
    async with asyncio.timeout(20):
        events = await world.ask("hello")
        assert isinstance((await others[0])[-1], Finished)
    assert isinstance(events[-1], Finished)


async def test_stopping_in_a_countdown_costs_nothing() -> None:
    """What a rate limit turned down was never read, and was sent all the same."""
    world = await _world((BUSY,), GOOD, price=PRICED)
    async with aclosing(world.engine.turn(ASK)) as events:
        async for event in events:
            if isinstance(event, Retrying):
                break
    reply = await _last(world)
    assert (reply.state, reply.usage, reply.cost, reply.usage_estimated) == ("stopped", Usage(), None, False)
    assert reply.seconds is not None


async def test_an_attempt_that_broke_off_is_part_of_the_reply() -> None:
    """What was metered of it is added, what was not is estimated, and no last word is told on the sum."""
    metered = Metered(Usage(input=1_000, output=500, reasoning=500))
    world = await _world(
        (Started(model="m"), metered, Interrupted("cut")), (ConnectionFailed("no way"),), (BUSY,), GOOD, price=PRICED
    )
    await world.ask("hello")
    reply = await _last(world)
    assert (reply.usage.input, reply.usage.output, reply.usage.reasoning) == (1_010, 502, 500)
    assert reply.cost == pytest.approx((1_010 + 5_020) / 1_000_000)
    assert (reply.usage_final, reply.usage_estimated) == (False, True)
    unsaid = await _world((Started(model="m"), Interrupted("cut")), GOOD, price=PRICED)
    await unsaid.ask("hello")
    reply = await _last(unsaid)
    assert reply.usage.input == 10 + (reply.expected_input or 0)
    assert reply.usage_estimated


async def test_a_limit_holds_for_all_attempts_of_a_call() -> None:
    """The next one is not sent when it could pass the limit together with those before it."""
    cut = (Started(model="m"), Metered(Usage(input=10, output=90)), Interrupted("cut"))
    world = await _world(cut, GOOD, price=PRICED)
    budget = Budget(lambda: Limits(per_call=0.0015), world.log.usage)
    world.engine = Engine(replace(world.engine.surroundings, budget=budget))
    with pytest.raises(BudgetExceeded):
        await world.ask("hello")
    assert len(world.player.requests) == 1
    assert (await _last(world)).cost == pytest.approx(910 / 1_000_000)


async def test_a_refused_value_is_told_each_time_and_another_one_is_sent() -> None:
    """The user reads the provider's reason wherever something was left out, and only that value is."""
    refusal = BadRequest("at most 1", origin=Origin(parameter="temperature"))
    world = await _world((refusal,), GOOD)
    told = [_notices(await world.ask("hello", settings=Settings(temperature=1.5))) for _ in range(2)]
    assert told == [["played/m does not take temperature: sent without it (at most 1)"]] * 2
    assert not _notices(await world.ask("hello", settings=Settings(temperature=0.2)))
    assert [request.settings.temperature for request in world.player.requests] == [1.5, None, None, 0.2]


async def test_a_reply_that_is_complete_is_kept_so_whatever_the_consumer_does() -> None:
    """Who stops at the last event, as it may, has the whole reply, its reasoning state included."""
    world = await _world((Started(model="m"), TextDelta("four"), Sealed([1]), Finished("stop")))
    async with aclosing(world.engine.turn(ASK)) as events:
        async for event in events:
            if isinstance(event, Finished):
                break
    reply = await _last(world)
    assert reply.state == "complete"
    assert (await world.last())[-1].message.sealed is not None


async def test_a_fault_of_tchat_is_not_told_as_the_users_doing() -> None:
    """The reply has failed, and the fault goes on to where it is reported."""
    world = await _world((Started(model="m"), TextDelta("fo"), RuntimeError("a bug")))
    with pytest.raises(RuntimeError):
        await world.ask("hello")
    reply = await _last(world)
    assert reply.state == "failed"
    assert reply.failure is not None
    assert "RuntimeError" in reply.failure.message


async def test_a_call_that_waited_for_a_slot_was_not_sent() -> None:
    """Stopped there it is not perhaps billed, and its request is shown as one that never went out."""
    gate = asyncio.Event()
    world = await _world((Started(model="m"), TextDelta("a"), gate, Finished("stop")), slots=1, price=PRICED)
    run = await world.log.runs.begin(NewRun(template="t", file=None, digest="d", inputs={}))
    turns: list[asyncio.Task[list[TurnEvent]]] = []
    opened = [asyncio.Event(), asyncio.Event()]
    world.player.on_call = opened[0].set

    async def reserved(*_: object) -> None:
        if opened[0].is_set():
            opened[1].set()

    world.engine.surroundings.budget.reserve = reserved  # pyright: ignore[reportAttributeAccessIssue]
    async with asyncio.timeout(20):
        for place, reached in zip("ab", opened, strict=True):
            mark = CallMark(run_id=run, place=place, digest=place)
            turns.append(asyncio.create_task(world.ask("hello", mark=mark)))
            await reached.wait()
        for turn in reversed(turns):
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
    calls = await world.log.runs.calls(run)
    assert [(call.place, call.state, call.is_perhaps_billed) for call in calls] == [
        ("a", "stopped", True),
        ("b", "stopped", False),
    ]
    assert (await sent_for(world.engine, calls[0].reply_id)).notes == ()
    assert (await sent_for(world.engine, calls[1].reply_id)).notes == ("nothing was sent: it was stopped before",)


async def test_a_shortened_request_leaves_no_reasoning_state() -> None:
    """It would fit no later request, and none is told to have lost what it never had."""
    sealed = (Started(model="m"), TextDelta("four"), Sealed([1]), Metered(Usage(input=600, output=1)), Finished("stop"))
    world = await _world((Started(model="m"), TextDelta("two"), Finished("stop")), sealed, window=1_000)
    for text in ("alpha " * 500, "beta " * 500, "gamma"):
        branch = await world.last() if world.player.requests else ()
        place = {"parent_id": branch[-1].id, "conversation_id": branch[-1].conversation_id} if branch else {}
        notices = _notices(await world.ask(text, fit="drop", **place))
    assert (await world.last())[3].message.sealed is None
    assert notices == ["the oldest turn is left out, so that the conversation fits played/m"]


async def test_what_is_foreseen_takes_in_the_reply_that_has_ended() -> None:
    """The estimate beside the composer is not that of the moment in which the reply began."""
    world = await _world((Started(model="m"), TextDelta("some words " * 500), Finished("stop")))
    foreseeing, estimator, facts = Foreseeing(world.engine), Estimator("m"), world.engine.surroundings.facts(ASK.ref)
    early = ()
    async with aclosing(world.engine.turn(ASK)) as events:
        async for event in events:
            if isinstance(event, Started):
                early = await world.last()
    late = await world.last()
    asked = replace(ASK, message=None)
    before = foreseeing.tell(asked, user("next"), early, facts, estimator)
    after = foreseeing.tell(asked, user("next"), late, facts, estimator)
    assert after.tokens > before.tokens + 500
