"""What happens in a run, event by event. A place says where: `solve`, `answers[2]#1`, `improved@2/critique`."""

from typing import Literal

from msgspec import Struct

from tchat.domain.events import FinishReason, TurnEvent
from tchat.domain.usage import Usage
from tchat.templates.format import Value

CallEnding = Literal["done", "failed"]


class CallStarted(Struct, frozen=True, kw_only=True, tag="call_started"):
    """A model is about to be asked, or its stored reply is taken again."""

    place: str
    """Unique in the run: the step's path, then `[item]` and `#sample` from 1, `@round`, `~2` for a second try, and
    `.judge` for a judge."""
    step: str
    """The step's name at the top of the template: the first word of `place`."""
    model: str
    """`provider/model`."""
    system: str | None
    prompt: str
    is_reused: bool = False
    """Whether the reply is of an earlier run, so that nothing is sent."""


class CallTurn(Struct, frozen=True, kw_only=True, tag="call_turn"):
    """Something happened in the turn of a call."""

    place: str
    event: TurnEvent


class CallDone(Struct, frozen=True, kw_only=True, tag="call_done"):
    """A call is over. What it made is told by its step."""

    place: str
    ending: CallEnding
    text: str
    """The reply, as far as it came."""
    reasoning: str = ""
    finish: FinishReason | None = None
    usage: Usage = Usage()
    cost: float | None = None
    """US dollars; None if unknown."""
    seconds: float | None = None
    reply_id: str | None = None
    """The reply in the history."""
    conversation_id: str | None = None
    is_reused: bool = False
    problem: str | None = None
    """Why its answer cannot be used: what `extract`, `schema` or `check` found, or the error that ended it."""

    @property
    def came_to_nothing(self) -> bool:
        """Whether the call failed before there was anything of a reply."""
        return self.ending == "failed" and self.usage == Usage() and not self.text and not self.reasoning

    @property
    def price(self) -> float | None:
        """What the reply has cost, US dollars; None if unknown."""
        return 0.0 if self.came_to_nothing else self.cost


class StepStarted(Struct, frozen=True, kw_only=True, tag="step_started"):
    """A step begins: all that it needs is there."""

    place: str
    """The step's path, with the items and rounds around it."""
    step: str
    """The step's own name."""
    items: int | None = None
    """How many items a `for_each` has."""
    samples: int | None = None
    """How many samples are drawn, of each item where there are items."""
    note: str | None = None
    """What there is to say: items left out by a limit."""


class AnswerFound(Struct, frozen=True, kw_only=True, tag="answer"):
    """One sample, or one item of a `for_each`, has its value."""

    place: str
    value: Value


class StepDone(Struct, frozen=True, kw_only=True, tag="step_done"):
    """A step has its value."""

    place: str
    step: str
    value: Value
    text: str
    """The value as it stands in a text."""
    votes: tuple[tuple[str, int], ...] = ()
    """Of a step with samples: each answer as text and how many samples gave it, the most frequent first."""
    share: float | None = None
    """Of a step with samples: the part of all samples that the winner has, 0 to 1."""
    rounds: int | None = None
    """Of a loop: how many rounds were run."""


class StepSkipped(Struct, frozen=True, kw_only=True, tag="step_skipped"):
    """The `when` of a step does not hold."""

    place: str
    step: str
    value: Value = None


class RunDone(Struct, frozen=True, kw_only=True, tag="run_done"):
    """The run is over."""

    text: str
    """The output; after a refusal, what the model said instead."""
    value: Value = None
    """The value behind the output; the text itself where `output` renders one."""
    finish: FinishReason | None = None
    """How the last reply ended. `refused` and `filtered` end a run, whatever steps are left; None without a call."""


RunEvent = CallStarted | CallTurn | CallDone | StepStarted | AnswerFound | StepDone | StepSkipped | RunDone
