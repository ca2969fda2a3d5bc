"""What stands beside a broad conversation keeps step with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.sent import SentScreen
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.request_view import BROAD, RequestView
from tests.tui.running import ask, running, type_text, wait_for


class Desk:
    """Two turns in a broad terminal."""

    def __init__(self, pilot: Pilot[None], screen: ChatScreen) -> None:
        self.pilot = pilot
        self.screen = screen

    @property
    def title(self) -> str:
        """What the panel says it shows; empty where there is none."""
        return str(self.screen.query_one("#sent-title", Static).visual) if self.screen.query(RequestView) else ""

    @property
    def keys(self) -> str:
        """The keys that the panel names."""
        return str(self.screen.query_one("#sent-keys", Static).visual)

    @property
    def lines(self) -> str:
        """The parts of the request."""
        return "\n".join(self.screen.query_one("#parts", LongText).lines)

    @property
    def is_in(self) -> bool:
        """Whether keys go to the panel."""
        return any(view.has_focus_within for view in self.screen.query(RequestView))

    async def come(self, title: str) -> None:
        """Wait for the panel to show a request."""
        await wait_for(self.pilot, lambda: self.title == title and self.lines)


@asynccontextmanager
async def desk(home: Path) -> AsyncGenerator[Desk]:
    """Run the application."""
    async with running(home, size=(150, 40)) as (pilot, screen):
        await ask(pilot, screen, "first")
        await ask(pilot, screen, "second")
        yield Desk(pilot, screen)


async def test_f3_shows_and_hides_the_request_while_one_goes_on_writing(tmp_path: Path) -> None:
    """The last one; then, as soon as something is written, the one that it would make; then the one that went out."""
    async with desk(tmp_path) as at:
        await at.pilot.press("f3")
        await at.come("What was sent · #4")
        assert at.screen.composer.has_focus_within
        assert at.keys == "Tab copies, JSON  F3 close"
        await type_text(at.pilot, "third")
        await at.come("What will be sent next")
        await wait_for(at.pilot, lambda: "  third" in at.lines)
        await at.pilot.press("enter")
        await at.come("What was sent · #6")
        await at.pilot.press("f3")
        await wait_for(at.pilot, lambda: not at.screen.query(RequestView))
        assert at.screen.composer.has_focus_within


async def test_the_request_follows_the_message_cursor(tmp_path: Path) -> None:
    """Each message's turn as one goes through them; a conversation that is turned to shows its own."""
    async with desk(tmp_path) as at:
        await at.pilot.press("f3")
        await at.come("What was sent · #4")
        await at.pilot.press("up")
        await at.pilot.press("home")
        await at.come("What was sent · #1")
        assert at.keys == "i copies, JSON  F3 close"
        assert "first" in at.lines
        assert "second" not in at.lines
        await at.pilot.press("end")
        await at.come("What was sent · #4")
        assert "second" in at.lines
        await at.pilot.press("ctrl+n")
        message = at.screen.query_one("#sent-message", Static)
        await wait_for(at.pilot, lambda: "nothing was asked yet" in str(message.visual))
        assert not at.screen.query_one("#parts").is_on_screen


async def test_i_goes_into_the_request_of_a_message_and_escape_back_to_it(tmp_path: Path) -> None:
    """What is read stays whatever happens meanwhile, and its keys work."""
    async with desk(tmp_path) as at:
        await at.pilot.press("up", "home")
        await at.pilot.press("i")
        await at.come("What was sent · #1")
        await wait_for(at.pilot, lambda: at.is_in)
        assert at.keys.split("\n") == ["copy as  c curl  p Python  t template  j JSON", "←→ view  Esc back  F3 close"]
        at.screen.visiting.beside.follow()
        await at.pilot.pause(0.4)
        assert at.title == "What was sent · #1"
        await at.pilot.press("j")
        await wait_for(at.pilot, lambda: any("JSON" in note.message for note in at.pilot.app._notifications))
        await at.pilot.press("right")
        await wait_for(at.pilot, lambda: at.screen.query_one("#json").has_focus)
        await at.pilot.press("escape")
        await wait_for(at.pilot, lambda: at.screen.transcript.has_focus)
        assert at.screen.transcript.cursor == 0
        await at.pilot.press("i")
        await wait_for(at.pilot, lambda: at.is_in)
        await at.pilot.press("f3")
        await wait_for(at.pilot, lambda: at.screen.composer.has_focus_within and not at.screen.query(RequestView))


@pytest.mark.parametrize("keys", [("f2", "f3"), ("f3", "f2")])
async def test_one_panel_takes_the_place_of_the_other(tmp_path: Path, keys: tuple[str, str]) -> None:
    """There is room for one."""
    async with desk(tmp_path) as at:
        kinds = {"f2": "RunSettings", "f3": "RequestView"}
        for key in keys:
            await at.pilot.press(key)
            await wait_for(at.pilot, lambda kind=kinds[key]: at.screen.query(kind))
        first, last = (kinds[key] for key in keys)
        assert at.screen.query(last)
        assert not at.screen.query(first)


async def test_a_narrow_conversation_has_the_request_over_it(tmp_path: Path) -> None:
    """And a panel that has no room any more comes back with it."""
    async with desk(tmp_path) as at:
        await at.pilot.press("f3")
        await at.come("What was sent · #4")
        await at.pilot.resize_terminal(100, 30)
        await wait_for(at.pilot, lambda: not at.screen.query_one(RequestView).is_on_screen)
        await at.pilot.press("f3")
        await wait_for(at.pilot, lambda: isinstance(at.pilot.app.screen, SentScreen))
        await at.pilot.press("f3")
        await at.pilot.resize_terminal(150, 40)
        await wait_for(at.pilot, lambda: at.screen.query_one(RequestView).is_on_screen)


@pytest.mark.parametrize("width", [20, 40, 60, 70, 80])
async def test_a_terminal_that_becomes_narrow_has_room_for_what_is_written(tmp_path: Path, width: int) -> None:
    """In the moment before the panel gives way, too."""
    async with desk(tmp_path) as at:
        await at.pilot.press("f3")
        await at.come("What was sent · #4")
        await at.pilot.resize_terminal(width, 24)
        await type_text(at.pilot, "here")
        assert at.screen.composer.draft.text == "here"


@pytest.mark.parametrize(("before", "after"), [(100, 70), (70, 100), (150, 230), (230, 150)])
async def test_a_request_is_laid_out_anew_for_another_width(tmp_path: Path, before: int, after: int) -> None:
    """A part's text beside its size where there is room, else below it: on the screen and in the panel."""
    async with desk(tmp_path) as at:
        await at.pilot.resize_terminal(before, 40)
        await at.pilot.press("f3")
        await wait_for(at.pilot, lambda: at.pilot.app.screen.query(RequestView))
        view = at.pilot.app.screen.query_one(RequestView)

        def is_beside() -> bool:
            lines = view.query_one("#parts", LongText).lines
            return any("#1 user" in line and "first" in line for line in lines)

        await wait_for(at.pilot, lambda: view.query_one("#parts", LongText).lines)
        for width in (before, after, before):
            await at.pilot.resize_terminal(width, 40)
            await wait_for(at.pilot, lambda: is_beside() == (view.size.width >= BROAD))


async def test_another_wording_is_shown_where_it_will_be_said(tmp_path: Path) -> None:
    """After what comes before the message that is edited, and nothing else."""
    async with desk(tmp_path) as at:
        await at.pilot.press("f3")
        await at.come("What was sent · #4")
        await at.pilot.press("up", "home", "e")
        await type_text(at.pilot, " again")
        await at.come("What will be sent next")
        await wait_for(at.pilot, lambda: "  first again" in at.lines)
        assert "second" not in at.lines


async def test_what_changes_while_one_reads_is_shown_when_one_leaves(tmp_path: Path) -> None:
    """The request of what is written, with what it would go out with by then."""
    async with desk(tmp_path) as at:
        await at.pilot.press("f3")
        await type_text(at.pilot, "third")
        await at.come("What will be sent next")
        await at.pilot.press("tab")
        await wait_for(at.pilot, lambda: at.is_in)
        choice = at.screen.talk.choice
        at.screen.talk.choose(replace(choice, settings=replace(choice.settings, temperature=0.5)))
        await at.pilot.press("escape")
        await wait_for(at.pilot, lambda: "temperature 0.5" in at.lines)


ORDERS = [(("f3", "f3"), []), (("f2", "f3", "f2"), ["RunSettings"]), (("f3", "f3", "f3"), ["RequestView"])]


@pytest.mark.parametrize(("keys", "last"), ORDERS)
async def test_panels_come_and_go_in_the_order_of_their_keys(
    tmp_path: Path, keys: tuple[str, ...], last: list[str]
) -> None:
    """However fast they are pressed."""
    async with desk(tmp_path) as at:
        for key in keys:
            at.pilot.app.post_message(events.Key(key, None))
        await at.pilot.pause(0.3)
        await wait_for(at.pilot, lambda: at.screen.is_settled)
        assert [kind for kind in ("RunSettings", "RequestView") if at.screen.query(kind)] == last
