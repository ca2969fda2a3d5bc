"""The command line on a real terminal: tmux at 80x24, as a user sees it."""

from pathlib import Path

import pytest

from tests.end_to_end.running import Shell, chunk, says
from tests.end_to_end.tmux import Tmux
from tests.servers import Answer, scripted, sse


def test_an_answer_is_rendered(shell: Shell, tmux: Tmux) -> None:
    """Markdown is shown as what it means: no marks, aligned columns, coloured code."""
    with scripted(
        says("# Title\n\nSome **bold** text.\n\n| a | b |\n|---|--:|\n| x | 1 |\n\n```py\nreturn 1\n```\n")
    ) as server:
        shell.use(server)
        tmux.start(shell, "hello")
        shown = tmux.wait_for("END=0")
        assert "Some bold text." in shown
        assert "**" not in shown
        assert "```" not in shown
        assert "\x1b[1mbold" in tmux.screen(colours=True)


def test_no_colour_means_no_colour(shell: Shell, tmux: Tmux) -> None:
    """With NO_COLOR the answer is rendered in weight and slant only."""
    with scripted(says("`code` and\n\n```py\nreturn 1\n```\n")) as server:
        shell.use(server)
        tmux.start(shell, "hello", NO_COLOR="1")
        tmux.wait_for("END=0")
        assert "\x1b[3" not in tmux.screen(colours=True).replace("\x1b[39m", "")


def test_reasoning_is_shown_apart(shell: Shell, tmux: Tmux) -> None:
    """Reasoning streams dimmed before the answer, and stays out of stdout."""
    tmux.start(shell, "-m", "script/thinking", "hello")
    shown = tmux.wait_for("END=0")
    reply = shell.last()["messages"][1]
    assert reply["reply"]["reasoning"].split()[0] in shown
    assert shell.run("-q", "-m", "script/thinking", "hello").out.strip() == reply["text"].strip()


def test_hostile_output_leaves_the_terminal_alone(shell: Shell, tmux: Tmux) -> None:
    """No clear screen, no title, no alternate screen, no clipboard: what came before is still there."""
    hostile = "before\x1b[2J\x1b[H\x1b]0;pwned\x07\x1b[?1049h\x1b]52;c;aGk=\x07\x9b2Jafter\n\n`\x1b[2J`\n"
    with scripted(says(*hostile)) as server:
        shell.use(server)
        tmux.start(shell, "hello")
        shown = tmux.wait_for("END=0")
    assert "before" in shown
    assert "after" in shown
    assert "pwned" not in tmux.call("display-message", "-p", "#{pane_title}")
    assert tmux.call("display-message", "-p", "#{alternate_on}").strip() == "0"


def test_ctrl_c_stops_the_answer(shell: Shell, tmux: Tmux) -> None:
    """What arrived stays on the screen and in the store, and the exit code is 130."""
    with scripted(Answer(body=(*sse(chunk("partial reply")), "hang"))) as server:
        shell.use(server)
        tmux.start(shell, "hello")
        tmux.wait_for("partial reply")
        tmux.type("C-c")
        shown = tmux.wait_for("END=130")
    assert "partial reply" in shown
    assert "Traceback" not in shown
    assert shell.last()["messages"][1]["text"] == "partial reply"


def test_a_conversation_without_a_question(shell: Shell, tmux: Tmux) -> None:
    """With --plain tchat talks line by line: one conversation, commands are obeyed, Ctrl-C stops, Ctrl-D ends."""
    slow = Answer(body=(*sse(chunk("never ")), "hang"))
    with scripted(says("Four."), slow, says("Five.")) as server:
        shell.use(server)
        tmux.start(shell, "--plain")
        tmux.wait_for("\n>")
        tmux.type("What is 2 + 2?", "Enter")
        tmux.wait_for("Four.")
        tmux.type("/effort high", "Enter", "/nonsense", "Enter")
        tmux.wait_for("no command /nonsense")
        tmux.type("slow", "Enter")
        tmux.wait_for("never")
        tmux.type("C-c")
        tmux.wait_for("stopped")
        tmux.type("And 1 more?", "Enter")
        tmux.wait_for("Five.")
        tmux.type("C-d")
        tmux.wait_for("END=0")
    said = [message["content"] for message in server.requests[2].json["messages"]]
    assert said == ["What is 2 + 2?", "Four.", "slow", "never ", "And 1 more?"]
    assert server.requests[1].json["reasoning_effort"] == "high"
    assert len(shell.run("history", "list").out.splitlines()) == 1


def test_a_conversation_line_by_line_keeps_within_what_it_may_cost(shell: Shell, tmux: Tmux, tmp_path: Path) -> None:
    """All its questions together; one that could pass that is not sent, takes nothing, and ends nothing."""
    price, usage = "[facts.price]\ninput = 1000.0\noutput = 10000.0\n", '{ do = "usage", input = 100, output = 10 }'
    turn = f'[[turns]]\nactions = [{usage}, {{ do = "text", text = "Four." }}]\n'
    (tmp_path / "paid.toml").write_text(price + turn, "utf-8")
    options = ("-m", f"script/{tmp_path / 'paid.toml'}", "-o", "max_tokens=20", "--max-cost", "0.5")
    tmux.start(shell, "--plain", *options)
    tmux.wait_for("\n>")
    for question in ("one", "two"):
        tmux.type(question, "Enter")
        tmux.wait_for(f"> {question}\nFour.\n100 in · 10 out · $0.200")
    tmux.type("three", "Enter")
    shown = tmux.wait_for("$0.4000 of $0.5 a run are spent")
    assert "> three\nerror: this call could cost" in shown
    tmux.type("C-d")
    tmux.wait_for("END=0")
    assert shell.run("usage", "--json").json[0]["cost"] == pytest.approx(0.4)


def test_a_countdown_is_shown_and_can_be_cancelled(shell: Shell, tmux: Tmux) -> None:
    """While a retry waits, the user sees why and for how long, and Ctrl-C ends the wait at once."""
    with scripted(Answer(status=429, headers={"retry-after": "60"}, body=(b"{}",))) as server:
        shell.use(server)
        shell.configure((shell.home / "config.toml").read_text().replace("attempts = 1", "attempts = 3"))
        tmux.start(shell, "hello")
        tmux.wait_for("retrying in")
        tmux.type("C-c")
        tmux.wait_for("END=130", seconds=5)


def test_keys_are_typed_unseen(shell: Shell, tmux: Tmux) -> None:
    """`keys set` asks at a hidden prompt."""
    tmux.start(shell, "keys", "set", "openai", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    tmux.wait_for("key for openai")
    tmux.type("sk-planted-123456", "Enter")
    shown = tmux.wait_for("END=0")
    assert "planted" not in shown
    assert (shell.home / "keys.toml").stat().st_mode & 0o777 == 0o600
