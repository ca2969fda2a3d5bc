"""What is being read to be attached belongs to the message that it was attached to, however long that takes."""

import importlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tchat.domain.errors import AttachmentError
from tchat.domain.message import Attachment, ImagePart
from tchat.media import attachment
from tchat.media.attachment import attach_file
from tchat.media.blobs import Blobs
from tchat.tui.drafted import draft_of
from tchat.tui.screens.chat import ChatScreen
from tests.tui.pictured import chart
from tests.tui.running import ask, running, type_text, wait_for

SEES = 'model = "script/echo"\n[models."script/echo"]\nvision = true\n'


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have files take as long to read as the test wants; `broken.png` cannot be read."""
    importlib.import_module("tchat.media.attaching")  # it takes the function with it, for good, when it is imported
    is_readable = threading.Event()

    def slowly(name: str, blobs: Blobs) -> Attachment:
        is_readable.wait()
        if name.endswith("broken.png"):
            raise AttachmentError("broken.png cannot be read")
        part = attach_file(name, blobs)
        assert isinstance(part, ImagePart)
        return part

    monkeypatch.setattr(attachment, "attach_file", slowly)
    return is_readable.set


async def drop(pilot: Pilot[None], screen: ChatScreen, folder: Path, *names: str) -> None:
    """Drop pictures, and wait until they are being read."""
    for name in names:
        (folder / name).write_bytes(chart())
    screen.composer.folder = folder
    pilot.app.post_message(events.Paste(" ".join(f"'{folder / name}'" for name in names)))
    await wait_for(pilot, lambda: screen.composer.reading)


def said(screen: ChatScreen) -> list[tuple[str, list[str]]]:
    """Return what the user has said in the conversation on the screen, and what was attached to it."""
    return [
        (item.stored.message.text, [part.name for part in item.stored.message.attachments])
        for item in screen.talk.branch
        if item.stored.reply is None
    ]


def attached(screen: ChatScreen) -> list[str]:
    """Return what is attached to what stands in the composer."""
    return [part.name for part in screen.composer.draft.attachments]


async def test_a_message_waits_for_what_is_attached_to_it(tmp_path: Path, release: Callable[[], None]) -> None:
    """And what is sent after it waits for it; it is said what is waited for."""
    async with running(tmp_path / "home", config=SEES, size=(80, 24)) as (pilot, screen):
        await drop(pilot, screen, tmp_path, "one.png", "two.png")
        assert screen.composer.reading == ("one.png", "two.png")
        assert "reading 2 files" in str(screen.query_one("#estimate").render())
        await type_text(pilot, "look\nthen\nmore")
        assert not screen.talk.branch
        release()
        await wait_for(pilot, lambda: screen.is_settled and len(screen.talk.branch) == 4)
        assert said(screen) == [("look", ["one.png", "two.png"]), ("then", [])]
        assert screen.composer.draft.text == "more"
        assert attached(screen) == []
        assert screen.composer.reading == ()


async def test_what_is_attached_stays_where_it_was_though_another_conversation_is_turned_to(
    tmp_path: Path, release: Callable[[], None]
) -> None:
    """It is in the draft there, also where that is on the screen again by then."""
    async with running(tmp_path / "home", config=SEES) as (pilot, screen):
        await ask(pilot, screen, "zero")
        home = screen.talk.conversation_id
        assert home is not None
        await drop(pilot, screen, tmp_path, "one.png")
        await pilot.press("ctrl+n")
        await wait_for(pilot, lambda: screen.sheet.is_ready and not screen.talk.branch)
        await type_text(pilot, "elsewhere")
        release()
        await wait_for(pilot, lambda: screen.is_settled)
        assert attached(screen) == []
        draft = await (await screen.runtime.store()).draft(home)
        assert draft is not None
        assert [part.name for part in draft.attachments] == ["one.png"]
        await screen.open(home)
        assert attached(screen) == ["one.png"]


async def test_what_is_attached_comes_back_with_a_message_that_is_stopped(
    tmp_path: Path, release: Callable[[], None]
) -> None:
    """Though it was still being read then."""
    async with running(tmp_path / "home", config=SEES) as (pilot, screen):
        await drop(pilot, screen, tmp_path, "one.png")
        await type_text(pilot, "look\n")
        await wait_for(pilot, lambda: not screen.sending.is_idle)
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.composer.draft.text == "look")
        release()
        await wait_for(pilot, lambda: screen.is_settled)
        assert attached(screen) == ["one.png"]
        assert not screen.talk.branch


async def test_a_message_is_not_sent_with_half_of_what_is_attached(tmp_path: Path, release: Callable[[], None]) -> None:
    """What cannot be read is told, and the rest is the draft again."""
    async with running(tmp_path / "home", config=SEES) as (pilot, screen):
        await drop(pilot, screen, tmp_path, "one.png", "broken.png", "two.png")
        await type_text(pilot, "look\n")
        await wait_for(pilot, lambda: not screen.sending.is_idle)
        release()
        await wait_for(pilot, lambda: screen.is_settled)
        assert not screen.talk.branch
        assert screen.composer.draft.text == "look"
        assert attached(screen) == ["one.png", "two.png"]
        notes = "\n".join(note.message for note in screen.app._notifications)
        assert "broken.png cannot be read" in notes
        assert "not sent" in notes


async def test_leaving_keeps_what_is_being_read(tmp_path: Path, release: Callable[[], None]) -> None:
    """In the draft."""
    async with running(tmp_path / "home", config=SEES) as (pilot, screen):
        await drop(pilot, screen, tmp_path, "one.png")
        pilot.app.post_message(events.Key("ctrl+q", None))
        release()
        await wait_for(pilot, lambda: pilot.app._exit)
    async with running(tmp_path / "home", config=SEES) as (_, screen):
        assert attached(screen) == ["one.png"]


async def test_what_follows_a_message_whose_attachment_fails_is_not_sent_alone(
    tmp_path: Path, release: Callable[[], None]
) -> None:
    """It waits, and is told to wait, as behind any message that was not sent."""
    async with running(tmp_path / "home", config=SEES) as (pilot, screen):
        await drop(pilot, screen, tmp_path, "broken.png")
        await type_text(pilot, "look\nexplain it\n")
        release()
        await wait_for(pilot, lambda: screen.is_settled and screen.composer.draft.queued)
        assert said(screen) == []
        assert screen.composer.draft.text == "look"
        assert [draft.text for draft in screen.composer.draft.queued] == ["explain it"]


async def test_an_edited_message_does_not_take_what_was_attached_to_another_one(
    tmp_path: Path, release: Callable[[], None]
) -> None:
    """What was being written comes back with it."""
    async with running(tmp_path / "home", config=SEES) as (pilot, screen):
        await ask(pilot, screen, "zero")
        await type_text(pilot, "new question")
        await drop(pilot, screen, tmp_path, "one.png")
        first = screen.talk.branch[0].stored
        screen.edit(first.id, draft_of(first.message))
        await pilot.pause()
        await type_text(pilot, " more\n")
        await wait_for(pilot, lambda: said(screen) == [("zero more", [])] and screen.sending.is_idle)
        release()
        await wait_for(pilot, lambda: attached(screen) == ["one.png"])
        assert screen.composer.draft.text == "new question"


async def test_the_reply_is_stopped_before_what_is_still_read_to_be_sent_after_it(
    tmp_path: Path, release: Callable[[], None]
) -> None:
    """It costs on as long as it goes on."""
    slow = 'model = "script/slow"\n[models."script/slow"]\nvision = true\n'
    async with running(tmp_path / "home", config=slow) as (pilot, screen):
        await type_text(pilot, "one\n")
        await wait_for(pilot, lambda: screen.talk.live is not None and screen.talk.branch)
        await drop(pilot, screen, tmp_path, "one.png")
        await type_text(pilot, "look\n")
        await wait_for(pilot, lambda: not screen.sending.is_idle and screen.composer.draft.is_empty)
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.talk.live is None)
        reply = screen.talk.branch[1].stored.reply
        assert reply is not None
        assert reply.state == "stopped"
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.composer.draft.text == "look")
        release()
        await wait_for(pilot, lambda: attached(screen) == ["one.png"] and screen.is_settled)
