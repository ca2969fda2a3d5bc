"""Laws of the library of templates."""

import contextlib
import threading
from pathlib import Path
from typing import ClassVar

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from tchat.running import RunRequest
from tchat.templates.format import Template
from tchat.templates.library import Library
from tchat.tui.screens.help import HelpScreen
from tchat.tui.screens.models import ModelPicker
from tchat.tui.screens.prompts import PromptsScreen
from tchat.tui.templates.forms import Forms
from tchat.tui.templates.library_rows import Section
from tchat.tui.templates.looks import Choice, View
from tchat.tui.themes import DARK
from tchat.tui.widgets.input_form import InputForm
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.template_list import TemplateList
from tests.tui.running import make_runtime, wait_for
from tests.tui.staged import CHAIN, SAMPLES

WRONG = 'title = "Wrong"\nprompt = "{{ quest }}"\n[inputs]\nquestion = "text"\n'
KINDS = """
title = "Every kind"
prompt = "{{ count }} {{ tone }} {{ sure }} {{ names }}"
[inputs]
count = { type = "int", default = 3, min = 1, max = 9 }
tone = { type = "choice", choices = ["plain", "formal"], default = "plain" }
sure = { type = "bool", default = true }
names = { type = "list", default = ["a", "b"] }
paper = { type = "file", required = false }
"""


class Desk(App[None]):
    """Opens a library of few templates and keeps what is to run."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, home: Path, start_at: str | None = None) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.runtime = make_runtime(home, 'model = "script/thinking"\n')
        folder = home / "library"
        for name, text in {
            "basics/chain": CHAIN,
            "reasoning/vote": SAMPLES,
            "kinds": KINDS,
            "check/wrong": WRONG,
        }.items():
            path = folder / f"{name}.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        self.library = Library((folder,))
        self.forms = Forms()
        self.wanted: list[RunRequest] = []
        self.start_at = start_at

    def on_mount(self) -> None:
        """Open it."""
        self.open()

    def open(self) -> None:
        """Open the library, again."""
        choice = Choice(model="script/thinking")
        screen = PromptsScreen(
            self.runtime, self.library, self.forms, choice, self.wanted.append, start_at=self.start_at
        )
        self.push_screen(screen)

    @property
    def prompts(self) -> PromptsScreen:
        """The library."""
        screen = self.screen
        assert isinstance(screen, PromptsScreen)
        return screen

    @property
    def rows(self) -> list[str]:
        """What is listed."""
        rows = self.prompts.query_one(TemplateList).rows
        return [f"# {row.title}" if isinstance(row, Section) else row.name for row in rows]

    def page(self, view: str) -> str:
        """Return what a view shows."""
        return "\n".join(self.prompts.query_one(f"#{view}", LongText).lines)

    @property
    def form(self) -> InputForm:
        """The form."""
        return self.prompts.query_one(InputForm)


async def settled(app: Desk, pilot: Pilot[None]) -> None:
    """Let everything be shown that belongs to what is chosen and filled in."""
    await pilot.pause()
    await wait_for(pilot, lambda: app.prompts.is_settled and not list(app.workers))


async def go(app: Desk, pilot: Pilot[None], *keys: str) -> None:
    """Press keys and let everything be shown."""
    await pilot.press(*keys)
    await settled(app, pilot)


@pytest.fixture
def app(tmp_path: Path) -> Desk:
    """A desk in a home of its own."""
    return Desk(tmp_path)


async def test_templates_stand_in_groups_and_are_found_by_words(app: Desk) -> None:
    """What is typed leaves those that fit; the first one is shown."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        assert app.rows == [
            "# own",
            "kinds",
            "# basics",
            "basics/chain",
            "# reasoning",
            "reasoning/vote",
            "# check",
            "check/wrong",
        ]
        await go(app, pilot, *"chaining")
        assert app.rows == ["basics/chain"]
        assert "Good where one prompt drops half" in app.page("about")
        assert app.prompts.query_one("#prompts-name", Static).content == "Translate, then shorten"


async def test_up_down_and_pages_go_through_the_list(app: Desk) -> None:
    """From the line in which one types, too; headings are passed over."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        for key, name in (
            ("down", "basics/chain"), ("down", "reasoning/vote"), ("up", "basics/chain"), ("pagedown", "check/wrong"),
            ("pageup", "kinds"),
        ):  # fmt: skip
            await go(app, pilot, key)
            assert app.prompts.entry is not None
            assert app.prompts.entry.name == name
        app.prompts.query_one(TemplateList).focus()
        for key, name in (("end", "check/wrong"), ("home", "kinds")):
            await go(app, pilot, key)
            assert app.prompts.entry.name == name


async def test_t_groups_by_technique_and_slash_goes_to_the_words(app: Desk) -> None:
    """The template stays the one that was chosen."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down")
        app.prompts.query_one(TemplateList).focus()
        await go(app, pilot, "t")
        assert app.rows[0] == "# prompt-chaining"
        assert app.prompts.entry is not None
        assert app.prompts.entry.name == "basics/chain"
        await go(app, pilot, "slash")
        assert isinstance(app.focused, Input)


async def test_every_view_has_a_key(app: Desk) -> None:
    """From the form too, whose fields have keys of their own."""
    views: dict[str, tuple[View, str]] = {
        "f6": ("preview", "Translate into English:\n‹text›"),
        "f7": ("steps", "← translation"),
        "f8": ("plan", "calls     2"),
        "f4": ("about", "arXiv:2110.01691"),
    }
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down", "f5")
        assert app.prompts.view == "form"
        assert isinstance(app.focused, TextArea)
        for key, (view, told) in views.items():
            await go(app, pilot, key)
            assert app.prompts.view == view
            assert told in app.page(view)


async def test_the_preview_follows_the_form(app: Desk) -> None:
    """Beside it where there is room."""
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down", "enter", *"Hallo")
        assert app.prompts.query_one("#beside", LongText).display
        assert "Translate into English:\nHallo" in app.page("beside")
        await go(app, pilot, "tab", "ctrl+u", *"Dutch")
        assert "Translate into Dutch:\nHallo" in app.page("beside")


async def test_f9_runs_with_what_is_filled_in(app: Desk) -> None:
    """What is missing is said in its place, and gone to."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down", "f9")
        assert app.wanted == []
        assert isinstance(app.focused, TextArea)
        assert "this is needed" in str(app.form.rows[0].query_one(".input-note", Static).content)
        await go(app, pilot, *"Hallo", "tab", "tab", "ctrl+u", *"90", "f9")
        assert app.wanted == []
        assert "more than 50" in str(app.form.rows[2].query_one(".input-note", Static).content)
        await go(app, pilot, "backspace", "backspace", *"30", "f9")
        (wanted,) = app.wanted
        assert wanted.inputs == {"text": "Hallo", "language": "English", "words": 30}
        assert (wanted.template.name, wanted.model) == ("basics/chain", "script/thinking")


class SlowLibrary(Library):
    """Reads no template before it may."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        super().__init__(folders)
        self.may_load = threading.Event()

    def load(self, name: str, *, beside: Path | None = None) -> Template:
        """Return a template, once it may."""
        assert self.may_load.wait(10)
        return super().load(name, beside=beside)


async def test_enter_counts_before_the_template_is_read(tmp_path: Path) -> None:
    """The form is gone to as soon as it can be; who searches on in the meantime stays where the words are."""
    app = Desk(tmp_path)
    app.library = library = SlowLibrary((tmp_path / "library",))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: app.prompts.entry is not None)
        await pilot.press("enter")
        library.may_load.set()
        await wait_for(pilot, lambda: isinstance(app.focused, TextArea | Input) and app.focused.id != "prompts-query")
        assert app.prompts.view == "form"

        library.may_load.clear()
        await pilot.press("escape", *"vote", "enter", "s")
        library.may_load.set()
        await wait_for(pilot, lambda: app.prompts.is_settled)
        await pilot.pause()
        assert app.focused is not None
        assert app.focused.id == "prompts-query"
    await app.runtime.aclose()


async def test_enter_in_the_last_field_runs(app: Desk) -> None:
    """In one before it, it goes on."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down", "enter", *"Hallo", "tab", "tab", "enter")
        assert len(app.wanted) == 1


async def test_keys_across_tab_go_where_they_were_typed(app: Desk) -> None:
    """Letters and Tab that arrive in one piece: what follows Tab is in the next field, and back."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down", "enter")
        names = list(app.form.texts)
        app.form.focus_on(names[0])
        await pilot.pause()
        for key in (
            "a",
            "x",
            "backspace",
            "b",
            "tab",
            "end",
            "backspace",
            "c",
            "tab",
            "home",
            "7",
            "shift+tab",
            "d",
            "shift+tab",
            "e",
        ):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await wait_for(pilot, lambda: "e" in app.form.texts[names[0]])
        assert app.form.texts == {"text": "abe", "language": "Engliscd", "words": "720"}


async def test_every_kind_of_input_has_its_field(app: Desk, tmp_path: Path) -> None:
    """With its default in it; the name of a file is completed."""
    paper = tmp_path / "paper.txt"
    paper.write_text("Once.", "utf-8")
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "enter")
        kinds = [type(row.control).__name__ for row in app.form.rows]
        assert kinds == ["LineInput", "Select", "Select", "FieldArea", "PathInput"]
        assert app.form.texts == {"count": "3", "tone": "plain", "sure": "yes", "names": "a\nb", "paper": ""}
        app.form.focus_on("paper")
        field = app.form.rows[-1].control
        assert isinstance(field, Input)
        await wait_for(pilot, lambda: field.has_focus)
        field.insert_text_at_cursor(f"{tmp_path}/pa")
        await pilot.press("p")
        await wait_for(pilot, lambda: field._suggestion)
        await go(app, pilot, "tab")
        assert field.value == str(paper)
        await go(app, pilot, "f9")
        assert app.wanted[0].inputs["paper"] == "Once."


async def test_a_template_with_mistakes_says_which(app: Desk) -> None:
    """With the line of its file; it does not run."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, *"wrong")
        assert "wrong.toml:2" in app.page("about")
        await go(app, pilot, "f6", "f9", "enter")
        assert app.prompts.view == "about"
        assert app.wanted == []


async def test_what_is_filled_in_survives_everything(app: Desk) -> None:
    """Another template, closing, opening again where one was."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down", "enter", *"Hallo", "escape", "down", "enter", *"7")
        await pilot.press("ctrl+t")
        await pilot.pause()
        app.open()
        await settled(app, pilot)
        assert app.prompts.entry is not None
        assert app.prompts.entry.name == "reasoning/vote"
        await go(app, pilot, "f5")
        assert app.form.texts == {"question": "7"}
        await go(app, pilot, "escape", "up", "f5")
        assert app.form.texts["text"] == "Hallo"


async def test_it_opens_at_a_template(tmp_path: Path) -> None:
    """Its form is ready to be filled in; the plain name is enough."""
    app = Desk(tmp_path, start_at="vote")
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await wait_for(pilot, lambda: isinstance(app.focused, TextArea))
        await go(app, pilot, *"7")
        assert app.form.texts == {"question": "7"}


async def test_model_and_effort_can_be_chosen(app: Desk) -> None:
    """They hold for what runs from here."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down", "ctrl+e")
        assert app.prompts.choice.settings.effort == "high"
        assert "effort high" in str(app.prompts.query_one("#prompts-model", Static).content)
        await go(app, pilot, "alt+e")
        assert app.prompts.choice.settings.effort == "medium"
        await pilot.press("ctrl+o")
        await wait_for(pilot, lambda: isinstance(app.screen, ModelPicker))
        await pilot.press(*"script/echo", "enter")
        await wait_for(pilot, lambda: isinstance(app.screen, PromptsScreen))
        assert app.prompts.choice.model == "script/echo"


async def test_the_editor_changes_the_template(app: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read anew, with what was filled in."""
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\nsed -i 's/Translate, then shorten/Another title/' \"$1\"\n", "utf-8")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await go(app, pilot, "down")
        app.prompts.query_one(TemplateList).focus()
        monkeypatch.setattr(app, "suspend", contextlib.nullcontext)  # there is no terminal to give away
        await go(app, pilot, "e")
        await wait_for(pilot, lambda: app.prompts.query_one("#prompts-name", Static).content == "Another title")
        assert app.prompts.entry is not None
        assert app.prompts.entry.name == "basics/chain"


async def test_f1_shows_every_key_and_escape_goes_back_step_by_step(app: Desk) -> None:
    """From a field to the list, from there out."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.press("f1")
        await wait_for(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(app.screen, PromptsScreen))
        await go(app, pilot, "down", "enter")
        await go(app, pilot, "escape")
        assert isinstance(app.focused, Input)
        await pilot.press("escape")
        await wait_for(pilot, lambda: not isinstance(app.screen, PromptsScreen))


async def test_a_click_runs_and_opens_views(app: Desk) -> None:
    """As their keys do."""
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(app, pilot)
        await pilot.click("#prompts-views", offset=(19, 0))
        await settled(app, pilot)
        assert app.prompts.view == "preview"
        await pilot.click("#prompts-run", offset=(3, 0))
        await wait_for(pilot, lambda: app.wanted)
        await pilot.click("#prompts-list", offset=(4, 3))
        await settled(app, pilot)
        assert app.prompts.entry is not None
        assert app.prompts.entry.name == "basics/chain"
