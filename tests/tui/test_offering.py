"""The command palette: everything that has a key, and more."""

from pathlib import Path

from textual._callback import invoke
from textual.binding import Binding
from textual.command import CommandList
from textual.widgets import Input

from tchat.domain.draft import Draft
from tchat.tui.commands import COMMANDS
from tchat.tui.offering import offers
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.chat_keys import KEYS
from tchat.tui.screens.command_palette import Palette
from tchat.tui.themes import THEMES
from tchat.tui.widgets.composer_keys import COMPOSER_KEYS
from tchat.tui.widgets.conversation_rows import ConversationRows
from tchat.tui.widgets.transcript_keys import KEYS as MESSAGE_KEYS
from tests.tui.running import ask, running, type_text, wait_for

PLAIN = {
    *("everywhere.next", "everywhere.previous", "everywhere.page-up", "everywhere.page-down", "everywhere.copy"),
    *(f"transcript.{name}" for name in ("up", "down", "page-up", "page-down", "home", "end", "leave")),
    *(f"conversations.{name}" for name in ("up", "down", "page-up", "page-down", "home", "end", "open", "leave")),
    *(f"conversations.{name}" for name in ("fold", "unfold", "toggle", "undo")),
    *(f"composer.{name}" for name in ("send", "new-line", "up", "down", "complete", "delete-left")),
    *("composer.recall-older", "composer.recall-newer"),
}
"""Keys that move, type, open and close, and those that mean what another one offers."""


async def choose(screen: ChatScreen, title: str) -> None:
    """Choose a line of the palette."""
    chosen = next(offer for offer in offers(screen) if offer.title == title)
    await invoke(chosen.run)


async def test_everything_that_has_a_key_is_offered_once(tmp_path: Path) -> None:
    """But for keys that move and type; no two lines are called the same, and each says its key or its command."""
    async with running(tmp_path) as (_, screen):
        offered = list(offers(screen))
        titles = [offer.title for offer in offered]
        assert len(set(titles)) == len(titles)
        bindings = [
            binding
            for binding in (*KEYS, *COMPOSER_KEYS, *ConversationRows.BINDINGS, *MESSAGE_KEYS)
            if isinstance(binding, Binding) and binding.id not in PLAIN
        ]
        by_command = {command.key for command in COMMANDS}
        for binding in bindings:
            said = [offer for offer in offered if offer.summary.endswith(f"· {binding.tooltip}")]
            assert binding.id in by_command or len(said) == 1, binding
        ids = {binding.id for binding in bindings} | {"everywhere.quit", ""}
        assert by_command <= ids


async def test_a_message_is_edited_from_the_palette(tmp_path: Path) -> None:
    """The last one of one's own, where none is chosen."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "hello")
        await choose(screen, "Message: edit")
        await wait_for(pilot, lambda: screen.composer.draft.text == "hello")
        assert screen.sheet.editing == screen.talk.branch[0].stored.id


async def test_what_is_done_with_a_message_is_done_with_the_chosen_one(tmp_path: Path) -> None:
    """The palette goes away, and the cursor is where it was."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await ask(pilot, screen, "two")
        await pilot.press("up", "home")
        assert screen.transcript.chosen is screen.transcript.entries[0]
        await choose(screen, "Fork the conversation")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 1 and screen.is_settled)


async def test_a_conversation_is_named_from_the_palette(tmp_path: Path) -> None:
    """The open one; the list shows where the name goes, also where there is no room beside the conversation."""
    async with running(tmp_path, size=(80, 24)) as (pilot, screen):
        await ask(pilot, screen, "hello")
        await wait_for(pilot, lambda: screen.conversations.list.rows)
        await choose(screen, "Conversation: name")
        await wait_for(pilot, lambda: isinstance(screen.focused, Input) and screen.conversations.display)
        await pilot.press("ctrl+a", "ctrl+k")
        await type_text(pilot, "moon\n")
        await wait_for(pilot, lambda: screen.talk.conversation and screen.talk.conversation.title == "moon")


async def test_writing_is_helped_from_the_palette(tmp_path: Path) -> None:
    """Wherever the keys went before."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "hello")
        screen.composer.queue(Draft(text="later"))
        await pilot.press("up")
        await choose(screen, "Writing: edit queued")
        await wait_for(pilot, lambda: screen.composer.has_focus_within and screen.composer.draft.text == "later")


async def test_a_theme_is_chosen_in_the_same_palette(tmp_path: Path) -> None:
    """Its own ones stand first."""
    async with running(tmp_path) as (pilot, screen):
        await choose(screen, "Change the theme")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, Palette))
        listed = pilot.app.screen.query_one(CommandList)
        await wait_for(pilot, lambda: listed.option_count > len(THEMES))
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: pilot.app.theme == THEMES[1].name)
