"""Laws of completing commands, files and templates."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tchat.domain.draft import Draft
from tchat.tui.widgets.completing import CompletionList
from tchat.tui.widgets.composer import Composer
from tests.tui.running import wait_for
from tests.tui.widgets.composer_app import ComposerApp

TEMPLATES = (("self-consistency", "Sample and vote"), ("3-shot", "Three examples"), ("plan-and-solve", "First a plan"))


@pytest.fixture
def app(tmp_path: Path) -> ComposerApp:
    """A composer in a folder with a few files."""
    for name in ("chart.png", "chapter.pdf", "figures/map.png", ".chaos"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    made = ComposerApp(folder=tmp_path)
    made.composer.templates = TEMPLATES
    return made


def _list(app: ComposerApp) -> CompletionList:
    return app.query_one(CompletionList)


async def _type(app: ComposerApp, pilot: Pilot[None], text: str) -> None:
    """Type, and wait until files have been listed."""
    await pilot.press(*text)
    await app.workers.wait_for_complete()
    await pilot.pause()


async def test_a_slash_shows_the_commands(app: ComposerApp) -> None:
    """Above the text, without moving anything."""
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        top = app.composer.region.y
        await pilot.press("/")
        await pilot.pause()
        assert _list(app).is_open
        assert _list(app).region.bottom == top == app.composer.region.y
        assert "Begin a new conversation" in app.shown("CompletionList")


async def test_enter_on_a_begun_command_gives_it(app: ComposerApp) -> None:
    """The row that stands out is what is meant."""
    async with app.run_test() as pilot:
        await pilot.press("/", "m", "o", "enter")
        assert (await app.next(Composer.CommandGiven)).name == "model"
        assert app.text == ""


async def test_enter_on_a_command_that_needs_an_argument_waits_for_it(app: ComposerApp) -> None:
    """The name is completed, and the argument can be typed."""
    async with app.run_test() as pilot:
        await pilot.press("/", "r", "e", "n", "enter")
        assert app.text == "/rename "
        await pilot.press("x", "enter")
        assert (await app.next(Composer.CommandGiven)).argument == "x"


async def test_a_command_in_full_is_given_although_longer_ones_begin_so(app: ComposerApp) -> None:
    """Unless another row was chosen."""
    async with app.run_test() as pilot:
        await pilot.press("/", "s", "t", "o", "p", "enter")
        assert (await app.next(Composer.CommandGiven)).name == "stop"


async def test_the_arrows_choose_and_go_round(app: ComposerApp) -> None:
    """Up from the first row is the last."""
    async with app.run_test() as pilot:
        await pilot.press("/", "down", "up", "up", "enter")
        assert (await app.next(Composer.CommandGiven)).name == "quit"


async def test_a_slash_alone_is_sent(app: ComposerApp) -> None:
    """Enter chooses only what was begun or gone to."""
    async with app.run_test() as pilot:
        await pilot.press("/", "enter")
        assert app.sent == [Draft(text="/")]


async def test_tab_completes_a_command_and_leaves_room_for_its_argument(app: ComposerApp) -> None:
    """It gives nothing yet."""
    async with app.run_test() as pilot:
        await pilot.press("/", "e", "f", "tab")
        assert app.text == "/effort "
        assert app.all(Composer.CommandGiven) == []
        assert not _list(app).is_open


async def test_tab_without_a_list_belongs_to_the_screen(app: ComposerApp) -> None:
    """It goes to the next part."""
    async with app.run_test() as pilot:
        app.composer.queue(Draft(text="waits"))
        await pilot.pause()
        await pilot.press("a", "tab")
        assert not app.area.has_focus
        assert app.text == "a"


async def test_escape_closes_the_list_and_it_stays_closed_for_the_word(app: ComposerApp) -> None:
    """It does not stop anything; another word opens the list again."""
    async with app.run_test() as pilot:
        await pilot.press("/", "escape", "m")
        assert not _list(app).is_open
        assert app.all(Composer.Stopped) == []
        await pilot.press("escape")
        assert len(app.all(Composer.Stopped)) == 1
        await pilot.press("ctrl+u", "/")
        assert _list(app).is_open


async def test_an_at_sign_names_files(app: ComposerApp, tmp_path: Path) -> None:
    """A chosen one is told of, and its word leaves the text."""
    async with app.run_test() as pilot:
        await _type(app, pilot, "see @chart")
        await pilot.press("enter")
        assert list((await app.next(Composer.FilesChosen)).paths) == [tmp_path / "chart.png"]
        assert app.text == "see "
        assert app.sent == []


async def test_hidden_files_come_last(app: ComposerApp) -> None:
    """But they come."""
    async with app.run_test() as pilot:
        await _type(app, pilot, "@ch")
        await pilot.press("up")
        choice = _list(app).choice
        assert choice is not None
        assert choice.name == ".chaos"


async def test_a_chosen_folder_leads_on(app: ComposerApp, tmp_path: Path) -> None:
    """Its files are offered next."""
    async with app.run_test() as pilot:
        await _type(app, pilot, "@fig")
        await pilot.press("tab")
        assert app.text == "@figures/"
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("tab")
        assert list((await app.next(Composer.FilesChosen)).paths) == [tmp_path / "figures/map.png"]


async def test_a_folder_with_spaces_leads_on_too(app: ComposerApp, tmp_path: Path) -> None:
    """A quote holds its name together; choosing the file takes all of it away."""
    (tmp_path / "my figures").mkdir()
    (tmp_path / "my figures" / "old map.png").touch()
    async with app.run_test() as pilot:
        await _type(app, pilot, "see @my")
        await pilot.press("tab")
        assert app.text == 'see @"my figures/'
        await _type(app, pilot, "old m")
        await pilot.press("tab")
        assert list((await app.next(Composer.FilesChosen)).paths) == [tmp_path / "my figures/old map.png"]
        assert app.text == "see "


async def test_files_that_were_listed_late_do_not_open_over_another_word(app: ComposerApp) -> None:
    """What is shown belongs to the word at the cursor."""
    async with app.run_test() as pilot:
        await pilot.press("@", "c", "space")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert not _list(app).is_open


async def test_a_hash_names_templates(app: ComposerApp) -> None:
    """A chosen one is told of, and its word leaves the text."""
    async with app.run_test() as pilot:
        await pilot.press(*"try #sol", "enter")
        assert (await app.next(Composer.TemplateChosen)).name == "plan-and-solve"
        assert app.text == "try "


async def test_a_template_that_begins_a_text_is_completed_there(app: ComposerApp) -> None:
    """So that what it is to run on can follow; a name in full is sent."""
    async with app.run_test() as pilot:
        await pilot.press(*"#sol", "enter")
        assert app.text == "#plan-and-solve "
        assert app.all(Composer.TemplateChosen) == []
        await pilot.press("backspace", "enter")
        assert app.sent == [Draft(text="#plan-and-solve")]


@pytest.mark.parametrize(
    "text",
    ["see issue #3", "#", "# Heading", "me@chart.png", "C#self", "ask @nobody", "a/chart", "either / or", "@"],
)
async def test_marks_in_ordinary_text_never_get_in_the_way(app: ComposerApp, text: str) -> None:
    """Enter sends it as it was typed."""
    async with app.run_test() as pilot:
        await _type(app, pilot, text)
        await pilot.press("enter")
        assert app.sent == [Draft(text=text)]


async def test_moving_away_from_a_word_closes_its_list(app: ComposerApp) -> None:
    """And coming back opens it."""
    async with app.run_test() as pilot:
        await pilot.press(*"a #se")
        assert _list(app).is_open
        await pilot.press("home")
        assert not _list(app).is_open
        await pilot.press("end")
        assert _list(app).is_open


async def test_leaving_the_text_closes_the_list(app: ComposerApp) -> None:
    """It belongs to what is being typed."""
    async with app.run_test() as pilot:
        await pilot.press("/")
        app.set_focus(None)
        await pilot.pause()
        assert not _list(app).is_open


async def test_a_click_chooses(app: ComposerApp) -> None:
    """As Tab would."""
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("#")
        await pilot.pause()
        await pilot.click(_list(app), offset=(6, 1))
        await wait_for(pilot, lambda: app.text == "#3-shot ")


async def test_a_hostile_file_name_is_shown_on_one_line(app: ComposerApp, tmp_path: Path) -> None:
    """Its control characters and markup do nothing, and it is told of as it is."""
    name = "evil\n\x1b[31m[bold].png"
    (tmp_path / name).touch()
    async with app.run_test(size=(80, 24)) as pilot:
        await _type(app, pilot, "@evil")
        assert app.shown("CompletionList").splitlines()[0].strip() == "▸ evil [31m[bold].png"
        await pilot.press("tab")
        assert list((await app.next(Composer.FilesChosen)).paths) == [tmp_path / name]
