"""Laws of links in messages."""

from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style

from tchat.markdown.line import Line
from tchat.tui.links import is_web_address, links_in, opens
from tests.tui.running import ask, running, wait_for


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in which a browser of this machine writes what it opens."""
    opened, program = tmp_path / "opened", tmp_path / "browser.sh"
    program.write_text(f'#!/bin/sh\necho "$1" >> {opened}\necho noise >&2\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{program} %s")
    return opened


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no program found that opens anything."""
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setenv("PATH", "")


def test_links_are_found_once_and_in_order() -> None:
    """A wrapped one, too."""
    first, second = Style(meta={"url": "https://a.example"}), Style(meta={"url": "https://b.example"})
    lines = [Line((Segment("see ", Style()), Segment("a", first))), Line((Segment("b", second), Segment("a", first)))]
    assert links_in(lines) == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(("url", "expected"), [("https://a", True), ("http://a", True), ("file:///etc/passwd", False)])
def test_a_browser_opens_web_addresses_alone(url: str, expected: bool) -> None:  # noqa: FBT001  # what holds
    """A model may say anything."""
    assert is_web_address(url) is expected


def test_where_one_browser_fails_the_next_one_opens(browser: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order that the user gives."""
    monkeypatch.setenv("BROWSER", f"false %s:{browser.parent / 'browser.sh'} %s")
    assert opens("https://a.example")
    assert browser.read_text("utf-8") == "https://a.example\n"


def test_what_a_browser_says_is_not_heard(browser: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It would stand over the screen."""
    assert opens("https://a.example/?q=a b")
    assert browser.read_text("utf-8") == "https://a.example/?q=a b\n"
    assert capfd.readouterr() == ("", "")


def test_the_folder_one_is_in_has_no_say(browser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module there that is named like the library's is not run."""
    (tmp_path / "webbrowser.py").write_text("raise SystemExit(1)\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert opens("https://a.example")
    assert browser.exists()


@pytest.mark.usefixtures("no_browser")
def test_nothing_is_opened_without_a_browser() -> None:
    """And that is told."""
    assert not opens("https://a.example")


async def test_a_key_opens_the_links_of_a_message_one_after_the_other(tmp_path: Path, browser: Path) -> None:
    """After the last comes the first again; a message without any says so."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "none")
        await ask(pilot, screen, "https://a.example and [b](https://b.example)")
        await pilot.press("up")
        links = ["https://a.example", "https://b.example", "https://a.example"]
        for number in range(1, 4):
            await pilot.press("l")
            await wait_for(pilot, lambda: browser.exists() and screen.is_settled)
            await wait_for(pilot, lambda many=number: browser.read_text("utf-8").split() == links[:many])
        await pilot.press("home", "l")
        await wait_for(pilot, lambda: any("no link" in note.message for note in pilot.app._notifications))


@pytest.mark.usefixtures("no_browser")
async def test_without_a_browser_the_address_is_copied(tmp_path: Path) -> None:
    """And that is said."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "https://a.example")
        await pilot.press("up", "l")
        await wait_for(pilot, lambda: any("no browser" in note.message for note in pilot.app._notifications))
