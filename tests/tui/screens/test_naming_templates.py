"""Laws of running templates from the composer, and of what comes back."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from tchat.domain.draft import Draft
from tchat.domain.message import TextPart
from tchat.media.attachment import Source, attach
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.cost import CostScreen
from tchat.tui.screens.permission import PermissionScreen
from tchat.tui.screens.prompts import PromptsScreen
from tchat.tui.screens.run_view import RunView
from tchat.tui.widgets.completing import CompletionList
from tests.media.pictures import pdf
from tests.tui.pictured import chart
from tests.tui.running import running, type_text, wait_for
from tests.tui.staged import CHAIN

PROGRAM = """
title = "Count letters"
[inputs]
word = "text"
[[step]]
name = "count"
command = ["printf", "%s letters", "{{ word | length }}"]
"""
PAPER = """
prompt = "Sum up: {{ paper }}"
images = ["chart"]
[inputs]
paper = "file"
chart = "image"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two templates of its user, in a folder without any."""
    for name, text in {"chain": CHAIN, "count": PROGRAM}.items():
        path = tmp_path / "home" / "prompts" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


async def ready(pilot: Pilot[None], screen: ChatScreen) -> None:
    """Wait until templates can be named."""
    await wait_for(pilot, lambda: screen.composer.templates)


async def run_over(pilot: Pilot[None]) -> RunView:
    """Wait until a run is over, and return its view."""
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, RunView))
    view = pilot.app.screen
    assert isinstance(view, RunView)
    await wait_for(pilot, lambda: view.staging.is_over and view.staging.board.phase != "running")
    return view


async def test_a_text_that_begins_with_a_template_runs_it(home: Path) -> None:
    """On the rest of the text; c puts what came of it into the composer, where it was begun."""
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        await type_text(pilot, "#chain Hallo")
        await pilot.press("enter")
        view = await run_over(pilot)
        assert view.staging.board.node("translation").call is not None
        assert view.staging.request.inputs["text"] == "Hallo"
        await pilot.press("c")
        await wait_for(pilot, lambda: pilot.app.screen is screen)
        await wait_for(pilot, lambda: "Hallo" in screen.composer.draft.text)
        assert screen.composer.draft.text.startswith("Say it in 20 words:")
        assert screen.talk.branch == ()


async def test_attachments_fill_the_inputs_of_a_template(home: Path) -> None:
    """A PDF one for a file, as its text, and a picture one for an image; what it does not take is told."""
    (home / "prompts" / "paper.toml").write_text(PAPER)
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        blobs = screen.runtime.blobs
        parts = [attach(Source(data, name), blobs) for data, name in ((pdf("It is so."), "p.pdf"), (chart(), "c.png"))]
        for part in parts:
            assert not isinstance(part, TextPart)
            screen.composer.attach(part)
        await type_text(pilot, "#paper")
        await pilot.press("escape", "enter")
        view = await run_over(pilot)
        inputs = view.staging.request.inputs
        assert inputs["paper"] == "--- page 1 ---\nIt is so."
        assert inputs["chart"] == parts[1]


async def test_names_are_completed_at_the_beginning(home: Path) -> None:
    """Enter completes, and a second Enter runs; elsewhere in a text a template's form is opened with it."""
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        await type_text(pilot, "#cha")
        assert screen.query_one(CompletionList).is_open
        await pilot.press("enter")
        assert screen.composer.draft.text == "#chain "
        await pilot.press("ctrl+u")
        await type_text(pilot, "Hallo #chai")
        await pilot.press("tab")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, PromptsScreen))
        prompts = pilot.app.screen
        assert isinstance(prompts, PromptsScreen)
        await wait_for(pilot, lambda: prompts.is_settled and isinstance(pilot.app.focused, TextArea))
        area = pilot.app.focused
        assert isinstance(area, TextArea)
        assert area.text == "Hallo"


async def test_what_is_missing_is_asked_for_in_the_form(home: Path) -> None:
    """With what was said already filled in; F9 runs it from there. Where the form is left, what was written is back."""
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        await type_text(pilot, "#chain")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, PromptsScreen))
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: screen.composer.draft.text == "#chain" and screen.is_settled)
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, PromptsScreen))
        await wait_for(pilot, lambda: isinstance(pilot.app.focused, TextArea))
        await type_text(pilot, "Moin")
        await pilot.press("f9")
        view = await run_over(pilot)
        assert view.staging.request.inputs["text"] == "Moin"
        await pilot.press("n")
        await wait_for(pilot, lambda: pilot.app.screen is screen)
        await wait_for(pilot, lambda: "Moin" in screen.composer.draft.text)
        assert "#chain" not in screen.composer.draft.text


async def test_a_text_that_names_no_template_is_sent(home: Path) -> None:
    """As a heading is."""
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        await type_text(pilot, "#nothing here")
        await pilot.press("enter")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2)
        assert screen.talk.branch[0].stored.message.text == "#nothing here"


async def test_the_conversation_of_a_run_can_be_gone_to(home: Path) -> None:
    """It is there with its replies, as one that was asked by hand."""
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        await type_text(pilot, "#chain Hallo")
        await pilot.press("enter")
        await run_over(pilot)
        await pilot.press("o")
        await wait_for(pilot, lambda: pilot.app.screen is screen and screen.talk.branch)
        assert screen.talk.conversation is not None
        assert screen.talk.conversation.title == "Translate, then shorten"


async def test_a_template_that_runs_programs_asks_once(home: Path) -> None:
    """Escape leaves it; what is allowed holds until its text changes."""
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        for key in ("escape", "a"):
            screen.restore(Draft())
            await type_text(pilot, "#count moon")
            await pilot.press("enter")
            await wait_for(pilot, lambda: isinstance(pilot.app.screen, PermissionScreen))
            await pilot.press(key)
            await wait_for(pilot, lambda: not isinstance(pilot.app.screen, PermissionScreen))
            if key == "escape":
                await wait_for(pilot, lambda: screen.composer.draft.text == "#count moon" and screen.is_settled)
        view = await run_over(pilot)
        assert view.staging.board.result is not None
        assert view.staging.board.result.text == "4 letters"
        await pilot.press("escape")
        await type_text(pilot, "#count sun")
        await pilot.press("enter")
        assert (await run_over(pilot)).staging.board.phase == "done"


async def test_slash_prompts_and_the_key_open_the_library(home: Path) -> None:
    """With a name, the form of that template."""
    async with running(home) as (pilot, screen):
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, PromptsScreen))
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: pilot.app.screen is screen)
        await type_text(pilot, "/prompts count")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, PromptsScreen))
        prompts = pilot.app.screen
        assert isinstance(prompts, PromptsScreen)
        await wait_for(pilot, lambda: prompts.view == "form" and prompts.is_settled)
        assert prompts.entry is not None
        assert prompts.entry.name == "count"


async def test_a_draft_comes_back_where_a_template_cannot_run(home: Path) -> None:
    """It takes no text, or is gone."""
    async with running(home) as (pilot, screen):
        await ready(pilot, screen)
        (home / "prompts" / "chain.toml").unlink()
        await type_text(pilot, "#chain Hallo")
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.composer.draft.text == "#chain Hallo" and screen.is_settled)


async def test_a_run_that_is_not_cheap_is_agreed_to_first(home: Path) -> None:
    """Escape leaves it, and what was written is back; Enter runs it."""
    config = """
model = "script/echo"
confirm_above = 0.01

[models."script/echo"]
price = { input = 1000.0, output = 1000.0 }
"""
    async with running(home, config=config) as (pilot, screen):
        await ready(pilot, screen)
        for key in ("escape", "enter"):
            screen.restore(Draft())
            await type_text(pilot, "#chain Hallo")
            await pilot.press("enter")
            await wait_for(pilot, lambda: isinstance(pilot.app.screen, CostScreen))
            await pilot.press(key)
            await wait_for(pilot, lambda: not isinstance(pilot.app.screen, CostScreen))
            if key == "escape":
                await wait_for(pilot, lambda: screen.composer.draft.text == "#chain Hallo" and screen.is_settled)
        assert (await run_over(pilot)).staging.board.calls == 2
