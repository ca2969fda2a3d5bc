"""What is sent goes where it was sent, once, one after the other; what cannot be sent comes back."""

import asyncio
import contextlib
import random
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tchat.domain.draft import Draft
from tchat.domain.events import TextDelta
from tchat.domain.message import user
from tchat.engine.foreseeing import Prospect
from tchat.engine.session import Ask
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.run_settings import RunSettingsScreen
from tchat.tui.talk import Plan
from tchat.tui.widgets.queued_rows import QueuedRows
from tests.tui.gates import Gate
from tests.tui.running import ECHO as REF
from tests.tui.running import ask, make_runtime, running, type_text, wait_for

ECHO = 'model = "script/echo"\n[models."script/echo"]\nwindow = 100000\n'
"""It is looked at whether a message fits before it is sent."""
SOON = """
[[turns]]
actions = [{ do = "pause", seconds = 4.0 }, { do = "text", text = "Fine." }]
"""


def hold(screen: ChatScreen) -> Gate:
    """Have what is sent from now on wait, between Enter and the store."""
    gate, foresee = Gate(), screen.estimating.foresee

    async def held(draft: Draft, plan: Plan) -> Prospect | None:
        await gate.passed()
        return await foresee(draft, plan)

    screen.estimating.foresee = held
    return gate


async def enter(pilot: Pilot[None], screen: ChatScreen, text: str) -> None:
    """Send a text and wait until it is under way."""
    await type_text(pilot, text + "\n")
    await wait_for(pilot, lambda: not screen.sending.is_idle)


def said(screen: ChatScreen) -> list[str]:
    """Return what the user has said in the conversation on the screen."""
    return [placed.stored.message.text for placed in screen.talk.branch if placed.stored.reply is None]


def notes(screen: ChatScreen) -> str:
    """Return what the corner says."""
    return "\n".join(note.message for note in screen.app._notifications)


async def settled(pilot: Pilot[None], screen: ChatScreen) -> None:
    """Wait until nothing is under way."""
    await wait_for(pilot, lambda: screen.is_settled)


async def test_what_is_sent_stays_in_its_conversation_though_another_is_turned_to(tmp_path: Path) -> None:
    """And what is typed after that belongs to the other one; while it is under way, it is on disk as a draft."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        await ask(pilot, screen, "first")
        home = screen.talk.conversation_id
        assert home is not None
        gate = hold(screen)
        await enter(pilot, screen, "secret")
        await type_text(pilot, "later")
        await screen.sending.keep()
        kept = await (await screen.runtime.store()).draft(home)
        assert kept is not None
        assert kept.text == "secret\nlater"
        await pilot.press("ctrl+n")
        await type_text(pilot, "next")
        gate.open()
        await wait_for(pilot, lambda: screen.talk.conversation_id is None)
        await settled(pilot, screen)
        assert screen.talk.branch == ()
        assert screen.composer.draft.text == "next"
        await screen.open(home)
        await settled(pilot, screen)
        assert said(screen) == ["first", "secret"]
        assert screen.composer.draft.text == "later"


async def test_what_is_sent_is_stored_though_one_leaves_at_once(tmp_path: Path) -> None:
    """It is in the conversation, once."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        await ask(pilot, screen, "first")
        gate = hold(screen)
        await enter(pilot, screen, "last words")
        leaving = asyncio.create_task(screen.app.action_quit())
        await pilot.pause()
        gate.open()
        await leaving
    async with running(tmp_path, opening=Opening(last=True)) as (_, screen):
        assert said(screen) == ["first", "last words"]
        assert screen.composer.draft.is_empty


async def test_the_second_of_two_quick_messages_waits(tmp_path: Path) -> None:
    """Also in a new conversation, and both are in that one."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        gate = hold(screen)
        await enter(pilot, screen, "one")
        await type_text(pilot, "two\n")
        await wait_for(pilot, lambda: screen.composer.draft.queued)
        gate.open()
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4)
        await settled(pilot, screen)
        assert said(screen) == ["one", "two"]
        assert len(await (await screen.runtime.store()).list(limit=None)) == 1


async def test_escape_brings_back_what_is_not_stored_yet(tmp_path: Path) -> None:
    """Before what was typed since; nothing is sent, and what was queued behind it waits and says so."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        gate = hold(screen)
        await enter(pilot, screen, "one")
        await type_text(pilot, "two\n")
        await wait_for(pilot, lambda: screen.composer.draft.queued)
        await type_text(pilot, "three")
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.composer.draft.text == "one\nthree")
        gate.open()
        await settled(pilot, screen)
        assert screen.talk.branch == ()
        assert screen.composer.draft.queued == (Draft(text="two"),)
        assert "nothing was sent" in notes(screen)


async def test_enter_in_the_empty_composer_sends_what_is_queued_and_waits_for_nothing(tmp_path: Path) -> None:
    """The row of the oldest says so while it holds."""
    async with running(tmp_path, config='model = "script/slow"\n') as (pilot, screen):
        await type_text(pilot, "one\n")
        await wait_for(pilot, lambda: screen.talk.live is not None)
        await type_text(pilot, "two\n")
        rows = screen.composer.query_one(QueuedRows)
        await wait_for(pilot, lambda: screen.composer.draft.queued)
        assert not rows.waits_for_enter
        await pilot.press("escape")
        await wait_for(pilot, lambda: rows.waits_for_enter)
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4 and not screen.composer.draft.queued)
        assert said(screen) == ["one", "two"]
        assert not rows.waits_for_enter
        screen.sending.stop()


async def test_an_edit_that_is_sent_leaves_what_is_written_alone(tmp_path: Path) -> None:
    """What was put aside is back at once, and what is typed since follows it; Esc takes the edit back."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        await ask(pilot, screen, "first")
        for way in ("escape", "wait"):
            await type_text(pilot, "aside")
            screen.transcript.focus()
            await pilot.press("up", "e")
            await wait_for(pilot, lambda: screen.sheet.editing is not None and screen.composer.has_focus_within)
            gate = hold(screen)
            await enter(pilot, screen, "!")
            assert screen.composer.draft.text == "aside"
            await type_text(pilot, " more")
            if way == "escape":
                await pilot.press("escape")
                await wait_for(pilot, lambda: screen.composer.draft.text == "first!")
                await pilot.press("escape")
            gate.open()
            await settled(pilot, screen)
            await wait_for(pilot, lambda: screen.composer.draft.text == "aside more")
            assert said(screen) == ["first" if way == "escape" else "first!"]
            screen.restore(Draft())


async def test_a_model_that_is_not_known_costs_neither_words_nor_the_interface(tmp_path: Path) -> None:
    """Its keys work, and what is sent comes back."""
    async with running(tmp_path, config='model = "nope/xyz"\n') as (pilot, screen):
        await pilot.press("ctrl+e", "f2")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, RunSettingsScreen))
        await pilot.press("f2")
        await wait_for(pilot, lambda: screen.app.screen is screen)
        await type_text(pilot, "precious\n")
        await wait_for(pilot, lambda: "no model is chosen" in notes(screen))
        await settled(pilot, screen)
        assert screen.composer.draft.text == "precious"
        await type_text(pilot, " more")
        await screen.app.action_quit()
    async with running(tmp_path) as (_, screen):
        assert screen.composer.draft.text == "precious more"


async def test_a_conversation_outlives_its_provider(tmp_path: Path) -> None:
    """It opens though that is not configured any more; what is sent is kept with the error."""
    corp = 'model = "corp/echo"\n[providers.corp]\nkind = "scripted"\n'
    async with running(tmp_path, config=corp) as (pilot, screen):
        await ask(pilot, screen, "one")
    async with running(tmp_path, opening=Opening(last=True)) as (pilot, screen):
        await pilot.press("ctrl+e")
        await ask(pilot, screen, "two")
        reply = screen.talk.branch[-1].stored.reply
        assert reply is not None
        assert reply.failure is not None
        assert "corp" in reply.failure.message
        assert said(screen) == ["one", "two"]


async def test_bringing_back_a_message_of_another_conversation_leaves_both_drafts(tmp_path: Path) -> None:
    """One goes there as to any other; and a copy of a conversation is gone to in the same way."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "alpha")
        first = screen.talk.conversation_id
        assert first is not None
        await type_text(pilot, "for alpha")
        await screen.conversation_tree.discard(screen.talk.branch[1].stored.id)
        await screen.open(None)
        await ask(pilot, screen, "beta")
        second = screen.talk.conversation_id
        assert second is not None
        await type_text(pilot, "for beta")
        screen.transcript.focus()
        await pilot.press("u")
        await wait_for(pilot, lambda: screen.talk.conversation_id == first and screen.is_settled)
        assert screen.composer.draft.text == "for alpha"
        screen.transcript.focus()
        await pilot.press("f")
        await wait_for(pilot, lambda: screen.talk.conversation_id not in {first, second} and screen.is_settled)
        assert screen.composer.draft.is_empty
        store = await screen.runtime.store()
        assert [draft and draft.text for draft in (await store.draft(first), await store.draft(second))] == [
            "for alpha",
            "for beta",
        ]


async def test_only_the_last_reply_is_continued(tmp_path: Path) -> None:
    """Enter on an older one that was cut off sends nothing."""
    async with running(tmp_path, config='model = "script/cut"\n') as (pilot, screen):
        await ask(pilot, screen, "one")
        await ask(pilot, screen, "two")
        await screen.acting.act("unfold", screen.transcript.entries[1])
        await settled(pilot, screen)
        assert len(screen.talk.branch) == 4
        await screen.acting.act("unfold", screen.transcript.entries[3])
        await wait_for(pilot, lambda: len(screen.talk.branch) == 6)


async def test_a_queue_says_why_it_waits(tmp_path: Path) -> None:
    """The reply that it waited for came to its end on another branch."""
    (tmp_path / "soon.toml").write_text(SOON, "utf-8")
    async with running(tmp_path, config=f'model = "script/{tmp_path / "soon.toml"}"\n') as (pilot, screen):
        await ask(pilot, screen, "one")
        await screen.acting.act("again", screen.transcript.entries[1])
        await wait_for(pilot, lambda: len(screen.talk.branch[-1].siblings) == 2)
        screen.composer.insert("two")
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.composer.draft.queued)
        await screen.conversation_tree.go_to_sibling(screen.talk.branch[1].stored.id, -1)
        await settled(pilot, screen)
        assert "what is queued waits, as its reply is not on the screen" in notes(screen)
        assert screen.composer.draft.queued == (Draft(text="two"),)
        assert said(screen) == ["one"]


@pytest.mark.parametrize("way", ["complete", "broken off"])
async def test_a_message_waits_for_the_reply_of_another_program(tmp_path: Path, way: str) -> None:
    """The model is told the whole of it, not as far as it had come; if it breaks off, that is said."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        await ask(pilot, screen, "first")
        conversation, leaf = screen.talk.conversation_id, screen.talk.branch[-1].stored.id
        other = make_runtime(tmp_path, ECHO)
        turn = (await other.engine()).turn(
            Ask(ref=REF, message=user("from the other one"), conversation_id=conversation, parent_id=leaf)
        )
        while not isinstance(await anext(turn), TextDelta):
            pass
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4)
        await type_text(pilot, "me too\n")
        await wait_for(pilot, lambda: screen.composer.draft.queued)
        await settled(pilot, screen)
        assert said(screen) == ["first", "from the other one"]
        if way == "complete":
            async for _ in turn:
                pass
            await wait_for(pilot, lambda: len(screen.talk.branch) == 6 and screen.is_settled)
            assert screen.talk.branch[3].stored.message.text == "from the other one"
            assert screen.composer.draft.is_empty
        else:
            await turn.aclose()
            await wait_for(pilot, lambda: "the reply of the other tchat broke off" in notes(screen))
            assert screen.composer.draft.queued == (Draft(text="me too"),)
        await other.aclose()


# --- whatever the order


class Hands:
    """Presses keys in any order, and remembers every word that was typed."""

    def __init__(self, pilot: Pilot[None], screen: ChatScreen, order: random.Random) -> None:
        self._pilot = pilot
        self._screen = screen
        self._order = order
        self._gates: list[Gate] = []
        self._typed = 0
        self.words: set[str] = set()

    async def act(self) -> None:
        """Do something, and mostly go on before it is done."""
        ways = (self._type, self._type, self._enter, self._enter, self._hold, self._let_go, self._new, self._open,
                self._escape, self._edit, self._stop_queueing)  # fmt: skip
        await self._order.choice(ways)()
        if self._order.random() < 0.3:
            await self._pilot.pause()

    async def end(self) -> None:
        """Let everything come to its end, and leave."""
        leaving = asyncio.create_task(self._screen.app.action_quit())
        await self._pilot.pause()
        await self._let_go()
        await leaving

    async def _type(self) -> None:
        self._typed += 1
        word = f"w{self._typed}x"
        await type_text(self._pilot, f"{word} ")
        if self._screen.composer.has_focus_within:
            self.words.add(word)

    async def _enter(self) -> None:
        if self._screen.composer.has_focus_within:
            await self._pilot.press("enter")

    async def _hold(self) -> None:
        self._gates.append(hold(self._screen))

    async def _let_go(self) -> None:
        while self._gates:
            self._gates.pop().open()

    async def _new(self) -> None:
        await self._pilot.press("ctrl+n")

    async def _open(self) -> None:
        listed = await (await self._screen.runtime.store()).list(limit=None)
        if listed:
            known = self._order.choice(listed).id
            self._screen.do(lambda: self._screen.open(known))

    async def _escape(self) -> None:
        if self._screen.sheet.editing is None:  # else it throws away what was typed, as it should
            await self._pilot.press("escape")

    async def _edit(self) -> None:
        branch = self._screen.talk.branch
        if branch and self._screen.sheet.editing is None and not self._screen.sending.is_busy:
            await self._screen.acting.act("edit", self._screen.transcript.entries[0])

    async def _stop_queueing(self) -> None:
        await self._pilot.press("alt+q")


@pytest.mark.parametrize("seed", range(4))
async def test_no_word_is_lost_in_whatever_order_keys_are_pressed(tmp_path: Path, seed: int) -> None:
    """It is in a conversation or in a draft, on disk, after leaving."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        hands = Hands(pilot, screen, random.Random(seed))  # noqa: S311  # an order, not a secret
        for _ in range(40):
            await hands.act()
        await hands.end()
        words = hands.words
    async with running(tmp_path) as (_, screen):
        found = await everything(screen)
    assert words
    assert {word for word in words if word not in found} == set()


async def everything(screen: ChatScreen) -> str:
    """Return all that was ever said, and all drafts."""
    store = await screen.runtime.store()
    said: list[str] = []
    for conversation in await store.list(limit=None):
        said += [stored.message.text for stored in await store.tree(conversation.id)]
        draft = await store.draft(conversation.id)
        said += [] if draft is None else [draft.full_text, *(waits.full_text for waits in draft.queued)]
    draft = screen.composer.draft
    return "\n".join([*said, draft.full_text, *(waits.full_text for waits in draft.queued)])


async def test_what_is_queued_keeps_its_order_however_fast_it_is_sent_on(tmp_path: Path) -> None:
    """One empty Enter begins with the oldest; the rest follows by itself."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        await ask(pilot, screen, "zero")
        for text in ("a", "b", "c"):
            screen.composer.queue(Draft(text=text))
        for _ in range(3):
            pilot.app.post_message(events.Key("enter", "\r"))
        await wait_for(pilot, lambda: len(said(screen)) == 4 and screen.is_settled)
        assert said(screen) == ["zero", "a", "b", "c"]


async def test_what_comes_back_while_the_editor_is_open_stands_before_what_it_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is lost."""
    editor, goes_on = tmp_path / "editor.sh", tmp_path / "goes-on"
    editor.write_text(
        f'#!/bin/sh\nuntil test -e {goes_on}; do sleep 0.05; done\nprintf "half, edited" > "$1"\n', "utf-8"
    )
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        screen.composer.insert("half")
        monkeypatch.setattr(screen.app, "suspend", contextlib.nullcontext)  # there is no terminal to give away
        screen.do(screen.visiting.use_editor)
        await pilot.pause(0.1)
        screen.sheet.give_back(Draft(text="one that failed"), None)
        goes_on.touch()
        await wait_for(pilot, lambda: screen.composer.draft.text == "one that failed\nhalf, edited")
        store = await screen.runtime.store()
        await wait_for(pilot, lambda: screen.is_settled)
        async with asyncio.timeout(10):
            while (kept := await store.draft(None)) is None or "edited" not in kept.text:
                await pilot.pause(0.1)
