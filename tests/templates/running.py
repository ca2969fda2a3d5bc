"""Runs that ask the engine, which asks a player: each is kept, and can be taken up again."""

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.model import ModelRef
from tchat.domain.run import NewRun, StoredRun
from tchat.engine.budget import Budget, Limits
from tchat.engine.session import Engine
from tchat.running import begin_or_resume
from tchat.templates.asking import Journal, Models, RunConversation
from tchat.templates.format import Template
from tchat.templates.runner import Run
from tchat.templates.world import JOBS
from tchat.templates.world import World as RunWorld
from tests.engine.test_session import World
from tests.templates.scripted import picture


class Kept(Struct, frozen=True, kw_only=True):
    """A run that is kept."""

    journal: Journal
    world: RunWorld

    def run(self, template: Template) -> Run:
        """Return the run of a template."""
        return Run(template, {}, self.world)


async def kept(
    world: World, resumed: StoredRun | None = None, *, per_run: float | None = None, jobs: int = JOBS
) -> Kept:
    """Begin a run, or take one up again, with a budget of its own."""
    store = world.log

    async def begin_conversation() -> str:
        return await store.create(title="t", source=None)

    new = NewRun(template="t", file=None, digest="d", inputs={})
    journal = await begin_or_resume(store, new, resumed, begin_conversation)
    budget = Budget(lambda: Limits(per_run=per_run), store.usage)
    engine = Engine(replace(world.engine.surroundings, budget=budget))
    models = Models(resolve=lambda _: ModelRef("played", "m"), facts=engine.surroundings.facts)
    conversation = RunConversation(engine, models, journal)
    asks = RunWorld(
        ask=conversation,
        today=date(2026, 11, 28),
        jobs=jobs,
        spent=conversation.spent,
        prepare_picture=None,
        attach=picture,
    )
    return Kept(journal=journal, world=asks)


async def ended(world: World, run: Kept) -> StoredRun:
    """Store that a run has ended, and return it."""
    await world.log.runs.end(run.journal.run_id, "failed")
    return await world.log.runs.find(run.journal.run_id)
