"""What is written is never lost, whatever is slow or fails around it."""

import asyncio
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tchat.domain.draft import Draft
from tchat.domain.errors import StoreError
from tchat.domain.message import user
from tchat.store.database import Database
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tests.tui.running import ask, make_runtime, running, type_text, wait_for


@contextmanager
def busy(database: Database) -> Generator[None]:
    """Keep the database from doing anything."""
    held = threading.Event()
    database.post(lambda _: held.wait())
    try:
        yield
    finally:
        held.set()


async def test_what_is_typed_before_it_is_ready_is_kept(tmp_path: Path) -> None:
    """It follows what was being written before; leaving waits for that."""
    async with running(tmp_path) as (pilot, screen):
        await type_text(pilot, "first")
        await screen.app.action_quit()
    runtime = make_runtime(tmp_path)
    app = TchatApp(runtime, Opening())
    database = (await runtime.store()).database
    async with app.run_test(size=(80, 24)) as pilot:
        with busy(database):
            await type_text(pilot, "second")
            leaving = asyncio.create_task(app.action_quit())
        await leaving
    await runtime.aclose()
    async with running(tmp_path) as (_, screen):
        assert screen.composer.draft.text == "first\nsecond"


async def test_what_is_sent_before_it_is_ready_is_stored_though_one_leaves(tmp_path: Path) -> None:
    """Enter, then Ctrl+Q at once: it is in the conversation."""
    runtime = make_runtime(tmp_path)
    app = TchatApp(runtime, Opening())
    database = (await runtime.store()).database
    async with app.run_test(size=(80, 24)) as pilot:
        with busy(database):
            await type_text(pilot, "hello\n")
            leaving = asyncio.create_task(app.action_quit())
            await pilot.pause()
        await leaving
    await runtime.aclose()
    async with running(tmp_path, opening=Opening(last=True)) as (_, screen):
        assert screen.talk.branch[0].stored.message.text == "hello"
        assert screen.composer.draft.is_empty


async def test_what_is_typed_while_another_conversation_opens_goes_there(tmp_path: Path) -> None:
    """What was being written before stays where it was."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        assert screen.talk.conversation is not None
        first = screen.talk.conversation.id
        await type_text(pilot, "for the first")
        with busy((await screen.runtime.store()).database):
            await pilot.press("ctrl+n")
            await type_text(pilot, "for the next")
        await wait_for(pilot, lambda: not screen.talk.branch and screen.is_settled)
        assert screen.composer.draft.text == "for the next"
        await screen.open(first)
        assert screen.composer.draft.text == "for the first"


async def test_what_is_written_stays_where_another_conversation_cannot_be_opened(tmp_path: Path) -> None:
    """It is not moved."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await type_text(pilot, "a thought")
        screen.do(lambda: screen.open("no such conversation"))
        await wait_for(pilot, lambda: screen.is_settled)
        assert screen.composer.draft.text == "a thought"
        assert len(screen.talk.branch) == 2


async def test_a_question_of_the_command_line_is_not_lost_with_its_conversation(tmp_path: Path) -> None:
    """It stands in the composer, and is not sent anywhere else."""
    opening = Opening(conversation="01nosuch", message=user("precious"))
    async with running(tmp_path, opening=opening) as (_, screen):
        assert screen.composer.draft.text == "precious"
        assert screen.talk.branch == ()


async def test_a_draft_that_follows_another_keeps_its_pastes(tmp_path: Path) -> None:
    """Marks that are the same mean what they meant."""
    paste = "\n".join(map(str, range(50)))
    for said in ("first", "second"):
        runtime = make_runtime(tmp_path)
        app = TchatApp(runtime, Opening())
        database = (await runtime.store()).database
        async with app.run_test(size=(80, 24)) as pilot:
            screen = app.screen
            assert isinstance(screen, ChatScreen)
            with busy(database):
                screen.composer.insert_paste(f"{said}\n{paste}")
                leaving = asyncio.create_task(app.action_quit())
                await pilot.pause()
            await leaving
        await runtime.aclose()
    async with running(tmp_path) as (_, screen):
        text = screen.composer.draft.full_text
        assert text.count(paste) == 2
        assert text.index("first\n0") < text.index("second\n0")


def test_drafts_are_joined_with_all_they_hold() -> None:
    """Texts, pastes, attachments and what is queued."""
    from tchat.domain.draft import Paste
    from tests.tui.widgets.composer_app import PAPER, PICTURE

    one = Draft(text="a [x]", pastes=(Paste("[x]", "1"),), attachments=(PICTURE,), queued=(Draft(text="q"),))
    two = Draft(text="b [x]", pastes=(Paste("[x]", "2"),), attachments=(PAPER,))
    both = one.followed_by(two)
    assert both.full_text == "a 1\nb 2"
    assert both.attachments == (PICTURE, PAPER)
    assert both.queued == (Draft(text="q"),)
    assert Draft().followed_by(two).full_text == "b 2"


@contextmanager
def locked(database: Database) -> Generator[None]:
    """Have another program hold the database, for longer than is waited for."""
    assert database.path is not None
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


async def impatient(screen: ChatScreen) -> Database:
    """Return the database, which waits for other programs no longer."""
    database = (await screen.runtime.store()).database
    await database.run(lambda db: db.execute("PRAGMA busy_timeout = 0"))
    return database


async def test_leaving_keeps_the_draft_though_it_could_not_be_kept_earlier(tmp_path: Path) -> None:
    """A disk that was full is not full for ever."""
    async with running(tmp_path) as (pilot, screen):
        with locked(await impatient(screen)):
            await type_text(pilot, "one")
            await screen.app.action_quit()
            assert not screen.app._exit
        await type_text(pilot, "two")
        await screen.app.action_quit()
        assert screen.app._exit
    async with running(tmp_path) as (_, screen):
        assert screen.composer.draft.text == "onetwo"


async def test_an_undo_that_failed_can_be_tried_again(tmp_path: Path) -> None:
    """Of a conversation and of a message: neither is out of reach because the database was busy."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "zero")
        home = screen.talk.conversation_id
        assert home is not None
        database = await impatient(screen)
        await screen.conversation_tree.discard(screen.talk.branch[1].stored.id)
        with locked(database), pytest.raises(StoreError):
            await screen.bring_back()
        assert await screen.bring_back()
        assert len(screen.talk.branch) == 2
        await screen.delete(home)
        with locked(database), pytest.raises(StoreError):
            await screen.undo()
        await screen.undo()
        assert screen.talk.conversation_id == home
