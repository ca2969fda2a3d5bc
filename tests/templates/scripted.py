"""A model that says what a test tells it to, and what came of a run."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from typing import Any

from msgspec import Struct, field

from tchat.domain.conversation import Reply
from tchat.domain.events import Finished, FinishReason, Metered, ReasoningDelta, Started, TextDelta, TurnEvent
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts
from tchat.domain.usage import Usage
from tchat.templates.format import Template, Value
from tchat.templates.happening import RunDone, RunEvent, StepDone
from tchat.templates.loading import load_text
from tchat.templates.runner import Run
from tchat.templates.world import Heard, Identity, Printed, ProgramCall, StepCall, World

TODAY = date(2026, 11, 23)


def load(source: str) -> Template:
    """Return the template in `source`."""
    return load_text(source, file="t.toml")


def picture(name: str) -> ImagePart:
    """Return a picture that is known by its name alone."""
    return ImagePart(digest=name, media_type="image/png", name=name)


class ScriptedModel(Struct, kw_only=True):
    """Gives each step its replies in order, the last one from then on, and keeps what it was asked."""

    replies: Mapping[str, Sequence[str]] = {}
    """By the step's name, or `step.judge`."""
    facts_of: Mapping[str | None, ModelFacts] = {}
    finish: Mapping[str, FinishReason] = {}
    errors: Mapping[str, Exception] = {}
    """Raised after the first delta of a step's reply."""
    gates: Mapping[str, asyncio.Event] = {}
    """What the reply of a step waits for before its end."""
    kept: dict[str, Heard] = field(default_factory=dict[str, Heard])
    """Replies of an earlier attempt, by digest."""
    calls: list[StepCall] = field(default_factory=list[StepCall])
    under_way: int = 0
    most: int = 0
    """How many calls were under way at once at most."""
    closed: list[str] = field(default_factory=list[str])
    """The places whose streams were closed, at their end or before."""

    def facts(self, model: str | None) -> ModelFacts:
        """Return a model that does not reason, unless told otherwise."""
        return self.facts_of.get(model) or ModelFacts(provider="script", name=model or "default", window=4096)

    def identify(self, call: StepCall) -> Identity:
        """Return what is asked as the fingerprint."""
        lineage = call.continues.lineage if call.continues else ""
        return Identity(model="script/default", digest=f"{lineage}{call.settings}{call.messages}")

    async def recall(self, call: StepCall, identity: Identity) -> Heard | None:  # noqa: ARG002  # of the protocol
        """Return what an earlier attempt heard."""
        return self.kept.pop(identity.digest, None)

    async def ask(self, call: StepCall, identity: Identity) -> AsyncGenerator[TurnEvent]:  # noqa: ARG002  # of the protocol
        """Say the next reply, one word a delta."""
        name = next(name for name in call.reply_names if name in self.replies)
        number = sum(name in earlier.reply_names for earlier in self.calls)
        self.calls.append(call)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            yield Started(model="script")
            yield ReasoningDelta("hm")
            for word in self.replies[name][min(number, len(self.replies[name]) - 1)].split(" "):
                await asyncio.sleep(0)
                yield TextDelta(word + " ")
                if name in self.errors:
                    raise self.errors[name]
            if name in self.gates:
                await self.gates[name].wait()
            usage = Usage(input=10, output=2)
            yield Metered(usage)
            yield Finished(self.finish.get(name, "stop"))
            call.watch.ends(Reply(provider="script", model="default", state="complete", usage=usage))
        finally:
            self.under_way -= 1
            self.closed.append(call.place)

    @property
    def places(self) -> list[str]:
        """Where it was asked, in order."""
        return [call.place for call in self.calls]

    @property
    def prompts(self) -> list[str]:
        """What it was asked, in order."""
        return [call.prompt for call in self.calls]


class Programs(Struct, kw_only=True):
    """Programs that print what a test tells them to, by the place that runs them."""

    prints: Mapping[str, Printed]
    calls: list[ProgramCall] = field(default_factory=list[ProgramCall])

    async def __call__(self, call: ProgramCall) -> Printed:
        """Print."""
        self.calls.append(call)
        return self.prints[call.place]


def world(model: ScriptedModel, **parts: Any) -> World:  # noqa: ANN401  # any part of the world
    """Return a world with a scripted model in it."""
    return World(ask=model, today=TODAY, attach=picture, prepare_picture=parts.pop("prepare_picture", None), **parts)


async def follow(run: Run, happened: list[RunEvent], on: Callable[[RunEvent], None] = lambda _: None) -> None:
    """Let a run go on to its end, keep everything that happens, and do something at each event."""
    async with aclosing(run.events()) as events:
        async for event in events:
            happened.append(event)
            on(event)


async def play(
    template: Template,
    model: ScriptedModel,
    inputs: Mapping[str, Value] | None = None,
    **parts: Any,  # noqa: ANN401
) -> list[RunEvent]:
    """Run a template and return everything that happened."""
    happened: list[RunEvent] = []
    await follow(Run(template, inputs or {}, world(model, **parts)), happened)
    return happened


async def output(
    template: Template,
    model: ScriptedModel,
    inputs: Mapping[str, Value] | None = None,
    **parts: Any,  # noqa: ANN401
) -> RunDone:
    """Run a template and return what it came to."""
    done = (await play(template, model, inputs, **parts))[-1]
    assert isinstance(done, RunDone)
    return done


def value_of(events: Sequence[RunEvent], step: str) -> Value:
    """Return the newest value of a step."""
    return next(event.value for event in reversed(events) if isinstance(event, StepDone) and event.step == step)
