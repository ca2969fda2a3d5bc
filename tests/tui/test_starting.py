"""What is imported before anything is shown, and what only afterwards."""

import json
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
FIRST_PAINT = """
import asyncio, json, sys
from tchat.runtime import Runtime
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening

shown, display = [], TchatApp._display

def note(app, screen, renderable):
    display(app, screen, renderable)
    if renderable is not None:
        shown.append(list(sys.modules))

TchatApp._display = note

async def main():
    runtime = Runtime.open()
    async with TchatApp(runtime, Opening()).run_test(size=(120, 40)) as pilot:
        await pilot.press("h", "i")
    await runtime.aclose()
    print(json.dumps(shown[0]))

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


def test_the_first_paint_waits_for_no_sdk(tmp_path: Path) -> None:
    """Neither SDKs nor what renders, highlights, unlocks or draws is imported before something is on the screen."""
    loaded = loaded_by(FIRST_PAINT, tmp_path)
    assert "textual.app" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("script", [ONE_SHOT, VERSION], ids=["one-shot", "version"])
def test_the_shell_knows_nothing_of_the_interface(script: str, tmp_path: Path) -> None:
    """An answer and the version come without Textual."""
    loaded = loaded_by(script, tmp_path)
    assert "textual" not in loaded
    assert not any(name.startswith("tchat.tui") for name in loaded)


def test_the_version_needs_nothing(tmp_path: Path) -> None:
    """Not even the command line's own parts."""
    assert {"click", "msgspec", "asyncio"} & loaded_by(VERSION, tmp_path) == set()
