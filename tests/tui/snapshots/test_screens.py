"""Every screen at three sizes, dark and light, is what was looked at."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tchat.domain.draft import Draft, Paste
from tchat.domain.message import ImagePart
from tchat.runtime import Runtime
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tests.tui.prepared import prepare
from tests.tui.running import wait_for

Compare = Callable[..., bool]
SIZES = ((80, 24), (100, 30), (140, 45))
LOOKS = [(size, theme) for size in SIZES for theme in ("tchat-dark", "tchat-light")]
every_look = pytest.mark.parametrize(
    ("size", "theme"), LOOKS, ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}"
)


class Desk:
    """An application with a prepared home, and ways to bring it to where it is looked at."""

    def __init__(self, home: Path, conversation: str | None) -> None:
        runtime = Runtime.open({"TCHAT_HOME": str(home)})
        self.app = TchatApp(runtime, Opening(conversation=conversation))

    async def settle(self, pilot: Pilot[None]) -> ChatScreen:
        """Wait until the main screen has all it shows."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        await wait_for(pilot, lambda: screen.is_settled and not list(self.app.workers))
        return screen

    async def hold_still(self, pilot: Pilot[None], theme: str) -> None:
        """Choose the theme and stop what blinks."""
        self.app.theme = theme
        await self.settle(pilot)
        await stop_blinking(self.app, pilot)


async def stop_blinking(app: App[None], pilot: Pilot[None]) -> None:
    """Show every cursor, and let none blink; a screen that lies behind shows its own too."""
    for screen in app.screen_stack:
        for area in screen.query(TextArea):
            area.cursor_blink = False
            area._line_cache.clear()  # Textual keeps lines of the cursor's dark phase for one that does not blink
            area.refresh()
        for line in screen.query(Input):
            line.cursor_blink = False
            line.refresh()
    await pilot.pause()
    app.screen.refresh()
    await pilot.pause()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is always named the same, in one time zone, without a keyring."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.chdir(tmp_path)
    time.tzset()
    return Path("home")


@pytest.fixture
def conversation(home: Path) -> str:
    """The prepared conversation with everything in it."""
    return asyncio.run(prepare(home))


def look(snap_compare: Compare, desk: Desk, keys: list[str], size: tuple[int, int], theme: str) -> bool:
    """Press keys and compare the screen."""

    async def come_there(pilot: Pilot[None]) -> None:
        await desk.settle(pilot)
        for key in keys:
            await pilot.press(key)
            await desk.settle(pilot)
        await desk.hold_still(pilot, theme)

    return snap_compare(desk.app, terminal_size=size, run_before=come_there)


@every_look
def test_a_conversation(
    snap_compare: Compare, home: Path, conversation: str, size: tuple[int, int], theme: str
) -> None:
    """The end of it: a table, code, a list, meters and an error."""
    assert look(snap_compare, Desk(home, conversation), [], size, theme)


@every_look
def test_reasoning_and_siblings(
    snap_compare: Compare, home: Path, conversation: str, size: tuple[int, int], theme: str
) -> None:
    """The beginning of it: a chosen reply, its siblings, its reasoning unfolded."""
    assert look(snap_compare, Desk(home, conversation), ["up", "home", "down", "enter"], size, theme)


@every_look
def test_an_empty_conversation(
    snap_compare: Compare, home: Path, conversation: str, size: tuple[int, int], theme: str
) -> None:
    """The model and where help is."""
    del conversation
    assert look(snap_compare, Desk(home, None), [], size, theme)


@every_look
def test_the_list_of_conversations(
    snap_compare: Compare, home: Path, conversation: str, size: tuple[int, int], theme: str
) -> None:
    """Pinned, by date and in a folder; over the conversation where it is narrow."""
    assert look(snap_compare, Desk(home, conversation), ["ctrl+l"], size, theme)


SCREENS = {
    "models": ["ctrl+o"],
    "run settings": ["f2"],
    "what was sent": ["up", "home", "down", "i"],
    "search": ["ctrl+f", *"ball"],
    "settings": ["f7"],
    "help": ["f1"],
    "palette": ["ctrl+p"],
}


@every_look
@pytest.mark.parametrize("name", SCREENS)
def test_another_screen(
    snap_compare: Compare, home: Path, conversation: str, name: str, size: tuple[int, int], theme: str
) -> None:  # fmt: skip
    """Over the conversation, or in place of it."""
    assert look(snap_compare, Desk(home, conversation), SCREENS[name], size, theme)


@every_look
def test_the_composer_with_all_it_can_hold(
    snap_compare: Compare, home: Path, conversation: str, size: tuple[int, int], theme: str
) -> None:
    """A picture, a long paste, two queued messages and an estimate."""
    desk = Desk(home, conversation)

    async def fill(pilot: Pilot[None]) -> None:
        screen = await desk.settle(pilot)
        queued = (Draft(text="And then?"), Draft(text="Show it as a table."))
        digest = desk.app.runtime.blobs.put(b"a picture")
        picture = ImagePart(digest=digest, media_type="image/png", name="chart.png", width=1200, height=800)
        mark = "[pasted 143 lines #1]"
        text = f"What is in this chart,\nand does it fit {mark}?"
        screen.restore(Draft(text=text, pastes=(Paste(mark, "line\n" * 143),), attachments=(picture,), queued=queued))
        await wait_for(pilot, lambda: screen.composer.estimate)
        await desk.hold_still(pilot, theme)
        screen.composer.query_one(TextArea)._cursor_visible = True  # pyright: ignore[reportPrivateUsage]  # whatever it was when it stopped blinking
        await pilot.pause()

    assert snap_compare(desk.app, terminal_size=size, run_before=fill)


@every_look
def test_completing_a_command(
    snap_compare: Compare, home: Path, conversation: str, size: tuple[int, int], theme: str
) -> None:
    """The list lies over the conversation, above what is typed."""
    assert look(snap_compare, Desk(home, conversation), ["slash", "s", "e"], size, theme)
