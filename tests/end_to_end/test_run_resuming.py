"""Runs that are killed, stopped, edited and taken up again: no call that was answered is ever paid twice."""

import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.running import Done, Shell, chunk, ending, fails, interrupt, says
from tests.servers import Answer, ScriptedServer, scripted, sse

HANGS = Answer(body=(*sse(chunk("The beg")), "hang"))

CHAIN = """
[inputs]
topic = "text"
[[step]]
name = "a"
prompt = "First, {{ topic }}"
[[step]]
name = "b"
prompt = "Second after {{ a }}"
[[step]]
name = "c"
continue = "b"
prompt = "Third in the same conversation"
[[step]]
name = "d"
prompt = "Fourth after {{ c }}"
"""
PARALLEL = """
[inputs]
topic = "text"
[[step]]
name = "outline"
prompt = "Outline {{ topic }}"
[[step]]
name = "points"
for_each = "['x', 'y', 'z']"
prompt = "Point {{ item }} of {{ outline }}"
[[step]]
name = "votes"
samples = 3
vote = "majority"
prompt = "Vote on {{ topic }}"
[[step]]
name = "merged"
prompt = "Merge {{ points | join }} {{ votes }}"
"""


def written(shell: Shell, source: str) -> str:
    """Write a template and return its path."""
    shell.home.mkdir(parents=True, exist_ok=True)
    path = shell.home / "t.toml"
    path.write_text(source)
    return str(path)


def complete_replies(shell: Shell) -> int:
    """Return how many replies are stored as complete, as another process sees it."""
    path = shell.home / "tchat.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
        try:
            return db.execute("SELECT count(*) FROM reply WHERE state = 'complete'").fetchone()[0]
        except sqlite3.OperationalError:  # the tables are not there yet
            return 0


def wait_for(holds: "object", seconds: float = 30) -> None:
    """Wait until a condition holds."""
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def killed_after(shell: Shell, path: str, count: int, *options: str) -> list[str]:
    """Kill a run with SIGKILL once so many calls were answered and stored, and return what was asked for."""
    with scripted(*([says("Yes.")] * count), HANGS) as server:
        shell.use(server)
        process = shell.start("run", path, "--topic", "tea", *options)
        wait_for(
            lambda: complete_replies(shell) == count and (len(server.requests) > count or process.poll() is not None)
        )
        process.kill()
        process.communicate()
    return asked(server)


def asked(server: ScriptedServer) -> list[str]:
    """Return the last message of every request."""
    return [request.json["messages"][-1]["content"] for request in server.requests]


def resumed(shell: Shell, *options: str, answers: Sequence[Answer] = (says("Yes."),)) -> tuple[Done, list[str]]:
    """Take the last run up again and return how it ended and what was asked."""
    with scripted(*answers) as server:
        shell.use(server)
        done = shell.run("run", "--resume", "last", *options)
    return done, asked(server)


@pytest.mark.parametrize("answered", range(5))
def test_a_chain_killed_after_any_call_makes_four_calls_in_all(shell: Shell, answered: int) -> None:
    """Whatever was answered is taken again, in order; the rest is asked, and nothing twice."""
    path = written(shell, CHAIN)
    before = killed_after(shell, path, answered)[:answered]
    done, after = resumed(shell)
    assert (done.code, done.out) == (0, "Yes.\n")
    assert [*before, *after] == [
        "First, tea", "Second after Yes.", "Third in the same conversation", "Fourth after Yes."
    ]  # fmt: skip


@pytest.mark.parametrize("answered", range(9))
def test_waves_killed_after_any_call_make_eight_calls_in_all(shell: Shell, answered: int) -> None:
    """Items and samples side by side: of eight calls, those that were answered are not asked again."""
    path = written(shell, PARALLEL)
    killed_after(shell, path, answered, "--jobs", "4")
    done, after = resumed(shell, "--jobs", "4")
    assert (done.code, done.out) == (0, "Yes.\n")
    assert answered + len(after) == 8
    assert f"{answered} repl" in done.err


def test_what_was_sent_and_never_finished_is_perhaps_billed(shell: Shell) -> None:
    """The place of the call that the kill cut off is named, in words and in JSON."""
    killed_after(shell, written(shell, CHAIN), 2)
    done, _ = resumed(shell, "--json")
    assert "perhaps billed, since sent and never finished: c" in done.err
    assert done.json["perhaps_billed"] == ["c"]
    assert (done.json["totals"]["calls"], done.json["totals"]["reused"]) == (2, 2)


def test_a_chain_that_is_killed_again_and_again_comes_to_its_end(shell: Shell) -> None:
    """Each attempt makes one call and dies: four attempts make four calls."""
    path = written(shell, CHAIN)
    killed_after(shell, path, 1)
    for count in (2, 3):
        with scripted(says("Yes."), HANGS) as server:
            shell.use(server)
            process = shell.start("run", "--resume", "last")
            wait_for(lambda at=count: complete_replies(shell) == at)
            process.kill()
            process.communicate()
    done, after = resumed(shell)
    assert (done.code, after) == (0, ["Fourth after Yes."])


def test_an_edited_step_and_what_depends_on_it_are_asked_again(shell: Shell) -> None:
    """Of eight calls, the two samples' step and the merge are paid again after an edit, and nothing else."""
    path = written(shell, PARALLEL)
    with scripted(says("Yes.")) as server:
        shell.use(server)
        assert shell.run("run", path, "--topic", "tea").code == 0
    assert len(server.requests) == 8
    written(shell, PARALLEL.replace("Vote on", "Vote again on"))
    done, after = resumed(shell, answers=[says("No.")])
    assert (done.code, done.out) == (0, "No.\n")
    assert after == ["Vote again on tea"] * 3 + ["Merge Yes.Yes.Yes. No."]


def test_another_input_is_taken_in_place_of_the_stored_one(shell: Shell) -> None:
    """Without it the stored inputs hold; with it everything that it reaches is asked again."""
    path = written(shell, CHAIN)
    with scripted(says("Yes.")) as server:
        shell.use(server)
        shell.run("run", path, "--topic", "tea")
    assert resumed(shell)[1] == []
    assert resumed(shell, "--topic", "coffee")[1] == ["First, coffee"]


def test_a_failure_says_where_and_how_to_go_on(shell: Shell) -> None:
    """The file, the line and the step stand in the message; what was answered is not paid again."""
    path = written(shell, CHAIN)
    with scripted(says("Yes."), fails(500, "boom")) as server:
        shell.use(server)
        done = shell.run("run", path, "--topic", "tea")
    assert done.code == 10
    assert f"{path}:7: b: " in done.err
    assert "tchat run --resume last" in done.err
    done, after = resumed(shell)
    assert (done.code, len(after)) == (0, 3)


def test_a_failure_before_any_answer_has_nothing_to_resume(shell: Shell) -> None:
    """Where nothing was kept, no one is told to go on."""
    with scripted(fails(500, "boom")) as server:
        shell.use(server)
        done = shell.run("run", written(shell, CHAIN), "--topic", "tea")
    assert done.code == 10
    assert "--resume" not in done.err


@pytest.mark.parametrize("cut", [1, 100, 5_000, 20_000])
def test_a_torn_write_ahead_log_is_survived(shell: Shell, cut: int) -> None:
    """A log that lost its end costs the calls that stood there, and nothing else."""
    killed_after(shell, written(shell, CHAIN), 3)
    log = Path(shell.home / "tchat.db-wal")
    log.write_bytes(log.read_bytes()[:-cut])
    done, after = resumed(shell)
    assert (done.code, done.out) == (0, "Yes.\n"), done.err
    assert 1 <= len(after) <= 4


def started(shell: Shell, server: ScriptedServer, requests: int, source: str = CHAIN) -> "subprocess.Popen[bytes]":
    """Return a run with so many calls under way or done."""
    shell.use(server)
    process = shell.start("run", written(shell, source), "--topic", "tea", "--jobs", "4")
    wait_for(lambda: len(server.requests) == requests)
    return process


SLOW = Answer(body=(*sse(chunk("Y")), 1.0, *sse(chunk("es."), *ending())))


def test_ctrl_c_lets_the_calls_under_way_come_to_an_end(shell: Shell) -> None:
    """All four calls of the first wave are stored, nothing new begins, and the run goes on from there."""
    with scripted(SLOW) as server:
        done = interrupt(started(shell, server, 4, PARALLEL))
    assert (done.code, done.out) == (130, "")
    assert "4 calls under way come to an end" in done.err
    assert "tchat run --resume last" in done.err
    assert complete_replies(shell) == 4
    done, after = resumed(shell)
    assert (done.code, len(after)) == (0, 4)


def test_ctrl_c_sends_nothing_that_waits(shell: Shell) -> None:
    """Where the provider takes one call at a time, one is under way and paid; the others go out when it goes on."""
    with scripted(SLOW) as server:
        shell.use(server, extra="concurrency = 1\n")
        process = shell.start("run", written(shell, PARALLEL), "--topic", "tea")
        wait_for(lambda: bool(server.requests))
        done = interrupt(process)
    assert (done.code, len(server.requests)) == (130, 1)
    assert "1 call under way comes to an end" in done.err
    assert "note: 1 call ·" in done.err
    done, after = resumed(shell)
    assert (done.code, len(after)) == (0, 7)


def test_a_second_ctrl_c_drops_what_is_under_way(shell: Shell) -> None:
    """It ends at once, and the call that was dropped is perhaps billed."""
    with scripted(says("Yes."), HANGS) as server:
        process = started(shell, server, 2)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert any(b"stopping: 1 call under way comes to an end" in line for line in process.stderr)
        assert process.poll() is None
        began = time.monotonic()
        done = interrupt(process)
    assert done.code == 130
    assert time.monotonic() - began < 5
    done, after = resumed(shell)
    assert (done.code, len(after)) == (0, 3)
    assert "perhaps billed, since sent and never finished: b" in done.err


def test_ctrl_c_stops_a_single_prompt_like_a_question(shell: Shell) -> None:
    """There is no call to come that could be spared: what was written of the reply is kept, and it ends at once."""
    with scripted(HANGS) as server:
        shell.use(server)
        process = shell.start("run", written(shell, 'prompt = "Hello"'))
        assert process.stdout is not None
        assert process.stdout.read(7) == b"The beg"
        done = interrupt(process)
    assert done.code == 130
    assert shell.last()["messages"][-1]["text"] == "The beg"


def test_sigterm_drops_what_is_under_way(shell: Shell) -> None:
    """The exit code is 143, and the run can be taken up again."""
    with scripted(says("Yes."), HANGS) as server:
        process = started(shell, server, 2)
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 143
    done, after = resumed(shell)
    assert (done.code, len(after)) == (0, 3)


def test_a_run_that_is_going_on_is_not_taken_up_by_another_process(shell: Shell) -> None:
    """Two processes never pay for one run."""
    with scripted(HANGS) as server:
        process = started(shell, server, 1)
        done = shell.run("run", "--resume", "last")
        process.kill()
        process.communicate()
    assert done.code == 2
    assert "still going on" in done.err


def test_runs_are_listed_newest_first(shell: Shell) -> None:
    """Each with its id, state, calls, time, cost and template; one whose process died says so."""
    killed_after(shell, written(shell, CHAIN), 2)
    with scripted(says("Yes.")) as server:
        shell.use(server)
        shell.run("run", written(shell, PARALLEL), "--topic", "tea")
        done = shell.run("run", "--runs")
    last, first = done.out.splitlines()
    assert "done" in last
    assert "8 calls" in last
    assert last.endswith("  t")
    assert "died" in first
    assert "3 calls" in first
    assert shell.run("run", "--resume", last.split()[0][:14], "--json").json["state"] == "done"
