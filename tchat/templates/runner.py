"""Runs a template and tells what happens: the front of everything that makes a run."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from tchat.domain.errors import TemplateError
from tchat.domain.events import FinishReason
from tchat.templates.answering import Refused
from tchat.templates.bindings import Bindings, Bound, Record
from tchat.templates.concurrency import Halted
from tchat.templates.format import Template, Value
from tchat.templates.frames import Frame, Guard
from tchat.templates.happening import RunDone, RunEvent
from tchat.templates.rendering import Renderer
from tchat.templates.stepping import Scene, Stepper
from tchat.templates.world import World


def check_programs(template: Template, *, may_run: bool) -> None:
    """Make sure that a template runs no programs, or may do so.

    Raises:
        TemplateError: it may not.
    """
    if template.runs_commands and not may_run:
        raise TemplateError(
            f"{template.file} runs programs on this machine", hint="read it, and allow it with --allow-commands"
        )


class Run:
    """One run of a template.

    Args:
        template: what runs.
        inputs: a value for each of its inputs.
        world: models, time, and what else it takes from outside.
    """

    def __init__(self, template: Template, inputs: Mapping[str, Value], world: World) -> None:
        self._template = template
        self._inputs = inputs
        self._world = world
        self._happened: asyncio.Queue[RunEvent | None] = asyncio.Queue()
        self._stepper = Stepper(world, self._happened.put_nowait)
        self._is_stopped = False

    @property
    def under_way(self) -> int:
        """How many calls have gone out and are not over."""
        return self._stepper.under_way

    def stop(self) -> None:
        """Send nothing more: the calls under way come to their end, and then the events end without `RunDone`."""
        self._is_stopped = True
        self._stepper.halt()

    async def events(self) -> AsyncGenerator[RunEvent]:
        """Run, once, and yield what happens; the last event is `RunDone`. Close the generator to drop everything.

        A reply that was cut at its greatest length counts as far as it goes, if its answer can be read. After a reply
        that was refused or filtered no further step runs, since it would be asked about a refusal.

        Raises:
            TemplateError: a text cannot be rendered with these values, or programs may not run.
            CheckFailed: an answer is not what was asked for, however often it was asked.
            BudgetExceeded: the next call would pass a limit, and was not sent.
            TchatError: a model gave no reply. Whatever ends a run, calls under way come to their end first.
        """
        check_programs(self._template, may_run=self._world.run_program is not None)
        running = asyncio.create_task(self._run())
        running.add_done_callback(lambda _: self._happened.put_nowait(None))
        try:
            while (event := await self._happened.get()) is not None:
                yield event
            running.result()
        finally:
            if not running.done():
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def _run(self) -> None:
        try:
            bound, text = await self._stepper.run_template(self._scene())
        except Refused as refusal:
            self._happened.put_nowait(
                RunDone(text=refusal.heard.text, value=refusal.heard.text, finish=refusal.heard.finish)
            )
        except Halted:
            if not self._is_stopped:
                raise
        else:
            self._happened.put_nowait(RunDone(text=text, value=bound.value, finish=_finish(bound)))

    def _scene(self) -> Scene:
        frame = Frame(
            template=self._template,
            renderer=Renderer(self._template.file),
            guards=(Guard(self._template, self._world.clock, self._world.spent("")),),
        )
        today = self._world.today.isoformat()
        return Scene(frame=frame, bindings=Bindings.of({**self._inputs, "today": today}), place="")


def _finish(bound: Bound) -> FinishReason | None:
    return bound.record.finish if isinstance(bound.record, Record) else None
