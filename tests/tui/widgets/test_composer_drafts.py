"""Laws of the draft: its attachments, its queue, and how it is told of."""

import asyncio
import time
from itertools import pairwise

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.containers import Vertical

from tchat.domain.draft import Draft, Paste
from tchat.tui.widgets.chips import Chips
from tchat.tui.widgets.composer import Composer
from tchat.tui.widgets.draft_teller import DRAFT_SECONDS
from tchat.tui.widgets.queued_rows import QueuedRows
from tests.tui.widgets.composer_app import PAPER, PICTURE, ComposerApp

MARK = "[pasted 30 lines #1]"
FULL = Draft(
    text=f"see {MARK}",
    pastes=(Paste(MARK, "line\n" * 30),),
    attachments=(PICTURE, PAPER),
    queued=(Draft(text="first", attachments=(PAPER,)), Draft(text="second\nmore")),
)


# --- restoring


async def test_a_restored_draft_is_what_was_kept() -> None:
    """Marks, chips and queue included, the cursor at the end and nothing to undo."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("other")
        assert app.composer.restore(FULL) == Draft(text="other")
        assert app.composer.draft == FULL
        await pilot.press("ctrl+z", "!")
        assert app.text == f"see {MARK}!"
        assert app.composer.draft.full_text == "see " + "line\n" * 30 + "!"


async def test_a_draft_can_be_restored_before_there_is_a_screen() -> None:
    """It is there from the first paint on."""
    app = ComposerApp()
    app.composer.restore(FULL)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.composer.draft == FULL
        assert "chart.png" in app.shown("Chips")


async def test_a_restored_draft_is_not_told() -> None:
    """The screen knows it; the next change is told."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("typed")
        app.composer.restore(FULL)
        await pilot.press("!")
        told = await app.next(Composer.DraftChanged)
        assert told.draft.text == f"see {MARK}!"


async def test_restored_text_commands_no_terminal() -> None:
    """Whatever wrote it."""
    app = ComposerApp()
    async with app.run_test():
        app.composer.restore(Draft(text="a\x1b[2J\r\nb"))
        assert app.text == "a[2J\nb"


# --- telling


async def test_changes_are_told_together_and_not_too_often() -> None:
    """Two tellings lie as far apart as promised, and the last has everything."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        began = time.monotonic()
        await pilot.press("a", "b")
        await app.next(Composer.DraftChanged, lambda told: told.draft.text == "ab")
        await pilot.press("c", "d")
        await app.next(Composer.DraftChanged, lambda told: told.draft.text == "abcd")
        times = [began, *(told.time for told in app.all(Composer.DraftChanged))]
        assert all(later - earlier > DRAFT_SECONDS * 0.9 for earlier, later in pairwise(times))


async def test_every_kind_of_change_is_told() -> None:
    """Text, attachments and queue."""
    app = ComposerApp()
    async with app.run_test():
        app.composer.attach(PICTURE)
        await app.next(Composer.DraftChanged, lambda told: told.draft == Draft(attachments=(PICTURE,)))
        app.composer.queue(Draft(text="waits"))
        await app.next(Composer.DraftChanged, lambda told: told.draft.queued == (Draft(text="waits"),))
        assert app.composer.take_queued() == Draft(text="waits")
        await app.next(Composer.DraftChanged, lambda told: not told.draft.queued and len(app.told) > 2)


async def test_a_change_is_told_at_once_when_the_text_is_left() -> None:
    """Without the wait."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("half a thought")
        began = time.monotonic()
        app.set_focus(None)
        await pilot.pause()
        told = await app.next(Composer.DraftChanged)
        assert told.draft.text == "half a thought"
        assert time.monotonic() - began < DRAFT_SECONDS or told.time - began < DRAFT_SECONDS


async def test_a_change_is_told_when_the_composer_is_removed() -> None:
    """It is the last that is heard of it."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("half a thought")
        app.area.blur()
        app.composer.insert(" more")
        await app.composer.remove()
        await pilot.pause()
        assert app.all(Composer.DraftChanged)[-1].draft.text == "half a thought more"


async def test_what_is_known_is_not_told_again() -> None:
    """A change that was taken back is no change."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "backspace")
        app.set_focus(None)
        await pilot.pause()
        assert app.all(Composer.DraftChanged) == []


async def test_the_draft_can_be_read_after_the_end() -> None:
    """At exit no message reaches the screen; it asks instead."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
    assert app.composer.draft == Draft(text="a")


# --- attachments


async def test_attachments_are_shown_as_chips() -> None:
    """With their kind, number, name and size, whatever the name is."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        app.composer.attach(PAPER)
        await pilot.pause()
        assert app.shown("Chips") == "[image 1 · chart.png 1200×800 ×] [pdf 1 · notes.pdf ×]"


async def test_chips_take_more_rows_where_they_do_not_fit() -> None:
    """None is broken in two, and the newest stay in sight."""
    app = ComposerApp()
    async with app.run_test(size=(40, 24)) as pilot:
        for _ in range(6):
            app.composer.attach(PICTURE)
        await pilot.pause()
        assert app.shown("Chips").splitlines() == [
            f"[image {number} · chart.png 1200×800 ×]" for number in (3, 4, 5, 6)
        ]


async def test_backspace_in_an_empty_text_removes_the_last_attachment() -> None:
    """One at a press."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        app.composer.attach(PAPER)
        await pilot.press("backspace")
        assert app.composer.draft.attachments == (PICTURE,)


async def test_a_backspace_that_is_held_down_stops_at_the_attachments() -> None:
    """Emptying the text does not cost a picture."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        app.composer.insert("ab")
        for _ in range(6):
            app.post_message(events.Key("backspace", "\x7f"))
        await pilot.pause()
        assert app.composer.draft == Draft(attachments=(PICTURE,))


@pytest.mark.parametrize("key", ["delete", "backspace"])
async def test_attachments_are_chosen_and_removed_by_keys(key: str) -> None:
    """And keys go back to the text after the last."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        app.composer.attach(PAPER)
        await pilot.press("alt+a", "left", key)
        assert app.composer.draft.attachments == (PAPER,)
        await pilot.press(key, "x")
        assert app.composer.draft == Draft(text="x")


@pytest.mark.parametrize("key", ["escape", "up"])
async def test_keys_lead_back_from_the_attachments(key: str) -> None:
    """Without stopping or sending anything."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        await pilot.press("alt+a", key)
        assert app.area.has_focus
        assert [told for told in app.told if not isinstance(told, Composer.DraftChanged)] == []


async def test_letters_over_the_attachments_go_into_the_text() -> None:
    """Nothing typed is lost."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        await pilot.press("alt+a", "h", "i")
        assert app.text == "hi"
        assert app.area.has_focus


async def test_a_click_on_its_cross_removes_an_attachment() -> None:
    """And a click elsewhere on the chip does not."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        app.composer.attach(PAPER)
        await pilot.pause()
        await pilot.click(Chips, offset=(3, 0))
        assert len(app.composer.draft.attachments) == 2
        await pilot.click(Chips, offset=(len("[image 1 · chart.png 1200×800 "), 0))
        assert app.composer.draft.attachments == (PAPER,)


# --- the queue


async def test_queued_messages_are_shown_and_taken_oldest_first() -> None:
    """A row each, with the first line and the number of attachments."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        for draft in FULL.queued:
            app.composer.queue(draft)
        await pilot.pause()
        assert app.shown("QueuedRows") == "queued: first (1 attachment) ×\nqueued: second ×"
        assert [app.composer.take_queued() for _ in range(3)] == [*FULL.queued, None]
        await pilot.pause()
        assert not app.query_one(QueuedRows).display
        assert app.area.has_focus


async def test_taking_a_queued_message_leaves_the_focus_where_it_is() -> None:
    """The screen sends it while the user is elsewhere."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.queue(Draft(text="waits"))
        app.set_focus(None)
        await pilot.pause()
        app.composer.take_queued()
        await pilot.pause()
        assert app.focused is None


async def test_the_newest_queued_message_is_taken_back() -> None:
    """Before what is being written, with its attachments."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.queue(Draft(text="one"))
        app.composer.queue(Draft(text="two", attachments=(PAPER,)))
        app.composer.attach(PICTURE)
        await pilot.press("m", "e", "alt+q")
        expected = Draft(text="two\n\nme", attachments=(PAPER, PICTURE), queued=(Draft(text="one"),))
        assert app.composer.draft == expected


async def test_queued_messages_keep_their_pastes_apart() -> None:
    """Two drafts may each have a first paste."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("mine\n" * 30)
        app.composer.queue(Draft(text=MARK, pastes=(Paste(MARK, "theirs\n" * 30),)))
        await pilot.press("alt+q")
        assert app.composer.draft.full_text == "theirs\n" * 30 + "\n\n" + "mine\n" * 30


async def test_a_queued_message_is_chosen_by_keys() -> None:
    """Enter edits it, Delete throws it away, and what was thrown away can be recalled."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        for text in ("one", "two", "three"):
            app.composer.queue(Draft(text=text))
        await pilot.pause()
        app.query_one(QueuedRows).focus()
        await pilot.press("down", "enter")
        assert app.text == "two"
        app.query_one(QueuedRows).focus()
        await pilot.pause()
        await pilot.press("up", "delete")
        assert app.composer.draft == Draft(text="two", queued=(Draft(text="three"),))
        await pilot.press("down", "alt+up")
        assert app.text == "one"


async def test_a_queued_message_is_clicked() -> None:
    """On its cross to throw it away, elsewhere to edit it."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.queue(Draft(text="one"))
        app.composer.queue(Draft(text="two"))
        await pilot.pause()
        await pilot.click(QueuedRows, offset=(len(" queued: one "), 0))
        assert app.composer.draft == Draft(queued=(Draft(text="two"),))
        await pilot.pause()
        await pilot.click(QueuedRows, offset=(2, 0))
        assert app.composer.draft == Draft(text="two")


class _Leaving(App[None]):
    """An app whose container hears of the last change."""

    def compose(self) -> ComposeResult:
        yield Vertical(Composer(), id="holder")

    def on_composer_messages_draft_changed(self, told: Composer.DraftChanged) -> None:
        self.heard = told.draft
        self.was_heard.set()

    heard: Draft | None = None
    was_heard: asyncio.Event


async def test_the_last_change_bubbles_from_what_held_the_composer() -> None:
    """The screen hears of it as of any other."""
    app = _Leaving()
    app.was_heard = asyncio.Event()
    async with app.run_test():
        composer = app.query_one(Composer)
        composer.insert("last words")
        await composer.remove()
        await asyncio.wait_for(app.was_heard.wait(), 10)
        assert app.heard == Draft(text="last words")
