"""Runs a template: its steps in the file's order, each rendered, asked and kept as a value for those below it."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import date
from typing import Any, Protocol, assert_never

from msgspec import Struct

from tchat.domain.errors import BudgetExceeded, TemplateError
from tchat.domain.events import Finished, FinishReason, TextDelta, TurnEvent
from tchat.domain.message import ImagePart, Message, assistant, user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Settings
from tchat.templates.format import PromptStep, Step, Template, TextStep, Value
from tchat.templates.naming import quoted
from tchat.templates.rendering import Renderer


class StepCall(Struct, frozen=True, kw_only=True):
    """What one step asks of a model."""

    step: str
    model: str | None
    """A model or an alias; None for the user's choice."""
    system: str | None
    settings: Settings
    messages: tuple[Message, ...]
    """Examples as alternating turns, then the prompt; of a step that continues, the prompt only."""
    continues: str | None
    """The step whose conversation goes on, with the examples that it began with; None begins a new one."""


class Ask(Protocol):
    """What a run needs of the engine."""

    def facts(self, model: str | None) -> ModelFacts:
        """Return what is known of the model that answers a call for `model`.

        Raises:
            TchatError: there is no such model.
        """
        ...

    def ask(self, call: StepCall) -> AsyncGenerator[TurnEvent]:
        """Ask, and yield what happens; closing the generator stops the reply.

        Raises:
            TchatError: there is no complete reply.
        """
        ...


class StepStarted(Struct, frozen=True, kw_only=True, tag="step_started"):
    """A step begins."""

    step: str
    index: int
    """From 1."""
    of: int
    """How many steps the template has."""
    text: str
    """The rendered prompt, or the text of a step that only renders."""


class StepTurn(Struct, frozen=True, kw_only=True, tag="step_turn"):
    """Something happened in the turn of a step."""

    step: str
    event: TurnEvent


class StepDone(Struct, frozen=True, kw_only=True, tag="step_done"):
    """A step has its value."""

    step: str
    text: str
    finish: FinishReason | None = None
    """How its reply ended; None for a step that only renders."""


class RunDone(Struct, frozen=True, kw_only=True, tag="run_done"):
    """The run is over."""

    text: str
    """The output; after a refusal, what the model said instead."""
    finish: FinishReason | None = None
    """How the last reply ended. `refused` and `filtered` end a run, whatever steps are left; None without a call."""


RunEvent = StepStarted | StepTurn | StepDone | RunDone


async def run(
    template: Template,
    inputs: Mapping[str, Value],
    *,
    ask: Ask,
    today: date,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[RunEvent]:
    """Run `template` and yield what happens; the last event is `RunDone`.

    A reply that was cut at its greatest length counts as far as it goes, and its `StepDone` says so. After a reply
    that was refused or filtered no further step runs, since it would be asked about a refusal. Close the generator to
    stop the run.

    Raises:
        TemplateError: a text cannot be rendered with these values.
        BudgetExceeded: the next call would pass a limit of the template, and was not sent.
        TchatError: what `ask` raised; no further step runs.
    """
    steps = _Run(template, inputs, ask=ask, today=today, clock=clock)
    async with aclosing(steps.events()) as events:
        async for event in events:
            yield event


class _Run:
    """One run: the values so far, and the limits."""

    def __init__(
        self,
        template: Template,
        inputs: Mapping[str, Value],
        *,
        ask: Ask,
        today: date,
        clock: Callable[[], float],
    ) -> None:
        self._template = template
        self._ask = ask
        self._renderer = Renderer(template.file)
        self._values: dict[str, Value] = {**inputs, "today": today.isoformat()}
        self._clock = clock
        self._began = clock()
        self._calls = 0
        self._text = ""
        self._finish: FinishReason | None = None

    async def events(self) -> AsyncGenerator[RunEvent]:
        """Run every step, one after the other."""
        for index, step in enumerate(self._template.steps, 1):
            async with aclosing(self._step(step, index)) as events:
                async for event in events:
                    yield event
            self._values[step.name] = self._text
            if self._finish in ("refused", "filtered"):
                break
        else:
            if self._template.output is not None:
                self._text = self._renderer.render(self._template.output, self._values)
        yield RunDone(text=self._text, finish=self._finish)

    async def _step(self, step: Step, index: int) -> AsyncGenerator[RunEvent]:
        match step:
            case PromptStep():
                async with aclosing(self._prompt_step(step, index)) as events:
                    async for event in events:
                        yield event
            case TextStep():
                self._text = self._renderer.render(step.text, self._values)
                yield self._started(step, index, self._text)
                yield StepDone(step=step.name, text=self._text)
            case _:
                assert_never(step)

    async def _prompt_step(self, step: PromptStep, index: int) -> AsyncGenerator[RunEvent]:
        call = self._call(step)
        yield self._started(step, index, call.messages[-1].text)
        self._check_limits(step)
        self._calls += 1
        deltas: list[str] = []
        finish: FinishReason | None = None
        async with aclosing(self._ask.ask(call)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    deltas.append(event.text)
                elif isinstance(event, Finished):
                    finish = event.reason
                yield StepTurn(step=step.name, event=event)
        self._text, self._finish = "".join(deltas), finish
        yield StepDone(step=step.name, text=self._text, finish=finish)

    def _started(self, step: Step, index: int, text: str) -> StepStarted:
        return StepStarted(step=step.name, index=index, of=len(self._template.steps), text=text)

    def _call(self, step: PromptStep) -> StepCall:
        model = self._renderer.render(step.call.model, self._values).strip() if step.call.model else None
        values = {**self._values, "model": _described(self._ask.facts(model or None))}
        prompt = self._renderer.render(step.prompt, values)
        if not prompt.strip():
            place = f"{self._template.file}:{step.prompt.line(1)}"
            raise TemplateError(f"{place}: the prompt of {quoted(step.name)} is empty with these inputs")
        system = self._renderer.render(step.call.system, values) if step.call.system else ""
        examples = [
            message
            for example in step.examples
            for message in (
                user(self._renderer.render(example.user, values)),
                assistant(self._renderer.render(example.assistant, values)),
            )
        ]
        images = [value for name in step.call.images if isinstance(value := self._values.get(name), ImagePart)]
        return StepCall(
            step=step.name,
            model=model or None,
            system=system if system.strip() else None,
            settings=step.call.settings,
            messages=(*examples, user(prompt, *images)),
            continues=step.continues,
        )

    def _check_limits(self, step: PromptStep) -> None:
        limits, file = self._template.limits, self._template.file
        if limits.max_calls is not None and self._calls >= limits.max_calls:
            raise BudgetExceeded(
                f"{file}: step {quoted(step.name)} is call {self._calls + 1}, and max_calls is {limits.max_calls}",
                hint="raise max_calls under [limits]",
            )
        if limits.max_seconds is not None and self._clock() - self._began >= limits.max_seconds:
            raise BudgetExceeded(
                f"{file}: step {quoted(step.name)} would begin after max_seconds ({limits.max_seconds:g})",
                hint="raise max_seconds under [limits]",
            )


def _described(facts: ModelFacts) -> dict[str, Any]:
    """Return a model as texts see it."""
    return {"name": facts.name, "provider": facts.provider, "reasons": facts.reasons, "context": facts.window}
