"""The interface as its users drive it: key by key, in a real terminal."""

from pathlib import Path

import pytest

from tests.embedded import found_weights
from tests.end_to_end.driving import READY, WRITING, ask, choose, leave, open_interface
from tests.end_to_end.running import Shell, chunk, says
from tests.end_to_end.tmux import Tmux
from tests.servers import Answer, scripted, sse


@pytest.fixture
def echoing(shell: Shell) -> Shell:
    """A shell whose default model says what is said to it."""
    shell.configure('model = "script/echo"\n')
    return shell


@pytest.mark.local
@pytest.mark.xdist_group("embedded")
def test_the_first_start_needs_no_key(shell: Shell, tmux: Tmux) -> None:
    """Without a key the ways to begin are shown; what is typed is answered by the embedded model, and Esc stops it."""
    shell.configure(f'[local]\nmodel = "{found_weights()}"\n')
    open_interface(shell, tmux)
    tmux.wait_for("No key is known yet", "Just type", "Add a key")
    tmux.type("Say hello.", "Enter")
    tmux.wait_for("#2", " in · ", "first after", seconds=60)
    tmux.type("Tell a very long story about the sea.", "Enter")
    tmux.wait_for("streaming", seconds=60)
    tmux.wait_for("#4")
    tmux.type("Escape")
    tmux.wait_for("stopped")
    leave(tmux)
    hello, answer, story, stopped = shell.last()["messages"]
    assert (hello["text"], story["text"]) == ("Say hello.", "Tell a very long story about the sea.")
    assert answer["text"].strip()
    assert answer["reply"]["finish"] == "stop"
    assert stopped["reply"]["state"] == "stopped"


def test_an_answer_is_rendered_while_it_streams(shell: Shell, tmux: Tmux) -> None:
    """Markdown is shown as what it means before the reply has ended, and Esc keeps what came."""
    text = "# Title\n\nSome **bold** text.\n\n| a | b |\n|---|--:|\n| x | 1 |\n\n```py\nreturn 1\n```\n\nand then"
    with scripted(Answer(body=(*sse(*map(chunk, text)), "hang"))) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("hello", "Enter")
        shown = tmux.wait_for("streaming", "Some bold text.", "return 1", "and then")
        assert "**" not in shown
        assert "```" not in shown
        tmux.type("Escape")
        tmux.wait_for("stopped")
        tmux.wait_until_gone("streaming")
        assert server.closed_early.wait(5)
    leave(tmux)
    assert shell.last()["messages"][1]["text"] == text


@pytest.mark.parametrize("editor", ["false", "/nonexistent/editor"])
def test_an_editor_that_fails_gives_the_terminal_back(echoing: Shell, tmux: Tmux, editor: str) -> None:
    """It is said, and what was written is still there and goes on being written."""
    open_interface(echoing, tmux, EDITOR=editor, VISUAL=editor)
    tmux.write("half a thought")
    tmux.wait_for("half a thought")
    tmux.type("C-g")
    tmux.wait_for("the editor failed", "half a thought")
    tmux.write(" more")
    tmux.wait_for("half a thought more")
    leave(tmux)


def test_ctrl_c_in_an_editor_is_for_the_editor(echoing: Shell, tmux: Tmux, tmp_path: Path) -> None:
    """One that reads lines ends by it, and tchat stays."""
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\necho in the editor\nsleep 60\n", "utf-8")
    editor.chmod(0o755)
    open_interface(echoing, tmux, EDITOR=str(editor), VISUAL=str(editor))
    tmux.write("half a thought")
    tmux.wait_for("half a thought")
    tmux.type("C-g")
    tmux.wait_for("in the editor")
    tmux.type("C-c")
    tmux.wait_for("the editor failed", "half a thought")
    tmux.write(" more")
    tmux.wait_for("half a thought more")
    leave(tmux)


def test_a_message_is_edited_and_sent_again(echoing: Shell, tmux: Tmux) -> None:
    """Up to the message, e, another wording, Enter: both are there, and < and > go from one to the other."""
    open_interface(echoing, tmux)
    ask(tmux, "first wording", 2)
    choose(tmux, 1)
    tmux.type("e")
    tmux.wait_for("editing:")
    tmux.type("C-u")
    tmux.write("second thought")
    tmux.type("Enter")
    tmux.wait_for("‹2/2›")
    tmux.wait_until_gone("    first wording")
    tmux.wait_until(lambda: tmux.screen().count("second thought") >= 2, "the echo")
    choose(tmux, 1)
    tmux.type("<")
    tmux.wait_for("‹1/2›", "    first wording")
    tmux.type(">")
    tmux.wait_for("‹2/2›", "    second thought")
    leave(tmux)
    assert [message["text"] for message in echoing.last()["messages"]] == [
        "first wording",
        "first wording",
        "second thought",
        "second thought",
    ]


def test_a_reply_is_asked_for_again(shell: Shell, tmux: Tmux) -> None:
    """R makes a sibling of the reply; the old one stays, and < brings it back."""
    with scripted(says("the first answer"), says("another answer")) as server:
        shell.use(server)
        open_interface(shell, tmux)
        ask(tmux, "hello", 2, answer="the first answer")
        choose(tmux, 2)
        tmux.type("r")
        tmux.wait_for("‹2/2›", "another answer")
        tmux.wait_until_gone("the first answer")
        tmux.type("<")
        tmux.wait_for("‹1/2›", "the first answer")
    assert server.requests[0].json["messages"] == server.requests[1].json["messages"]
    leave(tmux)


def test_another_model_answers_from_here_on(echoing: Shell, tmux: Tmux) -> None:
    """Ctrl+O, a few letters, Enter: the next turn goes to it with the whole conversation."""
    open_interface(echoing, tmux)
    ask(tmux, "what does the ball cost", 2)
    tmux.type("C-o")
    tmux.wait_for("find a model")
    tmux.write("thinking")
    tmux.wait_for("reasons before it answers")
    tmux.type("Enter")
    tmux.wait_for("thinking · script")
    tmux.write("think")
    tmux.type("Enter")
    shown = tmux.wait_for("#4", "5 cents", "reasoning")
    assert "▸ reasoning" in shown
    leave(tmux)
    assert [message.get("reply", {}).get("model") for message in echoing.last()["messages"][1::2]] == [
        "echo",
        "thinking",
    ]


def test_what_was_said_is_found(echoing: Shell, tmux: Tmux) -> None:
    """Ctrl+F finds a word of another conversation, and Enter opens it at the message."""
    assert echoing.run("-q", "Whales sing, says the sailor").code == 0
    assert echoing.run("-q", "Nothing about the sea").code == 0
    open_interface(echoing, tmux)
    tmux.type("C-f")
    tmux.wait_for("Search everything that was said")
    tmux.write("whal")
    tmux.wait_for("2 messages shown")
    tmux.type("Enter")
    tmux.wait_for("#1", "#2", "Whales sing", "▌")
    leave(tmux)


def test_copying_says_by_which_route(echoing: Shell, tmux: Tmux) -> None:
    """Inside tmux the text goes to tmux; over SSH to the terminal; both are said."""
    open_interface(echoing, tmux, TMUX=f"{tmux.socket},0,0", DISPLAY="", WAYLAND_DISPLAY="")
    ask(tmux, "copy this", 2)
    choose(tmux, 2)
    tmux.type("c")
    tmux.wait_for("copied message", "through tmux")
    assert tmux.call("show-buffer") == "copy this"
    leave(tmux)
    tmux.close()
    tmux.start(echoing, "-c", SSH_CONNECTION="1.2.3.4 5 6.7.8.9 22")
    tmux.call("set-option", "-g", "set-clipboard", "on")
    tmux.wait_for(READY, "copy this")
    choose(tmux, 2)
    tmux.type("c")
    tmux.wait_for("OSC 52")
    assert tmux.call("show-buffer") == "copy this"


def test_a_draft_comes_back_after_quitting(echoing: Shell, tmux: Tmux) -> None:
    """What was typed and not sent stands in the composer at the next start; nothing was sent."""
    open_interface(echoing, tmux)
    tmux.write("half a thought")
    tmux.wait_for("half a thought")
    leave(tmux)
    tmux.close()
    tmux.start(echoing)
    tmux.wait_for("half a thought")
    assert echoing.run("history", "list").out == ""


def test_keys_that_the_terminal_hands_over_at_once_act_one_after_the_other(echoing: Shell, tmux: Tmux) -> None:
    """A question, a new conversation, one there, and Ctrl+Q in the middle of a word: all is where it belongs."""
    open_interface(echoing, tmux)
    tmux.type("alpha", "Enter", "C-n", "beta", "Enter", "half a tho", "C-q")
    tmux.wait_for_end()
    one, other = echoing.run("history", "list").out.splitlines()  # the reply that ended last is the first
    beta = (one if "beta" in one else other).split()[0]
    assert echoing.run("history", "export", beta, "--json").out.count('"alpha"') == 0
    tmux.close()
    tmux.start(echoing, "open", beta)
    tmux.wait_for("beta", "half a tho")


def test_the_last_conversation_and_any_other_are_opened(echoing: Shell, tmux: Tmux) -> None:
    """`tchat -c` goes on with the last one, `tchat open ID` with any other, named by the beginning of its id."""
    assert echoing.run("-q", "the older one").code == 0
    older = echoing.last()["conversation"]["id"]
    assert echoing.run("-q", "the newer one").code == 0
    open_interface(echoing, tmux, "-c")
    tmux.wait_for("the newer one", "#2")
    ask(tmux, "and more", 4)
    leave(tmux)
    tmux.close()
    tmux.start(echoing, "open", older[:-3])
    tmux.wait_for("the older one", "#2", READY)
    leave(tmux)
    assert [
        len(echoing.run("history", "export", "--json", older).json["messages"]),
        len(echoing.last()["messages"]),
    ] == [2, 4]


def test_a_question_is_asked_in_the_interface(echoing: Shell, tmux: Tmux) -> None:
    """`tchat QUESTION --tui` opens with the question sent, and a text that is piped in goes along; keys still work."""
    open_interface(echoing, tmux, "asked from the shell", "--tui")
    tmux.wait_for("#2", "asked from the shell", " in · ")
    leave(tmux)
    tmux.close()
    tmux.run(echoing, "printf 'x = 1\\n' | tchat 'Explain:' --tui")
    tmux.wait_for("#2", "x = 1", " in · ", READY)
    ask(tmux, "typed after the pipe", 4)
    leave(tmux)
    assert [message["text"] for message in echoing.last()["messages"][::2]] == [
        "Explain:\n\nx = 1",
        "typed after the pipe",
    ]


def test_a_wide_terminal_shows_the_list_too(echoing: Shell, tmux: Tmux) -> None:
    """At 140x45 the conversations stand on the left and are opened from there."""
    for title in ("the first talk", "the second talk"):
        assert echoing.run("-q", title).code == 0
    tmux.start(echoing, size=(140, 45))
    shown = tmux.wait_for(READY, "today", "the first talk", "the second talk")
    assert {len(line) for line in shown.split("\n")} <= set(range(141))
    tmux.type("C-l")
    tmux.wait_until_gone(WRITING)
    tmux.type("Enter")
    tmux.wait_for("#1", "#2", f"{WRITING}{READY}")
    ask(tmux, "and one more thing", 4)
    leave(tmux)


def test_settings_of_the_command_line_hold_in_the_interface(shell: Shell, tmux: Tmux) -> None:
    """Model, effort, temperature and system prompt are those of the first turn."""
    with scripted(says("ok")) as server:
        shell.use(server)
        open_interface(
            shell, tmux, "-m", "own/other", "-e", "high", "-o", "temperature=0.25", "-s", "Be brief.", "--tui"
        )
        ask(tmux, "hello", 2, answer="ok")
    sent = server.requests[0].json
    assert (sent["model"], sent["reasoning_effort"], sent["temperature"]) == ("other", "high", 0.25)
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
