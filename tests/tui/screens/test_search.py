"""Laws of the search screen."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input, Static

from tchat.domain.errors import StoreError
from tchat.store.search import Hit, Piece
from tchat.tui.screens.search import INVITATION, NOTHING_FOUND, SearchScreen
from tchat.tui.widgets import hit_list
from tchat.tui.widgets.hit_list import HitList

Search = Callable[[str], Awaitable[tuple[Hit, ...]]]
AT = datetime(2024, 11, 20, 15, 4, tzinfo=UTC).timestamp()


def hit(number: int, word: str = "moon") -> Hit:
    """Return a hit of a word."""
    return Hit(
        conversation_id=f"c{number}",
        title=f"Title {number}",
        message_id=f"{word}{number}",
        role="user" if number % 2 else "assistant",
        created_at=AT,
        pieces=(Piece("to the ", is_match=False), Piece(word, is_match=True), Piece(" and\nback", is_match=False)),
    )


async def finds(query: str) -> tuple[Hit, ...]:
    """Find fifty messages for every query but one."""
    return () if query == "zzz" else tuple(hit(number, query) for number in range(50))


class Desk(App[None]):
    """Opens the search and keeps what it ends with."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, search: Search = finds, query: str = "") -> None:
        super().__init__()
        self._search = search
        self._first = query
        self.ended: list[Hit | None] = []

    def on_mount(self) -> None:
        """Open the search."""
        self.push_screen(SearchScreen(self._search, query=self._first), self.ended.append)

    @property
    def hits(self) -> HitList:
        """What is found."""
        return self.screen.query_one(HitList)

    @property
    def notice(self) -> str:
        """What is told."""
        return str(self.screen.query_one(Static).content)


async def settled(app: Desk, pilot: Pilot[None]) -> None:
    """Let every search end."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


async def test_search_shows_hits_as_one_types() -> None:
    """Title, who said it, when, and the passage on one line, the match in bold and underlined."""
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.notice == INVITATION
        await pilot.press("m", "o", "o", "n")
        await settled(app, pilot)
        assert app.hits.render_line(0).text.startswith("▌ Title 0")
        assert "model · 20 Nov 2024" in app.hits.render_line(0).text
        assert "you · 20 Nov 2024" in app.hits.render_line(3).text
        assert app.hits.render_line(1).text.rstrip() == "▌ to the moon and back"
        (match,) = [segment for segment in app.hits.render_line(1) if segment.text == "moon"]
        assert match.style is not None
        assert match.style.bold
        assert match.style.underline
        assert app.screen.query_one(Input).has_focus


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("down",), 1),
        (("down", "down", "up"), 1),
        (("up",), 0),
        (("pagedown",), 5),
        (("pagedown", "pagedown", "pageup"), 5),
        (("pagedown",) * 20, 49),
    ],
)
async def test_search_moves_through_hits_while_keys_go_to_the_line(keys: tuple[str, ...], place: int) -> None:
    """Up, down and the page keys choose a hit, Enter ends with it."""
    app = Desk(query="moon")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        page = app.hits.page
        await pilot.press(*keys)
        assert app.hits.cursor == (place if place != 5 else page)
        chosen = app.hits.chosen
        await pilot.press("enter")
        await pilot.pause()
        assert app.ended == [chosen]


async def test_hits_are_drawn_without_waiting_for_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are on the screen though the timer of frames stands still."""
    app = Desk()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        drawn, render_lines = asyncio.Event(), HitList.render_lines

        def noted(hits: HitList, crop: Region) -> list[Strip]:
            if hits.hits:
                drawn.set()
            return render_lines(hits, crop)

        monkeypatch.setattr(HitList, "render_lines", noted)
        monkeypatch.setattr(app.screen._update_timer, "resume", lambda: None)
        app.screen.query_one(Input).value = "moon"
        await asyncio.wait_for(drawn.wait(), 20)


async def test_search_keeps_the_chosen_hit_in_sight() -> None:
    """The view follows the cursor down and up again."""
    app = Desk(query="moon")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press(*["down"] * 12)
        await pilot.pause()
        shown = [app.hits.render_line(y).text for y in range(app.hits.size.height)]
        assert any(line.startswith("▌ Title 12") for line in shown)
        assert any(line.startswith("▌ to the") for line in shown)
        await pilot.press(*["up"] * 12)
        await pilot.pause()
        assert app.hits.render_line(0).text.startswith("▌ Title 0")


async def test_search_ends_with_nothing_on_escape() -> None:
    """Escape goes back."""
    app = Desk(query="moon")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert app.ended == [None]


async def test_search_ends_with_the_hit_that_is_clicked() -> None:
    """A click on any line of a hit chooses it."""
    app = Desk(query="moon")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        await pilot.click(app.hits, offset=(10, 4))
        await pilot.pause()
        assert app.ended == [hit(1)]


async def test_search_says_when_nothing_is_found() -> None:
    """No hits are told, and Enter does nothing then."""
    app = Desk(query="zzz")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        assert app.notice == NOTHING_FOUND
        await pilot.press("enter", "down", "pageup")
        assert app.ended == []
        await pilot.press(*["backspace"] * 3)
        await settled(app, pilot)
        assert app.notice == INVITATION


async def test_search_begins_with_the_last_query_ready_to_be_replaced() -> None:
    """The query stands there selected: typing begins another one."""
    app = Desk(query="moon")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(app, pilot)
        assert app.hits.hits
        await pilot.press("s")
        await settled(app, pilot)
        assert app.screen.query_one(Input).value == "s"


async def test_search_tells_an_error_and_goes_on() -> None:
    """A database that cannot be used is told with its hint; the next key searches again."""

    async def fails(query: str) -> tuple[Hit, ...]:
        if query == "m":
            raise StoreError("the database is [bold]locked", hint="close the other program")
        return await finds(query)

    app = Desk(fails)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("m")
        await settled(app, pilot)
        assert app.notice == "the database is [bold]locked\nclose the other program"
        await pilot.press("o")
        await settled(app, pilot)
        assert len(app.hits.hits) == 50


class Gate:
    """A search that ends when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.under_way = 0
        self.most = 0
        self._open = asyncio.Event()

    async def find(self, query: str) -> tuple[Hit, ...]:
        """Wait to be let through."""
        self.asked.append(query)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self._open.wait()
        self.under_way -= 1
        return (hit(1, query),)

    def open(self) -> None:
        """Let every search end."""
        self._open.set()


async def test_search_never_shows_hits_of_an_older_query() -> None:
    """While one search runs the others wait; only the last of them is made, and only its hits are shown."""
    gate = Gate()
    app = Desk(gate.find)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("m", "o", "o", "n")
        assert gate.asked == ["m"]
        assert app.hits.hits == ()
        shown: list[str] = []
        show = app.hits.show
        app.hits.show = lambda hits: (shown.extend(one.message_id for one in hits), show(hits))[1]
        gate.open()
        await settled(app, pilot)
        assert gate.asked == ["m", "moon"]
        assert gate.most == 1
        assert shown == ["moon1"]


async def test_search_opens_the_first_hit_for_one_who_is_faster_than_it() -> None:
    """Enter before the hits are there opens the first of them, not one of an older query."""
    gate = Gate()
    app = Desk(gate.find)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s", "u", "n", "enter")
        assert app.ended == []
        gate.open()
        await settled(app, pilot)
        assert app.ended == [hit(1, "sun")]


async def test_search_shows_hits_quickly() -> None:
    """Fifty hits are on the screen in a fraction of the time in which a key has to echo."""
    app = Desk(query="moon")
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(app, pilot)
        spent: list[float] = []
        for _ in range(5):
            began = time.thread_time()
            app.hits.show(tuple(hit(number) for number in range(50)))
            lines = [app.hits.render_line(y) for y in range(app.hits.size.height)]
            spent.append(time.thread_time() - began)
            assert len(lines) == app.hits.size.height
        assert min(spent) < 0.015


def test_hit_list_says_who_is_meant_by_each_role() -> None:
    """There is a word for every role."""
    assert {hit(0).role, hit(1).role} == set(hit_list.WHO)
