"""Conversations that go on from a summary of their beginning: nothing is lost, and a failure changes nothing."""

from contextlib import aclosing

import pytest
from msgspec.structs import replace

from tchat.domain.conversation import StoredMessage
from tchat.domain.errors import BudgetExceeded, CheckFailed, ContextTooLong, KeyRejected, TchatError
from tchat.domain.events import Finished, Metered, Notice, Started, Summarising, TextDelta, TurnEvent, TurnOpened
from tchat.domain.message import user
from tchat.domain.model import ModelFacts, ModelRef, Price
from tchat.domain.usage import Usage
from tchat.engine.budget import Budget, Limits
from tchat.engine.sent import sent_for
from tchat.engine.session import Ask, Engine
from tchat.engine.summarising import asked
from tests.engine.test_session import Step, World, _world

PRICED = Price(input=1.0, output=10.0, source="list")
WINDOW = 1_000
SUMMARY: tuple[Step, ...] = (
    Started(model="m-1"), TextDelta("They spoke of words."), Metered(Usage(input=700, output=6)), Finished("stop"),
)  # fmt: skip
NEXT: tuple[Step, ...] = (Started(model="m-1"), TextDelta("Yes."), Finished("stop"))
LONG = "one more word " * 86


async def talked(*plays: tuple[Step, ...], turns: int = 3) -> World:
    """Return a world with a conversation that nearly fills its model; `plays` come after it."""
    world = await _world(*[NEXT] * turns, *plays, price=PRICED, window=WINDOW)
    for number in range(turns):
        await world.ask(f"{number}: {LONG}", **(await place(world) if number else {}))
    return world


async def place(world: World) -> dict[str, str]:
    """Return where a conversation goes on."""
    *_, last = await world.last()
    return {"parent_id": last.id, "conversation_id": last.conversation_id}


async def go_on(world: World, text: str = LONG) -> list[TurnEvent]:
    """Say something more, with the beginning summarised if need be, and return every event."""
    wish = Ask(ref=ModelRef("played", "m"), message=user(text), fit="summarise", **await place(world))  # pyright: ignore[reportArgumentType]
    async with aclosing(asked(world.engine, wish)) as events:
        return [event async for event in events]


async def everything(world: World) -> tuple[object, ...]:
    """Return what a user can see of the conversation."""
    branch = await world.log.path((await place(world))["parent_id"])
    conversation = await world.log.conversation(branch[0].conversation_id)
    return branch, await world.log.tree(conversation.id), replace(conversation, updated_at=0)


def texts(messages: tuple[StoredMessage, ...]) -> list[str]:
    """Return what was said."""
    return [stored.message.text for stored in messages]


async def test_the_beginning_is_summarised_and_the_turn_goes_out_with_that() -> None:
    """It is told before and after, sent in place of the turns, and seen where it begins; the turns stay."""
    world = await talked(SUMMARY, NEXT)
    before = await world.last()
    events = await go_on(world)
    first, notice, opened = [event for event in events if isinstance(event, Summarising | Notice | TurnOpened)]
    assert first == Summarising(turns=2, model="played/m")
    assert isinstance(notice, Notice)
    assert "2 oldest turns" in notice.text
    assert "700 in · 6 out · $0.00076" in notice.text
    assert isinstance(opened, TurnOpened)
    asking, going_on = world.player.requests[-2:]
    assert texts(before)[:4] == [message.text for message in asking.messages[:-1]]
    question = asking.messages[-1].text
    assert "Summarise" in question
    assert [message.text for message in going_on.messages] == [
        question, "They spoke of words.", *texts(before)[4:], LONG,
    ]  # fmt: skip
    after = await world.last()
    assert texts(after) == [*texts(before), LONG, "Yes."]
    assert [stored.summary is not None for stored in after] == [False] * 3 + [True] + [False] * 4
    assert len(await world.log.tree(after[0].conversation_id)) == len(after)
    assert (await world.log.conversation(after[0].conversation_id)).messages == len(after)
    assert (await world.log.usage.of_conversation(after[0].conversation_id)).replies == 5


async def test_only_what_was_asked_since_goes_with_a_summary() -> None:
    """The next turn needs none and expects what the last one read; what was sent earlier is shown as it was."""
    counted: tuple[Step, ...] = (TextDelta("Yes."), Metered(Usage(input=200, output=1)), Finished("stop"))
    world = await talked(SUMMARY, counted, NEXT)
    await go_on(world)
    assert not any(isinstance(event, Summarising) for event in await go_on(world, "and?"))
    branch = await world.last()
    assert texts(branch)[-4:] == [LONG, "Yes.", "and?", "Yes."]
    reply = branch[-1].reply
    assert reply is not None
    assert 200 < (reply.expected_input or 0) < 220
    for stored, request in zip(
        (branch[5], branch[7]), (world.player.requests[2], world.player.requests[4]), strict=True
    ):
        assert (await sent_for(world.engine, stored.id)).request.messages == request.messages


async def test_a_fork_and_an_export_have_the_summary_too() -> None:
    """It stands for the same turns there."""
    import msgspec

    from tchat.store.exporting import Export, to_json, to_markdown

    world = await talked(SUMMARY, NEXT)
    await go_on(world)
    branch = await world.last()
    copy = await world.log.conversation(await world.log.fork(branch[-1].id))
    assert [stored.summary for stored in await world.log.tree(copy.id)] == [stored.summary for stored in branch]
    exported = msgspec.json.decode(to_json(copy, branch), type=Export).stored()
    assert [stored.summary for stored in exported] == [stored.summary for stored in branch]
    assert "They spoke of words." in to_markdown(copy, branch)


@pytest.mark.parametrize(
    ("play", "error"),
    [
        ((KeyRejected("no"),), KeyRejected),
        ((Started(model="m"), TextDelta("I will not."), Finished("refused")), CheckFailed),
        ((Started(model="m"), TextDelta(" \n"), Finished("stop")), CheckFailed),
    ],
)
async def test_a_summary_that_fails_changes_nothing(play: tuple[Step, ...], error: type[TchatError]) -> None:
    """Nothing is stored of the turn, nothing more is sent, and the conversation is what it was."""
    world = await talked(play)
    before = await everything(world)
    with pytest.raises(error):
        await go_on(world)
    assert await everything(world) == before
    assert len(world.player.requests) == 4


async def test_a_summary_is_held_to_the_budget() -> None:
    """What it could cost is reserved like that of any call; where that is too much, nothing is sent."""
    world = await talked(SUMMARY, NEXT)
    budget = Budget(lambda: Limits(per_call=0.0001), world.log.usage)
    world.engine = Engine(replace(world.engine.surroundings, budget=budget))
    before = await everything(world)
    with pytest.raises(BudgetExceeded):
        await go_on(world)
    assert await everything(world) == before
    assert len(world.player.requests) == 3


async def test_a_beginning_that_no_window_holds_is_summarised_in_parts() -> None:
    """Each summary reads the one before it, until the rest fits."""
    world = await talked(SUMMARY, SUMMARY, SUMMARY, NEXT)
    around = world.engine.surroundings

    def small(ref: ModelRef) -> ModelFacts:
        return replace(around.facts(ref), window=600)

    world.engine = Engine(replace(around, facts=small))
    events = await go_on(world)
    assert [event.turns for event in events if isinstance(event, Summarising)] == [1, 1, 1]
    first, *others, last = world.player.requests[-4:]
    assert [message.text for message in first.messages[:-1]] == [f"0: {LONG}", "Yes."]
    for number, request in enumerate(others, 1):
        assert [message.text for message in request.messages[1:-1]] == [
            "They spoke of words.",
            f"{number}: {LONG}",
            "Yes.",
        ]
    assert [message.text for message in last.messages[1:]] == ["They spoke of words.", LONG]


async def test_what_would_not_fit_even_so_is_not_summarised() -> None:
    """The message alone is too long: nothing is paid for first."""
    world = await talked()
    before = await everything(world)
    with pytest.raises(ContextTooLong):
        await go_on(world, LONG * 5)
    assert await everything(world) == before
    assert len(world.player.requests) == 3


async def test_turns_that_were_left_out_once_are_remembered() -> None:
    """The next turn is not taken for short because the last one was, and what was sent is shown as it was."""
    counted: tuple[Step, ...] = (TextDelta("Yes."), Metered(Usage(input=800, output=1)), Finished("stop"))
    world = await talked(counted, NEXT)
    await world.ask(LONG, fit="drop", **await place(world))
    *_, last = await world.last()
    assert last.reply is not None
    assert last.reply.left_out == 2
    assert (await sent_for(world.engine, last.id)).request.messages == world.player.requests[-1].messages
    with pytest.raises(ContextTooLong):
        await world.ask("and one more", **await place(world))
