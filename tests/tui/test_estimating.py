"""What a draft would take."""

import asyncio
import json
from pathlib import Path

import pytest

from tchat.domain.draft import Draft, Paste
from tchat.domain.message import DocumentPart, ImagePart, user
from tchat.engine.foreseeing import Prospect
from tchat.meter.image_tokens import image_tokens
from tchat.runtime import Runtime
from tchat.tui.choice import Choice
from tchat.tui.drafted import message_of
from tchat.tui.estimating import Estimating, is_blank, told
from tchat.tui.talk import Talk
from tests.servers import Answer, scripted
from tests.tui.running import ask, make_runtime, running, type_text, wait_for

PAID = """\
model = "anthropic/claude-opus-5-5"
[models."anthropic/claude-opus-5-5"]
vision = true
window = 2000
max_output = 1000
price = { input = 5.0, output = 25.0 }
"""
ECHO = """\
model = "script/echo"
[models."script/echo"]
max_output = 1000
price = { input = 5.0, output = 25.0 }
"""


def asking(runtime: Runtime) -> Talk:
    """Return a new conversation."""
    return Talk(runtime, Choice(ref=runtime.resolve(None)), lambda _: None, lambda _: None)


def test_an_empty_draft_is_blank() -> None:
    """There is nothing to send."""
    assert is_blank(Draft(text=" \n"))
    assert not is_blank(Draft(attachments=(ImagePart(digest="0", media_type="image/png"),)))


def test_what_is_unknown_is_no_number() -> None:
    """Neither a price that nobody knows is taken for nothing, nor a draft that cannot be sent."""
    prospect = Prospect(own=1_420, tokens=2_000, worst_cost=None, fits=True)
    assert told(prospect) == "≈1,420 tok · ≤ $?"
    assert told(None) == "≈? tok · ≤ $?"
    assert told(None, "low") == "≈? tok · ≤ $? · detail low"


def test_the_worst_case_is_told_in_dollars() -> None:
    """A free model is free."""
    prospect = Prospect(own=12, tokens=2_000, worst_cost=0.034, fits=True)
    assert told(prospect) == "≈12 tok · ≤ $0.034"
    assert told(Prospect(own=12, tokens=2_000, worst_cost=0.0, fits=True)) == "≈12 tok · free"


async def test_a_draft_is_estimated_with_its_pastes_and_pictures_by_the_model_s_own_estimator(tmp_path: Path) -> None:
    """Tokens as the estimator counts them, a picture by its family's formula, and what the call may cost at most."""
    runtime = make_runtime(tmp_path, PAID)
    try:
        talk = asking(runtime)
        estimating, plan = Estimating(runtime, talk), talk.plan()
        picture = ImagePart(
            digest=runtime.blobs.put(b"png"), media_type="image/png", name="a.png", width=1200, height=800
        )
        draft = Draft(
            text="see [pasted 9 lines #1]", pastes=(Paste("[pasted 9 lines #1]", "one line\n" * 90),),
            attachments=(picture,),
        )  # fmt: skip
        prospect = await estimating.foresee(draft, plan)
        assert prospect is not None
        estimator = await runtime.estimators.at_hand(talk.choice.ref)
        assert prospect.own == estimator.message(message_of(draft))
        assert prospect.own > image_tokens("claude-opus-5-5", 1200, 800) + 180
        assert prospect.worst_cost is not None
        assert prospect.worst_cost > 1_000 * 25e-6
        assert prospect.fits == (prospect.tokens + 256 <= 2_200)
        longer = await estimating.foresee(Draft(text="word " * 3_000), plan)
        assert longer is not None
        assert not longer.fits
    finally:
        await runtime.aclose()


async def test_a_draft_that_cannot_be_sent_has_no_estimate(tmp_path: Path) -> None:
    """The model does not take its attachment."""
    runtime = make_runtime(tmp_path, PAID.replace("vision = true", "documents = false"))
    try:
        paper = DocumentPart(digest="0" * 64, media_type="application/pdf", name="a.pdf")
        talk, draft = asking(runtime), Draft(text="x", attachments=(paper,))
        assert await Estimating(runtime, talk).foresee(draft, talk.plan()) is None
    finally:
        await runtime.aclose()


async def test_an_estimate_counts_what_was_said_before_and_only_up_to_an_edited_message(tmp_path: Path) -> None:
    """The history is read again with each turn."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        await ask(pilot, screen, "one " * 20)
        estimating = Estimating(screen.runtime, screen.talk)
        after = await estimating.foresee(Draft(text="two"), screen.talk.plan())
        instead = await estimating.foresee(Draft(text="two"), screen.talk.plan(screen.talk.branch[0].stored.id))
        assert after is not None
        assert instead is not None
        assert after.own == instead.own
        assert after.tokens > instead.tokens + 30
        assert (after.worst_cost or 0) > (instead.worst_cost or 0) > 0.025


async def test_the_composer_tells_what_a_draft_would_take_and_forgets_it_when_it_is_sent(tmp_path: Path) -> None:
    """Soon after the last key, with the model that would be asked."""
    async with running(tmp_path, config=ECHO) as (pilot, screen):
        await type_text(pilot, "hello there")
        estimator = await screen.runtime.estimators.at_hand(screen.talk.choice.ref)
        own = estimator.message(user("hello there"))
        await wait_for(pilot, lambda: screen.composer.estimate.startswith(f"≈{own} tok · ≤ $0.02"))
        await pilot.press("enter")
        await wait_for(pilot, lambda: not screen.composer.estimate)
        await wait_for(pilot, lambda: screen.is_settled)


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_draft_is_counted_by_its_provider_unless_that_is_turned_off(tmp_path: Path, *, is_on: bool) -> None:
    """Soon after the last key the count stands in place of the estimate; the same text is not counted twice.

    On a loaded machine the keys come slowly enough for what stood there meanwhile to be counted too.
    """
    says = Answer(content_type="application/json", body=(json.dumps({"input_tokens": 1234}).encode(),))
    with scripted(says) as server:
        config = f"""\
            model = "house/model"
            count_by_provider = {str(is_on).lower()}
            [providers.house]
            kind = "openai"
            base_url = "{server.url}/v1"
            needs_key = false
        """
        async with running(tmp_path, config=config) as (pilot, screen):
            await type_text(pilot, "hello there")
            await wait_for(pilot, lambda: screen.composer.estimate)
            if is_on:
                await wait_for(pilot, lambda: screen.composer.estimate.startswith("1,234 tok"))
                await type_text(pilot, "x")
                await pilot.press("backspace")
                await wait_for(pilot, lambda: screen.composer.estimate.startswith("1,234 tok"))
            else:
                assert screen.composer.estimate.startswith("≈")
            await wait_for(pilot, lambda: not list(screen.workers))
        assert {request.path for request in server.requests} == ({"/v1/responses/input_tokens"} if is_on else set())
        asked = [request.body for request in server.requests]
        assert len(set(asked)) == len(asked)


async def test_an_estimate_of_a_megabyte_does_not_hold_the_loop(tmp_path: Path) -> None:
    """The loop goes round all the time; how long a key waits at most is a benchmark."""
    runtime = make_runtime(tmp_path, PAID)
    try:
        talk = asking(runtime)
        estimating, plan = Estimating(runtime, talk), talk.plan()
        await estimating.foresee(Draft(text="warm"), plan)
        rounds = 0
        looking = asyncio.create_task(estimating.foresee(Draft(text="some words, and more\n" * 50_000), plan))
        while not looking.done():
            await asyncio.sleep(0)
            rounds += 1
        assert rounds > 100
    finally:
        await runtime.aclose()
