"""Laws of the list of conversations."""

import random
import time
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace
from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tchat.domain.conversation import Conversation
from tchat.tui.rows import key_of
from tchat.tui.widgets import sidebar
from tchat.tui.widgets.filter_input import FilterInput
from tchat.tui.widgets.line_prompt import LinePrompt
from tchat.tui.widgets.sidebar import ConversationList

NOW = datetime(2024, 11, 20, 15, 0).astimezone().timestamp()
DAY = 86_400.0


def conversation(number: int, title: str, days: float = 0.0) -> Conversation:
    """Return a conversation that was written in so many days ago."""
    return Conversation(id=f"c{number}", title=title, created_at=0, updated_at=NOW - days * DAY)


MOON, TENNIS = conversation(1, "Moon landing", 0.01), conversation(2, "Tennis balls", 0.02)
YESTERDAY = conversation(3, "日本語のタイトルはとても長いですねそうでしょう", 1)
FILED = replace(conversation(4, "Lecture", 2), folder="course")
OTHER = replace(conversation(5, "Cooking", 3), folder="Art")
ARCHIVED = replace(conversation(6, "Gone moon", 4), archived=True)
SHOWN = (MOON, TENNIS, YESTERDAY, FILED, OTHER, ARCHIVED)


class Shelf(App[None]):
    """The list beside something else that takes keys; remembers what the list says."""

    CSS_PATH: ClassVar[Path] = Path(sidebar.__file__).with_suffix(".tcss")  # pyright: ignore[reportIncompatibleVariableOverride]  # one of its kinds

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[object, ...]] = []

    def compose(self) -> ComposeResult:
        """Put the list on the left."""
        with Horizontal():
            yield ConversationList()
            yield TextArea()

    def on_mount(self) -> None:
        """Have everything shown and the list focused."""
        self.give(SHOWN)
        self.listed.focus_list()

    def give(self, shown: tuple[Conversation, ...], current: str | None = "c1", *, has_more: bool = False) -> None:
        """Show conversations."""
        self.listed.show(shown, now=NOW, current=current, has_more=has_more)

    @property
    def listed(self) -> ConversationList:
        """The list."""
        return self.query_one(ConversationList)

    @property
    def keys(self) -> list[str]:
        """What the rows are."""
        return [key_of(row) for row in self.listed.list.rows]

    @property
    def at(self) -> str | None:
        """The row under the cursor."""
        chosen = self.listed.list.chosen
        return key_of(chosen) if chosen else None

    def line(self, y: int) -> str:
        """What stands on a line of the list."""
        return self.listed.list.render_line(y).text

    @on(ConversationList.Opened)
    def _opened(self, event: ConversationList.Opened) -> None:
        self.said.append(("opened", event.conversation_id))

    @on(ConversationList.Renamed)
    def _renamed(self, event: ConversationList.Renamed) -> None:
        self.said.append(("renamed", event.conversation_id, event.title))

    @on(ConversationList.Pinned)
    def _pinned(self, event: ConversationList.Pinned) -> None:
        self.said.append(("pinned", event.conversation_id, event.pinned))

    @on(ConversationList.Filed)
    def _filed(self, event: ConversationList.Filed) -> None:
        self.said.append(("filed", event.conversation_id, event.folder))

    @on(ConversationList.Archived)
    def _archived(self, event: ConversationList.Archived) -> None:
        self.said.append(("archived", event.conversation_id, event.archived))

    @on(ConversationList.Deleted)
    def _deleted(self, event: ConversationList.Deleted) -> None:
        self.said.append(("deleted", event.conversation_id))

    @on(ConversationList.Undone)
    def _undone(self) -> None:
        self.said.append(("undone",))

    @on(ConversationList.FilterChanged)
    def _filter(self, event: ConversationList.FilterChanged) -> None:
        self.said.append(("filter", event.text))

    @on(ConversationList.EndReached)
    def _end(self) -> None:
        self.said.append(("end",))

    @on(ConversationList.Left)
    def _left(self) -> None:
        self.said.append(("left",))


async def pressed(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and let everything that follows happen."""
    await pilot.press(*keys)
    await pilot.pause()


async def test_list_shows_groups_and_folds_the_archive() -> None:
    """Dates, then folders by name, then the archive, which is folded at first; the open conversation has the cursor."""
    app = Shelf()
    async with app.run_test(size=(80, 24)):
        assert app.keys == [
            "group today", "c1", "c2", "group yesterday", "c3",
            "group folder Art", "c5", "group folder course", "c4", "group archived",
        ]  # fmt: skip
        assert app.at == "c1"
        assert app.line(0).startswith("▾ today")
        assert app.line(1).startswith("› Moon landing")
        assert app.line(2).startswith("  Tennis balls")
        assert app.line(9).startswith("▸ archived")


async def test_list_begins_at_its_top() -> None:
    """The first heading is in sight, however many conversations there are."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        app.give(())
        app.give(tuple(conversation(n, f"number {n}", n / 1000) for n in range(100)), None)
        await pilot.pause()
        assert app.line(0).startswith("▾ today")
        assert app.at == "c0"


async def test_rows_are_as_wide_as_the_list_whatever_the_title() -> None:
    """Wide characters, control characters and markup neither break the line nor act."""
    app = Shelf()
    async with app.run_test(size=(80, 24)):
        evil = conversation(9, "\x1b[31m[bold]red[/bold]\nand 🎉 more 🎉🎉🎉🎉🎉🎉")
        app.give((evil, *SHOWN))
        width = app.listed.list.scrollable_content_region.width
        for y in range(12):
            assert app.listed.list.render_line(y).cell_length == width
        assert "[bold]red[/bold] and" in app.line(1)
        assert "\x1b" not in app.line(1)
        assert app.line(5).rstrip().endswith("…")


async def test_marks_tell_streams_and_drafts() -> None:
    """A reply under way and something unsent are told by a character each, not by colour."""
    app = Shelf()
    async with app.run_test(size=(80, 24)):
        app.listed.show(SHOWN, now=NOW, current=None, streaming=frozenset({"c1", "c2"}), drafts=frozenset({"c2", "c3"}))
        assert app.line(1).rstrip().endswith(" ●")
        assert app.line(2).rstrip().endswith(" ●*")
        assert app.line(4).rstrip().endswith("… *")


async def test_cursor_moves_by_rows_pages_and_to_the_ends() -> None:
    """Up, down, page up, page down, home and end move the cursor, never beyond the ends."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "down")
        assert app.at == "c2"
        await pressed(pilot, "up", "up")
        assert app.at == "group today"
        await pressed(pilot, "up")
        assert app.at == "group today"
        await pressed(pilot, "end", "down")
        assert app.at == "group archived"
        await pressed(pilot, "home", "j", "k")
        assert app.at == "group today"
        app.give(tuple(conversation(n, f"number {n}", n / 1000) for n in range(100)), "c0")
        await pressed(pilot, "home", "pagedown")
        page = app.listed.list.size.height - 1
        assert app.at == f"c{page - 1}"
        await pressed(pilot, "pageup")
        assert app.at == "group today"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("enter", ("opened", "c2")),
        ("p", ("pinned", "c2", True)),
        ("a", ("archived", "c2", True)),
        ("d", ("deleted", "c2")),
        ("delete", ("deleted", "c2")),
        ("u", ("undone",)),
        ("escape", ("left",)),
    ],
)
async def test_key_says_what_is_to_become_of_the_conversation(key: str, said: tuple[object, ...]) -> None:
    """A key posts one message about the conversation under the cursor."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "down", key)
        assert app.said == [said]


async def test_pin_and_archive_take_back_what_is_so_already() -> None:
    """The same key unpins and brings back."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        app.give((replace(MOON, pinned=True, archived=True),), None)
        await pressed(pilot, "end", "enter", "down", "p", "a")
        assert app.said == [("pinned", "c1", False), ("archived", "c1", False)]


async def test_keys_for_conversations_do_nothing_on_a_heading() -> None:
    """A group cannot be pinned, named, filed, archived or deleted."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "home", "p", "n", "m", "a", "d")
        assert app.said == []
        assert not app.query_one(LinePrompt).display


async def test_groups_fold_and_unfold() -> None:
    """Left folds the group one is in and goes to its heading; right, space and Enter unfold it."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "left")
        assert app.keys[:2] == ["group today", "group yesterday"]
        assert app.at == "group today"
        assert app.line(0).startswith("▸ today")
        await pressed(pilot, "left")
        assert app.keys[:2] == ["group today", "group yesterday"]
        await pressed(pilot, "right")
        assert app.keys[:2] == ["group today", "c1"]
        await pressed(pilot, "space", "enter", "end", "space")
        assert app.keys[-1] == "c6"


async def test_folds_stay_when_another_list_is_shown() -> None:
    """A refresh neither unfolds what was folded nor folds what was unfolded."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "left", "end", "space")
        app.give(SHOWN[::-1])
        assert "c1" not in app.keys
        assert "c6" in app.keys


async def test_rename_asks_in_place_and_says_the_new_title() -> None:
    """The old title stands there to be changed; a blank one renames nothing."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "n")
        line = app.query_one(LinePrompt).query_one(Input)
        assert line.has_focus
        assert line.value == "Moon landing"
        await pressed(pilot, "x", "y", "enter")
        assert app.said == [("renamed", "c1", "xy")]
        assert app.listed.list.has_focus
        await pressed(pilot, "n", "space", "enter", "n", "escape")
        assert app.said == [("renamed", "c1", "xy")]
        assert app.listed.list.has_focus
        assert not app.query_one(LinePrompt).display


async def test_filing_completes_known_folders_and_an_empty_name_takes_out() -> None:
    """Tab takes the completion, up and down go through the folders, nothing typed means no folder."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        app.listed.folders = ("travel",)
        await pressed(pilot, "m", "c", "o")
        await app.workers.wait_for_complete()
        await pressed(pilot, "tab", "enter")
        await pressed(pilot, "m", "down", "down", "down", "enter", "m", "up", "enter", "m", "enter")
        assert app.said == [
            ("filed", "c1", "course"),
            ("filed", "c1", "travel"),
            ("filed", "c1", "travel"),
            ("filed", "c1", None),
        ]


async def test_prompt_goes_away_with_the_focus() -> None:
    """A question that one has left is not answered by accident."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "n")
        app.query_one(TextArea).focus()
        await pilot.pause()
        assert not app.query_one(LinePrompt).display
        assert app.said == []


async def test_filter_shows_at_once_what_is_there_and_asks_for_the_rest() -> None:
    """Titles and folders that hold the words stay, the archive's too, and the first one can be opened with Enter."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "slash", "m", "o", "o", "n")
        assert app.keys == ["group today", "c1", "group archived", "c6"]
        assert app.said == [("filter", "m"), ("filter", "mo"), ("filter", "moo"), ("filter", "moon")]
        app.give((conversation(8, "Moonshine", 0.1), ARCHIVED))
        assert app.keys == ["group today", "c8", "group archived", "c6"]
        await pressed(pilot, "enter")
        assert app.said[-1] == ("opened", "c8")


async def test_filter_is_left_with_down_and_given_up_with_escape() -> None:
    """Down goes to what was found; Escape, in the filter or in the list, shows everything again."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "slash", "c", "o", "u", "down")
        assert app.listed.list.has_focus
        assert app.at == "c4"
        await pressed(pilot, "escape")
        assert app.listed.filter == ""
        assert app.at == "c4"
        assert "c1" in app.keys
        await pressed(pilot, "slash", "z", "escape")
        assert app.listed.list.has_focus
        assert app.said[-2:] == [("filter", "z"), ("filter", "")]
        await pressed(pilot, "escape")
        assert app.said[-1] == ("left",)


async def test_empty_list_says_why() -> None:
    """No conversations, and no conversation with these words, are told apart."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        app.give(())
        assert app.line(0).strip() == sidebar.NOTHING_YET
        await pressed(pilot, "enter", "d", "left", "end", "slash", "q")
        assert app.line(0).strip() == sidebar.NOTHING_FOUND
        assert [one for one in app.said if one[0] != "filter"] == []


async def test_cursor_stays_on_its_conversation_when_the_list_changes() -> None:
    """Another program may write, rename and delete: the cursor stays, on the same line where it can."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        many = tuple(conversation(n, f"number {n}", n / 1000) for n in range(100))
        app.give(many, "c50")
        app.listed.list.choose("c50")
        await pilot.pause()
        line = app.listed.list.cursor - round(app.listed.list.scroll_y)
        more = tuple(conversation(n, f"new {n}", -n / 1000) for n in range(200, 230))
        app.give((*more, *many), "c50")
        await pilot.pause()
        assert app.at == "c50"
        assert app.listed.list.cursor - round(app.listed.list.scroll_y) == line


async def test_view_stays_when_the_cursor_is_out_of_sight() -> None:
    """One who has scrolled away with the wheel is not moved by a refresh."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        many = tuple(conversation(n, f"number {n}", n / 1000) for n in range(100))
        app.give(many, "c0")
        await pilot.pause()
        app.listed.list.scroll_to(y=40, animate=False)
        await pilot.pause()
        top = app.line(0)
        app.give((conversation(200, "new", -1), *many), "c0")
        await pilot.pause()
        assert app.line(0) == top


async def test_cursor_goes_to_the_conversation_that_was_opened_elsewhere() -> None:
    """While keys go elsewhere the cursor waits on the conversation that is open."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(TextArea).focus()
        await pilot.pause()
        app.give(SHOWN, "c3")
        assert app.at == "c3"


async def test_cursor_shows_only_while_keys_go_to_the_list() -> None:
    """A cursor that takes no keys would mislead."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.listed.list.shows_cursor
        app.query_one(TextArea).focus()
        await pilot.pause()
        assert not app.listed.list.shows_cursor
        app.query_one(FilterInput).focus()
        await pilot.pause()
        assert app.listed.list.shows_cursor


async def test_click_opens_a_conversation_and_folds_a_group() -> None:
    """The mouse does what Enter does."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click(app.listed.list, offset=(5, 2))
        await pilot.pause()
        assert app.said == [("opened", "c2")]
        await pilot.click(app.listed.list, offset=(5, 0))
        await pilot.pause()
        assert app.keys[:2] == ["group today", "group yesterday"]
        await pilot.click(app.listed.list, offset=(5, 15))
        await pilot.pause()
        assert app.said == [("opened", "c2")]


async def test_wheel_scrolls_and_leaves_the_cursor() -> None:
    """Looking around with the wheel chooses nothing."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        app.give(tuple(conversation(n, f"number {n}", n / 1000) for n in range(100)), "c0")
        await pilot.pause()
        before = app.at
        wheel = events.MouseScrollDown(app.listed.list, 5, 5, 0, 1, 0, shift=False, meta=False, ctrl=False)
        app.listed.list.post_message(wheel)
        await pilot.pause()
        assert app.listed.list.scroll_y > 0
        assert app.at == before
        assert app.said == []


async def test_end_is_told_once_for_each_page() -> None:
    """Coming near the row for more asks for the next page, a refresh with the same rows does not ask again."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        many = tuple(conversation(n, f"number {n}", n / 1000) for n in range(200))
        app.give(many[:100], has_more=True)
        await pilot.pause()
        assert app.said == []
        await pressed(pilot, "end", "up", "end")
        assert app.said == [("end",)]
        app.give(many[:100], has_more=True)
        await pilot.pause()
        assert app.said == [("end",)]
        app.give(many, has_more=True)
        await pilot.pause()
        await pressed(pilot, "end")
        assert app.said == [("end",), ("end",)]
        await pressed(pilot, "enter")
        assert app.said[2:] == [("end",)]


async def test_folded_dates_do_not_fetch_everything() -> None:
    """Where the last date is folded, only Enter on the row for more asks for it."""
    app = Shelf()
    async with app.run_test(size=(80, 24)) as pilot:
        app.give((MOON,), has_more=True)
        await pressed(pilot, "left")
        app.said.clear()
        app.give((MOON, TENNIS), has_more=True)
        await pilot.pause()
        assert app.said == []
        await pressed(pilot, "end", "enter")
        assert app.said == [("end",)]


async def test_list_draws_every_row_that_shows_something_else() -> None:
    """Whatever comes after whatever, what stands on the screen is what drawing it all anew would show."""
    chance = random.Random(1)  # noqa: S311  # chance in a test
    many = [*SHOWN, *(conversation(number, f"Talk {number}", number) for number in range(10, 40))]
    app = Shelf()
    async with app.run_test(size=(60, 12)) as pilot:
        shown: tuple[Conversation, ...] = ()
        for _ in range(60):
            if chance.random() < 0.5:
                shown = tuple(chance.sample(many, chance.choice([0, 1, 5, 12, 30])))
            ids = [item.id for item in shown]
            current, streaming, drafts = (frozenset(chance.sample(ids, min(len(ids), 2))) for _ in range(3))
            app.listed.show(
                shown,
                now=NOW,
                current=next(iter(current), None),
                streaming=streaming,
                drafts=drafts,
            )
            if chance.random() < 0.3:
                await pilot.press(chance.choice(["down", "up", "end"]))
            await pilot.pause()
            rows = app.listed.list
            drawn = rows.render_lines(rows.size.region)
            rows.refresh()
            assert drawn == rows.render_lines(rows.size.region)


async def test_ten_thousand_conversations_show_at_once() -> None:
    """Showing them takes no more than a fraction of what a key may take to echo."""
    app = Shelf()
    async with app.run_test(size=(80, 24)):
        many = tuple(conversation(n, f"number {n}", n / 20) for n in range(10_000))
        app.give(many)
        spent: list[float] = []
        for _ in range(5):
            began = time.thread_time()
            app.give(many)
            spent.append(time.thread_time() - began)
        assert min(spent) < 0.05
