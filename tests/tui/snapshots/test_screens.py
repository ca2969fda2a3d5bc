"""Every screen at three sizes, dark and light, is what was looked at."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tchat.domain.draft import Draft, Paste
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts, ModelRef
from tchat.providers.finding import FoundServer
from tchat.runtime import Runtime
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.welcoming import Embedded, Greeting
from tchat.tui.widgets.welcome import Welcome
from tests.tui.prepared import prepare
from tests.tui.running import wait_for
from tests.tui.snapshots.looks import SIZES, Looks


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

    async def hold_still(self, pilot: Pilot[None]) -> None:
        """Wait until all is shown, and stop what blinks."""
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


def differing(looks: Looks, desk: Desk, keys: list[str], sizes: Sequence[tuple[int, int]] = SIZES) -> list[str]:
    """Press keys and return the looks in which the screen differs."""

    async def come_there(pilot: Pilot[None]) -> None:
        await desk.settle(pilot)
        for key in keys:
            await pilot.press(key)
            await desk.settle(pilot)

    return looks.differing(desk.app, come_there, desk.hold_still, sizes)


def test_a_conversation(looks: Looks, home: Path, conversation: str) -> None:
    """The end of it: a table, code, a list, meters and an error."""
    assert differing(looks, Desk(home, conversation), []) == []


def test_reasoning_and_siblings(looks: Looks, home: Path, conversation: str) -> None:
    """The beginning of it: a chosen reply, its siblings, its reasoning unfolded."""
    assert differing(looks, Desk(home, conversation), ["up", "home", "down", "enter"]) == []


def test_an_empty_conversation(looks: Looks, home: Path, conversation: str) -> None:
    """The model and where help is."""
    del conversation
    assert differing(looks, Desk(home, None), []) == []


def test_the_first_start(looks: Looks, home: Path) -> None:
    """The embedded model is ready, no key is there, and a server was found: whatever this machine has of them."""
    home.mkdir()
    desk = Desk(home, None)
    ref = ModelRef("local", "smollm2-135m-instruct")
    server = FoundServer("ollama", (ModelFacts(provider="ollama", name="llama3.2"),))

    async def come_there(pilot: Pilot[None]) -> None:
        screen = await desk.settle(pilot)
        known = Greeting(ref=ref, has_key=False, embedded=Embedded(ref), servers=(server,))
        screen.query_one(Welcome).greeting = known

    assert looks.differing(desk.app, come_there, desk.hold_still) == []


def test_the_list_of_conversations(looks: Looks, home: Path, conversation: str) -> None:
    """Pinned, by date and in a folder; over the conversation where it is narrow."""
    assert differing(looks, Desk(home, conversation), ["ctrl+l"]) == []


SCREENS = {
    "models": ["ctrl+o"],
    "run settings": ["f2"],
    "what was sent": ["up", "home", "down", "i"],
    "search": ["ctrl+f", *"ball"],
    "settings": ["f7"],
    "help": ["f1"],
    "palette": ["ctrl+p"],
}
BESIDE = {"run settings", "what was sent"}
"""What stands beside the conversation where it was opened wide, and over it where it was opened narrow."""


@pytest.mark.parametrize("name", SCREENS)
def test_another_screen(looks: Looks, home: Path, conversation: str, name: str) -> None:
    """Over the conversation, or in place of it."""
    for sizes in (SIZES[:-1], SIZES[-1:]) if name in BESIDE else (SIZES,):
        assert differing(looks, Desk(home, conversation), SCREENS[name], sizes) == []


def test_the_composer_with_all_it_can_hold(looks: Looks, home: Path, conversation: str) -> None:
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

    async def hold_still(pilot: Pilot[None]) -> None:
        await desk.hold_still(pilot)
        screen = await desk.settle(pilot)
        screen.composer.query_one(TextArea)._cursor_visible = True  # pyright: ignore[reportPrivateUsage]  # whatever it was when it stopped blinking
        await pilot.pause()

    assert looks.differing(desk.app, fill, hold_still) == []


def test_completing_a_command(looks: Looks, home: Path, conversation: str) -> None:
    """The list lies over the conversation, above what is typed."""
    assert differing(looks, Desk(home, conversation), ["slash", "s", "e"]) == []
