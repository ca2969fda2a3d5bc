"""Laws of pasting."""

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tchat.domain.draft import Draft, Paste
from tchat.tui.widgets.composer import Composer
from tests.tui.widgets.composer_app import ComposerApp

LONG = "line\n" * 143
MARK = "[pasted 143 lines #1]"


async def _paste(app: ComposerApp, pilot: Pilot[None], text: str) -> None:
    app.post_message(events.Paste(text))
    await pilot.pause()


async def test_a_short_paste_is_inserted_as_it_is() -> None:
    """With newlines for the carriage returns that terminals send, and without what would command one."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("<", ">", "left")
        await _paste(app, pilot, "one\rtwo\x1b[31m\tthree")
        assert app.text == "<one\ntwo[31m\tthree>"
        assert app.sent == []


async def test_a_long_paste_becomes_a_mark() -> None:
    """The draft holds the text, and sending sends it in full."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await _paste(app, pilot, LONG.replace("\n", "\r"))
        assert app.composer.draft == Draft(text=f"a{MARK}", pastes=(Paste(MARK, LONG),))
        await pilot.press("enter")
        assert app.sent[0].full_text == f"a{LONG}"
        assert app.composer.draft == Draft()


@pytest.mark.parametrize("key", ["backspace", "ctrl+w", "ctrl+u", "alt+backspace"])
async def test_a_mark_is_deleted_whole(key: str) -> None:
    """By whatever deletes a part of it; undo brings it back."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await _paste(app, pilot, LONG)
        await pilot.press(key)
        assert app.composer.draft == Draft()
        await pilot.press("ctrl+z")
        assert app.composer.draft.full_text == LONG


async def test_delete_before_a_mark_deletes_it_whole() -> None:
    """It acts as one character from its other side too."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await _paste(app, pilot, LONG)
        await pilot.press("home", "delete")
        assert app.text == ""


async def test_the_cursor_steps_over_a_mark() -> None:
    """Nothing can be typed into it."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await _paste(app, pilot, LONG)
        await pilot.press("b", "left", "left", "x", "right", "y")
        assert app.text == f"ax{MARK}yb"


async def test_a_click_into_a_mark_goes_to_its_nearer_end() -> None:
    """The mouse cannot put the cursor into it either."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await _paste(app, pilot, LONG)
        await pilot.pause()
        await pilot.click(app.area, offset=(3, 0))
        await pilot.press("x")
        assert app.text == f"x{MARK}"
        await pilot.click(app.area, offset=(len(MARK) - 2, 0))
        await pilot.press("y")
        assert app.text == f"x{MARK}y"


async def test_selecting_into_a_mark_takes_it_whole_or_not_at_all() -> None:
    """Typing over a selection leaves no half mark."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await _paste(app, pilot, LONG)
        await pilot.press("home", "shift+right", "shift+right", "x")
        assert app.text == "x"


@pytest.mark.parametrize("key", ["alt+o", "ctrl+r"])
async def test_a_mark_can_be_opened(key: str) -> None:
    """Its text takes its place; undo closes it again."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await pilot.press("a")
        await _paste(app, pilot, LONG)
        await pilot.press("b", key)
        assert app.composer.draft == Draft(text=f"a{LONG}b")
        await pilot.press("ctrl+z")
        assert app.composer.draft == Draft(text=f"a{MARK}b", pastes=(Paste(MARK, LONG),))


async def test_the_nearest_mark_is_opened() -> None:
    """Of several in a line."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await _paste(app, pilot, LONG)
        await _paste(app, pilot, "other\n" * 30)
        await pilot.press("home", "alt+o")
        assert app.text == f"{LONG}[pasted 30 lines #2]"


async def test_a_text_with_an_endless_line_is_not_opened() -> None:
    """Typing in it would be slow; the reader is told of the editor."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await _paste(app, pilot, "x" * 100_000)
        await pilot.press("alt+o")
        assert "Ctrl+G" in (await app.next(Composer.Refused)).text
        assert app.text == "[pasted 100,000 characters #1]"


async def test_an_empty_paste_asks_for_the_clipboard() -> None:
    """Terminals paste a picture as an empty text."""
    app = ComposerApp()
    async with app.run_test() as pilot:
        await _paste(app, pilot, "")
        assert len(app.all(Composer.ClipboardPasted)) == 1


async def test_a_dropped_picture_is_told_and_not_inserted(tmp_path: Path) -> None:
    """In the order of keys: what was typed after the drop comes after it."""
    picture = tmp_path / "a chart.png"
    picture.touch()
    app = ComposerApp(folder=tmp_path)
    async with app.run_test() as pilot:
        app.post_message(events.Paste(f"'{picture}' "))
        app.post_message(events.Key("x", "x"))
        assert list((await app.next(Composer.PathsPasted)).paths) == [picture]
        await pilot.pause()
        assert app.text == "x"


async def test_a_path_to_nothing_is_inserted_as_text(tmp_path: Path) -> None:
    """The raw text, and letters after it stay after it."""
    app = ComposerApp(folder=tmp_path)
    async with app.run_test() as pilot:
        app.post_message(events.Paste(f"{tmp_path}/missing.png"))
        app.post_message(events.Key("x", "x"))
        app.post_message(events.Key("enter", "\r"))
        sent = await app.next(Composer.Sent)
        assert sent.draft.text == f"{tmp_path}/missing.pngx"
        await pilot.pause()
        assert app.all(Composer.PathsPasted) == []


async def test_a_file_of_text_stands_as_a_mark_with_its_name() -> None:
    """However short it is."""
    app = ComposerApp()
    async with app.run_test():
        app.composer.insert_paste("a\nb\n", "notes.md")
        assert app.composer.draft == Draft(
            text="[notes.md 2 lines #1]", pastes=(Paste("[notes.md 2 lines #1]", "a\nb\n"),)
        )


async def test_a_recalled_prompt_with_an_endless_line_is_folded() -> None:
    """Recalling it keeps typing quick, going on recalls on, and sending sends it in full."""
    app = ComposerApp()
    app.composer.prompts = ["first", "x" * 50_000]
    async with app.run_test() as pilot:
        await pilot.press("alt+up", "up")
        assert app.text == "first"
        await pilot.press("down", "enter")
        assert app.sent[0].full_text == "x" * 50_000
