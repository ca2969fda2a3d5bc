"""What is imported before anything is shown, and what only afterwards."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.running import new_shell
from tests.servers import ROOT

HEAVY = {
    "openai", "anthropic", "google.genai", "httpx", "httpx2", "httpcore", "anyio", "pydantic", "keyring", "PIL",
    "xllamacpp", "pygments", "markdown_it", "minijinja", "truststore", "tomli_w", "pyperclip",
}  # fmt: skip
"""What no first paint needs."""
BEHIND = {
    "click", "sqlite3", "tchat.cli.commands", "tchat.cli.asking", "tchat.engine", "tchat.store", "tchat.meters",
    "tchat.media.fetching", "tchat.gathering", "tchat.markdown.growing", "tchat.markdown.blocks", "tchat.templates",
}  # fmt: skip
"""What is imported after it: the database, what asks models, what renders their answers, and what reads words."""
FIRST_PAINT = """
import json, os, sys
from pathlib import Path
from textual.app import App
from tchat.__main__ import main

display = App._display

def note(app, screen, renderable):
    display(app, screen, renderable)
    if renderable is not None:
        Path("shown.json").write_text(json.dumps(list(sys.modules)))
        os._exit(0)

App._display = note
sys.argv = ["tchat"]
main()
"""
"""Leaves what is loaded by then in `shown.json`."""
PARSING = """
import asyncio, json
from textual.css import stylesheet
from tchat.runtime import Runtime
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening

parsed, parse = [], stylesheet.parse

def note(scope, css, *args, **kwargs):
    parsed.append([scope, css])
    return parse(scope, css, *args, **kwargs)

stylesheet.parse = note

async def main():
    runtime = Runtime.open()
    async with TchatApp(runtime, Opening()).run_test() as pilot:
        await pilot.pause()
        assert pilot.app.current_theme.name == "tchat-light"
        assert pilot.app.screen.styles.background.hex == pilot.app.current_theme.background.upper()
    await runtime.aclose()
    print(json.dumps([css for scope, css in parsed if not scope and parsed.count([scope, css]) > 1]))

asyncio.run(main())
"""
ONE_SHOT = """
import json, sys
from tchat.cli.main import run
code = run(["-q", "-m", "script/echo", "hello"])
print("\\n" + json.dumps(list(sys.modules)))
sys.exit(code)
"""
VERSION = """
import json, sys
from tchat.__main__ import main
sys.argv = ["tchat", "--version"]
main()
print(json.dumps(list(sys.modules)))
"""


def loaded_by(script: str, home: Path) -> set[str]:
    """Return the modules that a script, run in a process of its own, names in its last line."""
    done = subprocess.run(
        [sys.executable, "-c", script], env=dict(new_shell(home).environ), cwd=ROOT, capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def at_first_paint(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the modules that are loaded when `tchat` has drawn something on a terminal for the first time."""
    home = tmp_path_factory.mktemp("home")
    ours, its = os.openpty()
    environ = {**new_shell(home).environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", FIRST_PAINT], env=environ, cwd=home, stdin=its, stdout=its, stderr=its
    )
    os.close(its)
    said = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while block := os.read(ours, 1 << 16):
            said += block
    os.close(ours)
    assert process.wait() == 0, said.decode(errors="replace")
    return set(json.loads((home / "shown.json").read_text()))


def test_the_first_paint_waits_for_no_sdk(at_first_paint: set[str]) -> None:
    """Neither SDKs nor what renders, highlights, unlocks or draws is imported before something is on the screen."""
    assert "textual.app" in at_first_paint
    assert at_first_paint & HEAVY == set()


def test_the_first_paint_waits_for_nothing_that_works_behind_it(at_first_paint: set[str]) -> None:
    """What no widget is made or drawn by is imported once there is something to look at and to type into."""
    assert at_first_paint & BEHIND == set()


def test_no_style_is_parsed_twice(tmp_path: Path) -> None:
    """The styles are parsed once, in the colours of the theme that the user has chosen."""
    (tmp_path / "config.toml").write_text('theme = "tchat-light"\n')
    assert loaded_by(PARSING, tmp_path) == set()


@pytest.mark.parametrize("script", [ONE_SHOT, VERSION], ids=["one-shot", "version"])
def test_the_shell_knows_nothing_of_the_interface(script: str, tmp_path: Path) -> None:
    """An answer and the version come without Textual."""
    loaded = loaded_by(script, tmp_path)
    assert "textual" not in loaded
    assert not any(name.startswith("tchat.tui") for name in loaded)


def test_the_version_needs_nothing(tmp_path: Path) -> None:
    """Not even the command line's own parts."""
    assert {"click", "msgspec", "asyncio"} & loaded_by(VERSION, tmp_path) == set()
