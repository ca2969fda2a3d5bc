"""A step's answer: asked for, read, checked, and asked for again where it cannot be used."""

from collections.abc import Callable
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import CheckFailed, TchatError, TemplateError, UsageError
from tchat.domain.text import one_line
from tchat.domain.usage import Usage
from tchat.templates.bindings import Bindings, Bound, Record, added
from tchat.templates.calling import Caller
from tchat.templates.checking import Condition, Outcome, problems
from tchat.templates.composing import compose, repaired
from tchat.templates.extracting import Unanswered, extract, split_reasoning
from tchat.templates.filters import shown
from tchat.templates.format import Command, Expression, Prompt, Step, Value
from tchat.templates.frames import Frame, Scene
from tchat.templates.naming import quoted
from tchat.templates.structured import read_structured
from tchat.templates.world import Heard, Printed, ProgramCall, World

_LONGEST = 500
"""Characters of a problem that is told."""


class Refused(Exception):
    """A model refuses, or its reply was filtered: the run ends with what it said instead."""

    def __init__(self, heard: Heard) -> None:
        super().__init__(heard.text)
        self.heard = heard


class Found(Struct, frozen=True, kw_only=True):
    """What was found in a text."""

    value: Value = None
    problem: str | None = None
    """Why it cannot be used."""


class Answerer:
    """Finds the answers of steps. One that cannot be used is null or fails its check; then `record.ok` is false.

    Args:
        world: what the run takes from outside.
        caller: makes the calls.
    """

    def __init__(self, world: World, caller: Caller) -> None:
        self._world = world
        self._caller = caller

    async def ask(self, scene: Scene, step: Step, prompt: Prompt) -> Bound:
        """Return the answer of a model, which is asked again as often as the step has retries.

        Raises:
            Refused: the model refuses, and the step cannot do without an answer.
            TchatError: there is no reply.
        """
        call = await compose(self._world, scene, step.name, prompt)
        is_choosing = step.sampling is not None and step.sampling.vote == "check"
        retries = 0 if is_choosing else step.answer.retries
        usages: list[Usage] = []
        while True:
            heard, spoken = await self._caller.hear(scene.frame, call)
            usages.append(heard.usage)
            thought, text = split_reasoning(heard.text)
            try:
                found = await self._read(scene, step, text, heard=heard)
            except TchatError as error:
                self._caller.done(call, heard, error.message)
                raise
            self._caller.done(call, heard, found.problem)
            is_refusal = heard.finish in ("refused", "filtered")
            if is_refusal and step.sampling is None and step.answer.if_missing == "stop":
                raise Refused(heard)
            if found.problem is None or is_refusal or len(usages) > retries:
                break
            call = repaired(call, spoken, found.problem[:_LONGEST], len(usages) + 1)
        record = Record(
            text=text,
            reasoning=heard.reasoning or thought,
            samples=(found.value,),
            ok=found.problem is None,
            problem=found.problem,
            tries=len(usages),
            usage=added(usages),
            finish=heard.finish,
        )
        return Bound(value=found.value, record=record, spoken=spoken)

    async def run(self, scene: Scene, step: Step, command: Command) -> Bound:
        """Return what a program prints; `record.ok` is whether it ended well, `record.text` has its errors too.

        Raises:
            UsageError: it cannot be started.
        """
        render = scene.frame.renderer.render
        printed = await self._program(
            ProgramCall(
                place=scene.place,
                reply_names=scene.frame.reply_names(step.name),
                arguments=tuple(render(argument, scene.bindings) for argument in command.arguments),
                stdin=render(command.stdin, scene.bindings) if command.stdin is not None else "",
                timeout=command.timeout,
            )
        )
        found = await self._read(scene, step, printed.out)
        record = Record(
            text="\n".join(part for part in (printed.out, printed.err) if part),
            samples=(found.value,),
            ok=printed.code == 0 and found.problem is None,
            problem=found.problem,
        )
        return Bound(value=found.value, record=record)

    async def judge(self, scene: Scene, step: Step, bound: Bound) -> Bound:
        """Return what `extract` and `check` make of a value that no model has given."""
        record = bound.record if isinstance(bound.record, Record) else Record()
        answer = step.answer
        if not answer.extract and not answer.check:
            return bound
        found = Found(value=bound.value)
        if answer.extract:
            found = await self._read(scene, step, shown(bound.value))
        else:
            found = await self._checked(scene, step, bound.value)
        return replace(
            bound, value=found.value, record=replace(record, ok=found.problem is None, problem=found.problem)
        )

    # --- reading

    async def _read(self, scene: Scene, step: Step, text: str, *, heard: Heard | None = None) -> Found:
        """Return what a text says, and whether it can be used."""
        prompt = step.deed if isinstance(step.deed, Prompt) else None
        schema = prompt.call.settings.schema if prompt is not None else None
        cut = "the reply was cut off at its greatest length, and " if heard and heard.finish == "length" else ""
        try:
            if heard is not None and heard.finish in ("refused", "filtered"):
                return Found(problem="the model refuses" if heard.finish == "refused" else "the reply was filtered")
            value: Value = text
            if schema is not None:
                value, wrong = read_structured(text, schema)
                if wrong:
                    return Found(problem=f"{cut}{'; '.join(wrong)}")
            elif step.answer.extract:
                value = extract(text, step.answer.extract)
        except Unanswered as missing:
            return Found(problem=f"{cut}{missing}")
        return await self._checked(scene, step, value)

    async def _checked(self, scene: Scene, step: Step, value: Value) -> Found:
        """Return a value and which of the step's conditions it does not meet."""
        if not step.answer.check:
            return Found(value=value)
        names = Bindings.of({"value": value}, scene.bindings)
        fill = scene.frame.renderer.fill
        conditions: dict[str, Condition] = {
            word: _truth(pattern, lambda pattern: fill(pattern, names))
            if isinstance(pattern, Expression) and word == "expr"
            else fill(pattern, names)
            for word, pattern in step.answer.check.items()
        }
        if "command" in conditions:
            conditions["command"] = await self._verified(scene, step, value, cast("list[str]", conditions["command"]))
        found = problems(value, shown(value), conditions)
        return Found(value=value, problem=f"the answer {'; '.join(found)}" if found else None)

    async def _verified(self, scene: Scene, step: Step, value: Value, arguments: list[str]) -> Outcome:
        """Have a program read a value: it passes if the program ends well."""
        call = ProgramCall(
            place=f"{scene.place}.check",
            reply_names=tuple(f"{name}.check" for name in scene.frame.reply_names(step.name)),
            arguments=tuple(map(str, arguments)),
            stdin=shown(value),
        )
        printed = await self._program(call)
        said = (printed.err or printed.out).strip()[-_LONGEST:]
        ended = "does not end in time" if printed.code is None else "ends badly"
        return Outcome(printed.code == 0, f"does not pass {quoted(arguments[0])}, which {ended}: {said}")

    async def _program(self, call: ProgramCall) -> Printed:
        if self._world.run_program is None:
            raise UsageError("programs may not run here", hint="allow them with --allow-commands")
        return await self._world.run_program(call)


def _truth(expression: Expression, evaluate: Callable[[Expression], Value]) -> Outcome:
    """Return whether an expression holds; one that has no value for this answer does not."""
    problem = f"does not fulfil {quoted(expression.source)}"
    try:
        return Outcome(bool(evaluate(expression)), problem)
    except TemplateError as error:
        return Outcome(holds=False, problem=f"{problem}: {error.message.partition(': ')[2]}")


def settled(frame: Frame, step: Step, bound: Bound) -> Bound:
    """Return a step's answer as the run goes on with it: null where it is missing and may be.

    Raises:
        CheckFailed: there is no usable answer, and the step cannot do without one.
    """
    record = bound.record
    if not isinstance(record, Record) or record.problem is None:
        return bound
    if step.answer.if_missing == "null":
        return replace(bound, value=None)
    tries = "" if record.tries < 2 else f" after {record.tries} calls"  # noqa: PLR2004
    raise CheckFailed(
        f"{frame.file}:{step.answer.line}: no usable answer of {quoted(step.name)}{tries}: "
        f"{one_line(record.problem)[:_LONGEST]}",
        hint='ask for the form that is read, raise "retries", or go on without it: if_missing = "null"',
    )
