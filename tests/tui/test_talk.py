"""The conversation on the screen, without a screen."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tchat.domain.effort import EFFORTS
from tchat.domain.errors import TchatError
from tchat.domain.message import user
from tchat.domain.model import ModelRef
from tchat.runtime import Runtime
from tchat.tui.choice import Choice
from tchat.tui.talk import Talk
from tchat.tui.talk_events import (
    BranchShown,
    ListChanged,
    TalkEvent,
    TurnBegan,
    TurnEnded,
    TurnGrew,
    TurnRefused,
)
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


async def said(talk: Talk, told: Told, text: str) -> None:
    """Say something and wait for the reply."""
    ends = sum(isinstance(event, TurnEnded) for event in told.events)
    await talk.send(user(text))
    await told.wait_for(TurnEnded, ends + 1)


async def test_a_turn_is_told_from_its_beginning_to_its_end(talk: Talk, told: Told) -> None:
    """What was said is stored first, then the reply grows, then it is stored."""
    await said(talk, told, "hello")
    told_of = [event for event in told.events if not isinstance(event, ListChanged)]
    assert isinstance(told_of[0], TurnBegan)
    assert all(isinstance(event, TurnGrew) for event in told_of[1:-1])
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


async def test_asking_again_makes_a_sibling(talk: Talk, told: Told) -> None:
    """Both replies are kept, and one can go from one to the other."""
    await said(talk, told, "one")
    first = talk.branch[1].stored.id
    await talk.again(first)
    await told.wait_for(TurnEnded, 2)
    assert talk.branch[1].siblings == (first, talk.branch[1].stored.id)
    assert await talk.go_to_sibling(talk.branch[1].stored.id, -1)
    assert talk.branch[1].stored.id == first
    assert not await talk.go_to_sibling(first, -1)


async def test_editing_makes_a_sibling_of_what_was_said(talk: Talk, told: Told) -> None:
    """The old wording and all that followed it stay."""
    await said(talk, told, "one")
    await said(talk, told, "two")
    edited = talk.branch[2].stored.id
    await talk.resend(edited, user("zwei"))
    await told.wait_for(TurnEnded, 3)
    assert texts(talk)[::2] == ["one", "zwei"]
    assert await talk.go_to_sibling(talk.branch[2].stored.id, -1)
    assert texts(talk)[::2] == ["one", "two"]


async def test_a_turn_goes_on_while_another_conversation_is_read(runtime: Runtime, told: Told) -> None:
    """It is stored as if it had been watched, and can be joined while it streams."""
    talk = Talk(runtime, Choice(ref=ModelRef("script", "slow")), told.take, told.fail)
    await talk.send(user("first"))
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
    await talk.send(user("go"))
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
    await talk.send(user("hello"))
    await told.wait_for(TurnRefused)
    refused = next(event for event in told.events if isinstance(event, TurnRefused))
    assert isinstance(refused.error, TchatError)
    assert talk.branch == ()


async def test_deleting_a_message_takes_what_follows_and_can_be_undone(talk: Talk, told: Told) -> None:
    """All of it comes back."""
    await said(talk, told, "one")
    await said(talk, told, "two")
    before = texts(talk)
    assert await talk.discard(talk.branch[2].stored.id) == 2
    assert texts(talk) == before[:2]
    assert await talk.restore()
    assert texts(talk) == before
    assert not await talk.restore()


async def test_a_fork_is_a_conversation_of_its_own(talk: Talk, told: Told) -> None:
    """What is said in it changes nothing in the first one."""
    await said(talk, told, "one")
    await said(talk, told, "two")
    assert talk.conversation is not None
    first, before = talk.conversation.id, texts(talk)
    await talk.fork(talk.branch[1].stored.id)
    assert texts(talk) == before[:2]
    await said(talk, told, "three")
    await talk.open(first)
    assert texts(talk) == before


async def test_effort_goes_through_the_levels_of_the_model(runtime: Runtime, told: Told) -> None:
    """Up from the provider's own choice through every level and back to it, and down the same way."""
    talk = Talk(runtime, Choice(ref=ModelRef("script", "thinking")), told.take, told.fail)
    levels = talk.facts.efforts or EFFORTS
    assert [talk.shift_effort(1) for _ in (*levels, None)] == [*levels, None]
    assert [talk.shift_effort(-1) for _ in (*levels, None)] == [*reversed(levels), None]


async def test_a_model_without_reasoning_has_no_effort(told: Told, tmp_path: Path) -> None:
    """The gauge does not move."""
    runtime = make_runtime(tmp_path, 'model = "script/echo"\n[models."script/echo"]\nefforts = []\n')
    talk = Talk(runtime, Choice(ref=ECHO), told.take, told.fail)
    assert not talk.has_efforts
    assert talk.shift_effort(1) is None
    assert talk.choice.settings.effort is None


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
