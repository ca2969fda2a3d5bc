"""`tchat run` on a terminal: inputs that are asked for, the list of steps, and the question about money."""

from tests.end_to_end.running import Shell, chunk, ending, says
from tests.end_to_end.test_run import PRICED, TWO, written
from tests.end_to_end.tmux import Tmux
from tests.servers import Answer, scripted, sse

SLOW = Answer(body=(1.5, *sse(chunk("Ye"), chunk("s."), *ending())))


def test_missing_inputs_are_asked_for_and_the_answer_follows_the_steps(shell: Shell, tmux: Tmux) -> None:
    """A line is typed, an empty one ends it; the list of steps stays above the answer, once."""
    path = written(shell, TWO)
    with scripted(says("Draft."), SLOW) as server:
        shell.use(server)
        tmux.start(shell, "run", path)
        tmux.wait_for("word (text; an empty line ends it): what to say")
        tmux.type("hi", "Enter")
        tmux.wait_for("…")
        tmux.type("Enter")
        shown = tmux.wait_for_end()
    assert server.requests[0].json["messages"][-1]["content"] == "Draft hi 2"
    assert shown.count("✓ draft") == 1
    assert shown.count("final") == 0
    assert shown.index("✓ draft") < shown.index("Yes.") < shown.index("2 calls")


def test_the_list_of_steps_is_redrawn_in_place(shell: Shell, tmux: Tmux) -> None:
    """While a call is under way its step is marked and counts seconds; nothing of it is left in the scrollback."""
    path = written(shell, TWO)
    with scripted(SLOW) as server:
        shell.use(server)
        tmux.start(shell, "run", path, "--word", "hi", size=(40, 12))
        tmux.wait_for("▸ draft", "· final")
        tmux.wait_for("✓ draft", "▸ final")
        shown = tmux.wait_for_end()
    assert shown.count("draft") == 1
    assert max(map(len, shown.splitlines())) <= 40


def test_ctrl_c_says_what_it_does(shell: Shell, tmux: Tmux) -> None:
    """The first one names the calls under way, and how to go on."""
    path = written(shell, TWO)
    with scripted(SLOW) as server:
        shell.use(server)
        tmux.start(shell, "run", path, "--word", "hi", size=(120, 24))
        tmux.wait_for("▸ draft")
        tmux.wait_until(lambda: len(server.requests) == 1, "a request")
        tmux.type("C-c")
        tmux.wait_for("stopping: 1 call under way comes to an end (Ctrl-C again drops it)")
        shown = tmux.wait_for_end(130)
    assert "tchat run --resume last" in shown
    assert len(server.requests) == 1


def test_a_dear_run_is_asked_about_first(shell: Shell, tmux: Tmux) -> None:
    """With the plan's figures; a no ends it before anything is sent, and --max-cost has said yes already."""
    path = written(shell, TWO)
    with scripted(says("ok")) as server:
        shell.use(server, extra=f"{PRICED}\n")
        config = (shell.home / "config.toml").read_text()
        shell.configure(f"confirm_above = 0.0001\n{config}")
        tmux.start(shell, "run", path, "--word", "hi", size=(120, 24))
        tmux.wait_for("2 calls, about", "run it? [y/N]")
        tmux.type("n", "Enter")
        tmux.wait_for_end(130)
        assert server.requests == []
        assert shell.run("run", path, "--word", "hi").code == 0
        tmux.start(shell, "run", path, "--word", "hi", "--max-cost", "1", size=(120, 24))
        tmux.wait_for_end(0)
    assert len(server.requests) == 4
