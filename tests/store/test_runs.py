"""Laws of the journal of runs: each call is kept with its reply, in the moment in which that is stored."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tchat.domain.conversation import CallMark
from tchat.domain.errors import NotFound, UsageError
from tchat.domain.message import assistant
from tchat.domain.run import NewRun
from tchat.store.conversations import Conversations
from tests.store.stores import complete, opened, turn

NEW = NewRun(template="tldr", file="/prompts/tldr.toml", digest="d1", inputs={"input": "moon", "n": 3})


def marked(run_id: str, place: str, digest: str = "same") -> CallMark:
    """Return the mark of a call."""
    return CallMark(run_id=run_id, place=place, digest=digest)


async def call(store: Conversations, run_id: str, place: str, *, is_done: bool = True) -> str:
    """Make a call of a run, and return its reply's id."""
    ids = await store.begin_turn(replace(turn("ask"), mark=marked(run_id, place)))
    if is_done:
        await store.finish(ids.reply_id, assistant("said"), complete())
    return ids.reply_id


async def test_a_run_is_found_by_its_id_and_as_the_last(store: Conversations) -> None:
    """What was begun reads the same, in either case of the id's beginning."""
    first, second = await store.runs.begin(NEW), await store.runs.begin(replace(NEW, template="explain"))
    assert (await store.runs.find(first.lower())).new == NEW
    assert (await store.runs.find("last")).id == second
    assert [run.id for run in await store.runs.list()] == [second, first]
    with pytest.raises(NotFound, match="no run 'nothing'"):
        await store.runs.find("nothing")
    with pytest.raises(NotFound, match="is no id"):
        await store.runs.find("\udcff")


async def test_the_last_run_of_a_template_is_not_that_of_a_test(store: Conversations) -> None:
    """Each goes on with its own kind."""
    run = await store.runs.begin(NEW)
    test = await store.runs.begin(replace(NEW, test="holds"))
    assert (await store.runs.find("last")).id == run
    assert (await store.runs.find("last", of_test=True)).id == test
    assert (await store.runs.find(test)).new.test == "holds"


async def test_there_is_no_last_run_at_first(store: Conversations) -> None:
    """The message says so."""
    with pytest.raises(NotFound, match="no run yet"):
        await store.runs.find("last")


async def test_a_call_is_kept_with_its_reply(store: Conversations) -> None:
    """The calls of a run are in the order in which they began, and none of another run is among them."""
    run, other = await store.runs.begin(NEW), await store.runs.begin(NEW)
    first = await call(store, run, "solve#1")
    await call(store, other, "elsewhere")
    second = await call(store, run, "solve#2", is_done=False)
    kept = await store.runs.calls(run)
    assert [(each.reply_id, each.place, each.state) for each in kept] == [
        (first, "solve#1", "complete"),
        (second, "solve#2", "streaming"),
    ]
    assert (await store.runs.find(run)).conversation_id is not None


async def test_a_run_ends_and_is_taken_up_again(store: Conversations) -> None:
    """Its state and what it asks follow; the calls stay."""
    run = await store.runs.begin(NEW)
    await call(store, run, "answer")
    await store.runs.end(run, "failed")
    assert (await store.runs.find(run)).state == "failed"
    await store.runs.resume(run, replace(NEW, digest="d2"))
    found = await store.runs.find(run)
    assert (found.state, found.new.digest) == ("running", "d2")
    assert len(await store.runs.calls(run)) == 1


async def test_a_run_under_way_is_not_taken_up(store: Conversations) -> None:
    """Two processes would pay for the same calls."""
    run = await store.runs.begin(NEW)
    with pytest.raises(UsageError, match="still going on"):
        await store.runs.resume(run, NEW)


async def test_a_run_of_a_dead_process_is_taken_up(path: Path) -> None:
    """Its reply that never ended is told as cut off."""
    async with opened(path) as store:
        run = await store.runs.begin(NEW)
        await call(store, run, "answer", is_done=False)
    async with opened(path) as store:
        assert not (await store.runs.find(run)).is_alive
        (kept,) = await store.runs.calls(run)
        assert kept.is_perhaps_billed
        await store.runs.resume(run, NEW)


async def test_purging_a_conversation_takes_its_calls_along(store: Conversations) -> None:
    """The run stays, and nothing of it is taken again."""
    run = await store.runs.begin(NEW)
    await call(store, run, "answer")
    conversation = (await store.runs.find(run)).conversation_id
    assert conversation is not None
    await store.purge(conversation)
    assert await store.runs.calls(run) == ()
