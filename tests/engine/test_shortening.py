"""What is told of ways out before one is taken is what taking it does, and no summary costs more than was said."""

import pytest
from msgspec.structs import replace

from tchat.domain.events import Finished, Metered, Notice, Started, Summarising, TextDelta
from tchat.domain.message import user
from tchat.domain.model import ModelFacts, ModelRef, Price
from tchat.domain.usage import Usage
from tchat.engine.session import Ask, Engine
from tchat.engine.shortening import WaysOut, ways_out
from tests.engine.test_session import Step, World
from tests.engine.test_summarising import LONG, NEXT, PRICED, SUMMARY, go_on, place, talked

REF = ModelRef("played", "m")


async def looked_up(world: World, text: str = LONG) -> WaysOut:
    """Return what is told of a message that does not fit."""
    around = world.engine.surroundings
    where = await place(world)
    wish = Ask(ref=REF, message=user(text), **where)  # pyright: ignore[reportArgumentType]
    history = await world.log.path(where["parent_id"])
    facts = await around.priced(around.facts(REF))
    return ways_out(world.engine, wish, history, facts, await around.estimator(REF))


def with_facts(world: World, **fields: object) -> None:
    """Let something else be known of the model."""
    around = world.engine.surroundings

    def changed(ref: ModelRef) -> ModelFacts:
        return replace(around.facts(ref), **fields)

    world.engine = Engine(replace(around, facts=changed))


async def test_a_summary_takes_what_was_told_before() -> None:
    """The same turns; about what was expected to be read, and never more than the worst case."""
    world = await talked(SUMMARY, NEXT)
    summary = (await looked_up(world)).summary
    assert summary is not None
    events = await go_on(world)
    assert [event.turns for event in events if isinstance(event, Summarising)] == [summary.turns]
    assert summary.calls == 1
    read = world.player.requests[3]
    expected = (await world.engine.surroundings.estimator(REF)).request(read)
    assert summary.cost == pytest.approx((expected + 100 * 10) / 1e6, rel=0.02)
    assert summary.worst_cost is not None
    most = sum(len(message.text.encode()) + 16 for message in read.messages) + len(b"null")
    assert summary.worst_cost == pytest.approx((most + 100 * 10) / 1e6)


async def test_each_summary_of_several_is_counted() -> None:
    """Where no window holds the beginning at once; each reads the one before it."""
    longest: tuple[Step, ...] = (
        Started(model="m-1"), TextDelta("They spoke of words."), Metered(Usage(input=430, output=75)), Finished("stop"),
    )  # fmt: skip
    world = await talked(longest, longest, longest, NEXT)
    with_facts(world, window=600)
    summary = (await looked_up(world)).summary
    assert summary is not None
    assert (summary.turns, summary.calls) == (3, 3)
    events = await go_on(world)
    assert sum(isinstance(event, Summarising) for event in events) == summary.calls
    said = [event.text for event in events if isinstance(event, Notice)]
    assert len(said) == summary.calls
    real = 3 * (430 + 75 * 10) / 1e6
    assert summary.cost == pytest.approx(real, rel=0.2)
    assert summary.worst_cost is not None
    assert summary.worst_cost > real


@pytest.mark.parametrize(
    ("price", "cost"), [(None, None), (Price(input=0, output=0), 0.0), (replace(PRICED, service="flex"), None)]
)
async def test_what_a_summary_costs_is_unknown_where_the_price_is(price: Price | None, cost: float | None) -> None:
    """And nothing where the model is free."""
    world = await talked()
    with_facts(world, price=price)
    summary = (await looked_up(world)).summary
    assert summary is not None
    assert summary.worst_cost == cost
    if price is None or price.is_free:
        assert summary.cost == cost


async def test_what_would_not_fit_even_so_is_told() -> None:
    """No summary helps, and nothing that could be left out; a little less, and leaving out does."""
    world = await talked()
    assert await looked_up(world, LONG * 5) == WaysOut()
    ways = await looked_up(world, LONG * 3)
    assert (ways.summary, ways.left_out) == (None, 3)


async def test_as_many_turns_are_left_out_as_was_told() -> None:
    """The request has the others."""
    world = await talked(NEXT)
    left_out = (await looked_up(world)).left_out
    assert left_out is not None
    await world.ask(LONG, fit="drop", **await place(world))
    assert len(world.player.requests[-1].messages) == 2 * (3 - left_out) + 1
