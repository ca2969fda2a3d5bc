"""Laws of recalling earlier prompts by keys."""

import pytest

from tchat.domain.draft import Draft
from tchat.tui.widgets.composer import Composer
from tests.tui.widgets.composer_app import ComposerApp


async def test_up_on_an_empty_composer_leaves_it() -> None:
    """To the messages, also where there is something to recall."""
    app = ComposerApp()
    app.composer.prompts = ["earlier"]
    async with app.run_test() as pilot:
        await pilot.press("up")
        assert len(app.all(Composer.CursorLeftUp)) == 1
        assert app.text == ""


@pytest.mark.parametrize(("older", "newer"), [("alt+up", "alt+down"), ("ctrl+up", "ctrl+down")])
async def test_earlier_prompts_are_recalled_and_left(older: str, newer: str) -> None:
    """From a text that is begun too, which comes back."""
    app = ComposerApp()
    app.composer.prompts = ["first", "second"]
    async with app.run_test() as pilot:
        await pilot.press("m", "e", older)
        assert app.text == "second"
        await pilot.press(older, older)
        assert app.text == "first"
        await pilot.press(newer, newer, newer)
        assert app.text == "me"


async def test_up_and_down_go_on_while_a_recalled_prompt_is_not_edited() -> None:
    """An edited one is a text to move in; what was recalled is never sent by recalling."""
    app = ComposerApp()
    app.composer.prompts = ["first", "second"]
    async with app.run_test() as pilot:
        await pilot.press("alt+up", "up")
        assert app.text == "first"
        await pilot.press("down")
        assert app.text == "second"
        await pilot.press("x", "up")
        assert app.text == "secondx"
        assert app.sent == []
        assert app.all(Composer.CursorLeftUp) == []


async def test_up_and_down_move_within_a_recalled_prompt_of_several_lines() -> None:
    """The next prompt comes past the first or last line."""
    app = ComposerApp()
    app.composer.prompts = ["first", "one\ntwo", "last"]
    async with app.run_test() as pilot:
        await pilot.press("alt+up", "up")
        assert app.text == "one\ntwo"
        await pilot.press("down")
        assert app.text == "one\ntwo"
        await pilot.press("down")
        assert app.text == "last"
        await pilot.press("up", "up")
        assert app.text == "first"


async def test_recalling_from_within_a_long_text_goes_to_its_edge_first() -> None:
    """Nobody leaves a text by accident."""
    app = ComposerApp()
    app.composer.prompts = ["earlier"]
    async with app.run_test() as pilot:
        app.composer.insert("one\ntwo")
        await pilot.press("alt+up")
        assert app.text == "one\ntwo"
        await pilot.press("alt+up")
        assert app.text == "earlier"


async def test_sending_a_recalled_prompt_begins_anew() -> None:
    """The next recall starts at the newest prompt again."""
    app = ComposerApp()
    app.composer.prompts = ["first", "second"]
    async with app.run_test() as pilot:
        await pilot.press("alt+up", "alt+up", "enter", "alt+up")
        assert app.sent == [Draft(text="first")]
        assert app.text == "second"
