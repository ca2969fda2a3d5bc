"""Whatever fails around the interface: nothing typed is lost, what arrived is kept, and the reason is said."""

import os
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.embedded import is_gone
from tests.end_to_end.driving import READY, choose, leave, open_interface
from tests.end_to_end.running import Shell, chunk, ending, fails, says
from tests.end_to_end.tmux import Tmux
from tests.servers import ROOT, Answer, scripted, sse

STREAM = (*(step for number in range(2_000) for step in (*sse(chunk(f"{number} ")), 0.01)), *sse(*ending()))
"""A reply of twenty seconds."""


def wait_for_draft(shell: Shell, text: str, seconds: float = 20) -> None:
    """Return once a draft with a text is on disk."""
    deadline = time.monotonic() + seconds
    with closing(sqlite3.connect(shell.home / "tchat.db")) as database:

        def has_draft() -> bool:
            tables = database.execute("SELECT name FROM sqlite_master WHERE name = 'draft'").fetchall()
            return bool(tables) and any(text in draft for (draft,) in database.execute("SELECT draft FROM draft"))

        while not has_draft():
            assert time.monotonic() < deadline
            time.sleep(0.05)


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
    """Soon after it was typed a draft is on disk, a long paste included, and is there at the next start."""
    shell.configure('model = "script/echo"\n')
    open_interface(shell, tmux)
    tmux.paste("\n".join(f"line {number}" for number in range(30)))
    tmux.wait_for("pasted 30 lines")
    tmux.write(" and what do you make of it?")
    tmux.wait_for("what do you make of it?")
    wait_for_draft(shell, "what do you make of it?")
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
    """The reply is there but for its last moment, marked, and so is what was being typed meanwhile."""
    with scripted(Answer(body=STREAM)) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("count", "Enter")
        tmux.wait_for("streaming")
        tmux.write("my next thought")
        tmux.wait_for("my next thought", " 100 ")
        wait_for_draft(shell, "my next thought")
        os.kill(tmux.pid, signal.SIGKILL)
        tmux.wait_for("END=137")
        tmux.close()
        tmux.start(shell, "-c")
        tmux.wait_for("ended before the reply was complete", "Enter goes on from here", "my next thought")
        leave(tmux)
    question, reply = shell.last()["messages"]
    assert question["text"] == "count"
    assert reply["reply"]["state"] == "interrupted"
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


@pytest.mark.parametrize("after", [0.1, 0.3, 0.5, 0.7])
def test_a_terminal_that_is_closed_while_tchat_starts_leaves_no_process(shell: Shell, tmux: Tmux, after: float) -> None:
    """Whatever is being written to it at that moment."""
    shell.configure('model = "script/echo"\n')
    tmux.start(shell)
    pid = tmux.pid
    time.sleep(after)
    tmux.close()
    assert is_gone(pid)


FAULTS = {
    "a drawing": "from tchat.tui.widgets.meters import Meters as Thing; name = 'render'",
    "a key": "from tchat.tui.screens.chat import ChatScreen as Thing; name = 'action_new'",
    "a turn": "from tchat.tui.showing import Showing as Thing; name = 'grow'",
    "a worker": "from tchat.tui.listing import Listing as Thing; name = 'refresh'",
    "a thread": "from tchat.runtime import Runtime as Thing; name = 'resolve'",
}
KEY = "sk-planted-0123456789"
BROKEN = f"""
import sys
def fails(self, *given, **named):
    secret, asked = "{KEY}", "my private question"
    raise RuntimeError(f"{{secret}} {{asked}}")
setattr(Thing, name, fails)
sys.argv = ["tchat"]
from tchat.__main__ import main
main()
"""


@pytest.mark.parametrize("place", FAULTS)
def test_a_fault_of_tchat_ends_with_a_report(shell: Shell, tmux: Tmux, tmp_path: Path, place: str) -> None:
    """No traceback, the terminal as it was, and a report without keys and messages, whose path is said."""
    shell.configure('model = "script/slow"\n')
    program = tmp_path / "broken.py"
    program.write_text(FAULTS[place] + BROKEN)
    tmux.run(shell, f"exec {sys.executable} {program}", OPENAI_API_KEY=KEY, PYTHONPATH=str(ROOT))
    if place in {"a key", "a turn"}:
        tmux.wait_for(READY)
        tmux.type("my private question", "Enter")
    if place == "a key":
        tmux.wait_for("#1", "#2")
        tmux.type("C-n")
    shown = tmux.wait_for_end(1)
    (report,) = (shell.home / "state" / "crashes").iterdir()
    assert "Traceback" not in shown
    assert "tchat failed: RuntimeError" in shown
    assert str(report) in shown.replace("\n", "")
    assert tmux.facts("alternate_on", "cursor_flag", "mouse_any_flag") == ["0", "1", "0"]
    said = report.read_text()
    assert "planted" not in said + shown
    assert "private" not in said
    assert "RuntimeError" in said
    assert program.name in said
