"""Laws of the help screen and of the keys that it collects."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from tchat.tui.help_lines import HERE
from tchat.tui.screens.help import NOTHING_FOUND, HelpScreen, KeyRow, collect_rows

FACTS = (("tchat", "0.1.0"), ("database", "/home/someone/.local/share/tchat/tchat.db"))


class Shelf(Widget, can_focus=True):
    """A part with keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "nothing", "Row above", id="shelf.up", tooltip="Go to the row above"),
        Binding("C", "nothing", "Copy code", id="shelf.copy-code", tooltip="Copy a code block of the message"),
        Binding("x", "nothing", "Secret"),
    ]


class Desk(Widget, can_focus=True):
    """Another part, where something is written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+k", "nothing", "Delete to the end", id="editing.delete", tooltip="Delete to the end"),
        Binding("ctrl+g", "nothing", "Editor", id="desk.editor", tooltip="Write in your own editor"),
    ]


class Room(Screen[None]):
    """A screen with two parts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="everywhere.help", tooltip="Show every key"),
    ]

    def compose(self) -> ComposeResult:
        """Put the parts below each other."""
        yield Shelf()
        yield Desk()
        yield Input()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen(collect_rows(self), FACTS))


class House(App[None]):
    """Shows the room."""

    def get_default_screen(self) -> Screen[None]:
        """Return the room."""
        return Room()

    @property
    def text(self) -> str:
        """What the help shows."""
        return str(self.screen.query_one(Static).content)


def rows(app: App[None]) -> tuple[KeyRow, ...]:
    """Return the keys of the screen."""
    return collect_rows(app.screen)


async def test_keys_are_grouped_by_part_the_focused_one_first() -> None:
    """What can be pressed right now comes first, what holds everywhere next, then the rest; editing is last."""
    app = House()
    async with app.run_test() as pilot:
        app.screen.query_one(Desk).focus()
        await pilot.pause()
        assert list(dict.fromkeys(row.group for row in rows(app))) == ["desk", "everywhere", "shelf", "editing"]
        app.screen.query_one(Shelf).focus()
        await pilot.pause()
        assert list(dict.fromkeys(row.group for row in rows(app))) == ["shelf", "everywhere", "desk", "editing"]


async def test_keys_are_told_once_with_all_that_do_the_same() -> None:
    """Several keys of a binding share a row; what has no id is no key for the reader, but for the application's."""
    app = House()
    async with app.run_test():
        found = rows(app)
        assert KeyRow("shelf", "Up, k", "Row above", "Go to the row above") in found
        assert KeyRow("everywhere", "F1", "Help", "Show every key") in found
        assert "Ctrl+Q" in {row.key for row in found}
        assert "Secret" not in {row.description for row in found}
        assert len({row[:3] for row in found}) == len(found)


async def test_help_shows_keys_sentences_and_facts() -> None:
    """F1 shows the table, with version and database at its end; Escape and F1 close it."""
    app = House()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("escape", "f1"):
            await pilot.press("f1")
            await pilot.pause()
            assert isinstance(app.screen, HelpScreen)
            assert "Copy a code block of the message" in app.text
            assert app.text.split(HERE)[1].split() == ["tchat", "0.1.0", "database", FACTS[1][1]]
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(app.screen, Room)


async def test_what_a_name_says_already_is_not_said_again() -> None:
    """A key whose sentence is its name has one column, as wide as two."""
    app = House()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        assert app.text.count("Delete to the end") == 1


async def test_help_is_filtered_by_what_is_typed() -> None:
    """Only keys whose row holds every word stay; with none it says so, the facts stay."""
    app = House()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        await pilot.press(*"copy c")
        await pilot.pause()
        assert "Copy code" in app.text
        assert "Row above" not in app.text
        await pilot.press(*"qqq")
        await pilot.pause()
        assert app.text.startswith(NOTHING_FOUND)
        assert "0.1.0" in app.text


def many() -> list[KeyRow]:
    """Return more keys than a screen has lines."""
    long = KeyRow("part", "Shift+Enter, Alt+Enter, Ctrl+J", "A description that is itself a sentence", "And another.")
    return [long, *(KeyRow("part", f"F{number}", f"Does {number}", "A sentence. " * 8) for number in range(40))]


async def test_help_scrolls_while_keys_go_to_the_filter() -> None:
    """Up, down, the page keys and Ctrl+Home and Ctrl+End scroll; no line is wider than the page."""
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = HelpScreen(many(), FACTS)
        app.push_screen(screen)
        await pilot.pause()
        await pilot.press("down", "down")
        assert screen.page.scroll_y == 2
        await pilot.press("up")
        assert screen.page.scroll_y == 1
        await pilot.press("pagedown")
        assert screen.page.scroll_y == screen.page.size.height
        await pilot.press("pageup")
        assert screen.page.scroll_y == 1
        await pilot.press("ctrl+end")
        assert screen.page.scroll_y == screen.page.max_scroll_y
        await pilot.press("ctrl+home")
        assert screen.page.scroll_y == 0
        text = str(screen.query_one(Static).content)
        assert max(map(len, text.splitlines())) <= screen.page.scrollable_content_region.width
        assert screen.query_one(Input).has_focus


async def test_help_is_laid_out_anew_for_another_width() -> None:
    """A wider screen needs fewer lines."""
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = HelpScreen(many())
        app.push_screen(screen)
        await pilot.pause()
        await pilot.pause()
        before = len(str(screen.query_one(Static).content).splitlines())
        await pilot.resize_terminal(140, 45)
        await pilot.pause()
        await pilot.pause()
        assert len(str(screen.query_one(Static).content).splitlines()) < before
