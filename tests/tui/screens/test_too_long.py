"""What is offered in place of sending, where a conversation does not fit its model."""

from contextlib import aclosing
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from tchat.domain.draft import Draft
from tchat.domain.message import user
from tchat.domain.model import ModelRef
from tchat.engine.session import Ask
from tchat.tui.requests import request_of
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.models import ModelPicker
from tchat.tui.screens.too_long import TooLongScreen
from tests.tui.running import ECHO, ask, running, shown, type_text, wait_for
from tests.tui.screens.test_sending import hold

SMALL = 'model = "script/echo"\n[models."script/echo"]\nwindow = 700\n'
LONG = "and one more word " * 55
"""Fits the window once, and not twice."""


def offer(screen: ChatScreen) -> TooLongScreen | None:
    """Return what is offered."""
    return screen.app.screen if isinstance(screen.app.screen, TooLongScreen) else None


def takes_answers(screen: ChatScreen) -> bool:
    """Whether something is offered, and a letter would be an answer."""
    page = offer(screen)
    return page is not None and page.takes_answers


def told(page: TooLongScreen | None) -> str:
    """Return what an offer says."""
    assert page is not None
    return "\n".join(str(part.content) for part in page.query(Static))


async def overfill(pilot: Pilot[None], screen: ChatScreen) -> None:
    """Send what fits, and then what does not fit any more, and wait for the question."""
    for _ in range(2):
        screen.composer.insert(LONG)
        await pilot.press("enter")
        await wait_for(pilot, lambda: offer(screen) or (len(screen.talk.branch) == 2 and screen.is_settled))
    assert offer(screen)


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_what_does_not_fit_is_not_sent_and_stays_in_the_composer(tmp_path: Path, size: tuple[int, int]) -> None:
    """It is said before anything is sent or stored; Escape goes back to the draft."""
    async with running(tmp_path, config=SMALL, size=size) as (pilot, screen):
        await overfill(pilot, screen)
        await wait_for(pilot, lambda: takes_answers(screen))
        assert "This conversation does not fit the model" in told(offer(screen))
        assert "echo takes 700 together" in told(offer(screen))
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.app.screen is screen)
        assert screen.composer.draft.text == LONG
        assert len(screen.talk.branch) == 2


async def test_the_oldest_turns_are_left_out_where_that_is_chosen(tmp_path: Path) -> None:
    """What was written is sent as it was, and what is said after it waits no longer."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        await overfill(pilot, screen)
        await wait_for(pilot, lambda: takes_answers(screen))
        await pilot.press("d")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4 and screen.is_settled)
        reply = screen.talk.branch[-1].stored.reply
        assert reply is not None
        assert reply.state == "complete"
        assert screen.talk.branch[2].stored.message.text == LONG
        assert screen.composer.draft.is_empty


async def test_what_was_typed_since_enter_is_not_sent_with_what_does_not_fit(tmp_path: Path) -> None:
    """It goes on being written, also where what was sent comes back."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        screen.composer.insert(LONG)
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2 and screen.is_settled)
        for key, branch, left in (("escape", 2, f"{LONG}\nsince"), ("d", 4, "since")):
            gate = hold(screen)
            screen.composer.insert(LONG)
            await pilot.press("enter")
            await gate.reached.wait()
            await type_text(pilot, "since")
            gate.open()
            await wait_for(pilot, lambda: takes_answers(screen))
            await pilot.press(key)
            await wait_for(pilot, lambda branch=branch: screen.is_settled and len(screen.talk.branch) == branch)
            assert screen.composer.draft.full_text == left
            screen.restore(Draft())
        assert screen.talk.branch[2].stored.message.text == LONG


async def test_who_is_typing_when_it_comes_up_goes_on_typing(tmp_path: Path) -> None:
    """Letters are no answers then, and none is lost; after a pause they are."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        await overfill(pilot, screen)
        await pilot.press(*"dix", "backspace", "d")
        for event in (events.Paste(" paste"), events.Key("d", "d"), events.Key("backspace", None)):
            pilot.app.post_message(event)
        await wait_for(pilot, lambda: screen.composer.draft.text == "did paste")
        await wait_for(pilot, lambda: takes_answers(screen))
        await pilot.press("d")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4 and screen.is_settled)
        assert screen.composer.draft.text == "did paste"


async def test_what_is_sent_even_so_follows_what_another_program_has_said_meanwhile(tmp_path: Path) -> None:
    """It belongs to the end of the conversation, which is further on by now."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        await overfill(pilot, screen)
        await wait_for(pilot, lambda: takes_answers(screen))
        said = Ask(
            ref=ECHO,
            message=user("meanwhile"),
            conversation_id=screen.talk.conversation_id,
            parent_id=screen.talk.branch[-1].stored.id,
        )
        async with aclosing((await screen.runtime.engine()).turn(said)) as events:
            async for _ in events:
                pass
        await screen.talk.refresh()
        await pilot.press("d")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 6 and screen.is_settled)
        assert [turn.stored.message.text for turn in screen.talk.branch[::2]] == [LONG, "meanwhile", LONG]


async def test_another_model_is_chosen_where_that_is_wanted(tmp_path: Path) -> None:
    """The draft stays and is sent to that one by the next Enter."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        screen.composer.insert(LONG * 4)
        await pilot.press("enter")
        await wait_for(pilot, lambda: takes_answers(screen))
        await pilot.press("m")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, ModelPicker))
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.app.screen is screen)
        assert screen.composer.draft.full_text == LONG * 4


async def test_a_single_message_that_is_too_long_has_no_older_turns_to_leave_out(tmp_path: Path) -> None:
    """That way is not offered, and its key does nothing."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        screen.composer.insert(LONG * 4)
        await pilot.press("enter")
        await wait_for(pilot, lambda: takes_answers(screen))
        assert "This message does not fit the model" in told(offer(screen))
        assert "leave out" not in told(offer(screen))
        await pilot.press("d")
        await pilot.pause()
        assert offer(screen)
        await wait_for(pilot, lambda: takes_answers(screen))
        await pilot.press("n")
        await wait_for(pilot, lambda: screen.app.screen is screen)


async def test_ways_that_do_not_help_are_not_offered(tmp_path: Path) -> None:
    """Neither a summary nor leaving turns out makes room for what is too long by itself; that is said."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        await ask(pilot, screen, "one")
        screen.composer.insert(LONG * 4)
        await pilot.press("enter")
        await wait_for(pilot, lambda: takes_answers(screen))
        assert "Even with a summary in place of the oldest turns it would not fit, nor without them." in told(
            offer(screen)
        )
        assert "summarise the" not in told(offer(screen))
        await pilot.press("s", "d")
        await pilot.pause()
        assert offer(screen)


async def test_another_wording_that_does_not_fit_goes_on_being_written(tmp_path: Path) -> None:
    """It still replaces the message it was meant to."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up", "up", "e")
        await wait_for(pilot, lambda: screen.composer.has_focus_within and screen.is_settled)
        screen.composer.insert(LONG * 4)
        await pilot.press("enter")
        await wait_for(pilot, lambda: takes_answers(screen))
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.app.screen is screen)
        assert "one" in screen.composer.draft.text
        assert LONG in screen.composer.draft.full_text
        await pilot.press("escape")
        await pilot.pause()
        await type_text(pilot, "two")
        assert screen.composer.draft.text == "two"
        assert len(screen.talk.branch[0].siblings) == 1


SUMMARISES = """\
[facts]
window = 1000
[facts.price]
input = 1.0
output = 10.0
[[turns]]
actions = [{ do = "text", text = "Fine." }]
[[turns]]
actions = [{ do = "text", text = "They spoke of words." }, { do = "usage", input = 800, output = 6 }]
"""


async def filled(pilot: Pilot[None], screen: ChatScreen) -> None:
    """Fill the window and offer what can be done about it."""
    for _ in range(2):
        screen.composer.insert("and one more word " * 105)
        await pilot.press("enter")
        await wait_for(pilot, lambda: offer(screen) or (len(screen.talk.branch) == 2 and screen.is_settled))
    await wait_for(pilot, lambda: takes_answers(screen))


async def test_the_oldest_turns_are_summarised_where_that_is_chosen(tmp_path: Path) -> None:
    """The summary stands where it begins, with what it took, and is what the model is told; asked again, too."""
    (tmp_path / "small.toml").write_text(SUMMARISES, "utf-8")
    config = f'model = "script/{tmp_path / "small.toml"}"\n'
    async with running(tmp_path, config=config, size=(100, 60)) as (pilot, screen):
        await filled(pilot, screen)
        assert "s   summarise the oldest turn\n    ≈ $0.0018, at most $0.0035" in told(offer(screen))
        assert "d   leave out the oldest turn this once" in told(offer(screen))
        await pilot.press("s")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4 and screen.is_settled)
        assert screen.composer.draft.is_empty
        lines = shown(screen)
        assert "a summary goes to the model in place of everything above" in lines
        assert "▏ They spoke of words." in lines
        assert "800 in · 6 out · $0.00086" in lines
        sent = await request_of(screen.talk, screen.talk.branch[-1].stored.id)
        assert [message.text for message in sent.request.messages][1] == "They spoke of words."
        await screen.sending.ask_again(screen.talk.branch[-1].stored.id)
        await wait_for(pilot, lambda: len(screen.talk.branch[-1].siblings) == 2 and screen.is_settled)
        assert "▏ They spoke of words." in shown(screen)


@pytest.mark.parametrize("way", ["stop", "fail"])
async def test_a_summary_that_is_stopped_or_fails_leaves_everything_as_it_was(tmp_path: Path, way: str) -> None:
    """What was written comes back, and nothing more is in the conversation."""
    deed = '{ do = "pause", seconds = 60.0 }' if way == "stop" else '{ do = "fail", error = "KeyRejected" }'
    script = SUMMARISES.replace('[{ do = "text", text = "They', f'[{deed}, {{ do = "text", text = "They')
    (tmp_path / "small.toml").write_text(script, "utf-8")
    config = f'model = "script/{tmp_path / "small.toml"}"\n'
    async with running(tmp_path, config=config) as (pilot, screen):
        await filled(pilot, screen)
        written = screen.sending.waiting_in(screen.talk.conversation_id)
        await pilot.press("s")
        if way == "stop":
            await wait_for(pilot, lambda: screen.talk.live is not None and screen.talk.live.is_summarising)
            await pilot.press("escape")
        await wait_for(pilot, lambda: screen.is_settled and screen.composer.draft.full_text == written.full_text)
        assert len(screen.talk.branch) == 2
        conversation = await (await screen.runtime.store()).last()
        assert conversation is not None
        assert (conversation.messages, conversation.leaf_id) == (2, screen.talk.branch[-1].stored.id)


@pytest.mark.parametrize("way", ["stop", "fail"])
async def test_another_wording_that_is_refused_once_it_is_sent_goes_on_being_written(tmp_path: Path, way: str) -> None:
    """As the other wording that it is: sent again it still is a sibling."""
    deed = '{ do = "pause", seconds = 60.0 }' if way == "stop" else '{ do = "fail", error = "KeyRejected" }'
    script = SUMMARISES.replace('[{ do = "text", text = "They', f'[{deed}, {{ do = "text", text = "They')
    (tmp_path / "small.toml").write_text(script, "utf-8")
    (tmp_path / "fine.toml").write_text("[[turns]]".join(SUMMARISES.split("[[turns]]")[:2]), "utf-8")
    async with running(tmp_path, config=f'model = "script/{tmp_path / "fine.toml"}"\n') as (pilot, screen):
        screen.composer.insert("and one more word " * 100)
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2 and screen.is_settled)
        await ask(pilot, screen, "two")
        small = ModelRef("script", str(tmp_path / "small.toml"))
        screen.talk.choose(replace(screen.talk.choice, ref=small))
        await pilot.press("up", "up", "e")
        await wait_for(pilot, lambda: screen.sheet.editing is not None)
        edited = screen.sheet.editing
        screen.composer.insert(" and one more word" * 118)
        await pilot.press("enter")
        await wait_for(pilot, lambda: takes_answers(screen))
        await pilot.press("s")
        if way == "stop":
            await wait_for(pilot, lambda: screen.talk.live is not None and screen.talk.live.is_summarising)
            await pilot.press("escape")
        await wait_for(pilot, lambda: screen.is_settled and not screen.composer.draft.is_empty)
        assert screen.sheet.editing == edited
        assert screen.composer.draft.full_text.startswith("two and one more word")
        screen.talk.choose(replace(screen.talk.choice, ref=ModelRef("script", "echo")))
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch[2].siblings) == 2 and screen.is_settled)


async def test_asking_again_is_not_sent_either_where_it_does_not_fit(tmp_path: Path) -> None:
    """A model with a smaller window is not asked blindly; what can be done is offered."""
    config = 'model = "script/echo"\n[models."script/slow"]\nwindow = 300\n'
    async with running(tmp_path, config=config) as (pilot, screen):
        await ask(pilot, screen, "one")
        screen.composer.insert(LONG)
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4 and screen.is_settled)
        await screen.sending.ask_again(
            screen.talk.branch[-1].stored.id, replace(screen.talk.choice, ref=ModelRef("script", "slow"))
        )
        await wait_for(pilot, lambda: offer(screen) and told(offer(screen)))
        assert "slow takes 300 together" in told(offer(screen))
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.app.screen is screen)
        assert len(screen.talk.branch[-1].siblings) == 1
