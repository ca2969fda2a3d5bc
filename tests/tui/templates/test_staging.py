"""A run that is begun, stopped, taken up again, and changed by hand."""

import asyncio
from pathlib import Path

import pytest

from tchat.domain.errors import RateLimited
from tchat.running import RunRequest
from tchat.tui.templates.staging import Staging, refusal_to_edit
from tests.tui.gates import Gate
from tests.tui.running import make_runtime
from tests.tui.staged import CHAIN, FIVE, ITEMS, POINTS, SAMPLES, StagedModel, stage, template_of

REPLIES = {"translation": ["Hello."], "short": ["Hi.", "Hey."]}


async def over(staging: Staging) -> None:
    """Wait until nothing is under way."""
    async with asyncio.timeout(10):
        while not staging.is_over:  # noqa: ASYNC110  # the board tells nobody
            await asyncio.sleep(0.005)


async def test_a_stop_lets_calls_end_and_begins_no_more(tmp_path: Path) -> None:
    """Taken up again, only what is missing is asked, and the whole costs what that does."""
    gate = Gate()
    model = StagedModel(REPLIES, {"translation": gate})
    staging = stage(make_runtime(tmp_path), CHAIN, model, text="Hallo.")
    staging.begin()
    await gate.reached.wait()
    assert staging.stop()
    assert staging.board.phase == "stopping"
    gate.open()
    await over(staging)
    assert staging.board.phase == "stopped"
    assert model.asked == ["translation"]
    staging.begin()
    await over(staging)
    assert staging.board.phase == "done"
    assert model.asked == ["translation", "short"]
    board = staging.board
    assert (board.calls, board.reused, board.tokens) == (1, 1, 160)
    assert board.cost == pytest.approx(0.0016)
    assert board.node("translation").tokens == 160
    assert not staging.stop()


async def test_a_second_stop_drops_what_is_under_way(tmp_path: Path) -> None:
    """At once."""
    gate = Gate()
    staging = stage(make_runtime(tmp_path), CHAIN, StagedModel(REPLIES, {"translation": gate}), text="Hallo.")
    staging.begin()
    await gate.reached.wait()
    staging.stop()
    staging.stop()
    await over(staging)
    assert staging.board.phase == "stopped"
    assert staging.board.node("translation").state == "stopped"


async def test_what_goes_wrong_stands_on_the_board(tmp_path: Path) -> None:
    """The run can be taken up again."""
    model = StagedModel(REPLIES, errors={"short": RateLimited("too many requests", hint="wait")})
    staging = stage(make_runtime(tmp_path), CHAIN, model, text="Hallo.")
    staging.begin()
    await over(staging)
    board = staging.board
    assert board.error is not None
    assert board.error.hint == "wait"


async def test_a_changed_value_runs_what_depends_on_it(tmp_path: Path) -> None:
    """And nothing else."""
    model = StagedModel(POINTS)
    staging = stage(make_runtime(tmp_path), ITEMS, model, subject="the moon")
    staging.begin()
    await over(staging)
    asked = len(model.asked)
    staging.edit("points[2]", "Changed by hand.")
    await over(staging)
    assert len(model.asked) == asked
    assert staging.board.result is not None
    assert "Changed by hand." in staging.board.result.text
    staging.edit("outline", ["Only tides"])
    await over(staging)
    assert len(model.asked) == asked + 1
    assert staging.board.node("outline").state == "edited"


@pytest.mark.parametrize(
    ("place", "told"),
    [("solve#2", "only the value of a step"), ("answer", None), ("solve", None)],
)
async def test_only_values_of_steps_and_items_can_be_changed(tmp_path: Path, place: str, told: str | None) -> None:
    """A sample is what a model said."""
    staging = stage(make_runtime(tmp_path), SAMPLES, StagedModel(FIVE), question="?")
    staging.begin()
    await over(staging)
    refusal = refusal_to_edit(staging.board.node(place), staging)
    assert refusal is None if told is None else told in (refusal or "")


RECORDED = """
[[step]]
name = "solve"
samples = 3
vote = "majority"
if_missing = "null"
retries = 0
extract = "number"
prompt = "A number"

[[step]]
name = "again"
for_each = "['x', 'y']"
prompt = "Say {{ item }}"

[[step]]
name = "answer"
text = "{{ solve }}, {{ (run.solve.share * 100) | int }} %, {{ run.solve.votes | length }}; {{ run.again.text[1] }}"
"""


async def test_a_changed_value_has_a_record_like_any_other(tmp_path: Path) -> None:
    """What is told of how a value came about can be told of one that was put in: it is the only sample."""
    model = StagedModel({"solve": ["none"], "again": ["One.", "Two."]})
    staging = stage(make_runtime(tmp_path), RECORDED, model)

    async def result() -> str:
        await over(staging)
        assert staging.board.result is not None, staging.board.error
        return staging.board.result.text

    staging.begin()
    assert await result() == "null, 0 %, 0; Two."
    staging.edit("solve", 56)
    assert await result() == "56, 100 %, 1; Two."
    staging.edit("again[2]", "By hand.")
    assert await result() == "56, 100 %, 1; By hand."
    staging.edit("again", ["Both", "by hand"])
    assert await result() == "56, 100 %, 1; by hand"


def failed(error: BaseException) -> None:
    """Take no fault of the program."""
    raise error


TALK = """
[[step]]
name = "a"
extract = [{ after = "is" }, "number"]
prompt = "The first is 1"

[[step]]
name = "b"
continue = "a"
prompt = "The second, beside {{ a }}"

[[step]]
name = "c"
continue = "b"
prompt = "The third"
"""


async def test_a_changed_reply_is_changed_in_the_conversation_that_goes_on(tmp_path: Path) -> None:
    """The model reads the new text as what it said; only what follows is asked again, and the old branch stays."""
    runtime = make_runtime(tmp_path)
    try:
        request = RunRequest(template=template_of(TALK), inputs={}, model="script/echo")
        staging = Staging(runtime, request, fail=failed)

        async def conversation() -> list[str]:
            end = staging.board.node("c").call
            assert end is not None
            assert end.done is not None
            path = await (await runtime.store()).path(end.done.reply_id or "")
            return [stored.message.text for stored in path]

        staging.begin()
        await over(staging)
        first = await conversation()
        assert first[:3] == ["The first is 1", "The first is 1", "The second, beside 1"]
        assert refusal_to_edit(staging.board.node("a"), staging) is None

        staging.edit("a", 5)
        await over(staging)
        assert await conversation() == ["The first is 1", "5", *["The second, beside 5"] * 2, *["The third"] * 2]
        assert (staging.board.calls, staging.board.reused) == (2, 1)
        assert (staging.board.node("a").state, staging.board.node("a").value) == ("edited", 5)

        staging.edit("b", "Another second.")
        await over(staging)
        second = ["The second, beside 5", "Another second."]
        assert await conversation() == ["The first is 1", "5", *second, *["The third"] * 2]
        assert (staging.board.calls, staging.board.reused) == (1, 2)
    finally:
        await runtime.aclose()
