"""Laws of writing and sending."""

import asyncio
import time
from typing import cast

import pytest
from textual import events
from textual.binding import Binding
from textual.widget import Widget

from tchat.domain.draft import Draft
from tchat.tui.widgets import composer
from tchat.tui.widgets.composer import Composer
from tchat.tui.widgets.composer_keys import COMPOSER_KEYS, TEXT_KEYS
from tests.tui.widgets.composer_app import APP_KEYS, PAPER, PICTURE, ComposerApp

# --- sending


async def test_enter_sends_what_was_written() -> None:
    """Text and attachments go together, and nothing is left once they were taken."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        await pilot.press("h", "i", "enter")
        assert app.sent == [Draft(text="hi", attachments=(PICTURE,))]
        assert app.composer.draft.is_empty


async def test_what_is_sent_stays_until_it_is_taken() -> None:
    """A message that cannot be sent is still there."""
    app = ComposerApp(takes=False)
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        await pilot.press("h", "i", "enter")
        assert app.composer.draft == Draft(text="hi", attachments=(PICTURE,))
        app.composer.take(app.all(Composer.Sent)[0])
        assert app.composer.draft == Draft()


@pytest.mark.parametrize("text", ["", "  ", "\n"])
async def test_a_blank_message_is_not_sent(text: str) -> None:
    """Enter on nothing does nothing."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert(text)
        await pilot.press("enter")
        assert app.sent == []


async def test_an_attachment_is_sent_without_a_text() -> None:
    """A picture alone is a message."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PAPER)
        await pilot.press("enter")
        assert app.sent == [Draft(attachments=(PAPER,))]


async def test_keys_act_in_the_order_in_which_they_were_pressed() -> None:
    """Letters, movements and Enter that arrive in one piece neither overtake each other nor get lost."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        for key in ("b", "left", "a", "end", "c", "enter", "x", "y", "enter", "z"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await app.next(Composer.Sent, lambda sent: "x" in sent.draft.text)
        await pilot.pause()
        assert [draft.text for draft in app.sent] == ["abc", "xy"]
        assert app.text == "z"


async def test_what_is_not_taken_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before what was typed since, with its attachments."""
    monkeypatch.setattr(composer, "TAKING_SECONDS", 0.05)
    app = ComposerApp(takes=False)
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        for key in ("h", "i", "enter", "m", "e"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        async with asyncio.timeout(10):
            while app.area.text != "hi\n\nme":
                await pilot.pause()
        assert app.composer.draft == Draft(text="hi\n\nme", attachments=(PICTURE,))


async def test_what_is_typed_before_a_message_is_taken_stays() -> None:
    """Only what was sent is cleared."""
    app = ComposerApp(takes=False)
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        await pilot.press("h", "i", "left", "enter", "m", "e")
        app.composer.attach(PAPER)
        app.composer.take(app.all(Composer.Sent)[0])
        assert app.composer.draft == Draft(text="me", attachments=(PAPER,))


async def test_enter_pressed_twice_sends_once() -> None:
    """A message that is not taken yet is not sent again by the same key."""
    app = ComposerApp(takes=False)
    async with app.run_test() as pilot:
        app.composer.insert("hi")
        for _ in range(2):
            app.post_message(events.Key("enter", "\r"))
        await pilot.pause()
        assert len(app.sent) == 1


async def test_what_came_back_into_the_text_is_not_taken_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that takes it late is told so, and what was typed since stays."""
    monkeypatch.setattr(composer, "TAKING_SECONDS", 0.01)
    app = ComposerApp(takes=False)
    async with app.run_test() as pilot:
        await pilot.press("h", "i", "enter")
        sent = await app.next(Composer.Sent)
        await app.next(Composer.DraftChanged, lambda told: told.draft.text == "hi")
        while app.area.text != "hi":
            await pilot.pause(0.01)
        await pilot.press("!")
        assert not app.composer.take(sent)
        assert app.text == "hi!"


# --- new lines


@pytest.mark.parametrize("key", ["shift+enter", "alt+enter", "ctrl+j", "shift+\r"])
async def test_new_line_keys_begin_a_line(key: str) -> None:
    """Whichever of them the terminal can send."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        app.post_message(events.Key(key, None))
        await pilot.press("b")
        assert app.text == "a\nb"
        assert app.sent == []


async def test_enter_after_a_backslash_begins_a_line() -> None:
    """In place of the backslash; a backslash further left is text."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("a\\b\\")
        await pilot.press("enter")
        assert app.text == "a\\b\n"
        await pilot.press("c", "enter")
        assert app.sent == [Draft(text="a\\b\nc")]


# --- commands


async def test_a_command_is_given_and_leaves_the_text() -> None:
    """Attachments stay, undo brings the command back, and it can be recalled."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.attach(PICTURE)
        app.composer.insert("/model openai/gpt")
        await pilot.press("enter")
        given = await app.next(Composer.CommandGiven)
        assert (given.name, given.argument) == ("model", "openai/gpt")
        assert app.sent == []
        assert app.composer.draft == Draft(attachments=(PICTURE,))
        await pilot.press("alt+up")
        assert app.text == "/model openai/gpt"


async def test_an_unknown_command_is_refused_and_stays() -> None:
    """It is neither sent nor lost."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("/nothing at all")
        await pilot.press("enter")
        assert "there is no command /nothing" in (await app.next(Composer.Refused)).text
        assert app.text == "/nothing at all"
        assert app.sent == []


async def test_two_slashes_send_a_text_that_begins_with_one() -> None:
    """And the whole of it is taken away."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("//new is what?")
        await pilot.press("enter")
        assert app.sent == [Draft(text="/new is what?")]
        assert app.text == ""


async def test_a_paste_is_an_argument_in_full() -> None:
    """A mark means its text also behind a command."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("/system ")
        app.composer.insert("rule\n" * 30)
        await pilot.press("enter")
        assert (await app.next(Composer.CommandGiven)).argument == "rule\n" * 30


# --- other keys


async def test_escape_asks_to_stop() -> None:
    """The screen decides what is stopped."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "escape")
        assert len(app.all(Composer.Stopped)) == 1
        assert app.text == "a"


@pytest.mark.parametrize(("key", "kind"), [("ctrl+v", Composer.ClipboardPasted), ("ctrl+g", Composer.EditorAsked)])
async def test_clipboard_and_editor_are_asked_for(key: str, kind: type[Composer.EditorAsked]) -> None:
    """The screen reaches them."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.copy_to_clipboard("not this")
        await pilot.press(key)
        assert len(app.all(kind)) == 1
        assert app.text == ""


@pytest.mark.parametrize("key", APP_KEYS)
async def test_keys_of_the_app_reach_the_app(key: str) -> None:
    """The composer binds none of them, and a letter with Alt is not typed."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a", key)
        assert app.keys == [key]
        assert app.text == "a"


async def test_a_letter_with_alt_that_means_nothing_is_not_typed() -> None:
    """It is a key and no letter."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("alt+x")
        assert app.text == ""


@pytest.mark.parametrize("binding", [*COMPOSER_KEYS, *TEXT_KEYS], ids=lambda binding: cast("Binding", binding).action)
def test_every_key_says_what_it_does(binding: Binding) -> None:
    """Help is made of the bindings; none takes a key that belongs to the app."""
    assert binding.id is not None
    assert binding.id.startswith("editing." if binding in TEXT_KEYS else "composer.")
    assert binding.description
    assert binding.tooltip
    taken = {"ctrl+e", "ctrl+o", "ctrl+t", "ctrl+f", "ctrl+p", "ctrl+q", *(f"f{number}" for number in range(1, 13))}
    assert not taken & set(binding.key.split(","))


def test_every_key_has_a_name_of_its_own() -> None:
    """No two bindings share an id or a key."""
    bindings = [cast("Binding", binding) for binding in (*COMPOSER_KEYS, *TEXT_KEYS)]
    keys = [key for binding in bindings for key in binding.key.split(",")]
    assert len({binding.id for binding in bindings}) == len(bindings)
    assert len(set(keys)) == len(keys)


async def test_undo_and_redo_go_through_the_edits() -> None:
    """Undo takes the last step back, redo takes it again."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("one")
        app.composer.insert(" two")
        await pilot.press("ctrl+z")
        assert app.text == "one"
        await pilot.press("ctrl+y")
        assert app.text == "one two"


@pytest.mark.parametrize(
    ("key", "left"),
    [("ctrl+w", "one "), ("ctrl+u", ""), ("backspace", "one tw"), ("alt+backspace", "one "), ("ctrl+x", "")],
)
async def test_deleting_keys_delete(key: str, left: str) -> None:
    """A word, a line, a character."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("one two")
        await pilot.press(key)
        assert app.text == left


async def test_ctrl_k_deletes_to_the_end_of_the_line() -> None:
    """And keeps what is before the cursor."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        app.composer.insert("one two")
        await pilot.press("home", "ctrl+right", "ctrl+k")
        assert app.text == "one"


async def test_paging_belongs_to_the_text_only_where_it_scrolls() -> None:
    """Else the screen scrolls its messages."""
    app = ComposerApp()
    app.bind("pageup", "note('pageup')")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("pageup")
        assert app.keys == ["pageup"]
        app.composer.insert("\n".join("0123456789"))
        await pilot.press("pageup")
        assert app.keys == ["pageup"]
        assert app.area.cursor_location[0] < 9


# --- looks and speed


async def test_the_composer_grows_to_a_third_of_the_screen() -> None:
    """With its content, and then scrolls to where the cursor is."""
    app = ComposerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.area.size.height == 1
        app.composer.insert("1\n2\n3")
        await pilot.pause()
        assert app.area.size.height == 3
        app.composer.insert("\n" * 15)
        await pilot.pause()
        assert app.area.size.height == 8
        assert app.area.scroll_offset.y == 10
        app.composer.restore(Draft())
        await pilot.pause()
        assert app.area.size.height == 1


async def test_the_composer_shows_without_colour_whether_it_is_written_in() -> None:
    """A bar stands beside the text while keys go to it, and the text does not move."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.area.styles.border_left[0] == "vkey"
        where = app.area.content_region
        app.set_focus(None)
        await pilot.pause()
        assert not app.area.styles.border_left[0]
        assert app.area.content_region == where


async def test_the_estimate_is_shown_beside_the_attachments() -> None:
    """The row is there only when there is something in it."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        foot = app.query_one("#foot", Widget)
        await pilot.pause()
        assert not foot.display
        app.composer.estimate = "≈1,420 tok\n[bold] · ≤ $0.034"
        await pilot.pause()
        assert foot.display
        assert app.shown("#estimate").strip() == "≈1,420 tok [bold] · ≤ $0.034"


async def test_undo_of_a_long_insertion_finds_its_way_back() -> None:
    """Also where the text does not scroll any more and the cursor was far below."""
    app = ComposerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.composer.insert("\n".join("0123456789abcdef"))
        await pilot.pause()
        await pilot.press("ctrl+z")
        assert app.text == ""
        await pilot.press("ctrl+y", "x")
        assert app.text.endswith("e\nfx")


@pytest.mark.parametrize(
    "text",
    ["\n".join(["some words of prose that go on and on " * 3] * 1_000), "some words of prose " * 5_000],
    ids=["lines", "one line"],
)
async def test_typing_is_quick_in_a_long_text(text: str) -> None:
    """A key costs less than 5 ms of work in a text of 100 kB (the median; machines stumble)."""
    app = ComposerApp()
    async with app.run_test(size=(120, 40)) as pilot:
        app.composer.restore(Draft(text=text))
        await pilot.pause()
        assert app.composer.draft.full_text == text
        times: list[float] = []
        for _ in range(41):
            began = time.thread_time()
            await app.area.on_event(events.Key("x", "x"))
            times.append(time.thread_time() - began)
            await asyncio.sleep(0)
        assert sorted(times)[20] < 0.005
