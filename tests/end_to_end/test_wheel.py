"""The wheel: built from the repository, installed in an environment in another folder, it works the same."""

import subprocess
import sys
import sysconfig
import tomllib
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.end_to_end.running import new_shell, says
from tests.servers import ROOT, scripted

pytestmark = pytest.mark.wheel

INTERFACE = """
import asyncio
from tchat.domain.message import user
from tchat.runtime import Runtime
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening

async def main():
    runtime = Runtime.open()
    app = TchatApp(runtime, Opening(message=user("hello"), model="script/echo"))
    async with asyncio.timeout(60), app.run_test() as pilot:
        screen = app.screen
        while len(screen.talk.branch) < 2 or not screen.is_settled:
            await pilot.pause(0.05)
        print(screen.talk.branch[1].stored.message.text, screen.composer.region.bottom)
    await runtime.aclose()

asyncio.run(main())
"""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def installed(wheel: Path, place: Path) -> tuple[Path, list[Requirement]]:
    """Install a wheel in an environment of its own, and return its programs and what the wheel needs always."""
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel], check=True
    )
    (own,) = place.glob("lib/python*/site-packages")
    # a folder that is named in a `.pth` file has no say with its own ones, of which one leads to the checkout
    (own / "needed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    (found,) = metadata.distributions(name="tchat", path=[str(own)])
    needed = [Requirement(text) for text in found.requires or ()]
    return place / "bin", [requirement for requirement in needed if requirement.marker is None]


def test_an_installed_wheel_works_the_same(tmp_path: Path) -> None:
    """Version, templates, database, an answer and the interface with its styles, with the checkout out of sight.

    What it declares to need is what the project declares; that is taken from this environment rather than fetched.
    """
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = (tmp_path / "dist").glob("tchat-*.whl")
    bin_, needed = installed(wheel, tmp_path / "venv")
    assert set(needed) == {Requirement(text) for text in PROJECT["dependencies"]}
    shell = new_shell(tmp_path / "home")

    def tchat(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [bin_ / "tchat", *arguments],
            env=dict(shell.environ), cwd=tmp_path, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    assert tchat("--version").stdout.startswith("tchat ")
    where = [bin_ / "python", "-c", "import tchat; print(tchat.__file__)"]
    assert str(tmp_path) in subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "basics/tldr" in tchat("run").stdout
    assert "claude" in tchat("models", "anthropic").stdout
    assert tchat("-q", "-m", "script/echo", "hello").stdout == "hello\n"
    shown = subprocess.run(
        [bin_ / "python", "-c", INTERFACE],
        env=dict(shell.environ),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout == "hello 23\n", shown.stderr
    with scripted(says("Short.")) as server:
        shell.use(server)
        done = tchat("run", "tldr", "--input", "text=A long text.")
    assert done.stdout == "Short.\n", done.stderr
    assert "A long text." in server.requests[0].json["messages"][-1]["content"]
    assert "hello" in tchat("history", "list").stdout
