"""Laws of links in messages."""

import webbrowser
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style

from tchat.markdown.line import Line
from tchat.tui.links import is_web_address, links_in, opens
from tests.tui.running import ask, running, type_text, wait_for


class Recording(webbrowser.BaseBrowser):
    """A browser that opens nothing."""

    opened: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.opened = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: FBT001, FBT002  # as it is
        """Remember an address."""
        del new, autoraise
        self.opened.append(url)
        return True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Return the browser of this machine."""
    recording = Recording()
    monkeypatch.setattr(webbrowser, "get", lambda: recording)
    return recording


def test_links_are_found_once_and_in_order() -> None:
    """A wrapped one, too."""
    first, second = Style(meta={"url": "https://a.example"}), Style(meta={"url": "https://b.example"})
    lines = [Line((Segment("see ", Style()), Segment("a", first))), Line((Segment("b", second), Segment("a", first)))]
    assert links_in(lines) == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(("url", "expected"), [("https://a", True), ("http://a", True), ("file:///etc/passwd", False)])
def test_a_browser_opens_web_addresses_alone(url: str, expected: bool) -> None:  # noqa: FBT001  # what holds
    """A model may say anything."""
    assert is_web_address(url) is expected


def test_a_browser_that_takes_the_terminal_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that is not there."""
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("true"))
    assert not opens("https://a.example")

    def missing() -> webbrowser.BaseBrowser:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", missing)
    assert not opens("https://a.example")


async def test_a_key_opens_the_links_of_a_message_one_after_the_other(tmp_path: Path, browser: Recording) -> None:
    """After the last comes the first again; a message without any says so."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "none")
        await ask(pilot, screen, "https://a.example and [b](https://b.example)")
        await pilot.press("up", *"lll")
        await wait_for(pilot, lambda: len(browser.opened) == 3)
        assert browser.opened == ["https://a.example", "https://b.example", "https://a.example"]
        await pilot.press("home", "l")
        await wait_for(pilot, lambda: any("no link" in note.message for note in pilot.app._notifications))


async def test_without_a_browser_the_address_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And that is said."""
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("true"))
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "https://a.example")
        await pilot.press("up", "l")
        await wait_for(pilot, lambda: any("no browser" in note.message for note in pilot.app._notifications))
        await type_text(pilot, "")
