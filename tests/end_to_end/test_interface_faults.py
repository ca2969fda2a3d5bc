"""Whatever fails around the interface: nothing typed is lost, what arrived is kept, and the reason is said."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.embedded import is_gone
from tests.end_to_end.driving import READY, ask, choose, leave, open_interface
from tests.end_to_end.running import Shell, chunk, ending, fails, says
from tests.end_to_end.tmux import Tmux
from tests.servers import Answer, scripted, sse

KEPT_WITHIN = 1.0
"""Seconds after which a draft is on disk."""
STREAM = (*(step for number in range(2_000) for step in (*sse(chunk(f"{number} ")), 0.01)), *sse(*ending()))
"""A reply of twenty seconds."""


def test_a_provider_s_error_keeps_the_question_and_offers_another_try(shell: Shell, tmux: Tmux) -> None:
    """The error stands under the turn with its hint; r asks again, and the old attempt is a sibling."""
    with scripted(fails(500, "the machine is on fire"), says("all is well")) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("hello", "Enter")
        shown = tmux.wait_for("error: ", "the machine is on fire", "hint: ", "r asks again")
        assert "    hello\n" in shown
        choose(tmux, 2)
        tmux.type("r")
        tmux.wait_for("‹2/2›", "all is well")
    leave(tmux)
    assert [m["reply"]["state"] for m in shell.last()["messages"][1:]] == ["failed", "complete"]
    assert server.requests[0].json["messages"] == server.requests[1].json["messages"]


def test_a_dropped_stream_keeps_what_came_and_goes_on(shell: Shell, tmux: Tmux) -> None:
    """The partial reply is marked; Enter on it asks for the rest, which follows it."""
    with scripted(Answer(body=(*sse(chunk("The first half ")), 0.2, "reset")), says("and the second.")) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("hello", "Enter")
        tmux.wait_for("The first half", "error: ", "r asks again · Enter goes on from here")
        choose(tmux, 2)
        tmux.type("Enter")
        tmux.wait_for("#4", "and the second.", "Continue exactly where you stopped.")
    leave(tmux)
    roles = [(message["role"], message["content"]) for message in server.requests[1].json["messages"]]
    assert roles[:2] == [("user", "hello"), ("assistant", "The first half ")]
    assert shell.last()["messages"][1]["reply"]["state"] == "interrupted"


def test_kill_9_while_typing_leaves_the_draft(shell: Shell, tmux: Tmux) -> None:
    """A second after it was typed a draft is on disk, a long paste included, and is there at the next start."""
    shell.configure('model = "script/echo"\n')
    open_interface(shell, tmux)
    tmux.paste("\n".join(f"line {number}" for number in range(30)))
    tmux.wait_for("pasted 30 lines")
    tmux.write(" and what do you make of it?")
    tmux.wait_for("what do you make of it?")
    time.sleep(KEPT_WITHIN)
    os.kill(tmux.pid, signal.SIGKILL)
    tmux.wait_for("END=137")
    tmux.close()
    tmux.start(shell)
    tmux.wait_for("pasted 30 lines", "what do you make of it?")
    tmux.type("Enter")
    tmux.wait_for("#2", " in · ")
    text = shell.last()["messages"][0]["text"]
    assert text.startswith("line 0\n")
    assert text.rstrip().endswith("line 29 and what do you make of it?")


def test_kill_9_while_streaming_keeps_the_reply_and_the_draft(shell: Shell, tmux: Tmux) -> None:
    """The reply is there up to its last moment, marked, and so is what was being typed meanwhile."""
    with scripted(Answer(body=STREAM)) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("count", "Enter")
        tmux.wait_for("streaming")
        tmux.write("my next thought")
        tmux.wait_for("my next thought", " 60 ")
        time.sleep(KEPT_WITHIN)
        os.kill(tmux.pid, signal.SIGKILL)
        tmux.wait_for("END=137")
        tmux.close()
        tmux.start(shell, "-c")
        tmux.wait_for("interrupted", "Enter goes on from here", "my next thought")
        leave(tmux)
    question, reply = shell.last()["messages"]
    assert question["text"] == "count"
    assert reply["text"].startswith("0 1 2 3 ")
    assert int(reply["text"].split()[-1]) >= 60


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_it_in_good_order(shell: Shell, tmux: Tmux, name: str, code: int) -> None:
    """The terminal is as it was, the reply is stored as stopped, and the draft is kept."""
    with scripted(Answer(body=STREAM)) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("count", "Enter")
        tmux.wait_for("streaming", " 20 ")
        tmux.write("my next thought")
        tmux.wait_for("my next thought")
        os.kill(tmux.pid, signal.Signals[name])
        tmux.wait_for_end(code)
        assert tmux.facts("alternate_on", "cursor_flag", "mouse_any_flag") == ["0", "1", "0"]
        assert server.closed_early.wait(5)
    reply = shell.last()["messages"][1]
    assert reply["reply"]["state"] == "stopped"
    assert reply["text"].startswith("0 1 2 3 ")
    tmux.close()
    tmux.start(shell, "-c")
    tmux.wait_for("stopped", "my next thought")


def test_closing_the_window_keeps_reply_and_draft(shell: Shell, tmux: Tmux) -> None:
    """The process ends by itself, though its terminal is gone."""
    with scripted(Answer(body=STREAM)) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("count", "Enter")
        tmux.wait_for("streaming", " 20 ")
        tmux.write("my next thought")
        tmux.wait_for("my next thought")
        pid = tmux.pid
        tmux.close()
        assert is_gone(pid)
    assert shell.last()["messages"][1]["reply"]["state"] == "stopped"
    assert not list((shell.home / "crashes").glob("*"))
    tmux.start(shell, "-c")
    tmux.wait_for("stopped", "my next thought")


def test_resizing_while_it_streams_loses_nothing(shell: Shell, tmux: Tmux) -> None:
    """A hundred sizes in five seconds: it goes on, and in the end everything stands on the screen."""
    words = [f"word{number}" for number in range(500)]
    steps = [step for word in words for step in (*sse(chunk(f"{word} ")), 0.01)]
    with scripted(Answer(body=(*steps, *sse(*ending())))) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("go", "Enter")
        tmux.wait_for("streaming")
        for turn in range(100):
            began = time.monotonic()
            tmux.resize(40 + turn * 37 % 120, 12 + turn * 17 % 40)
            time.sleep(max(0.0, began + 0.05 - time.monotonic()))
        tmux.resize(80, 24)
        tmux.wait_for("word499", " in · ", READY)
        leave(tmux)
    assert shell.last()["messages"][1]["text"].split() == words
    assert not list((shell.home / "crashes").glob("*"))


def test_a_hostile_reply_leaves_the_terminal_alone(shell: Shell, tmux: Tmux) -> None:
    """No title, no clipboard, no change of screen, nothing turned around: in replies, errors and titles."""
    hostile = "before\x1b[2J\x1b[H\x1b]0;pwned\x07\x1b[?1049l\x1b]52;c;cHduZWQ=\x07\x9b2J\u202eafter\n\n`\x1b[2J\u2066`\n"
    with scripted(says(*hostile), fails(500, hostile)) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.call("set-option", "-g", "set-clipboard", "on")
        title = tmux.facts("pane_title")
        shown = ask(tmux, "hello", 2, answer="before")
        assert "after" in shown
        tmux.type("again", "Enter")
        shown = tmux.wait_for("#4", "error: ")
        assert tmux.facts("pane_title", "alternate_on") == [*title, "1"]
        assert not {"\u202e", "\u2066", "\x9b"} & set(tmux.screen(colours=True))
        assert tmux.call("list-buffers") == ""
        leave(tmux)


def test_without_colour_it_shows_none(shell: Shell, tmux: Tmux) -> None:
    """With NO_COLOR it can be used, in weight and reverse only."""
    shell.configure('model = "script/echo"\n')
    open_interface(shell, tmux, NO_COLOR="1")
    ask(tmux, "some `code` here", 2, answer="some code here")
    assert coloured(tmux) == set()
    leave(tmux)


def test_sixteen_colours_are_enough(shell: Shell, tmux: Tmux) -> None:
    """A terminal without true colour gets none, and can be used."""
    shell.configure('model = "script/echo"\n')
    open_interface(shell, tmux, TERM="xterm")
    ask(tmux, "some `code` here", 2, answer="some code here")
    assert not {code for code in coloured(tmux) if code.startswith(("38", "48"))}
    leave(tmux)


def coloured(tmux: Tmux) -> set[str]:
    """Return the escape sequences for colours that the window shows."""
    import re

    codes = {code for codes in re.findall(r"\x1b\[([\d;:]*)m", tmux.screen(colours=True)) for code in [codes]}
    return {code for code in codes if re.search(r"(^|;)(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;|$)", code)}
