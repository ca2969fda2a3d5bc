"""Puts a run of a template together for every door: models, limits, programs, pictures, and the journal that keeps it.

Law: whatever ends a run, its stored state says so; only a process that dies leaves it `running`.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import AttachmentError, NotFound
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Settings
from tchat.domain.run import NewRun, RunState, StoredCall, StoredRun
from tchat.engine.session import Engine
from tchat.media.attaching import CLIPBOARD, WEB, on_clipboard
from tchat.media.attachment import Source, attach, read_file
from tchat.media.fetching import fetch
from tchat.runtime import Runtime
from tchat.store.conversations import Conversations
from tchat.templates.asking import Journal, Models, RunConversation
from tchat.templates.format import Picture, Template, Value
from tchat.templates.happening import RunDone, RunEvent
from tchat.templates.inputs import Attach
from tchat.templates.plan import Plan, plan
from tchat.templates.programs import ProgramRunner
from tchat.templates.runner import Run, check_programs
from tchat.templates.values import empty
from tchat.templates.weighing import PlanWorld
from tchat.templates.world import JOBS, PreparePicture, World
from tchat.threads import in_background


class RunRequest(Struct, frozen=True, kw_only=True):
    """What is to run, and how."""

    template: Template
    inputs: Mapping[str, Value]
    file: Path | None = None
    """The template's file, so that the run can be taken up again by its id alone."""
    model: str | None = None
    """What the user has chosen: a model or an alias; None for the default."""
    settings: Settings = Settings()
    """Where a step leaves them open."""
    jobs: int = JOBS
    max_cost: float | None = None
    """US dollars, beside the limits of the template and of the configuration."""
    allows_commands: bool = False
    given: Mapping[str, Value] = {}
    """Values at places of steps and items, which are then not run."""
    resumed: StoredRun | None = None
    """The run that is taken up again; None begins a new one."""


class StartedRun:
    """A run that is stored and can be followed.

    Args:
        store: where it is kept.
        run_id: its id.
        run: what runs.
        earlier: the calls of earlier attempts at it.
    """

    def __init__(self, store: Conversations, run_id: str, run: Run, earlier: tuple[StoredCall, ...]) -> None:
        self._store = store
        self.run_id = run_id
        self.run = run
        """Its `stop` begins nothing more."""
        self.earlier = earlier

    @property
    def perhaps_billed(self) -> tuple[StoredCall, ...]:
        """The calls of earlier attempts that were sent and never came to their end."""
        return tuple(call for call in self.earlier if call.is_perhaps_billed)

    async def events(self) -> AsyncGenerator[RunEvent]:
        """Run, once, and yield what happens; see `Run.events`. Close the generator to drop everything."""
        done: RunDone | None = None
        state: RunState = "failed"
        try:
            async with aclosing(self.run.events()) as events:
                async for event in events:
                    if isinstance(event, RunDone):
                        done = event
                    yield event
            state = "stopped"
        except (GeneratorExit, asyncio.CancelledError):
            state = "stopped"
            raise
        finally:
            if done is not None:
                state = "failed" if done.finish in ("refused", "filtered") else "done"
            await asyncio.shield(self._store.runs.end(self.run_id, state))

    async def calls(self) -> tuple[StoredCall, ...]:
        """Return every call of the run, those of earlier attempts included."""
        return await self._store.runs.calls(self.run_id)


async def start(runtime: Runtime, wanted: RunRequest) -> StartedRun:
    """Store that a run begins, or goes on, and return it; nothing is asked before its events are.

    Raises:
        TemplateError: it runs programs, which it may not.
        UsageError: another process is running it.
        StoreError: the database cannot be used.
    """
    check_programs(wanted.template, may_run=wanted.allows_commands)
    store = await runtime.store()
    new = NewRun(
        template=wanted.template.name,
        file=str(wanted.file.resolve()) if wanted.file else None,
        digest=wanted.template.digest,
        inputs=cast("dict[str, Any]", msgspec.to_builtins(dict(wanted.inputs))),
        model=wanted.model,
        settings=wanted.settings,
    )
    run_id, conversation_id, earlier = await begin_or_resume(store, new, wanted.resumed)
    template = wanted.template

    async def begin_conversation() -> str:
        return await store.create(title=template.title or template.name or template.file, source=template.name or None)

    journal = Journal(
        run_id=run_id,
        begin_conversation=begin_conversation,
        conversation_id=conversation_id,
        calls=earlier,
        reply=store.message,
    )
    models = models_of(runtime, wanted.model, wanted.settings)
    engine = await runtime.engine(max_cost=wanted.max_cost)
    engine = Engine(replace(engine.surroundings, facts=models.facts))
    conversation = RunConversation(engine, models, journal)
    world = World(
        ask=conversation,
        today=dt.datetime.now().astimezone().date(),
        jobs=wanted.jobs,
        run_program=ProgramRunner(runtime.environ) if wanted.allows_commands else None,
        prepare_picture=picture_preparer(runtime),
        given=wanted.given,
        attach=attach_picture(runtime),
    )
    return StartedRun(store, run_id, Run(template, wanted.inputs, world), earlier)


def models_of(runtime: Runtime, model: str | None, settings: Settings) -> Models:
    """Return which models answer where a template leaves it open; what is known of them is looked up once."""
    refs: dict[str | None, ModelRef] = {}
    facts: dict[ModelRef, ModelFacts] = {}

    def resolve(name: str | None) -> ModelRef:
        found = refs.get(name)
        if found is None:
            found = refs[name] = runtime.resolve(model if name is None else name, fallback=model)
        return found

    def facts_of(ref: ModelRef) -> ModelFacts:
        is_final, found = runtime.prices.is_ready, facts.get(ref)
        if found is None:
            found = runtime.facts(ref)
            if is_final or found.price is not None:
                facts[ref] = found
        return found

    return Models(resolve=resolve, facts=facts_of, settings=settings, system=runtime.config.system)


def plan_of(runtime: Runtime, template: Template, inputs: Mapping[str, Value], models: Models, attach: Attach) -> Plan:
    """Return what a run would ask; it may take a second to find prices, so a thread is the place for it.

    Raises:
        TchatError: there is no such model, or the template cannot be planned with these values.
    """
    world = PlanWorld(
        facts=lambda name: runtime.priced_now(models.facts(models.resolve(name))),
        today=dt.datetime.now().astimezone().date(),
        attach=attach,
        settings=models.settings,
        system=models.system,
    )
    return plan(template, inputs, world)


def attach_picture(runtime: Runtime, read: Callable[[str], Source] = read_file) -> Attach:
    """Return what takes in the pictures of inputs, by the names that `read` knows: paths, unless it says otherwise."""
    return lambda name: _picture(runtime, read(name))


def read_named(runtime: Runtime, name: str) -> Source:
    """Return what a file, an address or the clipboard holds; it may take its time, in a thread without an event loop.

    Raises:
        AttachmentError: it cannot be had.
    """
    if name.startswith(WEB):
        return asyncio.run(fetch(name, runtime.fetching))
    return on_clipboard(runtime.environ) if name == CLIPBOARD else read_file(name)


def picture_preparer(runtime: Runtime) -> PreparePicture:
    """Return what scales pictures and draws grids over them; each is made once a run, in the background."""
    made: dict[tuple[str, Picture], ImagePart] = {}
    making: dict[tuple[str, Picture], asyncio.Lock] = {}

    async def prepare(part: ImagePart, wanted: Picture) -> ImagePart:
        from tchat.media.marking import mark

        def made_anew() -> ImagePart:
            data, name = runtime.blobs.get(part.digest), part.name or wanted.source
            marked = mark(data, name, grid=wanted.grid, max_side=wanted.max_side)
            return _picture(runtime, Source(marked, name))

        key = (part.digest, wanted)
        async with making.setdefault(key, asyncio.Lock()):
            if key not in made:
                made[key] = await in_background(made_anew)
            return made[key]

    return prepare


def _picture(runtime: Runtime, source: Source) -> ImagePart:
    part = attach(source, runtime.blobs)
    if not isinstance(part, ImagePart):
        raise AttachmentError(f"{source.name} is not a picture")
    return part


def stored_inputs(template: Template, stored: StoredRun) -> dict[str, Value]:
    """Return the inputs of a stored run that the template still has, pictures as such; empty ones are left out."""
    values: dict[str, Value] = {}
    for spec in template.inputs:
        value = stored.new.inputs.get(spec.name)
        is_left_out = not spec.required and spec.default is None and value == empty(spec)
        if value is not None and not is_left_out:
            is_picture = spec.type == "image" and isinstance(value, dict)
            values[spec.name] = msgspec.convert(value, ImagePart) if is_picture else value
    return values


async def begin_or_resume(
    store: Conversations, new: NewRun, resumed: StoredRun | None
) -> tuple[str, str | None, tuple[StoredCall, ...]]:
    """Return the id of the run, the conversation of its calls if that is still there, and the calls."""
    if resumed is None:
        return await store.runs.begin(new), None, ()
    await store.runs.resume(resumed.id, new)
    calls = await store.runs.calls(resumed.id)
    if resumed.conversation_id is None:
        return resumed.id, None, calls
    try:
        await store.conversation(resumed.conversation_id)
    except NotFound:
        return resumed.id, None, calls
    return resumed.id, resumed.conversation_id, calls
