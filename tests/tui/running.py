"""tchat with a home of its own and scripted models, for tests of the interface."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual import events
from textual.css.query import NoMatches
from textual.pilot import Pilot

from tchat.domain.model import ModelRef
from tchat.runtime import Runtime
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen

ECHO = ModelRef("script", "echo")


def make_runtime(home: Path, config: str = 'model = "script/echo"\n', **environ: str) -> Runtime:
    """Return the runtime of a user whose files are all in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(config, "utf-8")
    return Runtime.open({"TCHAT_HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", **environ})


async def wait_for(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 40) -> None:
    """Let the application go on until a condition holds; one about a widget that is not there yet does not.

    Raises:
        TimeoutError: it does not in time.
    """

    def holds() -> object:
        try:
            return condition()
        except NoMatches:
            return False

    async with asyncio.timeout(seconds):
        while not holds():
            await pilot.pause(0.01)


@asynccontextmanager
async def running(
    home: Path,
    *,
    config: str = 'model = "script/echo"\n',
    opening: Opening | None = None,
    size: tuple[int, int] = (100, 30),
) -> AsyncGenerator[tuple[Pilot[None], ChatScreen]]:
    """Run the whole application, ready to type in."""
    runtime = make_runtime(home, config)
    app = TchatApp(runtime, opening or Opening())
    try:
        async with app.run_test(size=size) as pilot:
            screen = app.screen_stack[0]
            assert isinstance(screen, ChatScreen)
            await wait_for(pilot, lambda: screen.is_settled)
            yield pilot, screen
    finally:
        await runtime.aclose()


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Type a text faster than a person would; Textual's own pilot waits a twentieth of a second after each key."""
    names = {" ": "space", "\n": "enter", "/": "slash", "!": "exclamation_mark", "?": "question_mark", ".": "full_stop"}
    for character in text:
        pilot.app.post_message(events.Key(names.get(character, character), character))
    await pilot.pause()


def shown(screen: ChatScreen) -> str:
    """Return the lines that the transcript shows."""
    transcript = screen.transcript
    return "\n".join(transcript.render_line(y).text.rstrip() for y in range(transcript.size.height))


async def ask(pilot: Pilot[None], screen: ChatScreen, text: str) -> None:
    """Ask and wait for the end of the reply."""
    await type_text(pilot, text)
    before = len(screen.talk.branch)
    await pilot.press("enter")
    await wait_for(pilot, lambda: len(screen.talk.branch) >= before + 2 and screen.is_settled)
