"""Laws of tests on data against a model."""

import asyncio

from msgspec.structs import replace

from tchat.cli.live import LiveAnswers
from tchat.templates.datasets import Row
from tchat.templates.examining import Examination
from tchat.templates.world import Ask as Asked
from tchat.templates.world import Heard, Identity, StepCall
from tests.engine.test_session import GOOD, _world
from tests.templates.running import kept
from tests.templates.scripted import load, picture

VOTES = """
[inputs]
question = "text"
[[step]]
name = "a"
samples = 3
vote = "majority"
prompt = "Is {{ question }} odd?"
[[test]]
name = "rows"
data = "rows.jsonl"
map = { question = "q" }
expect = { equals = "four" }
"""


class Beginning:
    """Asks as another does, and tells when so many calls have nothing before them but their slot."""

    def __init__(self, ask: Asked, count: int) -> None:
        self.facts = ask.facts
        self.identify = ask.identify
        self.ask = ask.ask
        self.begun = asyncio.Event()
        self._recall = ask.recall
        self._left = count

    async def recall(self, call: StepCall, identity: Identity) -> Heard | None:
        """Count a call."""
        heard = await self._recall(call, identity)
        self._left -= 1
        if self._left == 0:
            self.begun.set()
        return heard


async def test_a_test_that_is_stopped_sends_nothing_more() -> None:
    """Of the calls that two rows wait with, those that have gone out come to their end, and the others are not sent."""
    held, sent = asyncio.Event(), asyncio.Event()
    slow = (*GOOD[:2], held, *GOOD[2:])
    world = await _world(slow, slow, GOOD)

    def on_call() -> None:
        if len(world.player.requests) == 1:  # the second comes now
            sent.set()

    world.player.on_call = on_call
    run = await kept(world, jobs=2)
    beginning = Beginning(run.world.ask, 4)
    template = load(VOTES)
    answers = LiveAnswers(replace(run.world, ask=beginning), 1, picture)
    examination = Examination(template, template.tests[0], answers)
    rows: list[Row] = [{"q": str(number)} for number in range(4)]
    async with asyncio.timeout(20):
        examining = asyncio.create_task(examination.examine(rows))
        await asyncio.gather(sent.wait(), beginning.begun.wait())
        examination.stop()
        held.set()
        examined = await examining
    assert (len(world.player.requests), examined.items, examined.error) == (2, (), None)
    assert [call.state for call in await world.log.runs.calls(run.journal.run_id)] == ["complete", "complete"]
