"""One of a few values, by keys and by mouse."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.widgets import Input

from tchat.tui.widgets.menu import ARROW, Menu, MenuList

STYLES = Path(__file__).parents[3] / "tchat" / "tui" / "widgets" / "run_settings.tcss"
OPTIONS = [("default (medium)", ""), ("low", "low"), ("medium", "medium"), ("high", "high")]


class Host(App[None]):
    """A menu above a line."""

    CSS_PATH: ClassVar[list[Path]] = [STYLES]  # pyright: ignore[reportIncompatibleVariableOverride]

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.left = 0

    def compose(self) -> ComposeResult:
        """Show both."""
        yield Menu(OPTIONS, id="effort")
        yield Input()

    def action_leave(self) -> None:
        """Note that the form is left."""
        self.left += 1

    @on(Menu.Changed)
    def _take_changed(self, event: Menu.Changed) -> None:
        self.told.append(event.control.value)


@asynccontextmanager
async def shown() -> AsyncGenerator[tuple[Host, Menu, Pilot[None]]]:
    """Run the program, keys going to the menu."""
    app = Host()
    async with app.run_test(size=(30, 10)) as pilot:
        menu = app.query_one(Menu)
        menu.focus()
        await pilot.pause()
        yield app, menu, pilot


def is_open(app: Host) -> bool:
    """Whether the values are listed."""
    return bool(app.query(MenuList))


async def test_keys_that_come_in_one_piece_act_in_their_order() -> None:
    """The list needs not to be there yet; Enter, two down and Enter are the third value."""
    async with shown() as (app, menu, pilot):
        for key in ("enter", "down", "down", "enter"):
            app.post_message(events.Key(key, None))
        await pilot.pause()
        await pilot.pause()
        assert (menu.value, app.told) == ("medium", ["medium"])
        assert not is_open(app)


async def test_up_from_the_first_value_is_the_last() -> None:
    """The list begins at the value that holds, and goes round."""
    async with shown() as (_, menu, pilot):
        await pilot.press("space", "up", "space")
        assert menu.value == "high"
        await pilot.press("down", "down", "enter")
        assert not menu.value


async def test_escape_closes_the_list_and_then_is_the_form_s() -> None:
    """The value stays."""
    async with shown() as (app, menu, pilot):
        await pilot.press("enter", "down", "escape")
        await pilot.pause()
        assert not is_open(app)
        assert (menu.value, app.told, app.left) == ("", [], 0)
        await pilot.press("escape")
        assert app.left == 1


async def test_the_list_goes_with_the_keys() -> None:
    """Tab leaves the value as it is."""
    async with shown() as (app, menu, pilot):
        await pilot.press("enter", "down", "tab")
        await pilot.pause()
        assert not is_open(app)
        assert not menu.value


async def test_a_click_opens_it_and_another_one_takes_a_value() -> None:
    """Below the value that holds."""
    async with shown() as (app, menu, pilot):
        app.query_one(Input).focus()
        await pilot.click(menu)
        await pilot.pause()
        listed = app.query_one(MenuList)
        assert listed.region.y == menu.region.bottom
        await pilot.click(listed, offset=(2, 1))
        await pilot.pause()
        assert (menu.value, is_open(app)) == ("low", False)
        await pilot.click(menu)
        await pilot.click(menu)
        await pilot.pause()
        assert not is_open(app)


async def test_other_values_can_be_offered() -> None:
    """One that is long is cut, and what holds is shown by its name."""
    async with shown() as (app, menu, pilot):
        menu.offer([("x" * 99, "x"), ("日本語 " * 9, "y")], "y")
        await pilot.pause()
        assert menu.options[1][1] == menu.value == "y"
        line = menu.render_line(0)
        assert line.cell_length == menu.size.width
        assert line.text.startswith("日本語")
        assert line.text.endswith(f"… {ARROW}")
        await pilot.press("enter", "enter")
        assert app.told == ["y"]
