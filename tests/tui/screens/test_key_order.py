"""Keys that come all at once act in the order in which they were pressed, whatever part of the screen they are for."""

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tchat.domain.draft import Draft
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.sent import SentScreen
from tchat.tui.templates.named import Named
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.welcome import Welcome
from tests.tui.gates import Gate
from tests.tui.running import ask, running, wait_for
from tests.tui.screens.test_keeping import busy

SLOW = 'model = "script/slow"\n'


def burst(pilot: Pilot[None], *keys: str) -> None:
    """Press keys faster than any of them can act: a name stands for a key, anything else is typed."""
    names = {"enter", "ctrl+n", "ctrl+q", "f1", "f3", "f7"}
    for key in (key for part in keys for key in ((part,) if part in names else part)):
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def drafts(screen: ChatScreen, *conversations: str | None) -> list[str]:
    """Return what is written in conversations, as the store has it."""
    store = await screen.runtime.store()
    found = [await store.draft(known) for known in conversations]
    return [draft.text if draft else "" for draft in found]


def questions(screen: ChatScreen) -> list[str]:
    """Return what was asked in the conversation on the screen."""
    return [placed.stored.message.text for placed in screen.talk.branch if placed.stored.reply is None]


async def left(pilot: Pilot[None]) -> None:
    """Wait until the application has ended."""
    await wait_for(pilot, lambda: pilot.app._exit)


async def test_leaving_right_after_typing_keeps_the_draft(tmp_path: Path) -> None:
    """The key that leaves does not overtake the letters before it."""
    async with running(tmp_path) as (pilot, _):
        burst(pilot, "onetwothree", "ctrl+q")
        await left(pilot)
    async with running(tmp_path) as (_, screen):
        assert screen.composer.draft.text == "onetwothree"


async def test_leaving_right_after_sending_keeps_what_was_sent(tmp_path: Path) -> None:
    """It is in the conversation, and nothing is left to send."""
    async with running(tmp_path) as (pilot, _):
        burst(pilot, "one", "enter", "two", "ctrl+q")
        await left(pilot)
    async with running(tmp_path, opening=Opening(last=True)) as (_, screen):
        assert questions(screen) == ["one"]
        assert screen.composer.draft.text == "two"


async def test_a_signal_right_after_typing_keeps_the_draft(tmp_path: Path) -> None:
    """It ends the program as its user does."""
    async with running(tmp_path) as (pilot, screen):
        burst(pilot, "one")
        assert isinstance(screen.app, TchatApp)
        screen.app.call_later(screen.app.leave, 143)  # as a signal does
        await left(pilot)
    async with running(tmp_path) as (_, screen):
        assert screen.composer.draft.text == "one"


async def test_what_is_sent_right_after_a_new_conversation_was_asked_for_is_sent_there(tmp_path: Path) -> None:
    """The one before does not get it, and what was being written there stays."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "zero")
        first = screen.talk.conversation_id
        burst(pilot, "thought", "ctrl+n", "beta", "enter")
        await wait_for(pilot, lambda: screen.is_settled and questions(screen) == ["beta"])
        assert screen.composer.draft.is_empty
        assert screen.talk.conversation_id != first
        assert await drafts(screen, first) == ["thought"]


async def test_what_is_typed_right_after_the_command_for_a_new_conversation_belongs_to_it(tmp_path: Path) -> None:
    """As after the key."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "zero")
        first = screen.talk.conversation_id
        burst(pilot, "/new", "enter", "beta")
        await wait_for(pilot, lambda: screen.is_settled and not screen.talk.branch)
        await screen.caught_up()
        assert screen.composer.draft.text == "beta"
        assert await drafts(screen, first) == [""]


async def test_a_new_conversation_right_after_sending_takes_only_what_is_typed_after_it(tmp_path: Path) -> None:
    """Though a reply is under way in the one before: nothing is queued there."""
    async with running(tmp_path, config=SLOW) as (pilot, screen):
        burst(pilot, "one", "enter", "ctrl+n", "two", "enter")
        await wait_for(pilot, lambda: questions(screen) == ["two"])
        store = await screen.runtime.store()
        asked = {item.title: [known.message.text for known in await store.tree(item.id)] for item in await store.list()}
        assert sorted(asked) == ["one", "two"]
        assert [said[0] for said in asked.values()] == ["two", "one"]
        screen.sending.stop()


async def test_what_is_written_between_two_new_conversations_is_kept(tmp_path: Path) -> None:
    """The first one was still being waited for: its draft is what was typed then, and nobody else's."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "zero")
        first = screen.talk.conversation_id
        store = await screen.runtime.store()
        second = await store.create(title="another")
        with busy(store.database):
            burst(pilot, "one", "ctrl+n", "two")
            await wait_for(pilot, lambda: screen.composer.draft.text == "two")
            screen.turn_to(second)
            burst(pilot, "three")
            await wait_for(pilot, lambda: screen.composer.draft.text == "three")
        await wait_for(pilot, lambda: screen.is_settled and screen.talk.conversation_id == second)
        assert screen.composer.draft.text == "three"
        await screen.sheet.keep()
        assert await drafts(screen, first, None, second) == ["one", "two", "three"]


async def test_a_screen_that_shows_what_is_written_shows_what_was_typed_before_its_key(tmp_path: Path) -> None:
    """The request of the draft holds every letter."""
    async with running(tmp_path) as (pilot, screen):
        burst(pilot, "precisely", "f3")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, SentScreen))
        page = screen.app.screen
        assert isinstance(page, SentScreen)
        await wait_for(pilot, lambda: any("precisely" in line for line in page.query_one("#parts", LongText).lines))


async def test_a_new_conversation_right_after_one_was_chosen_in_the_list_comes_after_it(tmp_path: Path) -> None:
    """What is typed then belongs to the new one, and not to the one that was chosen."""
    async with running(tmp_path, size=(140, 45)) as (pilot, screen):
        await ask(pilot, screen, "zero")
        first = screen.talk.conversation_id
        burst(pilot, "ctrl+n")
        await wait_for(pilot, lambda: screen.is_settled and screen.talk.conversation_id is None)
        await pilot.press("ctrl+l")
        await wait_for(pilot, lambda: screen.conversations.list.has_focus)
        screen.conversations.list.choose(first)
        burst(pilot, "enter", "ctrl+n", "hello")
        await wait_for(pilot, lambda: screen.is_settled and screen.composer.draft.text == "hello")
        assert screen.talk.conversation_id is None
        assert await drafts(screen, first) == [""]


async def test_what_begins_like_the_name_of_a_template_is_sent_before_what_follows_it(tmp_path: Path) -> None:
    """A heading is looked up among the templates, which takes a moment; the message after it waits for that."""
    async with running(tmp_path) as (pilot, screen):
        burst(pilot, "# one", "enter", "two", "enter")
        await wait_for(pilot, lambda: screen.is_settled and len(questions(screen)) == 2)
        assert questions(screen) == ["# one", "two"]


async def test_a_new_conversation_right_after_what_is_looked_up_waits_for_that(tmp_path: Path) -> None:
    """Neither waits for the other, however long the library takes; what follows is written in the new one."""
    async with running(tmp_path) as (pilot, screen):
        gate, named = Gate(), screen.visiting.desk.named

        async def slow(draft: Draft) -> Named | None:
            await gate.passed()
            return await named(draft)

        screen.visiting.desk.named = slow
        burst(pilot, "# one", "enter", "ctrl+n", "next")
        await gate.reached.wait()
        await pilot.pause(0.1)
        gate.open()
        await wait_for(pilot, lambda: screen.is_settled and screen.composer.draft.text == "next")
        assert screen.talk.conversation_id is None
        (kept,) = await (await screen.runtime.store()).list()
        assert kept.title == "# one"


async def test_a_key_right_after_the_command_that_leaves_opens_nothing(tmp_path: Path) -> None:
    """The end is the same as without that key."""
    async with running(tmp_path) as (pilot, screen):
        burst(pilot, "/quit", "enter", "f1")
        await left(pilot)
        assert screen.app.screen is screen


async def test_a_fault_of_the_screen_ends_tchat_though_a_key_waits_for_it(tmp_path: Path) -> None:
    """Nothing waits for what has ended: the fault is reported."""

    def fail() -> None:
        raise RuntimeError("a fault")

    async def use() -> None:
        async with running(tmp_path) as (pilot, screen):
            screen.call_later(fail)
            burst(pilot, "f1")
            await wait_for(pilot, lambda: not screen.app.is_running)

    with pytest.raises(RuntimeError, match="a fault"):
        await use()


async def test_settings_that_the_welcome_opens_can_be_left_at_once(tmp_path: Path) -> None:
    """Its key closes them again, however little of them is there yet."""
    async with running(tmp_path) as (pilot, screen):
        screen.post_message(Welcome.KeyAsked())
        burst(pilot, "f7")
        await wait_for(pilot, lambda: screen.is_settled and screen.app.screen is screen)
