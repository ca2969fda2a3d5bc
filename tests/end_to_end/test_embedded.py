"""The main job on a real model: the embedded one, without a key and without a network."""

import signal

import pytest

from tests.embedded import children, found_weights, is_gone
from tests.end_to_end.running import Shell, interrupt

pytestmark = [pytest.mark.local, pytest.mark.xdist_group("embedded")]

TEXT = (
    "The moon orbits the earth once every 27 days. Its gravity makes the tides of the sea. "
    "Twelve people have walked on it, the last of them in 1972."
)


@pytest.fixture
def embedded(shell: Shell) -> Shell:
    """A shell whose default is the embedded model."""
    shell.configure(f'[local]\nmodel = "{found_weights()}"\n')
    return shell


def test_ask_pipe_and_continue(embedded: Shell) -> None:
    """A question is answered, a pipe is read along, and the conversation goes on: without any key."""
    first = embedded.run("--json", "-o", "max_tokens=24", "-o", "temperature=0", "What is the capital of France?")
    assert first.code in {0, 7}, first.err
    answer = first.json
    assert answer["provider"] == "local"
    assert answer["answer"].strip()
    assert answer["usage"]["output"] > 0
    piped = embedded.run("-o", "max_tokens=24", "Summarise this:", stdin=TEXT.encode())
    assert piped.out.strip(), piped.err
    again = embedded.run("--id", answer["conversation"], "-o", "max_tokens=24", "And of Italy?")
    assert again.out.strip(), again.err
    assert [message["role"] for message in embedded.last()["messages"]] == ["user", "assistant"] * 2


def test_a_chain_of_two_prompts(embedded: Shell) -> None:
    """The shipped chain runs on a piped text: two calls, one stored conversation, the last reply on stdout."""
    done = embedded.run("run", "map-reduce-summary", "-o", "max_tokens=60", stdin=TEXT.encode(), timeout=120)
    assert done.code in {0, 7}, done.err
    assert done.out.strip()
    assert "summary: done" in done.err
    conversation = embedded.last()
    assert conversation["conversation"]["source"].endswith("map-reduce-summary")
    assert [message["role"] for message in conversation["messages"]] == ["user", "assistant"] * 2
    assert conversation["messages"][3]["text"].strip() == done.out.strip()


def test_cancelling_keeps_what_arrived_and_leaves_no_child(embedded: Shell) -> None:
    """Ctrl-C in mid-reply: exit code 130, the partial reply stored, the model's process gone."""
    process = embedded.start("-q", "Tell a very long story about the sea.")
    assert process.stdout is not None
    begun = process.stdout.read(8)
    (child,) = children(process.pid)
    done = interrupt(process)
    assert done.code == 130
    assert is_gone(child)
    reply = embedded.last()["messages"][1]
    assert reply["reply"]["state"] == "stopped"
    assert reply["text"].encode().startswith(begun[:4])


def test_the_model_dies_with_its_parent(embedded: Shell) -> None:
    """SIGKILL of tchat takes the model's process with it."""
    process = embedded.start("-q", "Tell a very long story about the sea.")
    assert process.stdout is not None
    process.stdout.read(8)
    (child,) = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert is_gone(child)


def test_missing_weights_say_what_to_do(shell: Shell) -> None:
    """Without weights the error names the command that brings them."""
    done = shell.run("-m", "local", "hello")
    assert done.code == 12
    assert "tchat local pull" in done.err
