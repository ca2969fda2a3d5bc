"""The list of conversations beside the main screen, with the store behind it."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tchat.tui.screens.chat import ChatScreen
from tests.tui.running import ask, running, type_text, wait_for


def rows(screen: ChatScreen) -> list[str]:
    """Return what the list shows."""
    listed = screen.conversations.list
    return [listed.render_line(y).text.strip() for y in range(listed.size.height)]


async def two(pilot: Pilot[None], screen: ChatScreen) -> None:
    """Have two conversations, the second one open, and go to the list."""
    await ask(pilot, screen, "alpha")
    await pilot.press("ctrl+n")
    await wait_for(pilot, lambda: not screen.talk.branch and screen.is_settled)
    await ask(pilot, screen, "beta")
    await pilot.press("ctrl+l")
    await wait_for(pilot, lambda: screen.is_settled and any("alpha" in row for row in rows(screen)))


async def test_a_conversation_is_pinned_and_stands_first(tmp_path: Path) -> None:
    """Below the heading that says so; p takes it down again."""
    async with running(tmp_path) as (pilot, screen):
        await two(pilot, screen)
        await pilot.press("down", "p")
        await wait_for(pilot, lambda: any("pinned" in row for row in rows(screen)))
        shown = rows(screen)
        assert "alpha" in shown[next(n for n, row in enumerate(shown) if "pinned" in row) + 1]
        await pilot.press("p")
        await wait_for(pilot, lambda: not any("pinned" in row for row in rows(screen)))


async def test_a_conversation_gets_another_name(tmp_path: Path) -> None:
    """In the list and in the title bar."""
    async with running(tmp_path) as (pilot, screen):
        await two(pilot, screen)
        await pilot.press("n")
        await pilot.press("ctrl+a", "ctrl+k")
        await type_text(pilot, "Moon landing\n")
        await wait_for(pilot, lambda: any("Moon landing" in row for row in rows(screen)))
        await wait_for(pilot, lambda: screen.talk.conversation and screen.talk.conversation.title == "Moon landing")


async def test_a_conversation_is_put_into_a_folder(tmp_path: Path) -> None:
    """The folder is a group of the list."""
    async with running(tmp_path) as (pilot, screen):
        await two(pilot, screen)
        await pilot.press("m")
        await type_text(pilot, "course\n")
        await wait_for(pilot, lambda: any("course" in row for row in rows(screen)))


async def test_an_archived_conversation_leaves_the_list(tmp_path: Path) -> None:
    """It is kept under a heading of its own, folded."""
    async with running(tmp_path) as (pilot, screen):
        await two(pilot, screen)
        await pilot.press("down", "a")
        await wait_for(pilot, lambda: any("archived" in row for row in rows(screen)))
        assert not any("alpha" in row for row in rows(screen))


async def test_a_deleted_conversation_comes_back_with_u(tmp_path: Path) -> None:
    """The open one too; then a new one stands in its place for as long."""
    async with running(tmp_path) as (pilot, screen):
        await two(pilot, screen)
        await pilot.press("d")
        await wait_for(pilot, lambda: not any("beta" in row for row in rows(screen)))
        await wait_for(pilot, lambda: not screen.talk.branch)
        await pilot.press("u")
        await wait_for(pilot, lambda: any("beta" in row for row in rows(screen)))
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2)


async def test_the_filter_leaves_what_holds_the_words(tmp_path: Path) -> None:
    """Escape brings all of them back."""
    async with running(tmp_path) as (pilot, screen):
        await two(pilot, screen)
        await pilot.press("slash")
        await type_text(pilot, "alp")
        await wait_for(pilot, lambda: not any("beta" in row for row in rows(screen)) and screen.is_settled)
        assert any("alpha" in row for row in rows(screen))
        await pilot.press("escape")
        await wait_for(pilot, lambda: any("beta" in row for row in rows(screen)))


async def test_ctrl_l_goes_to_the_list_and_hides_it_from_there(tmp_path: Path) -> None:
    """On a narrow terminal it lies over the conversation until one is chosen."""
    async with running(tmp_path, size=(80, 24)) as (pilot, screen):
        await ask(pilot, screen, "alpha")
        assert not screen.conversations.display
        await pilot.press("ctrl+l")
        await wait_for(pilot, lambda: screen.conversations.display and screen.conversations.has_focus_within)
        assert screen.transcript.size.width > 70
        await pilot.press("ctrl+l")
        await wait_for(pilot, lambda: not screen.conversations.display)
        assert screen.composer.has_focus_within


@pytest.mark.parametrize("key", ["escape", "ctrl+l", "tab"])
async def test_on_a_narrow_screen_the_list_covers_nothing_once_keys_go_elsewhere(tmp_path: Path, key: str) -> None:
    """It stands above the conversation only while it is used, and is back beside it where there is room."""
    async with running(tmp_path, size=(80, 24)) as (pilot, screen):
        await two(pilot, screen)
        assert screen.conversations.display
        assert screen.conversations.region.right > screen.composer.region.x
        await pilot.press(key)
        await wait_for(pilot, lambda: not screen.conversations.display and not screen.conversations.has_focus_within)
        await pilot.resize_terminal(140, 45)
        await wait_for(pilot, lambda: screen.conversations.display)
        assert screen.conversations.region.right <= screen.composer.region.x


async def test_a_list_that_was_gone_to_does_not_cover_the_conversation_when_the_screen_gets_narrow(
    tmp_path: Path,
) -> None:
    """Only one that is being used does."""
    async with running(tmp_path, size=(140, 45)) as (pilot, screen):
        await two(pilot, screen)
        await pilot.resize_terminal(80, 24)
        await wait_for(pilot, lambda: screen.has_class("-narrow"))
        assert screen.conversations.display
        await pilot.resize_terminal(140, 45)
        await wait_for(pilot, lambda: not screen.has_class("-narrow"))
        await pilot.press("escape")
        await pilot.resize_terminal(80, 24)
        await wait_for(pilot, lambda: screen.has_class("-narrow"))
        assert not screen.conversations.display


async def test_deleting_a_conversation_stops_its_reply(tmp_path: Path) -> None:
    """Nothing more is paid for it; what had come is there when the conversation comes back."""
    async with running(tmp_path, config='model = "script/slow"\n') as (pilot, screen):
        await type_text(pilot, "go\n")
        await wait_for(pilot, lambda: screen.talk.live and screen.talk.live.text)
        home = screen.talk.conversation_id
        assert home is not None
        await screen.delete(home)
        await wait_for(pilot, lambda: screen.is_settled)
        await screen.undo()
        await wait_for(pilot, lambda: screen.is_settled and len(screen.talk.branch) == 2)
        stored = screen.talk.branch[1].stored
        assert stored.reply is not None
        assert stored.reply.state == "stopped"
        assert stored.message.text
