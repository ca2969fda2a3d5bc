"""Reading a conversation: where one stands in it, what is selected, and what comes from elsewhere meanwhile."""

from pathlib import Path

from textual import events
from textual.pilot import Pilot

from tchat.domain.message import user
from tchat.engine.session import Ask
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.search import SearchScreen
from tchat.tui.widgets.transcript import Transcript
from tests.tui.running import ECHO, ask, make_runtime, running, shown, type_text, wait_for

LONG = "\n\n".join(["A first line.", *(f"line {number}" for number in range(120)), "The needle is here.", "An end."])


async def say_long(pilot: Pilot[None], screen: ChatScreen) -> None:
    """Have a text that is higher than the screen said, and echoed."""
    screen.composer.insert(LONG)
    await pilot.press("enter")
    await wait_for(pilot, lambda: len(screen.talk.branch) == 2 and screen.is_settled)


def place_of(screen: ChatScreen, text: str) -> tuple[int, int]:
    """Return the cell in which a text begins where it is seen first."""
    lines = shown(screen).split("\n")
    y = next(number for number, line in enumerate(lines) if text in line)
    return lines[y].index(text), y


async def test_going_to_the_messages_moves_nothing(tmp_path: Path) -> None:
    """The last one is chosen where it stands, though its beginning is far above; Escape leaves all as it was."""
    async with running(tmp_path) as (pilot, screen):
        await say_long(pilot, screen)
        await wait_for(pilot, lambda: "An end." in shown(screen))
        await pilot.press("up")
        await wait_for(pilot, lambda: screen.transcript.cursor == 1)
        assert "An end." in shown(screen)
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.composer.has_focus_within)
        assert "An end." in shown(screen)


async def test_a_search_opens_a_long_message_at_what_was_found(tmp_path: Path) -> None:
    """Its first line is somewhere above."""
    async with running(tmp_path) as (pilot, screen):
        await say_long(pilot, screen)
        await pilot.press("ctrl+n", "ctrl+f")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, SearchScreen))
        await type_text(pilot, "needle")
        await wait_for(pilot, lambda: screen.app.screen.query("HitList") and not list(screen.app.workers))
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.app.screen is screen and "The needle is here." in shown(screen))
        assert "A first line." not in shown(screen)


async def test_two_clicks_select_a_word_and_three_a_paragraph(tmp_path: Path) -> None:
    """Nothing else of the conversation, and nothing that is hidden."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one brave word")
        await ask(pilot, screen, "then more")
        x, y = place_of(screen, "then more")
        await pilot.click(Transcript, offset=(x + 6, y), times=2)
        assert screen.get_selected_text() == "more"
        await pilot.click(Transcript, offset=(x + 6, y), times=3)
        assert screen.get_selected_text() == "then more"
        screen.write()
        screen.composer.insert("first of two\nlines\n\nanother paragraph")
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 6 and screen.is_settled)
        x, y = place_of(screen, "first of two")
        await pilot.click(Transcript, offset=(x, y + 1), times=3)
        assert screen.get_selected_text() == "first of two\nlines"
        await pilot.click(Transcript, offset=(x + 40, y), times=2)
        assert not screen.get_selected_text()


async def test_what_is_pasted_is_written_whatever_keys_are_for(tmp_path: Path) -> None:
    """On a message, and in the list; a line to type in takes its own."""
    async with running(tmp_path, size=(140, 45)) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up")
        pilot.app.post_message(events.Paste("pasted "))
        await wait_for(pilot, lambda: screen.composer.draft.text == "pasted " and screen.composer.has_focus_within)
        await pilot.press("ctrl+l")
        await wait_for(pilot, lambda: screen.conversations.list.has_focus)
        pilot.app.post_message(events.Paste("twice"))
        await wait_for(pilot, lambda: screen.composer.draft.text == "pasted twice")


async def test_a_conversation_that_another_program_deletes_leaves_what_is_written(tmp_path: Path) -> None:
    """It is said; what is written begins a new conversation, and nothing waits for the reply of the old one."""
    async with running(tmp_path, config='model = "script/echo"\n') as (pilot, screen):
        await ask(pilot, screen, "one")
        first = screen.talk.conversation_id
        await type_text(pilot, "half")
        other = make_runtime(tmp_path)
        turn = (await other.engine()).turn(
            Ask(ref=ECHO, message=user("two"), conversation_id=first, parent_id=screen.talk.branch[-1].stored.id)
        )
        await anext(turn)
        await wait_for(pilot, lambda: screen.talk.is_written_elsewhere)
        assert first is not None
        await (await other.store()).delete(first)
        await wait_for(pilot, lambda: screen.talk.conversation is None)
        assert screen.composer.draft.text == "half"
        notes = pilot.app._notifications
        await wait_for(pilot, lambda: any("deleted in another tchat" in note.message for note in notes))
        await turn.aclose()
        await other.aclose()
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2 and screen.is_settled)
        assert screen.talk.conversation_id != first
