"""A turn through the engine: stored before it is sent, kept whatever ends it, replayed only where it belongs."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest
from msgspec import Struct, field

from tchat.domain.conversation import StoredMessage
from tchat.domain.errors import BadRequest, ContextTooLong, Interrupted, KeyRejected, Origin, ServerFault
from tchat.domain.events import (
    Event,
    Finished,
    Metered,
    Notice,
    ReasoningDelta,
    Retrying,
    Sealed,
    Started,
    TextDelta,
    TurnEvent,
    TurnOpened,
)
from tchat.domain.ids import id_maker
from tchat.domain.message import assistant, user
from tchat.domain.model import ModelFacts, ModelRef, Price
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.engine.budget import Budget, Limits
from tchat.engine.session import Ask, Connection, Engine, Surroundings
from tchat.providers.base import WireRequest
from tchat.store.conversations import Conversations
from tchat.store.database import Database
from tests.payloads import BlankMedia

Step = Event | Exception | asyncio.Event
"""What a player does: yield an event, raise, or wait."""

GOOD: tuple[Step, ...] = (
    Started(model="m-1"),
    TextDelta("four"),
    Metered(Usage(input=10, output=2)),
    Finished("stop"),
)


class Player(Struct, kw_only=True):
    """A provider that plays one list of steps a call and keeps the requests."""

    plays: list[tuple[Step, ...]]
    name: str = "played"
    requests: list[Request] = field(default_factory=list[Request])
    under_way: int = 0
    most: int = 0
    on_call: Callable[[], None] = lambda: None

    async def stream(self, request: Request) -> AsyncGenerator[Event]:
        """Play the next list; the last one for ever."""
        self.on_call()
        self.requests.append(request)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for step in self.plays[min(len(self.requests), len(self.plays)) - 1]:
                await asyncio.sleep(0)
                match step:
                    case Exception():
                        raise step
                    case asyncio.Event():
                        await step.wait()
                    case _:
                        yield step
        finally:
            self.under_way -= 1

    async def wire(self, request: Request) -> WireRequest:
        """Show what is played."""
        return WireRequest(api="script", method="PLAY", url=request.model, headers={}, body=None)

    async def models(self) -> tuple[ModelFacts, ...]:
        """List nothing."""
        return ()

    async def warm(self) -> None:
        """Need nothing."""

    async def aclose(self) -> None:
        """Hold nothing."""


class World(Struct, kw_only=True):
    """An engine with a store in memory and a clock that does not wait."""

    player: Player
    log: Conversations
    engine: Engine
    slept: list[float]

    async def ask(self, text: str | None, **rest: object) -> list[TurnEvent]:
        """Ask and return every event."""
        message = user(text) if text is not None else None
        asked = Ask(ref=ModelRef("played", "m"), message=message, **rest)  # pyright: ignore[reportArgumentType]
        async with aclosing(self.engine.turn(asked)) as events:
            return [event async for event in events]

    async def last(self) -> tuple[StoredMessage, ...]:
        """Return the branch that was written last."""
        conversation = await self.log.last()
        assert conversation is not None
        assert conversation.leaf_id is not None
        return await self.log.path(conversation.leaf_id)


async def _world(
    *plays: tuple[Step, ...], slots: int = 8, price: Price | None = None, window: int | None = None
) -> World:
    player = Player(plays=list(plays) or [GOOD])
    log = Conversations(await Database.open(None), id_maker())
    slept: list[float] = []
    semaphore = asyncio.Semaphore(slots)

    async def connect(name: str) -> Connection:
        del name
        return Connection(provider=player, account="key", slots=semaphore)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    surroundings = Surroundings(
        connect=connect,
        keyless=lambda _: player,
        facts=lambda ref: ModelFacts(provider=ref.provider, name=ref.model, max_output=100, price=price, window=window),
        log=log,
        budget=Budget(Limits, log.usage),
        media=BlankMedia(),
        sleep=sleep,
        jitter=lambda: 0.5,
    )
    return World(player=player, log=log, engine=Engine(surroundings), slept=slept)


async def test_a_turn_is_told_from_its_opening_to_its_finish() -> None:
    """The first event says where the turn is stored, the last how it ended; the reply is kept with usage and cost."""
    world = await _world(price=Price(input=1.0, output=10.0))
    events = await world.ask("2 + 2?")
    assert isinstance(events[0], TurnOpened)
    assert isinstance(events[-1], Finished)
    question, answer = await world.last()
    assert (question.message.text, answer.message.text) == ("2 + 2?", "four")
    assert answer.reply is not None
    assert (answer.reply.state, answer.reply.usage, answer.reply.usage_final) == (
        "complete",
        Usage(input=10, output=2),
        True,
    )
    assert answer.reply.cost == pytest.approx(30 / 1_000_000)
    assert answer.reply.answered_by == "m-1"


@pytest.mark.parametrize(
    ("ends", "state", "text"),
    [
        ((KeyRejected("no"),), "failed", ""),
        ((Started(model="m"), TextDelta("par"), Interrupted("cut")), "interrupted", "par"),
        ((Started(model="m"), TextDelta("par"), ServerFault("broke")), "failed", "par"),
    ],
)
async def test_a_failed_turn_keeps_what_arrived(ends: tuple[Step, ...], state: str, text: str) -> None:
    """Question, partial reply, state and reason are stored; the error goes on to the door."""
    world = await _world(ends)
    with pytest.raises(type(ends[-1])):  # pyright: ignore[reportArgumentType]
        await world.ask("hello")
    question, answer = await world.last()
    assert question.message.text == "hello"
    assert answer.reply is not None
    assert answer.reply.failure is not None
    assert (answer.reply.state, answer.message.text) == (state, text)
    assert answer.reply.failure.kind == type(ends[-1]).__name__


async def test_closing_the_turn_stops_the_reply() -> None:
    """A door that closes the generator in mid-stream leaves a stopped reply with its text, and a closed provider."""
    world = await _world((Started(model="m"), TextDelta("par"), asyncio.Event()))
    async with aclosing(world.engine.turn(Ask(ref=ModelRef("played", "m"), message=user("hello")))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    _, answer = await world.last()
    assert answer.reply is not None
    assert (answer.reply.state, answer.message.text, world.player.under_way) == ("stopped", "par", 0)


async def test_only_a_reply_that_nobody_saw_is_asked_for_again() -> None:
    """Failures before the first token are retried with a countdown; one after it is not."""
    world = await _world((ServerFault("busy", origin=Origin(retry_after=2.5)),), GOOD)
    events = await world.ask("hello")
    told = [event.delay for event in events if isinstance(event, Retrying)]
    assert told == [2.75, 1.75, 0.75]
    assert sum(world.slept) == 2.75
    shown = await _world((Started(model="m"), TextDelta("a"), ServerFault("busy")), GOOD)
    with pytest.raises(ServerFault):
        await shown.ask("hello")
    assert len(shown.player.requests) == 1


async def test_an_answer_is_regenerated_beside_the_old_one() -> None:
    """Asking again without a message makes a sibling and changes nothing of what was there."""
    world = await _world(GOOD, (Started(model="m"), TextDelta("4"), Finished("stop")))
    opened = (await world.ask("2 + 2?"))[0]
    assert isinstance(opened, TurnOpened)
    await world.ask(None, parent_id=opened.message_id, conversation_id=opened.conversation_id)
    replies = await world.log.siblings(opened.reply_id)
    assert [reply.message.text for reply in replies] == ["four", "4"]
    assert world.player.requests[1].messages == (user("2 + 2?"),)


async def test_examples_are_sent_and_stored_before_the_question() -> None:
    """Few-shot examples are messages of the branch: what goes on from it sends them again."""
    world = await _world()
    opened = (await world.ask("3 + 3?", lead=(user("1 + 1?"), assistant("two"))))[0]
    assert isinstance(opened, TurnOpened)
    await world.ask("sure?", parent_id=opened.reply_id, conversation_id=opened.conversation_id)
    assert [message.text for message in world.player.requests[1].messages] == [
        "1 + 1?", "two", "3 + 3?", "four", "sure?",
    ]  # fmt: skip


async def test_reasoning_state_is_replayed_and_dropped_with_a_notice() -> None:
    """The next turn of the same model gets the sealed state back; another system prompt gets the text and a notice."""
    sealed = (Started(model="m"), TextDelta("four"), Sealed([{"signature": "s"}]), Finished("stop"))
    world = await _world(sealed)
    opened = (await world.ask("2 + 2?"))[0]
    assert isinstance(opened, TurnOpened)
    place = {"parent_id": opened.reply_id, "conversation_id": opened.conversation_id}
    await world.ask("sure?", **place)
    replayed = world.player.requests[1].messages[1].sealed
    assert replayed is not None
    assert replayed.data == [{"signature": "s"}]
    events = await world.ask("sure?", system="Be brief.", **place)
    assert world.player.requests[2].messages[1] == assistant("four")
    assert any(isinstance(event, Notice) and "reasoning state" in event.text for event in events)


async def test_calls_under_way_are_limited() -> None:
    """No more calls than the provider's slots run at once, however many are asked for."""
    gate = asyncio.Event()
    world = await _world((Started(model="m"), gate, TextDelta("a"), Finished("stop")), slots=2)
    turns = [asyncio.create_task(world.ask(str(number))) for number in range(6)]
    async with asyncio.timeout(20):
        while world.player.under_way < 2:  # noqa: ASYNC110  # the player tells nobody
            await asyncio.sleep(0.001)
    gate.set()
    await asyncio.gather(*turns)
    assert len(world.player.requests) == 6
    assert world.player.most == 2


async def test_the_question_is_stored_before_it_is_sent() -> None:
    """When the provider is called, the message and its empty reply are in the database already."""
    world = await _world()
    found: list[asyncio.Task[tuple[StoredMessage, ...]]] = []
    world.player.on_call = lambda: found.append(asyncio.create_task(world.last()))
    await world.ask("hello")
    question, _ = await found[0]
    assert question.message.text == "hello"


PRICED = Price(input=1.0, output=10.0, source="list")


async def test_a_stopped_reply_is_metered_by_an_estimate() -> None:
    """Where the provider never said the usage, both sides are estimated, marked so, and cost something."""
    world = await _world((Started(model="m"), TextDelta("a few words of an answer"), asyncio.Event()), price=PRICED)
    async with aclosing(world.engine.turn(Ask(ref=ModelRef("played", "m"), message=user("hello there")))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    reply = (await world.last())[1].reply
    assert reply is not None
    assert (reply.usage_estimated, reply.usage_final) == (True, False)
    assert reply.usage.input == reply.expected_input
    assert 3 < (reply.usage.output or 0) < 12
    assert (reply.cost or 0) > 0
    assert reply.price == Price(input=1.0, output=10.0, source="list")
    assert (await world.log.usage.sum()).estimated == 1


async def test_what_the_provider_said_before_the_end_stays() -> None:
    """Input that was counted is kept; only what was written after the last count is estimated."""
    said = Metered(Usage(input=500, cached_read=400, output=1))
    world = await _world((Started(model="m"), said, TextDelta("a few words of it"), Interrupted("cut")), price=PRICED)
    with pytest.raises(Interrupted):
        await world.ask("hello")
    reply = (await world.last())[1].reply
    assert reply is not None
    assert (reply.usage.input, reply.usage.cached_read, reply.usage_estimated) == (500, 400, True)
    assert (reply.usage.output or 0) > 1


@pytest.mark.parametrize("error", [KeyRejected("no"), BadRequest("no"), ServerFault("broken")])
async def test_what_a_provider_refused_took_nothing(error: Exception) -> None:
    """A request that was turned down is neither estimated nor counted."""
    world = await _world(*([(error,)] * 9), price=PRICED)
    with pytest.raises(type(error)):
        await world.ask("hello")
    reply = (await world.last())[1].reply
    assert reply is not None
    assert (reply.usage, reply.cost, reply.usage_estimated) == (Usage(), None, False)
    assert (await world.log.usage.sum()).replies == 0


async def test_a_complete_reply_without_usage_is_estimated() -> None:
    """A server that never counts is estimated, and says so."""
    world = await _world((Started(model="m"), TextDelta("four"), Finished("stop")), price=PRICED)
    await world.ask("2 + 2?")
    reply = (await world.last())[1].reply
    assert reply is not None
    assert (reply.state, reply.usage_estimated, reply.usage_final) == ("complete", True, False)
    assert reply.cost is not None


async def test_the_providers_own_charge_wins() -> None:
    """What it says it charged is the cost, and no price is kept beside it."""
    usage = Usage(input=10, output=2, cost=0.25)
    world = await _world((Started(model="m"), TextDelta("x"), Metered(usage), Finished("stop")), price=PRICED)
    await world.ask("hello")
    reply = (await world.last())[1].reply
    assert reply is not None
    assert (reply.cost, reply.price, reply.usage.cost) == (0.25, None, 0.25)


async def test_speed_is_kept() -> None:
    """Seconds to the first token, to the first one of the answer, and of reasoning between them."""
    world = await _world((Started(model="m"), ReasoningDelta("hm"), TextDelta("x"), Finished("stop")))
    await world.ask("hello")
    reply = (await world.last())[1].reply
    assert reply is not None
    assert reply.first_token_after is not None
    assert reply.first_text_after is not None
    assert reply.seconds is not None
    assert 0 <= reply.first_token_after <= reply.first_text_after <= reply.seconds
    assert reply.reasoning_seconds == reply.first_text_after - reply.first_token_after
    broken = await _world((Started(model="m"), ReasoningDelta("hm"), Interrupted("cut")))
    with pytest.raises(Interrupted):
        await broken.ask("hello")
    reply = (await broken.last())[1].reply
    assert reply is not None
    assert reply.first_token_after is not None
    assert reply.seconds is not None
    assert reply.reasoning_seconds == reply.seconds - reply.first_token_after


async def test_the_next_turn_expects_what_the_last_one_read() -> None:
    """A count of the provider's stands for all that it had counted; only the rest is estimated."""
    counted = (Started(model="m"), TextDelta("four"), Metered(Usage(input=90_000, output=1)), Finished("stop"))
    world = await _world(counted)
    opened = (await world.ask("2 + 2?"))[0]
    assert isinstance(opened, TurnOpened)
    await world.ask("sure?", parent_id=opened.reply_id, conversation_id=opened.conversation_id)
    reply = (await world.last())[-1].reply
    assert reply is not None
    assert 90_000 < (reply.expected_input or 0) < 90_030


async def test_a_conversation_that_does_not_fit_is_not_sent() -> None:
    """The window is checked first, with a hint; the provider is never asked."""
    world = await _world(window=50)
    with pytest.raises(ContextTooLong, match="takes 50"):
        await world.ask("many words " * 40)
    assert world.player.requests == []
    assert (await world.last())[1].reply is not None
