"""Earlier turns for a model that takes less than the one before it."""

import pytest
from msgspec.structs import replace

from tchat.domain.errors import AttachmentError
from tchat.domain.events import Notice
from tchat.domain.message import DocumentPart, ImagePart, TextPart, user
from tchat.domain.model import ModelFacts, ModelRef
from tchat.engine.sent import sent_for
from tchat.engine.session import Ask, Engine
from tests.engine.test_session import World, _world

CHART = ImagePart(digest="a", media_type="image/png", name="chart.png")
PAPER = DocumentPart(digest="b", media_type="application/pdf", name="paper.pdf")


async def shown_and_switched() -> World:
    """Return a world in which a model was shown a picture and a paper; only `blind` takes no pictures."""
    world = await _world()
    facts = world.engine.surroundings.facts

    def seen_by(ref: ModelRef) -> ModelFacts:
        return replace(facts(ref), vision=False if ref.model == "blind" else None)

    world.engine = Engine(replace(world.engine.surroundings, facts=seen_by))
    shown = Ask(ref=ModelRef("played", "m"), message=user("What is this?", CHART, PAPER))
    assert [event async for event in world.engine.turn(shown)]
    return world


async def test_a_model_without_eyes_is_told_the_names_of_earlier_pictures() -> None:
    """They stand as text where the pictures stood, everything else is as it was, and the user is told."""
    world = await shown_and_switched()
    question, answer = await world.last()
    ask = Ask(ref=ModelRef("played", "blind"), message=user("And in words?"), parent_id=answer.id)
    events = [event async for event in world.engine.turn(ask)]
    sent = world.player.requests[-1].messages
    name = TextPart("[chart.png was shown here: you take no pictures]\n")
    assert [message.parts for message in sent[:2]] == [(name, PAPER, TextPart("What is this?")), answer.message.parts]
    (notice,) = [event.text for event in events if isinstance(event, Notice)]
    assert notice == "played/blind takes no pictures: it is only told the name of the one in an earlier turn"
    assert (await world.last())[0] == question
    reply = (await world.last())[-1]
    assert (await sent_for(world.engine, reply.id)).request.messages == sent


@pytest.mark.parametrize("is_new", [True, False])
async def test_what_is_said_now_is_refused_instead(*, is_new: bool) -> None:
    """A picture of the turn that is sent goes out as a picture or not at all, asked for the first time or again."""
    world = await shown_and_switched()
    question, answer = await world.last()
    wanted = user("Look", CHART) if is_new else None
    ask = Ask(ref=ModelRef("played", "blind"), message=wanted, parent_id=answer.id if is_new else question.id)
    with pytest.raises(AttachmentError, match=r"does not take pictures: 'chart\.png' was not sent"):
        _ = [event async for event in world.engine.turn(ask)]
    assert len(world.player.requests) == 1


async def test_a_model_that_is_known_to_take_everything_is_told_everything() -> None:
    """Nothing is left out for it, and nothing said."""
    world = await shown_and_switched()
    *_, answer = await world.last()
    ask = Ask(ref=ModelRef("played", "m"), message=user("Again?"), parent_id=answer.id)
    events = [event async for event in world.engine.turn(ask)]
    assert world.player.requests[-1].messages[0].attachments == (CHART, PAPER)
    assert not [event for event in events if isinstance(event, Notice)]
