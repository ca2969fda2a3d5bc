"""What is offered in place of sending, where a conversation does not fit its model."""

from pathlib import Path

import pytest
from textual.widgets import Static

from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.models import ModelPicker
from tchat.tui.screens.too_long import TooLongScreen
from tests.tui.running import ask, running, type_text, wait_for

SMALL = 'model = "script/echo"\n[models."script/echo"]\nwindow = 700\n'
LONG = "and one more word " * 55
"""Fits the window once, and not twice."""


def offer(screen: ChatScreen) -> TooLongScreen | None:
    """Return what is offered."""
    return screen.app.screen if isinstance(screen.app.screen, TooLongScreen) else None


def told(page: TooLongScreen | None) -> str:
    """Return what an offer says."""
    assert page is not None
    return "\n".join(str(part.content) for part in page.query(Static))


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_what_does_not_fit_is_not_sent_and_stays_in_the_composer(tmp_path: Path, size: tuple[int, int]) -> None:
    """It is said before anything is sent or stored; Escape goes back to the draft."""
    async with running(tmp_path, config=SMALL, size=size) as (pilot, screen):
        screen.composer.insert(LONG)
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2 and screen.is_settled)
        screen.composer.insert(LONG)
        await pilot.press("enter")
        await wait_for(pilot, lambda: offer(screen))
        assert "This conversation does not fit the model" in told(offer(screen))
        assert "echo takes 700 together" in told(offer(screen))
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.app.screen is screen)
        assert screen.composer.draft.text == LONG
        assert len(screen.talk.branch) == 2


async def test_the_oldest_turns_are_left_out_where_that_is_chosen(tmp_path: Path) -> None:
    """What was written is sent as it was, and what is said after it waits no longer."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        screen.composer.insert(LONG)
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2 and screen.is_settled)
        screen.composer.insert(LONG)
        await pilot.press("enter")
        await wait_for(pilot, lambda: offer(screen))
        await pilot.press("d")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4 and screen.is_settled)
        reply = screen.talk.branch[-1].stored.reply
        assert reply is not None
        assert reply.state == "complete"
        assert screen.talk.branch[2].stored.message.text == LONG
        assert screen.composer.draft.is_empty


async def test_another_model_is_chosen_where_that_is_wanted(tmp_path: Path) -> None:
    """The draft stays and is sent to that one by the next Enter."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        screen.composer.insert(LONG * 4)
        await pilot.press("enter")
        await wait_for(pilot, lambda: offer(screen))
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
        await wait_for(pilot, lambda: offer(screen))
        assert "This message does not fit the model" in told(offer(screen))
        assert "leave out" not in told(offer(screen))
        await pilot.press("d")
        await pilot.pause()
        assert offer(screen)
        await pilot.press("n")
        await wait_for(pilot, lambda: screen.app.screen is screen)


async def test_another_wording_that_does_not_fit_goes_on_being_written(tmp_path: Path) -> None:
    """It still replaces the message it was meant to."""
    async with running(tmp_path, config=SMALL) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up", "up", "e")
        await wait_for(pilot, lambda: screen.composer.has_focus_within and screen.is_settled)
        screen.composer.insert(LONG * 4)
        await pilot.press("enter")
        await wait_for(pilot, lambda: offer(screen))
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.app.screen is screen)
        assert "one" in screen.composer.draft.text
        assert LONG in screen.composer.draft.full_text
        await pilot.press("escape")
        await pilot.pause()
        await type_text(pilot, "two")
        assert screen.composer.draft.text == "two"
        assert len(screen.talk.branch[0].siblings) == 1
