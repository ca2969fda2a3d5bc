"""What was typed and what arrived survives whatever ends the program."""

import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.running import Done, Shell, chunk, ending, says
from tests.servers import Answer, scripted, sse

LOSS = 0.25
"""Seconds of text that may be lost at most."""


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_loses_at_most_a_quarter_of_a_second(shell: Shell, seed: int) -> None:
    """After SIGKILL in mid-stream the question is there, and all of the reply but its last 250 ms."""
    every = 0.01
    steps = [step for number in range(400) for step in (*sse(chunk(f"{number} ")), every)]
    with scripted(Answer(body=(*steps, *sse(*ending())))) as server:
        shell.use(server)
        process = shell.start("--jsonl", "the question")
        assert process.stdout is not None
        arrived: list[tuple[float, str]] = []
        lasts = random.Random(seed).uniform(0.3, 2.0)  # noqa: S311  # a moment, not a secret
        began = time.monotonic()
        for line in process.stdout:
            now = time.monotonic()
            if b'"type":"text"' in line:
                arrived.append((now, line.decode()))
            if arrived and now - began > lasts + (arrived[0][0] - began):
                break
        process.kill()
        killed = time.monotonic()
        process.communicate()
    sent = [int(word) for when, line in arrived if when < killed - LOSS for word in line.split('"')[-2].split()]
    question, reply = shell.last()["messages"]
    assert question["text"] == "the question"
    assert reply["reply"]["state"] == "interrupted"
    assert len(reply["text"].split()) > max(sent, default=-1)


def test_many_processes_share_a_fresh_database(shell: Shell) -> None:
    """8 processes at a time, 10 one-shots each, on a database that none of them has made: 80 conversations."""
    with scripted(says("ok")) as server:
        shell.use(server)

        def asked(number: int) -> Done:
            return shell.run("-q", f"question {number}")

        with ThreadPoolExecutor(8) as pool:
            ends = list(pool.map(asked, range(80)))
    assert [(done.code, done.out, done.err) for done in ends] == [(0, "ok\n", "")] * 80
    assert len(shell.run("history", "list", "-n", "0").out.splitlines()) == 80


def test_an_error_before_the_answer_keeps_the_question(shell: Shell) -> None:
    """Without a key nothing is sent, and the question is in the history all the same."""
    done = shell.run("-m", "anthropic/claude-opus-5-5", "the question")
    assert done.code == 3
    assert "tchat keys set anthropic" in done.err
    question, reply = shell.last()["messages"]
    assert question["text"] == "the question"
    assert (reply["reply"]["state"], reply["reply"]["failure"]["kind"]) == ("failed", "MissingKey")


def test_a_database_that_cannot_be_used_sends_nothing(shell: Shell) -> None:
    """A file that is no database is an error of its own, and costs nothing."""
    with scripted(says("ok")) as server:
        shell.use(server)
        (shell.home / "tchat.db").write_bytes(b"not a database" * 100)
        done = shell.run("hello")
    assert done.code == 11
    assert server.requests == []


def test_sigterm_stops_like_ctrl_c(shell: Shell) -> None:
    """A polite end keeps the reply as stopped, with its own exit code."""
    with scripted(Answer(body=(*sse(chunk("partial reply")), "hang"))) as server:
        shell.use(server)
        process = shell.start("-q", "hello", stdin=subprocess.DEVNULL)
        assert process.stdout is not None
        assert process.stdout.read(13) == b"partial reply"
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 143
    assert shell.last()["messages"][1]["reply"]["state"] == "stopped"
