"""What the lines above and below a conversation do when they are clicked."""

from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widget import Widget

from tchat.tui.screens.command_palette import Palette
from tchat.tui.screens.help import HelpScreen
from tchat.tui.screens.models import ModelPicker
from tchat.tui.screens.sent import SentScreen
from tchat.tui.screens.usage import UsageScreen
from tchat.tui.widgets.meters import Meters
from tchat.tui.widgets.title_bar import TitleBar
from tests.tui.running import running, wait_for


@pytest.mark.parametrize("width", [80, 130])
@pytest.mark.parametrize(
    ("line", "words", "opened"),
    [
        (Meters, "F1 help", HelpScreen),
        (Meters, "month", UsageScreen),
        (Meters, "ctx", SentScreen),
        (TitleBar, "thinking", ModelPicker),
        (TitleBar, "tchat", Palette),
    ],
)
async def test_words_open_what_they_are_about(
    tmp_path: Path, width: int, line: type[Widget], words: str, opened: type[Screen[object]]
) -> None:
    """As the key for that does."""
    async with running(tmp_path, config='model = "script/thinking"\n', size=(width, 30)) as (pilot, screen):
        bar = screen.query_one(line)
        text = bar.render_line(0).text
        at = next(text.index(form) for form in (words, words.replace("ctx", "context")) if form in text)
        await pilot.click(bar, offset=(at + 2, 0))
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, opened))


async def test_the_effort_is_raised(tmp_path: Path) -> None:
    """One level a click."""
    async with running(tmp_path, config='model = "script/thinking"\n') as (pilot, screen):
        await pilot.press("ctrl+e")
        meters, before = screen.query_one(Meters), screen.talk.choice.settings.effort
        await pilot.click(meters, offset=(meters.render_line(0).text.index("effort") + 2, 0))
        await wait_for(pilot, lambda: screen.talk.choice.settings.effort != before)
        assert screen.composer.has_focus_within


async def test_words_look_as_they_do_anywhere_else(tmp_path: Path) -> None:
    """They are no links."""
    async with running(tmp_path) as (_, screen):
        styles = [segment.style for line in (Meters, TitleBar) for segment in screen.query_one(line).render_line(0)]
        assert not any(style.underline for style in styles if style is not None)
