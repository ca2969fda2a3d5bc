"""A model that says what a test tells it to, and a check of what came of a run."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date
from typing import cast

from msgspec import Struct, field

from tchat.domain.events import Finished, FinishReason, ReasoningDelta, Started, TextDelta, TurnEvent
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts
from tchat.templates.format import Case, Template, Value
from tchat.templates.inputs import fill_plain
from tchat.templates.runner import RunDone, RunEvent, StepCall, run

TODAY = date(2026, 11, 23)


def picture(name: str) -> ImagePart:
    """Return a picture that is known by its name alone."""
    return ImagePart(digest=name, media_type="image/png", name=name)


class ScriptedModel(Struct, kw_only=True):
    """Gives each step its replies in order, the last one from then on, and keeps what it was asked."""

    replies: Mapping[str, Sequence[str]] = {}
    facts_of: Mapping[str | None, ModelFacts] = {}
    finish: Mapping[str, FinishReason] = {}
    errors: Mapping[str, Exception] = {}
    """Raised after the first delta of a step's reply."""
    calls: list[StepCall] = field(default_factory=list[StepCall])
    closed: list[str] = field(default_factory=list[str])
    """The steps whose streams were closed, at their end or before."""

    def facts(self, model: str | None) -> ModelFacts:
        """Return a model that does not reason, unless told otherwise."""
        return self.facts_of.get(model) or ModelFacts(provider="script", name=model or "default", window=4096)

    async def ask(self, call: StepCall) -> AsyncGenerator[TurnEvent]:
        """Say the next reply, one word a delta."""
        replies = self.replies[call.step]
        number = sum(earlier.step == call.step for earlier in self.calls)
        self.calls.append(call)
        try:
            yield Started(model="script")
            yield ReasoningDelta("hm")
            for word in replies[min(number, len(replies) - 1)].split(" "):
                yield TextDelta(word + " ")
                if call.step in self.errors:
                    raise self.errors[call.step]
            yield Finished(self.finish.get(call.step, "stop"))
        finally:
            self.closed.append(call.step)


async def play(template: Template, model: ScriptedModel, **inputs: Value) -> list[RunEvent]:
    """Run a template and return everything that happened."""
    return [event async for event in run(template, inputs, ask=model, today=TODAY)]


async def output(template: Template, model: ScriptedModel, **inputs: Value) -> str:
    """Run a template and return what it says in the end, without the blank behind the last word."""
    done = (await play(template, model, **inputs))[-1]
    assert isinstance(done, RunDone)
    return done.text.rstrip()


async def check_case(template: Template, case: Case) -> None:
    """Run a template's own test with its replies, and assert what it expects."""
    model = ScriptedModel(replies=case.replies)
    text = await output(template, model, **fill_plain(template, case.inputs, picture))
    if case.calls is not None:
        assert len(model.calls) == case.calls
    for expected, value in case.expect.items():
        wanted = cast("list[str]", value) if isinstance(value, list) else [str(value)]
        match expected:
            case "equals":
                assert [text] == wanted
            case "contains":
                assert all(each in text for each in wanted)
            case other:
                raise AssertionError(f"{template.file}:{case.line}: {other!r} cannot be checked yet")
