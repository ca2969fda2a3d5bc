"""Laws of many processes and of dying ones: nothing that was stored is lost, and nobody is declared dead who lives."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from tchat.domain.conversation import StoredMessage
from tchat.domain.message import assistant
from tchat.domain.usage import Usage
from tchat.store.search import search
from tests.store.stores import complete, exchange, opened, turn, writer

PROCESSES = 8
TURNS = 50


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a process and return its exit code and what it complained about."""
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def lines_of(process: subprocess.Popen[str], number: int) -> list[str]:
    """Return the next lines that a process prints."""
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(number)]


def killed(path: Path, pieces: int) -> tuple[str, int]:
    """Kill a process in the middle of a reply; return the reply's id and the last piece it knows to be on disk."""
    process = writer(path, "stream")
    reply_id, *numbers = lines_of(process, pieces + 1)
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    rest = process.stdout.read()
    process.communicate()
    return reply_id, int([*numbers, *rest.split()][-1])


def suspend(process: subprocess.Popen[str]) -> None:
    """Stop a process, and return when it stands still."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)


def lock_files(path: Path) -> list[str]:
    """Return the names of the lock files beside a database."""
    return [file.name for file in (path.parent / "writers").iterdir()]


async def test_many_processes_start_on_a_fresh_database(path: Path) -> None:
    """8 processes at once make the database and take 50 turns each: 400 conversations, no error, no lock file left."""
    ends = [ended(process) for process in [writer(path, "turns", str(TURNS)) for _ in range(PROCESSES)]]
    assert ends == [(0, "")] * PROCESSES
    async with opened(path) as store:
        conversations = await store.list(limit=None)
        assert [conversation.messages for conversation in conversations] == [2] * (PROCESSES * TURNS)
        assert len(await search(store.database, "answer", limit=1000)) == PROCESSES * TURNS
        assert await store.recover() == 0
    assert lock_files(path) == []


async def test_a_killed_reply_keeps_every_piece(path: Path) -> None:
    """After SIGKILL the question is there, and so is every piece whose `append` had returned, as interrupted."""
    reply_id, last = killed(path, 20)
    async with opened(path) as store:
        question, reply = await store.path(reply_id)
        assert question.message.text == "the question"
        assert reply.reply is not None
        assert (reply.reply.state, reply.reply.failure and reply.reply.failure.kind) == ("interrupted", "Interrupted")
        pieces = len(reply.message.text.split())
        assert last + 1 <= pieces <= last + 2
        assert reply.message.text == "".join(f"{number} " for number in range(pieces))
        assert reply.reply.reasoning == "".join(f"r{number} " for number in range(pieces))


def estimated(cut_off: StoredMessage) -> StoredMessage:
    """Return a reply that was cut off as recovery leaves it: with about what it had said, at four bytes a token."""
    reply = cut_off.reply
    assert reply is not None
    said = len(f"{cut_off.message.text}{reply.reasoning}".encode())
    return replace(cut_off, reply=replace(reply, usage=Usage(output=-(-said // 4)), usage_estimated=True))


async def test_recovery_stores_what_was_read_before_it(path: Path) -> None:
    """A reply reads the same before and after recovery, which makes it searchable and cleans the lock file.

    About what it took is known then, and counted: what it has said was sent and may be billed.
    """
    reply_id, _ = killed(path, 5)
    assert len(lock_files(path)) == 1
    async with opened(path) as store:
        *before, cut_off = await store.path(reply_id)
        assert (await store.usage.sum()).replies == 0
        assert await search(store.database, "3") == ()
        assert await store.recover() == 1
        assert await store.recover() == 0
        *after, recovered = await store.path(reply_id)
        assert (after, recovered) == (before, estimated(cut_off))
        spent = await store.usage.sum()
        assert (spent.replies, spent.estimated, spent.unpriced, spent.cost) == (1, 1, 1, None)
        assert [hit.message_id for hit in await search(store.database, "3")] == [reply_id]
        assert await store.database.run(lambda db: db.execute("SELECT count(*) FROM reply_chunk").fetchone()[0]) == 0
    assert lock_files(path) == []


async def test_the_next_turn_recovers(path: Path) -> None:
    """Nobody needs to ask for recovery: whoever writes next does it."""
    reply_id, _ = killed(path, 5)
    async with opened(path) as store:
        await exchange(store, "hello", "hi")
        assert [hit.message_id for hit in await search(store.database, "question")] != []
        assert [hit.message_id for hit in await search(store.database, "3")] == [reply_id]


async def test_recovery_by_many_at_once_closes_each_reply_once(path: Path) -> None:
    """8 processes recover at the same moment: no error, and each dead reply is counted by one of them."""
    dying = [writer(path, "stream") for _ in range(3)]
    replies = [lines_of(process, 4)[0] for process in dying]
    for process in dying:
        process.kill()
        process.communicate()
    processes = [writer(path, "recover") for _ in range(PROCESSES)]
    for process in processes:
        assert lines_of(process, 1) == ["ready"]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    counts = [int(lines_of(process, 1)[0]) for process in processes]
    assert [ended(process) for process in processes] == [(0, "")] * PROCESSES
    assert sum(counts) == len(replies)
    async with opened(path) as store:
        for reply_id in replies:
            reply = (await store.message(reply_id)).reply
            assert reply is not None
            assert reply.state == "interrupted"
    assert lock_files(path) == []


async def test_a_living_reply_is_left_alone(path: Path) -> None:
    """While its process lives a reply stays streaming for everyone, also across recovery, and shows its text so far."""
    process = writer(path, "stream")
    try:
        reply_id, *_ = lines_of(process, 4)
        async with opened(path) as store:
            await exchange(store, "hello", "hi")
            assert await store.recover() == 0
            stored = await store.message(reply_id)
            assert stored.reply is not None
            assert stored.reply.state == "streaming"
            assert stored.message.text.startswith("0 1 2 ")
    finally:
        process.kill()
        process.communicate()


async def test_a_stopped_process_is_not_dead(path: Path) -> None:
    """A process that is suspended keeps its reply, and finishes it when it wakes."""
    process = writer(path, "stream")
    try:
        reply_id, *_ = lines_of(process, 2)
        suspend(process)
        async with opened(path) as store:
            assert await store.recover() == 0
            process.send_signal(signal.SIGCONT)
            lines_of(process, 2)
            stored = await store.message(reply_id)
            assert stored.reply is not None
            assert stored.reply.state == "streaming"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("cost", [0.0, None])
async def test_a_cut_off_reply_of_a_free_model_costs_nothing(path: Path, cost: float | None) -> None:
    """Whatever it would have taken; that of any other model is not known."""
    async with opened(path) as store:
        ids = await store.begin_turn(replace(turn("hello"), cost=cost))
    async with opened(path) as store:
        assert await store.recover() == 1
        reply = (await store.message(ids.reply_id)).reply
        assert reply is not None
        assert (reply.state, reply.cost) == ("interrupted", cost)


async def test_a_store_that_is_closed_leaves_its_reply_interrupted(path: Path) -> None:
    """A reply that was not finished when its store closed is cut off, though its process lives on."""
    async with opened(path) as store:
        ids = await store.begin_turn(turn("hello"))
        await store.append(ids.reply_id, text="half", reasoning="")
    async with opened(path) as store:
        stored = await store.message(ids.reply_id)
        assert stored.reply is not None
        assert (stored.reply.state, stored.message.text) == ("interrupted", "half")


async def test_readers_never_see_a_finished_reply_as_interrupted(path: Path) -> None:
    """While other processes finish replies and end, a reader sees each streaming or complete."""
    seen: set[str] = set()
    async with opened(path) as store:
        processes = [writer(path, "turns", "15") for _ in range(3)]
        deadline = time.monotonic() + 60
        while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
            for conversation in await store.list(limit=3):
                for message in await store.tree(conversation.id):
                    if message.reply is not None:
                        seen.add(message.reply.state)
        assert [ended(process) for process in processes] == [(0, "")] * 3
    assert seen <= {"streaming", "complete"}


async def test_a_cancelled_beginning_leaves_no_streaming_reply(path: Path) -> None:
    """Who is cancelled while a turn begins keeps the question, and its reply counts as stopped."""
    async with opened(path) as store:
        beginning = asyncio.create_task(store.begin_turn(turn("hello")))
        await asyncio.sleep(0)
        beginning.cancel()
        await asyncio.wait([beginning])
        assert beginning.cancelled()
        last = await store.last()
        assert last is not None
        assert last.leaf_id is not None
        question, reply = await store.path(last.leaf_id)
        assert question.message.text == "hello"
        assert reply.reply is not None
        assert reply.reply.state == "stopped"


async def test_finishing_needs_no_pieces(path: Path) -> None:
    """The final form replaces the pieces, whatever they said."""
    async with opened(path) as store:
        ids = await store.begin_turn(turn("hello"))
        await store.append(ids.reply_id, text="draft", reasoning="draft")
        await store.finish(ids.reply_id, assistant("final"), complete())
        await store.append(ids.reply_id, text="late", reasoning="late")
        stored = await store.message(ids.reply_id)
        assert (stored.message, stored.reply) == (assistant("final"), complete())
