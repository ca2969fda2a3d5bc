"""Laws of runs that ask the engine: what is stopped is not sent, and what was spent is told and counted."""

import asyncio
from pathlib import Path

import pytest

from tchat.domain.errors import BudgetExceeded, Interrupted, KeyRejected, TchatError, TimedOut
from tchat.domain.events import Metered, Started, TextDelta
from tchat.domain.model import Price
from tchat.domain.usage import Usage
from tchat.templates.format import Template
from tchat.templates.happening import CallDone, CallStarted, RunDone, RunEvent
from tests.engine.test_session import GOOD, World, _world
from tests.templates import documents
from tests.templates.running import Kept, ended, kept
from tests.templates.scripted import follow, load

PRICED = Price(input=1.0, output=10.0)
"""A call of the player costs $0.00003, and $0.001 and a little for its prompt at most."""
EACH = '[[step]]\nname = "a"\nfor_each = "[1, 2, 3, 4, 5, 6]"\nprompt = "Item {{ item }}"\n'


class _All:
    """Tells when so many calls have begun."""

    def __init__(self, count: int) -> None:
        self.begun = asyncio.Event()
        self._left = count

    def __call__(self, event: RunEvent) -> None:
        self._left -= isinstance(event, CallStarted)
        if self._left == 0:
            self.begun.set()


async def _sent_one(world: World) -> None:
    """Wait until the player is asked for the first time."""
    sent = asyncio.Event()
    world.player.on_call = sent.set
    if not world.player.requests:
        await sent.wait()


def _done(happened: list[RunEvent]) -> list[CallDone]:
    return [event for event in happened if isinstance(event, CallDone)]


async def test_a_run_that_is_stopped_sends_nothing_more() -> None:
    """Of six calls that have begun one is out and comes to its end; those that wait for its slot are not sent."""
    held = asyncio.Event()
    world = await _world((*GOOD[:2], held, *GOOD[2:]), GOOD, slots=1, price=PRICED)
    run, happened, begun = (await kept(world)).run(load(EACH)), list[RunEvent](), _All(6)
    async with asyncio.timeout(20):
        following = asyncio.create_task(follow(run, happened, begun))
        await asyncio.gather(_sent_one(world), begun.begun.wait())
        assert run.under_way == 1
        run.stop()
        held.set()
        await following
    assert (len(world.player.requests), len(_done(happened)), run.under_way) == (1, 1, 0)
    assert not isinstance(happened[-1], RunDone)


async def test_a_call_that_waits_to_be_tried_again_is_not_under_way() -> None:
    """When the run is stopped it is not tried again."""
    world = await _world((TimedOut("no answer"),), GOOD, price=PRICED)
    run, happened = (await kept(world)).run(load('prompt = "x"')), list[RunEvent]()
    under_way: list[int] = []

    def on(_: RunEvent) -> None:
        under_way.append(run.under_way)
        if world.slept:
            run.stop()

    async with asyncio.timeout(20):
        await follow(run, happened, on)
    assert (len(world.player.requests), under_way[-1]) == (1, 0)
    (lost,) = _done(happened)
    assert lost.ending == "failed"
    assert lost.cost is not None
    assert lost.cost > 0  # what it may have cost is in the sums


async def test_where_one_call_fails_those_that_wait_are_not_sent() -> None:
    """A key that is rejected is rejected once."""
    held = asyncio.Event()
    world = await _world((held, KeyRejected("no such key")), slots=1)
    run, begun = (await kept(world)).run(load(EACH)), _All(6)
    async with asyncio.timeout(20):
        following = asyncio.create_task(follow(run, [], begun))
        await begun.begun.wait()
        held.set()
        with pytest.raises(KeyRejected):
            await following
    assert len(world.player.requests) == 1


async def test_a_call_is_told_with_what_its_lost_attempts_took() -> None:
    """As it is stored: what was lost is estimated, and a call that has failed for good has cost what was metered."""
    cut = (Started(model="m"), Metered(Usage(input=10, output=5)), TextDelta("fo"), Interrupted("cut"))
    world = await _world((TimedOut("no answer"),), GOOD, cut, price=PRICED)
    template = load('[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\nprompt = "then {{ a }}"')
    run, happened = await kept(world), list[RunEvent]()
    with pytest.raises(Interrupted):
        await follow(run.run(template), happened)
    first, second = _done(happened)
    assert first.cost is not None
    assert first.cost > 0.00003
    assert second.cost == pytest.approx(0.00006)
    assert second.usage.output == 5
    for done in (first, second):
        stored = (await world.log.message(done.reply_id or "")).reply
        assert stored is not None
        assert (done.usage, done.cost) == (stored.usage, stored.cost)
    spent = (await world.log.usage.of_run(run.journal.run_id)).known_cost
    assert spent == pytest.approx(first.cost + 0.00006)


# --- runs that are taken up again


async def _again(world: World, run: Kept, template: Template, per_run: float | None = None) -> Kept:
    """Take a run up again, one call after the other, and follow it to its end."""
    again = await kept(world, await ended(world, run), per_run=per_run, jobs=1)
    await follow(again.run(template), [])
    return again


@pytest.mark.parametrize("edited", [0, 5])
async def test_what_earlier_attempts_have_cost_is_spent(edited: int) -> None:
    """Before the first call is sent, wherever it stands."""
    world = await _world(price=PRICED)
    run = await kept(world)
    await follow(run.run(load(EACH)), [])
    assert (await world.log.usage.of_run(run.journal.run_id)).known_cost == pytest.approx(0.00018)
    items = [1, 2, 3, 4, 5, 6]
    items[edited] = 7
    template = load(EACH.replace("[1, 2, 3, 4, 5, 6]", str(items)))
    with pytest.raises(BudgetExceeded, match=r"0\.0002 of \$0\.00115 a run"):
        await _again(world, run, template, per_run=0.00115)
    with pytest.raises(BudgetExceeded, match=r"max_cost of t\.toml"):
        await _again(
            world, run, load(f"{EACH}[limits]\nmax_cost = 0.00115\n".replace("[1, 2, 3, 4, 5, 6]", str(items)))
        )
    assert len(world.player.requests) == 6
    await _again(world, run, template, per_run=0.0013)
    assert len(world.player.requests) == 7


async def test_what_has_cost_without_a_usable_reply_is_spent_too(tmp_path: Path) -> None:
    """Of the limit of a template that is used it is what was asked within it."""
    cut = (Started(model="m"), Metered(Usage(input=10, output=12)), TextDelta("fo"), Interrupted("cut"))
    world = await _world(cut, GOOD, price=PRICED)
    limited = "[limits]\nmax_cost = 0.0011\n"
    for name in ("one", "two"):
        documents.put(tmp_path, name, f'prompt = "Do {name}"\n{limited}')
    template = documents.load('[[step]]\nname = "a"\nuse = "one"\n[[step]]\nname = "b"\nuse = "two"\n', tmp_path)
    run = await kept(world, jobs=1)
    with pytest.raises(Interrupted):
        await follow(run.run(template), [])
    asked = len(world.player.requests)
    with pytest.raises(TchatError, match=r"max_cost of .*one\.toml"):
        await _again(world, run, template)
    assert len(world.player.requests) == asked
    documents.put(tmp_path, "one", 'prompt = "Do one"\n')
    template = documents.load('[[step]]\nname = "a"\nuse = "one"\n[[step]]\nname = "b"\nuse = "two"\n', tmp_path)
    await _again(world, run, template)
