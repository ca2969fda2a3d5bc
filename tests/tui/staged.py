"""Runs of templates on the screen whose replies are written down."""

import datetime as dt
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from tchat.domain.conversation import Reply
from tchat.domain.errors import TchatError
from tchat.domain.events import Finished, Metered, ReasoningDelta, Started, TextDelta, TurnEvent
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts, Price
from tchat.domain.run import StoredCall
from tchat.domain.usage import Usage
from tchat.running import RunRequest
from tchat.runtime import Runtime
from tchat.templates.format import Template, Value
from tchat.templates.happening import RunEvent
from tchat.templates.inputs import fill_plain
from tchat.templates.loading import load_text
from tchat.templates.offline import OfflineModel
from tchat.templates.runner import Run
from tchat.templates.world import Heard, Identity, StepCall, World
from tchat.tui.templates.staging import Staging, Startable
from tests.tui.gates import Gate

TODAY = dt.date(2026, 11, 23)

CHAIN = """
title = "Translate, then shorten"
about = "Two calls, one after the other. Good where one prompt drops half of the task."
technique = "prompt-chaining"
paper = "arXiv:2110.01691"
tags = ["writing"]

[inputs]
text = { type = "text", help = "what to translate" }
language = { type = "text", default = "English", help = "into which language" }
words = { type = "int", default = 20, min = 5, max = 50 }

[[step]]
name = "translation"
prompt = "Translate into {{ language }}:\\n{{ text }}"

[[step]]
name = "short"
prompt = "Say it in {{ words }} words:\\n{{ translation }}"
"""

SAMPLES = """
title = "Ask five times"

[inputs]
question = { type = "text", help = "with a number as its answer" }

[[step]]
name = "solve"
samples = 5
vote = "majority"
temperature = 0.7
if_missing = "null"
retries = 0
extract = [{ after = "The answer is" }, "number"]
prompt = "{{ question }} End with: The answer is <number>."

[[step]]
name = "answer"
text = "**{{ solve }}**, as {{ (run.solve.share * 100) | round | int }} % say."
"""
FIVE = {
    "solve": [f"{why} The answer is {n}." for why, n in (("7 × 8.", 56), ("Sum.", 54), ("So.", 56), ("", 56), ("", 48))]
}

ITEMS = """
title = "Outline and write"

[inputs]
subject = "text"

[[step]]
name = "outline"
extract = "lines"
prompt = "Three points about {{ subject }}."

[[step]]
name = "points"
for_each = "outline"
prompt = "Write about {{ item }}."

[[step]]
name = "whole"
text = "{{ points | join('\\n\\n') }}"
"""
POINTS = {
    "outline": ["1. Tides\n2. Phases\n3. Eclipses"],
    "points": ["The moon pulls at the sea.", "The sun lights one half of it.", "It stands in our light."],
}


class StagedModel(OfflineModel):
    """Gives written replies with figures, a word at a time; at a gate, it waits until that is opened.

    Args:
        replies: by step.
        gates: by step, what its calls wait for after their first word.
        errors: by step, what its calls end with.
    """

    def __init__(
        self,
        replies: Mapping[str, Sequence[str]],
        gates: Mapping[str, Gate] | None = None,
        errors: Mapping[str, TchatError] | None = None,
    ) -> None:
        super().__init__(replies)
        self._gates = gates or {}
        self._errors = errors or {}
        self._heard: dict[str, Heard] = {}
        self.asked: list[str] = []
        """The places of the calls."""

    def facts(self, model: str | None) -> ModelFacts:
        """Return a model with a price."""
        return ModelFacts(
            provider="anthropic", name=model or "claude-opus-5-5", price=Price(input=5.0, output=25.0), efforts=()
        )

    def identify(self, call: StepCall) -> Identity:
        """Return place and prompt for a fingerprint."""
        return Identity(model=str(self.facts(call.model).ref), digest=f"{call.place}\n{call.prompt}")

    async def recall(self, call: StepCall, identity: Identity) -> Heard | None:  # noqa: ARG002  # of the protocol
        """Return the reply that the same call had before."""
        return self._heard.get(identity.digest)

    async def ask(self, call: StepCall, identity: Identity) -> AsyncGenerator[TurnEvent]:
        """Say the next reply."""
        self.asked.append(call.place)
        name = call.reply_names[0]
        text = self._next(call.reply_names)
        yield Started(model=identity.model)
        yield ReasoningDelta("Let me see.")
        first, _, rest = text.partition(" ")
        yield TextDelta(first)
        if name in self._gates:
            await self._gates[name].passed()
        if name in self._errors:
            raise self._errors[name]
        yield TextDelta(f" {rest}" if rest else "")
        usage = Usage(input=120, output=40)
        self._heard[identity.digest] = Heard(text=text, usage=usage, cost=0.0016, seconds=2.0, is_reused=True)
        yield Metered(usage)
        yield Finished("stop")
        ref = self.facts(call.model).ref
        call.watch.ends(Reply(provider=ref.provider, model=ref.model, state="complete", usage=usage, cost=0.0016))


class StagedRun:
    """A run that is stored nowhere."""

    run_id = "01"
    perhaps_billed: tuple[StoredCall, ...] = ()

    def __init__(self, run: Run, clock: "Clock") -> None:
        self.run = run
        self._clock = clock

    async def events(self) -> AsyncGenerator[RunEvent]:
        """Run, and let a quarter of a second pass with every event."""
        async with aclosing(self.run.events()) as events:
            async for event in events:
                self._clock.now += 0.25
                yield event


def no_pictures(name: str) -> ImagePart:
    """Take in a picture by its name alone."""
    return ImagePart(digest=name, media_type="image/png", name=name)


class Clock:
    """Seconds that pass when they are told to, and so many whenever it is looked at."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 0.0
        self._step = step

    def __call__(self) -> float:
        """Return the seconds."""
        self.now += self._step
        return self.now


def template_of(source: str, name: str = "mine") -> Template:
    """Return a template from its text."""
    return load_text(source, file=f"{name}.toml", name=name)


def stage(runtime: Runtime, source: str, model: StagedModel, **inputs: Value) -> Staging:
    """Return a run of a template on a model, with a clock of its own."""
    template = template_of(source)
    values = fill_plain(template, inputs, no_pictures)
    clock, ticking = Clock(), Clock(0.4)

    async def start(_: Runtime, wanted: RunRequest, __: str | None) -> Startable:
        world = World(
            ask=model, today=TODAY, given=wanted.given, attach=no_pictures, prepare_picture=None, clock=ticking
        )
        return StagedRun(Run(wanted.template, wanted.inputs, world), clock)

    request = RunRequest(template=template, inputs=values, model="anthropic/claude-opus-5-5")
    return Staging(runtime, request, _raise, start=start, clock=clock)


def _raise(error: BaseException) -> None:
    raise error
