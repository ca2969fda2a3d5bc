"""Runs steps: those whose needs are met side by side, each for its items, rounds and samples."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import TchatError, TemplateError
from tchat.templates.answering import Answerer, Refused, settled
from tchat.templates.bindings import Bindings, Bound, Record, added, records_of, usage_of
from tchat.templates.calling import Caller
from tchat.templates.choosing import Chooser, by_hand
from tchat.templates.concurrency import Halted, settle, spread
from tchat.templates.filters import shown
from tchat.templates.format import Command, Count, Do, Each, Evaluate, Loop, Prompt, Render, Sampling, Step, Use, Value
from tchat.templates.frames import Frame, Guard, Scene
from tchat.templates.graph import continued, needed
from tchat.templates.happening import AnswerFound, RunEvent, StepDone, StepSkipped, StepStarted
from tchat.templates.inputs import fill_plain
from tchat.templates.naming import quoted
from tchat.templates.rendering import Renderer
from tchat.templates.world import World

T = TypeVar("T")
MOST_ITEMS = 100
"""Items that a `for_each` without a limit may have: more would be paid for before anyone looks."""


class Ran(Struct, frozen=True, kw_only=True):
    """What became of some steps."""

    bound: dict[str, Bound]
    """Every step, in their order; one that was skipped is null, or what it was in the round before."""
    last: str | None
    """The last one that was not skipped."""


class Stepper:
    """Runs the steps of one run.

    Args:
        world: what the run takes from outside.
        post: takes what happens.
    """

    def __init__(self, world: World, post: Callable[[RunEvent], None]) -> None:
        self._world = world
        self._post = post
        self._is_halted = False
        caller = Caller(world, post, lambda: self._is_halted, self.halt)
        self._answerer = Answerer(world, caller)
        self._chooser = Chooser(world, caller)

    def halt(self) -> None:
        """Begin nothing more; what is under way comes to its end."""
        self._is_halted = True

    async def run_steps(self, scene: Scene, steps: Sequence[Step], before: Mapping[str, Bound]) -> Ran:
        """Run steps, each as soon as those that it needs are done.

        Args:
            scene: around the steps; its place is what theirs begin with.
            steps: from first to last.
            before: what their names were in the round before, if there was one.

        Raises:
            Halted: the run has failed elsewhere, or was stopped.
            Refused: a model refuses.
            TchatError: a step cannot be done; what was under way has come to its end.
        """
        made: dict[str, Bound] = {}
        skipped: set[str] = set()
        tasks: dict[str, asyncio.Task[None]] = {}

        async def go(step: Step, above: Sequence[str], waits: Sequence["asyncio.Task[None]"]) -> None:
            if waits:
                await asyncio.wait(waits)
            if self._is_halted or any(task.cancelled() or task.exception() for task in waits):
                raise Halted
            seen = {**before, **{name: made[name] for name in above if name in made}}
            at = scene.at(step.name, bindings=Bindings(seen, scene.bindings))
            bound = await self._or_halt(self._step(at, step))
            if bound is None:
                skipped.add(step.name)
                bound = before.get(step.name, Bound(value=None, record=Record()))
            made[step.name] = bound

        names = [step.name for step in steps]
        for index, step in enumerate(steps):
            needs = needed(step)
            waits = [tasks[name] for name in names[:index] if name in needs]
            tasks[step.name] = asyncio.create_task(go(step, names[:index], waits))
        await settle(tasks.values())
        last = next((name for name in reversed(names) if name not in skipped), None)
        return Ran(bound={name: made[name] for name in names}, last=last)

    async def _or_halt(self, work: Awaitable[T]) -> T:
        """Do a part of the run; where it fails, nothing more begins."""
        try:
            return await work
        except (TchatError, Refused):
            self.halt()
            raise

    async def _step(self, scene: Scene, step: Step) -> Bound | None:
        """Return what a step is; None if its `when` does not hold."""
        given = self._world.given
        if scene.place in given and step.name not in continued(scene.frame.template.steps):
            return _by_hand(step, given[scene.place])
        if step.when is not None and not scene.frame.renderer.evaluate(step.when, scene.bindings):
            kept = scene.bindings.find(step.name)
            self._post(StepSkipped(place=scene.place, step=step.name, value=kept.value if kept else None))
            return None
        if step.each is not None:
            bound = await self._each(scene, step, step.each)
        else:
            self._started(scene, step)
            bound = await self._looped(scene, step)
        if scene.place in given:
            bound = by_hand(given[scene.place], bound.spoken)
        self._finished(scene, step, bound)
        return bound

    # --- items

    async def _each(self, scene: Scene, step: Step, each: Each) -> Bound:
        items, note = self._items(scene, step, each)
        self._started(scene, step, items=len(items), note=note)
        done: list[Value] = []

        async def one(index: int) -> Bound:
            if self._is_halted:
                raise Halted
            given: dict[str, Value] = {each.name: items[index], "index": index + 1}
            if each.serial:
                given["done"] = list(done)
            at = scene.at(f"[{index + 1}]", bindings=Bindings.of(given, scene.bindings))
            is_given = at.place in self._world.given
            bound = by_hand(self._world.given[at.place]) if is_given else await self._or_halt(self._looped(at, step))
            if each.serial:
                done.append({each.name: items[index], "value": bound.value})
            self._post(AnswerFound(place=at.place, value=bound.value))
            return bound

        bounds = await spread(len(items), 1 if each.serial else self._world.jobs, one)
        records = tuple(bound.record for bound in bounds if isinstance(bound.record, Record))
        return Bound(value=[bound.value for bound in bounds], record=records)

    def _items(self, scene: Scene, step: Step, each: Each) -> tuple[list[Value], str | None]:
        """Return the items, and what there is to say of those that are left out."""
        value = scene.frame.renderer.evaluate(each.items, scene.bindings)
        place = f"{scene.frame.file}:{each.items.line(1)}"
        if not isinstance(value, list):
            raise TemplateError(f"{place}: for_each of {quoted(step.name)} is no list")
        if each.limit is not None:
            limit = self._count(scene, each.limit)
            return value[:limit], f"the first {limit} of {len(value)} items" if len(value) > limit else None
        if len(value) > MOST_ITEMS:
            raise TemplateError(
                f"{place}: for_each of {quoted(step.name)} has {len(value)} items",
                hint=f"over {MOST_ITEMS} items need a limit: set `limit = {len(value)}` if all of them are meant",
            )
        return value, None

    # --- rounds

    async def _looped(self, scene: Scene, step: Step) -> Bound:
        if step.loop is None:
            return await self._sampled(scene, step)
        loop = step.loop
        names: dict[str, Bound] = {
            name: Bound(value=scene.frame.renderer.fill(pattern, scene.bindings))
            for name, pattern in loop.start.items()
        }
        rounds, bounds = self._count(scene, loop.rounds), list[Bound]()
        for number in range(1, rounds + 1):
            at = scene.at(f"@{number}", bindings=Bindings(dict(names), scene.bindings))
            bound = await self._round(at, step, names)
            bounds.append(bound)
            if self._is_over(scene, loop, names):
                break
        return _last_round(bounds) if bounds else Bound(value=None, record=Record(rounds=0))

    async def _round(self, scene: Scene, step: Step, names: dict[str, Bound]) -> Bound:
        """Run one round and leave what its names are now in `names`."""
        if isinstance(step.deed, Do) and step.sampling is None:
            ran = await self.run_steps(scene.at("/"), step.deed.steps, dict(names))
            names.update(ran.bound)
            judged = await self._answerer.judge(scene, step, _whole(list(ran.bound.values())))
            return settled(scene.frame, step, judged)
        bound = await self._sampled(scene, step)
        names[step.name] = bound
        return bound

    def _is_over(self, scene: Scene, loop: Loop, names: Mapping[str, Bound]) -> bool:
        return loop.until is not None and bool(
            scene.frame.renderer.evaluate(loop.until, Bindings(dict(names), scene.bindings))
        )

    # --- samples

    async def _sampled(self, scene: Scene, step: Step) -> Bound:
        sampling = step.sampling
        if sampling is None:
            return settled(scene.frame, step, await self._deed(scene, step))

        count = self._count(scene, sampling.count)

        async def one(index: int) -> Bound:
            if self._is_halted:
                raise Halted
            at = scene.at(f"#{index + 1}", sample=scene.sample * count + index)
            bound = await self._or_halt(self._deed(at, step))
            self._post(AnswerFound(place=at.place, value=bound.value))
            return bound

        drawn = await spread(count, self._world.jobs, one)
        return settled(scene.frame, step, await self._chooser.choose(scene, step, sampling, drawn))

    # --- deeds

    async def _deed(self, scene: Scene, step: Step) -> Bound:
        renderer, names = scene.frame.renderer, scene.bindings
        match step.deed:
            case Prompt() as deed:
                return await self._answerer.ask(scene, step, deed)
            case Command() as deed:
                return await self._answerer.run(scene, step, deed)
            case Render(template):
                text = renderer.render(template, names)
                bound = Bound(value=text, record=Record(text=text, samples=(text,)))
            case Evaluate(expression):
                value = renderer.evaluate(expression, names)
                bound = Bound(value=value, record=Record(text=shown(value), samples=(value,)))
            case Do(steps):
                ran = await self.run_steps(scene.at("/"), steps, {})
                bound = _whole(list(ran.bound.values()))
            case Use() as deed:
                bound = await self._use(scene, step, deed)
            case _:
                assert_never(step.deed)
        return await self._answerer.judge(scene, step, bound)

    async def _use(self, scene: Scene, step: Step, deed: Use) -> Bound:
        """Run another template in this one's place."""
        outer, template = scene.frame, deed.template
        frame = Frame(
            template=template,
            renderer=Renderer(template.file),
            guards=(*outer.guards, Guard(template, self._world.clock)),
            users=(*outer.users, step.name),
        )
        given = {name: outer.renderer.fill(pattern, scene.bindings) for name, pattern in deed.inputs.items()}
        inner = Scene(
            frame=frame,
            bindings=Bindings.of(
                fill_plain(template, given, self._world.attach) | {"today": self._world.today.isoformat()}
            ),
            place=f"{scene.place}/",
            sample=scene.sample,
        )
        return (await self.run_template(inner))[0]

    async def run_template(self, scene: Scene) -> tuple[Bound, str]:
        """Run the steps of the scene's template and return its output, as a value and as a text.

        Raises:
            Halted, Refused, TchatError: see `run_steps`.
        """
        template = scene.frame.template
        ran = await self.run_steps(scene, template.steps, {})
        bounds = list(ran.bound.values())
        value = ran.bound[ran.last].value if ran.last is not None else None
        text = "" if value is None else shown(value)
        if template.output is not None:
            value = text = scene.frame.renderer.render(template.output, Bindings(ran.bound, scene.bindings))
        whole = _whole(bounds)
        record = replace(whole.record, text=text) if isinstance(whole.record, Record) else Record(text=text)
        return Bound(value=value, record=record, spoken=whole.spoken), text

    # --- what is told

    def _count(self, scene: Scene, count: Count) -> int:
        if isinstance(count, int):
            return count
        value = scene.frame.renderer.evaluate(count, scene.bindings)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            place = f"{scene.frame.file}:{count.line(1)}"
            raise TemplateError(f"{place}: {quoted(count.source)} is no whole number from 1 on: {shown(value)}")
        return value

    def _started(self, scene: Scene, step: Step, *, items: int | None = None, note: str | None = None) -> None:
        """Tell that a step begins; how many samples it draws, where that does not wait for its items or rounds."""
        sampling, samples = step.sampling, None
        if isinstance(sampling, Sampling) and (
            isinstance(sampling.count, int) or (step.each is None and step.loop is None)
        ):
            samples = self._count(scene, sampling.count)
        self._post(StepStarted(place=scene.place, step=step.name, items=items, samples=samples, note=note))

    def _finished(self, scene: Scene, step: Step, bound: Bound) -> None:
        record = bound.record if isinstance(bound.record, Record) else Record()
        self._post(
            StepDone(
                place=scene.place,
                step=step.name,
                value=bound.value,
                text=shown(bound.value),
                votes=record.votes,
                share=record.share,
                rounds=record.rounds,
            )
        )


def _by_hand(step: Step, value: Value) -> Bound:
    """Return a step that is not run; of one with items, each is as if it had been put in by itself."""
    if step.each is None or not isinstance(value, list):
        return by_hand(value)
    records = [record for item in value for record in records_of(by_hand(item))]
    return Bound(value=value, record=tuple(records))


def _whole(bounds: Sequence[Bound]) -> Bound:
    """Return several steps as one: the value of the last, what all have taken.

    A value that was missing where it may be is a value here.
    """
    last = bounds[-1]
    record = last.record if isinstance(last.record, Record) else Record()
    record = replace(record, problem=None)
    return Bound(value=last.value, record=_summed(record, bounds), spoken=last.spoken)


def _last_round(bounds: Sequence[Bound]) -> Bound:
    last = bounds[-1]
    record = last.record if isinstance(last.record, Record) else Record()
    return Bound(value=last.value, record=replace(_summed(record, bounds), rounds=len(bounds)), spoken=last.spoken)


def _summed(record: Record, bounds: Sequence[Bound]) -> Record:
    """Return a record that counts what all of `bounds` have taken, and ends as the last reply of them did."""
    finishes = [finish for bound in bounds for each in records_of(bound) if (finish := each.finish) is not None]
    return replace(
        record,
        usage=added([usage_of(bound) for bound in bounds]),
        tries=sum(each.tries for bound in bounds for each in records_of(bound)),
        finish=finishes[-1] if finishes else None,
    )
