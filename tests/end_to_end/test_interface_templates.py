"""Templates as their users drive them: key by key, in a real terminal."""

from pathlib import Path

import pytest

from tests.embedded import found_weights
from tests.end_to_end.driving import READY, WRITING, leave, open_interface
from tests.end_to_end.running import Shell, fails, says
from tests.end_to_end.tmux import Tmux
from tests.servers import scripted

CHAIN = """
title = "Translate, then shorten"

[inputs]
text = "text"
language = { type = "text", default = "English" }

[[step]]
name = "translation"
prompt = "Translate into {{ language }}: {{ text }}"

[[step]]
name = "short"
prompt = "Shorten: {{ translation }}"
"""


@pytest.fixture
def templates(shell: Shell) -> Path:
    """The user's own templates, of which there is one."""
    folder = shell.home / "prompts"
    folder.mkdir(parents=True)
    (folder / "chain.toml").write_text(CHAIN, "utf-8")
    return folder


@pytest.mark.local
@pytest.mark.xdist_group("embedded")
def test_a_shipped_template_is_found_filled_in_run_and_taken_over(shell: Shell, tmux: Tmux) -> None:
    """On the embedded model, without a key; the result waits in the composer."""
    shell.configure(f'[local]\nmodel = "{found_weights()}"\n')
    open_interface(shell, tmux)
    tmux.type("C-t")
    tmux.wait_for("find a template", "rephrase-and-respond")
    tmux.write("tldr")
    tmux.wait_for("the text to summarise", "F9 run")
    tmux.type("Enter")
    tmux.wait_for("Tab next field", "the text to summarise")
    tmux.write("The moon goes around the earth once every 27 days. Its gravity makes the tides.")
    tmux.type("F6")
    tmux.wait_for("The moon goes around the earth once", "tok")
    tmux.type("F9")
    tmux.wait_for("done", "result", "into the composer", seconds=120)
    tmux.type("c")
    tmux.wait_for(WRITING, "context")
    tmux.wait_until_gone(READY)
    leave(tmux)


def test_a_chain_runs_step_by_step_and_a_value_is_changed(shell: Shell, tmux: Tmux, templates: Path) -> None:
    """By its name in the composer; what depends on the changed value is asked again, and nothing else."""
    del templates
    with scripted(says("Good day."), says("Hi."), says("Bye.")) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.wait_until(lambda: _completes(tmux), "a list of templates")
        tmux.write("ain Guten Tag.")
        tmux.wait_for("#chain Guten Tag.")
        tmux.type("Enter")
        tmux.wait_for("translation", "Good day.", "result", "Hi.")
        tmux.type("Home", "e")
        tmux.wait_for("F9 runs what depends on it")
        shown = tmux.screen().count("Good day.")
        tmux.type("C-a", "C-k")
        tmux.wait_until(lambda: tmux.screen().count("Good day.") < shown, "an empty value")
        tmux.write("Farewell.")
        tmux.type("F9")
        tmux.wait_for("edited", "Bye.", "into the composer")
        tmux.type("c")
        tmux.wait_for(f"{WRITING}Bye.")
        assert [request.json["messages"][-1]["content"] for request in server.requests] == [
            "Translate into English: Guten Tag.",
            "Shorten: Good day.",
            "Shorten: Farewell.",
        ]
    leave(tmux)


def test_a_run_that_fails_is_taken_up_again(shell: Shell, tmux: Tmux, templates: Path) -> None:
    """The error stands there with what to do; r asks only what is missing."""
    del templates
    with scripted(says("Good day."), fails(400, "no such thing"), says("Hi.")) as server:
        shell.use(server)
        open_interface(shell, tmux)
        tmux.type("C-t")
        tmux.wait_for("find a template")
        tmux.write("chain")
        tmux.wait_for("Translate, then shorten")
        tmux.type("F9")
        tmux.wait_for("this is needed")
        tmux.write("Guten Tag.")
        tmux.type("F9")
        tmux.wait_for("no such thing", "r takes the run up again", "failed")
        tmux.type("r")
        tmux.wait_for("reused", "result", "Hi.")
        tmux.type("Escape")
        tmux.wait_for("Prompts", "F9 run")
        assert len(server.requests) == 3
        tmux.type("C-t")
    tmux.wait_for(READY)
    leave(tmux)


def _completes(tmux: Tmux) -> bool:
    """Type the beginning of a name until templates are known, and return whether they are."""
    tmux.type("C-u")
    tmux.write("#ch")
    try:
        tmux.wait_for("Translate, then shorten", seconds=1)
    except AssertionError:
        return False
    return True
