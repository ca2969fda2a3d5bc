"""The conversation on the screen, without a screen."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tchat.domain.conversation import StoredMessage
from tchat.domain.effort import Effort
from tchat.domain.errors import NotFound, StoreError, TchatError
from tchat.domain.message import user
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Settings
from tchat.runtime import Runtime
from tchat.tui.choice import Choice, shifted
from tchat.tui.requests import request_of
from tchat.tui.talk import Talk
from tchat.tui.talk_events import (
    BranchShown,
    ListChanged,
    TalkEvent,
    Troubled,
    TurnBegan,
    TurnEnded,
    TurnGrew,
    TurnRefused,
    TurnStored,
)
from tchat.tui.tree import Tree
from tests.tui.gates import Gate
from tests.tui.running import ECHO, make_runtime


class Told:
    """What a talk told, and a way to wait for it."""

    def __init__(self) -> None:
        self.events: list[TalkEvent] = []
        self._changed = asyncio.Event()

    def take(self, event: TalkEvent) -> None:
        """Keep an event."""
        self.events.append(event)
        self._changed.set()

    def fail(self, error: BaseException) -> None:
        """Faults end the test."""
        raise error

    async def wait_for(self, kind: type[TalkEvent], count: int = 1) -> None:
        """Return once so many events of a kind were told."""
        async with asyncio.timeout(20):
            while len([event for event in self.events if isinstance(event, kind)]) < count:
                self._changed.clear()
                await self._changed.wait()

    async def idle(self, talk: Talk) -> None:
        """Return once nothing is under way."""
        await asyncio.wait_for(talk._tasks.join(), 20)
        assert talk.is_idle


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncGenerator[Runtime]:
    """A home of its own."""
    runtime = make_runtime(tmp_path)
    yield runtime
    await runtime.aclose()


@pytest.fixture
def told() -> Told:
    """An empty ear."""
    return Told()


@pytest.fixture
def talk(runtime: Runtime, told: Told) -> Talk:
    """A new conversation with the model that answers with what it was asked."""
    return Talk(runtime, Choice(ref=ECHO), told.take, told.fail)


def texts(talk: Talk) -> list[str]:
    """Return the texts of the branch."""
    return [placed.stored.message.text for placed in talk.branch]


async def say(talk: Talk, text: str, *, instead_of: str | None = None) -> None:
    """Say something at the end of the branch, or in place of a message."""
    await talk.start(replace(talk.plan(instead_of).ask, message=user(text)))


async def said(talk: Talk, told: Told, text: str) -> None:
    """Say something and wait for the reply."""
    ends = sum(isinstance(event, TurnEnded) for event in told.events)
    await say(talk, text)
    await told.wait_for(TurnEnded, ends + 1)


async def test_a_turn_is_told_from_its_beginning_to_its_end(talk: Talk, told: Told) -> None:
    """What was said is stored first, then the reply grows, then it is stored."""
    await said(talk, told, "hello")
    told_of = [event for event in told.events if not isinstance(event, ListChanged)]
    assert isinstance(told_of[0], TurnStored)
    assert isinstance(next(event for event in told_of if not isinstance(event, TurnStored | TurnGrew)), TurnBegan)
    assert all(isinstance(event, TurnBegan | TurnGrew) for event in told_of[1:-1])
    ended = told_of[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.reply is not None
    assert ended.reply.stored.message.text == "".join(ended.turn.text)
    assert texts(talk) == ["hello", ended.reply.stored.message.text]


async def test_a_turn_follows_the_last_message(talk: Talk, told: Told) -> None:
    """One conversation, one branch."""
    await said(talk, told, "one")
    await said(talk, told, "two")
    assert texts(talk)[::2] == ["one", "two"]
    assert len({placed.stored.conversation_id for placed in talk.branch}) == 1


async def test_asking_again_makes_a_sibling(talk: Talk, told: Told, runtime: Runtime) -> None:
    """Both replies are kept, and one can go from one to the other."""
    await said(talk, told, "one")
    first = talk.branch[1].stored.id
    await talk.start(talk.again(first))
    await told.wait_for(TurnEnded, 2)
    assert talk.branch[1].siblings == (first, talk.branch[1].stored.id)
    assert await Tree(runtime, talk).go_to_sibling(talk.branch[1].stored.id, -1)
    assert talk.branch[1].stored.id == first
    assert not await Tree(runtime, talk).go_to_sibling(first, -1)


async def test_editing_makes_a_sibling_of_what_was_said(talk: Talk, told: Told, runtime: Runtime) -> None:
    """The old wording and all that followed it stay."""
    await said(talk, told, "one")
    await said(talk, told, "two")
    edited = talk.branch[2].stored.id
    await say(talk, "zwei", instead_of=edited)
    await told.wait_for(TurnEnded, 3)
    assert texts(talk)[::2] == ["one", "zwei"]
    assert await Tree(runtime, talk).go_to_sibling(talk.branch[2].stored.id, -1)
    assert texts(talk)[::2] == ["one", "two"]


async def test_a_turn_goes_on_while_another_conversation_is_read(runtime: Runtime, told: Told) -> None:
    """It is stored as if it had been watched, and can be joined while it streams."""
    talk = Talk(runtime, Choice(ref=ModelRef("script", "slow")), told.take, told.fail)
    await say(talk, "first")
    await told.wait_for(TurnBegan)
    assert talk.conversation is not None
    first = talk.conversation.id
    talk.begin()
    assert talk.branch == ()
    assert talk.streaming == {first}
    await talk.open(first)
    shown = told.events[-1] if isinstance(told.events[-1], BranchShown) else told.events[-2]
    assert isinstance(shown, BranchShown)
    assert shown.live is not None
    talk.begin()
    await told.wait_for(TurnEnded)
    assert talk.branch == ()
    await talk.open(first)
    reply = talk.branch[-1].stored.reply
    assert reply is not None
    assert reply.state == "complete"


async def test_stopping_keeps_what_arrived(runtime: Runtime, told: Told) -> None:
    """The reply is stored as stopped, with its text so far."""
    talk = Talk(runtime, Choice(ref=ModelRef("script", "slow")), told.take, told.fail)
    await say(talk, "go")
    await told.wait_for(TurnGrew, 6)
    assert talk.stop()
    await told.wait_for(TurnEnded)
    reply = talk.branch[-1].stored
    assert reply.reply is not None
    assert reply.reply.state == "stopped"
    assert reply.message.text == "".join(event.text for event in told.events if isinstance(event, TurnGrew))
    assert not talk.stop()


async def test_a_failed_turn_keeps_the_question(runtime: Runtime, told: Told) -> None:
    """It stands in the branch with the reason below it."""
    talk = Talk(runtime, Choice(ref=ModelRef("script", "unauthorized")), told.take, told.fail)
    await said(talk, told, "hello")
    reply = talk.branch[-1].stored.reply
    assert reply is not None
    assert reply.failure is not None
    assert texts(talk)[0] == "hello"


async def test_what_cannot_be_stored_is_refused(talk: Talk, told: Told, runtime: Runtime) -> None:
    """Nothing is sent, and the error is told along with the turn."""
    await (await runtime.store()).aclose()
    await say(talk, "hello")
    await told.wait_for(TurnRefused)
    refused = next(event for event in told.events if isinstance(event, TurnRefused))
    assert isinstance(refused.error, TchatError)
    assert talk.branch == ()


async def test_deleting_a_message_takes_what_follows_and_can_be_undone(
    talk: Talk, told: Told, runtime: Runtime
) -> None:
    """All of it comes back; what is gone already cannot be deleted again."""
    tree = Tree(runtime, talk)
    await said(talk, told, "one")
    await said(talk, told, "two")
    assert talk.conversation is not None
    home, before, deleted = talk.conversation.id, texts(talk), talk.branch[2].stored.id
    assert await tree.discard(deleted) == 2
    assert texts(talk) == before[:2]
    with pytest.raises(NotFound):
        await tree.discard(deleted)
    with pytest.raises(NotFound):
        await request_of(talk, deleted)
    found = await tree.restore()
    assert found is not None
    assert found[0] == home
    await talk.open(home, message_id=found[1])
    assert texts(talk) == before
    assert await tree.restore() is None


async def test_a_fork_is_a_conversation_of_its_own(talk: Talk, told: Told, runtime: Runtime) -> None:
    """What is said in it changes nothing in the first one."""
    await said(talk, told, "one")
    await said(talk, told, "two")
    assert talk.conversation is not None
    first, before = talk.conversation.id, texts(talk)
    await talk.open(await Tree(runtime, talk).fork(talk.branch[1].stored.id))
    assert texts(talk) == before[:2]
    await said(talk, told, "three")
    await talk.open(first)
    assert texts(talk) == before


async def test_effort_goes_through_the_levels_of_the_model(runtime: Runtime, told: Told) -> None:
    """Up from the provider's own choice is more, down is less; behind the last level stands that choice again."""
    talk = Talk(runtime, Choice(ref=ModelRef("script", "thinking")), told.take, told.fail)
    assert (talk.facts.efforts, talk.facts.default_effort) == (("low", "medium", "high"), "medium")
    assert [talk.shift_effort(1) for _ in range(3)] == ["high", None, "high"]
    assert [talk.shift_effort(-1) for _ in range(4)] == ["medium", "low", None, "low"]
    assert [talk.shift_effort(1) for _ in range(3)] == ["medium", "high", None]


@pytest.mark.parametrize(("own", "up", "down"), [("low", "medium", "low"), ("high", "high", "medium")])
def test_effort_is_never_less_by_raising_the_provider_s_own_choice(own: Effort, up: Effort, down: Effort) -> None:
    """Where there is no level above it, it is that one; the same the other way round."""
    facts = ModelFacts(provider="p", name="m", efforts=("low", "medium", "high"), default_effort=own)
    assert (shifted(facts, None, 1), shifted(facts, None, -1)) == (up, down)


async def test_effort_goes_through_the_common_levels_where_nobody_knows_those_of_the_model(
    told: Told, tmp_path: Path
) -> None:
    """Up from the provider's own choice is never less reasoning; a level beside them counts as the nearest."""
    runtime = make_runtime(tmp_path, '[providers.own]\nbase_url = "http://127.0.0.1:1/v1"\n')
    talk = Talk(runtime, Choice(ref=ModelRef("own", "unheard-of")), told.take, told.fail)
    assert talk.facts.efforts is None
    assert [talk.shift_effort(1) for _ in range(4)] == ["low", "medium", "high", None]
    talk.choose(replace(talk.choice, settings=Settings(effort="xhigh")))
    assert talk.shift_effort(-1) == "medium"


async def test_a_model_without_reasoning_has_no_effort(told: Told, tmp_path: Path) -> None:
    """The gauge does not move."""
    runtime = make_runtime(tmp_path, 'model = "script/echo"\n[models."script/echo"]\nefforts = []\n')
    talk = Talk(runtime, Choice(ref=ECHO), told.take, told.fail)
    assert not talk.has_efforts
    assert talk.shift_effort(1) is None
    assert talk.choice.settings.effort is None


async def test_a_read_that_was_under_way_does_not_undo_a_new_conversation(
    talk: Talk, told: Told, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that looks for changes, nor one that brings a turn on the screen."""
    await said(talk, told, "one")
    assert talk.conversation is not None
    store, first = await runtime.store(), talk.conversation
    await store.rename(first.id, "renamed by another program")
    for name, read in (("branch", talk.refresh), ("message", lambda: say(talk, "two"))):
        gate, real = Gate(), getattr(store, name)

        async def gated(wanted: str, gate: Gate = gate, real: Callable[[str], Awaitable[object]] = real) -> object:
            await gate.passed()
            return await real(wanted)

        with monkeypatch.context() as patch:
            patch.setattr(store, name, gated)
            reading = asyncio.create_task(read())
            await gate.reached.wait()
            talk.begin()
            gate.open()
            await reading
            await told.idle(talk)
        assert talk.conversation is None
        assert talk.branch == ()
        await talk.open(first.id)
    assert texts(talk)[::2] == ["one", "two"]


async def test_a_turn_that_cannot_be_shown_at_once_is_shown_at_its_end(
    talk: Talk, told: Told, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is told once."""
    store = await runtime.store()
    real, errors = store.message, [StoreError("the disk has a scratch")]

    async def scratched(message_id: str) -> StoredMessage:
        if errors:
            raise errors.pop()
        return await real(message_id)

    monkeypatch.setattr(store, "message", scratched)
    await said(talk, told, "one")
    assert len([event for event in told.events if isinstance(event, Troubled)]) == 1
    assert len(talk.branch) == 2
    assert talk.live is None


async def test_a_turn_that_is_stopped_before_it_is_stored_is_shown_as_stopped(talk: Talk, told: Told) -> None:
    """What was said is in the conversation, and the reply ends at once."""
    await say(talk, "one")
    assert talk.stop()
    await told.wait_for(TurnEnded)
    reply = talk.branch[1].stored.reply
    assert reply is not None
    assert reply.state == "stopped"


async def test_nothing_is_known_of_a_model_whose_provider_is_not_known(talk: Talk) -> None:
    """And that is no error."""
    talk.choose(Choice(ref=ModelRef("nope", "xyz")))
    assert talk.facts.window is None
    assert talk.shift_effort(1) is not None


async def test_another_program_s_turn_is_taken_in(talk: Talk, told: Told, tmp_path: Path) -> None:
    """Two of them on one database see each other's messages."""
    await said(talk, told, "one")
    assert talk.conversation is not None
    other_runtime, other_told = make_runtime(tmp_path), Told()
    other = Talk(other_runtime, Choice(ref=ECHO), other_told.take, other_told.fail)
    await other.open(talk.conversation.id)
    await said(other, other_told, "two")
    await other_runtime.aclose()
    await talk.refresh()
    assert texts(talk)[::2] == ["one", "two"]
