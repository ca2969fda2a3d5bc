"""Takes the pictures of the README from the real application: `make pictures`.

They need `rsvg-convert` (Debian: librsvg2-bin) and the font Fira Code (fonts-firacode).
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec import Struct
from textual.widgets import Input, TextArea

from tchat.runtime import Runtime
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.run_view import RunView
from tests.servers import ROOT
from tests.tui.prepared import prepare
from tests.tui.prepared_pictures import converse
from tests.tui.running import type_text, wait_for
from tests.tui.staged import FIVE, SAMPLES, StagedModel, stage

FOLDER = ROOT / "docs" / "pictures"
_CELL = 12.2
"""Width of a character in Textual's SVG, in its own units."""
_RUN = re.compile(r'(<text[^>]* x=")([\d.]+)("[^>]*textLength=")([\d.]+)("[^>]*>)((?:&#160;)+)')


class Picture(Struct, frozen=True, kw_only=True):
    """A screen and how to come there."""

    name: str
    size: tuple[int, int]
    theme: str
    keys: tuple[str, ...] = ()
    typed: str = ""


PICTURES = (
    Picture(name="conversation", size=(128, 38), theme="tchat-dark"),
    Picture(name="reasoning", size=(80, 24), theme="tchat-light", keys=("up", "home", "down", "enter")),
    Picture(name="request", size=(144, 38), theme="tchat-dark", keys=("up", "home", "down", "f3")),
    Picture(name="prompts", size=(128, 38), theme="tchat-dark", keys=("ctrl+t",), typed="self-consistency"),
    Picture(name="search", size=(100, 28), theme="tchat-light", keys=("ctrl+f",), typed="ball"),
)

PATCHES = Picture(name="patches", size=(110, 30), theme="tchat-dark", keys=("up", "home", "p"))
"""Of the conversation about pictures."""


def upright(svg: str) -> str:
    """Return an SVG in which no run of text begins with blanks: renderers drop those and move what follows."""

    def moved(run: re.Match[str]) -> str:
        blanks = run[6].count("&#160;") * _CELL
        return f"{run[1]}{float(run[2]) + blanks:g}{run[3]}{float(run[4]) - blanks:g}{run[5]}"

    return _RUN.sub(moved, svg)


async def take(picture: Picture, home: Path, conversation: str) -> str:
    """Return a screen as SVG."""
    runtime = Runtime.open({"TCHAT_HOME": str(home)})
    app = TchatApp(runtime, Opening(conversation=conversation))
    async with app.run_test(size=picture.size) as pilot:
        screen = app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        app.theme = picture.theme

        def is_quiet() -> bool:
            return screen.is_settled and not list(app.workers)

        await wait_for(pilot, is_quiet)
        for key in picture.keys:
            await pilot.press(key)
            await wait_for(pilot, is_quiet)
        await type_text(pilot, picture.typed)
        await wait_for(pilot, is_quiet)
        for field in (*app.screen.query(TextArea), *app.screen.query(Input)):
            field.cursor_blink = False
        await pilot.pause()
        svg = app.export_screenshot(title="")
    await runtime.aclose()
    return upright(svg)


async def take_run(home: Path) -> str:
    """Return the view of a run that draws samples, with replies that are written down, as SVG."""
    runtime = Runtime.open({"TCHAT_HOME": str(home)})
    app = TchatApp(runtime, Opening())
    async with app.run_test(size=(100, 28)) as pilot:
        chat = app.screen_stack[0]
        await wait_for(pilot, lambda: getattr(chat, "is_settled", False) and not list(app.workers))
        app.theme = "tchat-dark"
        staging = stage(runtime, SAMPLES, StagedModel(FIVE), question="What is 7 × 8?")
        view = RunView(staging, _copy)
        await app.push_screen(view)
        await wait_for(pilot, lambda: staging.is_over and view.shows_all)
        await pilot.press("home", "right")
        await pilot.pause()
        svg = app.export_screenshot(title="")
    await runtime.aclose()
    return upright(svg)


async def _copy(text: str, what: str) -> None:
    """Copy nothing: a picture is taken."""
    del text, what


def main() -> int:
    """Write every picture and return the exit code."""
    program = shutil.which("rsvg-convert")
    if program is None:
        print("the pictures need rsvg-convert (Debian: librsvg2-bin)", file=sys.stderr)
        return 1
    os.environ |= {"TZ": "UTC", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    time.tzset()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        conversation = asyncio.run(prepare(home))
        taken = {picture.name: asyncio.run(take(picture, home, conversation)) for picture in PICTURES}
        taken["patches"] = asyncio.run(take(PATCHES, home, asyncio.run(converse(home))))
        taken["run"] = asyncio.run(take_run(Path(folder) / "run"))
        for name, svg in taken.items():
            path = FOLDER / f"{name}.png"
            subprocess.run([program, "--zoom", "1.0", "-o", str(path)], input=svg.encode(), check=True)
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
