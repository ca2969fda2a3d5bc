"""The main screen: what a user does in it, key by key."""

import re
from collections.abc import Iterable
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest
from rich.console import RenderableType
from textual import events
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input, TextArea

from tchat.domain.message import user
from tchat.domain.model import ModelRef
from tchat.engine.session import Ask
from tchat.runtime import Runtime
from tchat.store.search import search
from tchat.templates.library import open_library
from tchat.tui.acting import GO_ON
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.chat import ChatScreen
from tchat.tui.screens.help import HelpScreen
from tchat.tui.screens.models import ModelPicker
from tchat.tui.screens.prompts import PromptsScreen
from tchat.tui.screens.query_screen import QueryScreen
from tchat.tui.screens.run_settings import RunSettingsScreen
from tchat.tui.screens.run_view import RunView
from tchat.tui.screens.search import SearchScreen
from tchat.tui.screens.sent import SentScreen
from tchat.tui.screens.settings import SettingsScreen
from tchat.tui.widgets.meters import Meters
from tchat.tui.widgets.model_list import ModelList
from tchat.tui.widgets.welcome import Way
from tests.tui.prepared import NOBODY
from tests.tui.running import ECHO, ask, make_runtime, running, shown, type_text, wait_for

SLOW = 'model = "script/slow"\n'
FAILING = 'model = "script/unauthorized"\n'


async def test_a_question_is_answered(tmp_path: Path) -> None:
    """Type, Enter, read."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "hello there")
        assert "hello there" in shown(screen)
        assert screen.talk.branch[1].stored.message.text.split("\n")[0] in shown(screen)
        assert screen.composer.draft.is_empty


async def test_what_is_typed_before_anything_has_the_focus_is_in_the_composer(tmp_path: Path) -> None:
    """The terminal hands over keys that were pressed while the program started, in their order and with their lines."""
    async with running(tmp_path) as (pilot, screen):
        screen.set_focus(None)
        for key in (events.Key("a", "a"), events.Key("ctrl+j", "\n"), events.Key("b", "b")):
            screen.post_message(key)
        await wait_for(pilot, lambda: screen.composer.draft.text == "a\nb")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (150, 50)])
async def test_the_first_paint_is_ready_to_type_in_and_as_the_width_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """The composer has the focus, the list stands or not, and no style was applied to a part twice."""
    looked_through, seen = list[int](), list[tuple[bool, bool, int]]()
    update_nodes, display = Stylesheet.update_nodes, TchatApp._display

    def noted(sheet: Stylesheet, nodes: Iterable[DOMNode], animate: bool = False) -> None:  # noqa: FBT001, FBT002  # Textual's
        parts = tuple(nodes)
        looked_through.append(len(parts))
        update_nodes(sheet, parts, animate)

    def displayed(app: TchatApp, screen: Screen[object], drawn: RenderableType | None) -> None:
        if isinstance(screen, ChatScreen) and drawn is not None:
            seen.append(
                (isinstance(screen.focused, TextArea), screen.conversations.size.width > 0, max(looked_through))
            )
        display(app, screen, drawn)

    monkeypatch.setattr(Stylesheet, "update_nodes", noted)
    monkeypatch.setattr(TchatApp, "_display", displayed)
    async with running(tmp_path, size=size):
        assert seen[0] == (True, size[0] >= 100, 1)


@pytest.mark.parametrize(
    ("key", "kind"),
    [("ctrl+f", SearchScreen), ("ctrl+o", ModelPicker), ("ctrl+t", PromptsScreen), ("f1", HelpScreen)],
)
async def test_what_is_typed_in_one_burst_with_the_key_of_a_screen_is_in_its_line(
    tmp_path: Path, key: str, kind: type[QueryScreen[object]]
) -> None:
    """The screen is not there yet when the letters come; none of them is lost, none lands in the composer."""
    async with running(tmp_path) as (pilot, screen):
        await wait_for(pilot, lambda: screen.focused is not None)
        for event in (events.Key(key, None), events.Key("z", "z"), events.Key("w", "w"), events.Key("q", "q")):
            screen.app.post_message(event)
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
        await wait_for(pilot, lambda: pilot.app.screen.query_one(Input).value == "zwq")
        await pilot.press("x")
        await wait_for(pilot, lambda: pilot.app.screen.query_one(Input).value == "zwqx")
        assert screen.composer.draft.is_empty


async def test_keys_of_a_line_act_in_the_order_in_which_they_come(tmp_path: Path) -> None:
    """A letter does not overtake what deletes the one before it, however fast both come."""
    async with running(tmp_path) as (pilot, screen):
        await pilot.press("ctrl+f")
        await wait_for(pilot, lambda: isinstance(pilot.app.focused, Input))
        for event in (events.Key("a", "a"), events.Key("backspace", None), events.Key("b", "b")):
            screen.app.post_message(event)
        await wait_for(pilot, lambda: pilot.app.screen.query_one(Input).value == "b")


@pytest.mark.parametrize("query", ["", "before"])
async def test_what_was_under_way_when_the_line_took_the_focus_stands_before_what_the_line_got(
    tmp_path: Path, query: str
) -> None:
    """A screen takes its keys one after the other, and its line may be quicker; a query of before is replaced."""
    async with running(tmp_path) as (pilot, screen):
        database = (await screen.runtime.store()).database
        found = SearchScreen(partial(search, database), query=query)
        await pilot.app.push_screen(found)
        line = found.query_one(Input)
        await wait_for(pilot, lambda: found.focused is line)
        await pilot.press("c")
        for letter in "ab":
            found.post_message(events.Key(letter, letter))
        await wait_for(pilot, lambda: line.value == "abc")
        await pilot.press("d")
        assert line.value == "abcd"


async def test_what_is_typed_while_a_reply_streams_waits_visibly_and_is_sent_then(tmp_path: Path) -> None:
    """It is the next turn."""
    async with running(tmp_path, config=SLOW) as (pilot, screen):
        await type_text(pilot, "one\n")
        await wait_for(pilot, lambda: screen.talk.live)
        await type_text(pilot, "two\n")
        await wait_for(pilot, lambda: screen.composer.draft.queued)
        assert screen.composer.draft.queued[0].text == "two"
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4)
        assert screen.talk.branch[2].stored.message.text == "two"


async def test_escape_stops_the_reply_and_keeps_what_arrived(tmp_path: Path) -> None:
    """It is marked as stopped."""
    async with running(tmp_path, config=SLOW) as (pilot, screen):
        await type_text(pilot, "go\n")
        await wait_for(pilot, lambda: screen.talk.live and screen.talk.live.text)
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.is_settled)
        stored = screen.talk.branch[1].stored
        assert stored.reply is not None
        assert stored.reply.state == "stopped"
        assert stored.message.text
        assert "stopped" in shown(screen)


async def test_an_error_stands_under_its_turn_and_can_be_tried_again(tmp_path: Path) -> None:
    """The question stays, the hint says what to do, and r asks again."""
    async with running(tmp_path, config=FAILING) as (pilot, screen):
        await ask(pilot, screen, "hello")
        assert "error:" in shown(screen)
        assert "hint:" in shown(screen)
        await pilot.press("up", "r")
        await wait_for(pilot, lambda: len(screen.talk.branch[-1].siblings) == 2)


async def test_a_message_is_edited_into_a_sibling(tmp_path: Path) -> None:
    """The old wording stays, and what was being written comes back."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up", "up", "e")
        await wait_for(pilot, lambda: screen.composer.has_focus_within and screen.is_settled)
        assert screen.composer.draft.text == "one"
        await wait_for(pilot, lambda: "editing" in screen.composer.estimate and "tok" in screen.composer.estimate)
        await type_text(pilot, " more\n")
        await wait_for(pilot, lambda: screen.talk.branch[0].stored.message.text == "one more" and screen.is_settled)
        assert screen.composer.estimate == ""
        assert "‹2/2›" in shown(screen)
        assert shown(screen).count(" echo ") == 1
        await pilot.press("up", "up", "<")
        await wait_for(pilot, lambda: screen.talk.branch[0].stored.message.text == "one")
        assert "‹1/2›" in shown(screen)
        await pilot.press(">")
        await wait_for(pilot, lambda: screen.talk.branch[0].stored.message.text == "one more")


async def test_a_reply_is_edited_in_the_message_that_it_answers(tmp_path: Path) -> None:
    """What is typed next is that message, and commands nothing."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up", *"ed")
        await wait_for(pilot, lambda: screen.composer.has_focus_within and screen.composer.draft.text == "oned")
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.talk.branch[0].stored.message.text == "oned" and screen.is_settled)
        assert len(screen.talk.branch[0].siblings) == 2


async def test_a_conversation_that_was_emptied_says_how_to_bring_it_back(tmp_path: Path) -> None:
    """No message is there to take the key of undoing, and the command is."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up", "up", "d")
        await wait_for(pilot, lambda: not screen.talk.branch)
        await wait_for(pilot, lambda: any("/undo brings back" in note.message for note in pilot.app._notifications))
        await type_text(pilot, "/undo\n")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2)


async def test_what_is_typed_on_the_ways_to_begin_is_written(tmp_path: Path) -> None:
    """Letters belong to the composer, and Escape goes back to it."""
    async with running(tmp_path, config="") as (pilot, screen):
        await wait_for(pilot, lambda: screen.query_one("#way-key", Way).can_focus)
        for leave, text in (("h", "h"), ("escape", "h")):
            screen.query_one("#way-key", Way).focus()
            await pilot.press(leave)
            await wait_for(pilot, lambda: screen.composer.has_focus_within)
            assert screen.composer.draft.text == text


async def test_escape_leaves_an_edited_message_as_it_was(tmp_path: Path) -> None:
    """The draft of before is back."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await type_text(pilot, "half a thought")
        screen.transcript.focus()
        await pilot.press("up", "e")
        await wait_for(pilot, lambda: screen.composer.has_focus_within and screen.is_settled)
        assert screen.composer.draft.text == "one"
        await type_text(pilot, " more")
        await pilot.press("escape")
        await pilot.pause()
        assert screen.composer.draft.text == "half a thought"
        assert len(screen.talk.branch) == 2
        await pilot.press("alt+up")
        assert screen.composer.draft.text == "one more"


async def test_deleting_takes_what_follows_and_u_brings_it_back(tmp_path: Path) -> None:
    """Nothing is lost."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await ask(pilot, screen, "two")
        await pilot.press("up", "up", "d")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2)
        await pilot.press("u")
        await wait_for(pilot, lambda: len(screen.talk.branch) == 4)


async def test_a_fork_is_another_conversation(tmp_path: Path) -> None:
    """Both are in the list, and the newer one, or the fork of one, says that it is a copy."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up")
        for _ in range(2):
            assert screen.talk.conversation is not None
            before = screen.talk.conversation.id
            await pilot.press("f")
            await wait_for(pilot, lambda: screen.talk.conversation and screen.talk.conversation.id != before)  # noqa: B023  # awaited in the loop
            await wait_for(pilot, lambda: screen.is_settled)
            assert len(screen.talk.branch) == 2
            assert screen.talk.conversation.title == "one (copy)"


async def test_up_goes_to_the_ways_to_begin_where_there_is_no_message_yet(tmp_path: Path) -> None:
    """Enter takes one: a key is added in the settings."""
    async with running(tmp_path, config=NOBODY) as (pilot, screen):
        await wait_for(pilot, lambda: any(way.display for way in screen.query("#way-key")))
        key = screen.query_one("#way-key", Way)
        await pilot.press("up")
        await wait_for(pilot, lambda: isinstance(screen.focused, Way))
        while screen.focused is not key:
            await pilot.press("down")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))


async def test_esc_on_the_reply_that_is_under_way_stops_it(tmp_path: Path) -> None:
    """As in the composer; the reply stays chosen, and the next Esc goes back to writing."""
    async with running(tmp_path, config=SLOW) as (pilot, screen):
        await ask(pilot, screen, "go")
        await pilot.press("up", "r")
        await wait_for(pilot, lambda: screen.talk.live and screen.talk.live.text)
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.is_settled)
        reply = screen.talk.branch[-1].stored.reply
        assert reply is not None
        assert reply.state == "stopped"
        assert screen.transcript.chosen is screen.transcript.entries[-1]
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.composer.has_focus_within)


async def test_reasoning_is_folded_until_it_is_asked_for(tmp_path: Path) -> None:
    """Enter unfolds it in place, Enter folds it again."""
    async with running(tmp_path, config='model = "script/thinking"\n') as (pilot, screen):
        await ask(pilot, screen, "think")
        reply = screen.talk.branch[1].stored.reply
        assert reply is not None
        first = reply.reasoning.split("\n")[0][:30]
        assert "▸ reasoning" in shown(screen)
        assert re.search(r"reasoning · \d+ tok · [\d.]+ s", shown(screen))
        assert first not in shown(screen)
        await pilot.press("up", "enter")
        await wait_for(pilot, lambda: "▾ reasoning" in shown(screen))
        assert first in shown(screen)
        await pilot.press("enter")
        await wait_for(pilot, lambda: first not in shown(screen))


async def test_a_reply_is_asked_for_again_with_another_effort(tmp_path: Path) -> None:
    """Ctrl+E in the list of models that R opens: for this turn, and no other."""
    async with running(tmp_path, config='model = "script/thinking"\n') as (pilot, screen):
        await ask(pilot, screen, "think")
        await pilot.press("up", "R")
        picker = screen.app.screen
        assert isinstance(picker, ModelPicker)
        await wait_for(pilot, lambda: (row := picker.query_one(ModelList).chosen) and row.key == "script/thinking")
        before = screen.talk.choice.settings.effort
        await pilot.press("ctrl+e", "enter")
        await wait_for(pilot, lambda: screen.is_settled and len(screen.talk.branch[1].siblings) == 2)
        reply = screen.talk.branch[1].stored.reply
        assert reply is not None
        assert reply.settings.effort not in {before, None}
        assert screen.talk.choice.settings.effort == before


async def test_what_is_typed_right_after_the_key_for_search_is_searched_for(tmp_path: Path) -> None:
    """Keys that come before the screen is drawn are not lost."""
    async with running(tmp_path) as (pilot, screen):
        screen.action_search()
        search = screen.app.screen
        assert isinstance(search, SearchScreen)
        for key in "one":
            search.post_message(events.Key(key, key))
        await wait_for(pilot, lambda: search.query_one(Input).value == "one")


async def test_a_new_conversation_begins_empty_and_the_old_one_is_in_the_list(tmp_path: Path) -> None:
    """Ctrl+N, and back through the list."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("ctrl+n")
        await wait_for(pilot, lambda: not screen.talk.branch)
        await pilot.press("ctrl+l", "enter")
        await wait_for(pilot, lambda: screen.talk.branch)
        assert "one" in shown(screen)


async def test_drafts_belong_to_their_conversations_and_outlive_the_program(tmp_path: Path) -> None:
    """Each conversation has its own, the new one included."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await type_text(pilot, "for the first")
        await pilot.press("ctrl+n")
        await wait_for(pilot, lambda: not screen.talk.branch and screen.is_settled)
        await type_text(pilot, "for a new one")
        await screen.app.action_quit()
    async with running(tmp_path) as (pilot, screen):
        await wait_for(pilot, lambda: screen.composer.draft.text == "for a new one")
        await pilot.press("ctrl+l", "enter")
        await wait_for(pilot, lambda: screen.composer.draft.text == "for the first")


async def test_the_effort_goes_up_and_down(tmp_path: Path) -> None:
    """Ctrl+E and Alt+E; the meter shows it."""
    async with running(tmp_path, config='model = "script/thinking"\n') as (pilot, screen):
        await pilot.press("ctrl+e")
        assert screen.talk.choice.settings.effort == "high"
        await pilot.press("alt+e")
        assert screen.talk.choice.settings.effort == "medium"


async def test_a_model_without_reasoning_says_why_there_is_no_effort(tmp_path: Path) -> None:
    """Nothing is changed."""
    config = 'model = "script/echo"\n[models."script/echo"]\nefforts = []\n'
    async with running(tmp_path, config=config) as (pilot, screen):
        await pilot.press("ctrl+e")
        await pilot.pause()
        assert screen.talk.choice.settings.effort is None


async def test_commands_are_typed_after_a_slash(tmp_path: Path) -> None:
    """They do what their keys do; an unknown one stays where it was typed."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await type_text(pilot, "/rename Moon landing\n")
        await wait_for(pilot, lambda: screen.talk.conversation and screen.talk.conversation.title == "Moon landing")
        await type_text(pilot, "/effort high\n")
        await wait_for(pilot, lambda: screen.talk.choice.settings.effort == "high")
        await type_text(pilot, "/new\n")
        await wait_for(pilot, lambda: not screen.talk.branch)


async def test_what_cannot_be_stored_comes_back_into_the_composer(tmp_path: Path) -> None:
    """Nothing typed is lost by a failing database."""
    async with running(tmp_path) as (pilot, screen):
        await (await screen.runtime.store()).aclose()
        await type_text(pilot, "precious\n")
        await wait_for(pilot, lambda: screen.composer.draft.text == "precious")
        assert screen.talk.branch == ()


async def test_it_opens_with_what_was_asked_for(tmp_path: Path) -> None:
    """A conversation by id, the last one, or a question that is sent at once."""
    async with running(tmp_path, opening=Opening(message=user("from the shell"))) as (pilot, screen):
        await wait_for(pilot, lambda: len(screen.talk.branch) == 2 and screen.is_settled)
        assert screen.talk.conversation is not None
        made = screen.talk.conversation.id
    async with running(tmp_path, opening=Opening(last=True)) as (pilot, screen):
        assert len(screen.talk.branch) == 2
    async with running(tmp_path, opening=Opening(conversation=made[:12])) as (pilot, screen):
        assert len(screen.talk.branch) == 2


async def test_two_of_them_see_each_other_s_conversations(tmp_path: Path) -> None:
    """Without an error, within a second or two."""
    async with running(tmp_path) as (one_pilot, one):
        await ask(one_pilot, one, "first")
        other = make_runtime(tmp_path)
        await _say(other, "second")
        await wait_for(one_pilot, lambda: any("second" in row for row in _titles(one)))
        await other.aclose()


async def test_the_month_holds_what_another_program_spends(tmp_path: Path) -> None:
    """As soon as that is looked at, whatever conversation is on the screen."""
    (tmp_path / "paid.toml").write_text(
        "[facts.price]\ninput = 1000.0\noutput = 10000.0\n"
        '[[turns]]\nactions = [{ do = "text", text = "So." }, { do = "usage", input = 100, output = 10 }]\n',
        "utf-8",
    )
    async with running(tmp_path) as (pilot, screen):
        month = screen.query_one(Meters)
        assert "month $0.00" in month.render().plain
        other = make_runtime(tmp_path)
        ref = ModelRef("script", str(tmp_path / "paid.toml"))
        async with aclosing((await other.engine()).turn(Ask(ref=ref, message=user("hello")))) as turn:
            assert [event async for event in turn]
        await other.aclose()
        await wait_for(pilot, lambda: "month $0.200" in month.render().plain)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 45)])
async def test_it_fits_the_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    """Nothing is cut off: the composer and the meters are always there."""
    async with running(tmp_path, size=size) as (pilot, screen):
        await ask(pilot, screen, "hello")
        assert screen.composer.region.bottom == size[1] - 1
        assert screen.transcript.region.right == size[0]
        assert bool(screen.conversations.display) == (size[0] >= 100)


async def _say(runtime: Runtime, text: str) -> None:
    engine = await runtime.engine()
    async for _ in engine.turn(Ask(ref=ECHO, message=user(text))):
        pass


def _titles(screen: ChatScreen) -> list[str]:
    rows = screen.conversations.list
    return [rows.render_line(y).text for y in range(rows.size.height)]


async def test_what_is_typed_right_after_leaving_the_messages_is_text(tmp_path: Path) -> None:
    """However fast the keys come, none of them is taken for a command, and none is lost."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("up")
        for name in ("escape", *"drer"):
            screen.app.post_message(events.Key(name, name if len(name) == 1 else None))
        await wait_for(pilot, lambda: screen.composer.draft.text == "drer")
        assert len(screen.talk.branch) == 2
        assert screen.talk.branch[1].siblings == (screen.talk.branch[1].stored.id,)


@pytest.mark.parametrize(("keys", "asked"), [(("enter",), GO_ON), (("r", "enter"), "go")])
async def test_what_is_offered_below_a_reply_that_broke_off_is_done_from_the_composer(
    tmp_path: Path, keys: tuple[str, ...], asked: str
) -> None:
    """Enter goes on, and r with Enter asks again; a word that begins so is text."""
    async with running(tmp_path, config='model = "script/cut"\n') as (pilot, screen):
        await ask(pilot, screen, "go")
        reply = screen.talk.branch[-1].stored
        assert reply.reply is not None
        assert reply.reply.state == "interrupted"
        await type_text(pilot, "read on")
        await wait_for(pilot, lambda: screen.composer.draft.text == "read on" and screen.is_settled)
        await pilot.press("ctrl+u")
        assert len(screen.talk.branch) == 2
        await pilot.press(*keys)
        await wait_for(pilot, lambda: screen.talk.branch[-1].stored.id != reply.id and screen.is_settled)
        assert screen.talk.branch[-2].stored.message.text == asked
        assert screen.composer.draft.text == ""


async def test_a_template_is_run_by_its_name_however_early(tmp_path: Path) -> None:
    """Where nobody has looked for templates yet, that is done first: its name is no question to a model."""
    async with running(tmp_path) as (pilot, screen):
        screen.visiting.desk._names = None
        await type_text(pilot, "#tldr The moon")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, RunView))
        assert screen.talk.branch == ()
        assert screen.composer.draft.text == ""


async def test_run_settings_stand_beside_a_broad_conversation(tmp_path: Path) -> None:
    """F2 shows them there and hides them; what is changed holds for the next turn, and other ways of changing show."""
    async with running(tmp_path, size=(150, 40)) as (pilot, screen):
        await pilot.press("f2")
        await wait_for(pilot, lambda: screen.query("RunSettings") and screen.focused and screen.focused.id == "system")
        await type_text(pilot, "be brief")
        await wait_for(pilot, lambda: screen.talk.choice.system == "be brief")
        await pilot.press("escape")
        await wait_for(pilot, lambda: screen.composer.has_focus_within)
        await type_text(pilot, "/system be long\n")
        await wait_for(pilot, lambda: screen.query_one("#system", TextArea).text == "be long")
        await pilot.press("f2")
        await wait_for(pilot, lambda: not screen.query("RunSettings"))


async def test_run_settings_lie_over_a_narrower_one(tmp_path: Path) -> None:
    """The same form, in a screen of its own."""
    async with running(tmp_path, size=(100, 30)) as (pilot, screen):
        await pilot.press("f2")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, RunSettingsScreen))
        await type_text(pilot, "be brief")
        await wait_for(pilot, lambda: screen.talk.choice.system == "be brief")
        await pilot.press("f2")
        await wait_for(pilot, lambda: screen.app.screen is screen)


@pytest.mark.parametrize(
    ("key", "kind"),
    [("f1", HelpScreen), ("ctrl+o", ModelPicker), ("f3", SentScreen), ("ctrl+f", SearchScreen), ("f7", SettingsScreen)],
)
async def test_every_screen_opens_by_its_key_and_closes_again(tmp_path: Path, key: str, kind: type) -> None:
    """Escape, however often it takes, leads back to where one was, with what was written."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await type_text(pilot, "draft")
        await pilot.press(key)
        await wait_for(pilot, lambda: isinstance(screen.app.screen, kind))
        for _ in range(2):
            if screen.app.screen is not screen:
                await pilot.press("escape")
                await pilot.pause()
        await wait_for(pilot, lambda: screen.app.screen is screen)
        assert screen.composer.draft.text == "draft"


async def test_another_model_is_chosen_in_mid_conversation(tmp_path: Path) -> None:
    """The next turn goes to it."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await pilot.press("ctrl+o")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, ModelPicker))
        await type_text(pilot, "script/thinking")
        await pilot.pause()
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.app.screen is screen and screen.talk.choice.ref.model == "thinking")
        await ask(pilot, screen, "two")
        reply = screen.talk.branch[-1].stored.reply
        assert reply is not None
        assert reply.model == "thinking"


async def test_a_search_leads_to_the_message(tmp_path: Path) -> None:
    """In whatever conversation it was said."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "the needle in the haystack")
        needle = screen.talk.branch[0].stored.id
        await pilot.press("ctrl+n")
        await wait_for(pilot, lambda: not screen.talk.branch and screen.is_settled)
        await pilot.press("ctrl+f")
        await wait_for(pilot, lambda: isinstance(screen.app.screen, SearchScreen))
        await type_text(pilot, "needle hay")
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.app.screen is screen and screen.talk.branch)
        await wait_for(pilot, lambda: screen.transcript.chosen is not None)
        assert needle in {placed.stored.id for placed in screen.talk.branch}


async def test_a_template_is_made_of_a_conversation(tmp_path: Path) -> None:
    """It is written among the user's own, for nobody else's eyes, and loads."""
    async with running(tmp_path) as (pilot, screen):
        await ask(pilot, screen, "one")
        await ask(pilot, screen, "two")
        await pilot.press("up", "t")
        made = screen.runtime.paths.prompts / "conversation-1.toml"
        await wait_for(pilot, made.exists)
        template = open_library(screen.runtime.paths, tmp_path).load(str(made))
        assert template.title
        assert made.stat().st_mode & 0o777 == 0o600
