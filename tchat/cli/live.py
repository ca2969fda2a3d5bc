"""Tests on data against a model: every call is stored, so that a test that was stopped goes on where it was."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from msgspec.structs import replace

from tchat.cli.examining import Progress, Task, followed
from tchat.cli.exit_codes import DONE, INTERRUPTED, code_of
from tchat.cli.narration import say, say_error
from tchat.cli.options import settings_from
from tchat.cli.run_inputs import Person
from tchat.cli.run_template import find_run
from tchat.cli.showing import run_async
from tchat.cli.testing import Options
from tchat.cli.verdicts import Measured, Verdicts
from tchat.domain.errors import UsageError
from tchat.domain.events import TurnEvent
from tchat.domain.figures import dollars
from tchat.domain.model import ModelFacts
from tchat.domain.run import NewRun, RunState, StoredRun
from tchat.running import attach_picture, begin_or_resume, models_of, plan_of
from tchat.runtime import Runtime
from tchat.store.conversations import Conversations
from tchat.templates.asking import Journal, RunConversation
from tchat.templates.datasets import Row
from tchat.templates.examining import Examination, Examined, seated
from tchat.templates.inputs import fill_plain
from tchat.templates.programs import ProgramRunner
from tchat.templates.reporting import report
from tchat.templates.world import JOBS, Ask, Heard, Identity, StepCall, World

_SEEDS = 10_000
"""How far apart the seeds of the attempts at one row are."""


class LiveAnswers:
    """A model answers.

    Args:
        world: what every run takes from outside; its `ask` is that of the whole test.
        repeat: how often each row is run.
    """

    def __init__(self, world: World, repeat: int) -> None:
        self._world = world
        self._repeat = repeat
        self._slots = asyncio.Semaphore(world.jobs)

    @property
    def jobs(self) -> int:
        """How many runs may go on side by side: as many as calls."""
        return self._world.jobs

    def attempts(self, row: Row) -> int:  # noqa: ARG002  # every row alike
        """Return how often each row is run."""
        return self._repeat

    def twin(self, row: Row, attempt: int) -> int:  # noqa: ARG002  # a model may answer otherwise each time
        """Return the attempt itself."""
        return attempt

    def world(self, row: Row, number: int, attempt: int) -> World:  # noqa: ARG002  # every row alike
        """Return what a run takes from outside: its calls stand at the place of its row."""
        place = f"rows[{number}]#{attempt}/" if self._repeat > 1 else f"rows[{number}]/"
        return replace(self._world, ask=_AtRow(self._world.ask, place, self._slots, (attempt - 1) * _SEEDS))


class _AtRow:
    """Asks for one run of a test."""

    def __init__(self, ask: Ask, place: str, slots: asyncio.Semaphore, seed: int) -> None:
        self._ask = ask
        self._place = place
        self._slots = slots
        self._seed = seed

    def facts(self, model: str | None) -> ModelFacts:
        """Return what is known of a model."""
        return self._ask.facts(model)

    def identify(self, call: StepCall) -> Identity:
        """Return what makes a call the same call in another attempt at the test."""
        return self._ask.identify(self._placed(call))

    async def recall(self, call: StepCall, identity: Identity) -> Heard | None:
        """Return the reply that an earlier attempt at the test had."""
        return await self._ask.recall(self._placed(call), identity)

    async def ask(self, call: StepCall, identity: Identity) -> AsyncGenerator[TurnEvent]:
        """Ask as soon as there is room."""
        async with self._slots, aclosing(self._ask.ask(self._placed(call), identity)) as events:
            async for event in events:
                yield event

    def _placed(self, call: StepCall) -> StepCall:
        settings = call.settings
        if settings.seed is not None and self._seed:
            settings = replace(settings, seed=settings.seed + self._seed)
        return replace(call, place=self._place + call.place, settings=settings, sample=call.sample + self._seed)


def run_live(tasks: Sequence[Task], options: Options) -> Verdicts:
    """Run tests against a model, one after the other, and return what came of them; each is kept as one run.

    Raises:
        UsageError: the run to go on with is none of these tests.
        TchatError: a test cannot begin.
    """
    runtime = Runtime.open()
    resumed = asyncio.run(find_run(options.resume, of_test=True)) if options.resume is not None else None
    live = _Live(runtime, options, resumed)
    if not live.is_agreed(tasks):
        return Verdicts(code=INTERRUPTED)
    code = run_async(live.run(tasks), runtime)
    return Verdicts(measured=tuple(live.measured), code=code)


class _Live:
    """Tests against a model.

    Args:
        runtime: what is open.
        options: the options of the command.
        resumed: the run to go on with; its model and settings hold unless the options name others.
    """

    def __init__(self, runtime: Runtime, options: Options, resumed: StoredRun | None) -> None:
        self._runtime = runtime
        self._options = options
        self._resumed = resumed
        self._model = options.model or (resumed.new.model if resumed else None)
        keeps = resumed is not None and not options.options and options.effort is None
        given = settings_from(options.options, options.effort or runtime.config.effort)
        self._settings = resumed.new.settings if resumed and keeps else given
        self.measured: list[Measured] = []
        """What has been done."""

    def is_agreed(self, tasks: Sequence[Task]) -> bool:
        """Whether the tests may cost what they are expected to; who says `--max-cost` has said what they may."""
        person = Person.at_terminal()
        if person is None or self._options.max_cost is not None:
            return True
        costs = [self._expected(task) for task in tasks]
        cost = None if None in costs else sum(cost for cost in costs if cost is not None)
        if cost is None or cost <= self._runtime.config.confirm_above:
            return True
        what = "test" if len(tasks) == 1 else f"{len(tasks)} tests"
        return person.agrees(f"about {dollars(cost)}, as the first row has it: run the {what}?")

    def _expected(self, task: Task) -> float | None:
        """Return what a test is expected to cost, in US dollars: every row as much as the first."""
        rows = task.rows(self._options)
        if not rows:
            return 0.0
        seat = seated(task.template, task.case, rows[0])
        attach = attach_picture(self._runtime)
        inputs = fill_plain(task.template, seat.values, attach)
        models = models_of(self._runtime, self._model, self._settings)
        planned = plan_of(self._runtime, task.template, inputs, models, attach)
        return None if planned.cost.expected is None else planned.cost.expected * len(rows) * self._repeat(task)

    def _repeat(self, task: Task) -> int:
        return self._options.repeat or task.case.repeat or 1

    async def run(self, tasks: Sequence[Task]) -> int:
        """Run all tests, or as many as it takes until one is stopped, and return the exit code."""
        store = await self._runtime.store()
        resumed = self._resumed
        if resumed is not None and resumed.new.template not in [task.label for task in tasks]:
            raise UsageError(
                f"the run {resumed.id} is not of a test that is to run here", hint=f"it is {resumed.new.template!r}"
            )
        by = str(self._runtime.resolve(self._model))
        labels = [task.label for task in tasks]
        for task in tasks[labels.index(resumed.new.template) if resumed else 0 :]:
            code = await self._run(store, task, resumed if resumed and resumed.new.template == task.label else None, by)
            if code != DONE:
                return code
        return DONE

    async def _run(self, store: Conversations, task: Task, resumed: StoredRun | None, by: str) -> int:
        rows = task.rows(self._options)
        new = NewRun(
            template=task.label,
            file=None,  # it is no run of the template alone
            digest=task.template.digest,
            inputs={"test": task.case.name, "file": str(task.path)},
            model=self._model,
            settings=self._settings,
            test=task.case.name,
        )
        run_id, conversation_id, calls = await begin_or_resume(store, new, resumed)

        async def begin_conversation() -> str:
            return await store.create(title=task.label, source=task.template.name or None)

        journal = Journal(
            run_id=run_id,
            begin_conversation=begin_conversation,
            conversation_id=conversation_id,
            calls=calls,
            reply=store.message,
        )
        state: RunState = "failed"
        try:
            answers = LiveAnswers(await self._world(journal), self._repeat(task))
            progress = Progress(task.case.name)
            examination = Examination(task.template, task.case, answers, progress.take)
            try:
                examined, is_stopped = await followed(examination, rows)
            finally:
                progress.close()
            state = "stopped" if is_stopped else "failed" if examined.error else "done"
        except asyncio.CancelledError:
            state = "stopped"
            raise
        finally:
            await asyncio.shield(store.runs.end(run_id, state))
        self.measured.append(Measured(by=by, is_live=True, examined=examined, report=report(examined), run_id=run_id))
        return self._told(examined, run_id, is_stopped=is_stopped)

    async def _world(self, journal: Journal) -> World:
        models = models_of(self._runtime, self._model, self._settings)
        engine = await self._runtime.engine(max_cost=self._options.max_cost)
        return World(
            ask=RunConversation(engine, models, journal),
            today=dt.datetime.now().astimezone().date(),
            jobs=self._options.jobs or JOBS,
            run_program=ProgramRunner(self._runtime.environ) if self._options.allow_commands else None,
            attach=attach_picture(self._runtime),
        )

    def _told(self, examined: Examined, run_id: str, *, is_stopped: bool) -> int:
        """Tell what ended a test early, and return the exit code."""
        if examined.error is None and not is_stopped:
            return DONE
        if examined.error is not None:
            say_error(examined.error.message, examined.error.hint)
        say(f"what was answered is kept; the same command with --resume {run_id} goes on")
        return INTERRUPTED if examined.error is None else code_of(examined.error)
