"""What came of a run, step by step and call by call: `--json` prints it, `--out` files it, the last line sums it up."""

import re
import time
from collections.abc import Callable
from typing import Any, Literal, assert_never

from msgspec import Struct

from tchat.cli.sinks import JSON_VERSION, error_object
from tchat.domain.errors import TchatError
from tchat.domain.events import FinishReason, Notice
from tchat.domain.figures import count, dollars, seconds
from tchat.domain.usage import Usage
from tchat.templates.bindings import added
from tchat.templates.format import Value
from tchat.templates.happening import (
    AnswerFound,
    CallDone,
    CallStarted,
    CallTurn,
    RunDone,
    RunEvent,
    StepDone,
    StepSkipped,
    StepStarted,
)

StepState = Literal["running", "done", "failed", "skipped"]
"""`running` is also what a step stays in which the run was stopped."""
State = Literal["running", "done", "refused", "failed", "stopped"]

_NAME = re.compile(r"\w+")


class CallAccount(Struct, kw_only=True):
    """One call."""

    place: str
    model: str
    system: str | None
    prompt: str
    text: str = ""
    reasoning: str = ""
    state: Literal["running", "done", "failed"] = "running"
    finish: FinishReason | None = None
    usage: Usage = Usage()
    cost: float | None = None
    seconds: float | None = None
    reused: bool = False
    problem: str | None = None
    reply: str | None = None


class AnswerAccount(Struct, frozen=True, kw_only=True):
    """The value of one item or sample."""

    place: str
    value: Value


class StepAccount(Struct, kw_only=True):
    """One step; an inner one for each item and round around it."""

    place: str
    step: str
    state: StepState = "running"
    value: Value = None
    text: str = ""
    items: int | None = None
    samples: int | None = None
    rounds: int | None = None
    votes: list[tuple[str, int]] = []
    share: float | None = None
    note: str | None = None
    seconds: float | None = None
    usage: Usage = Usage()
    """Of its own calls, those taken again included."""
    cost: float | None = 0.0
    answers: list[AnswerAccount] = []
    calls: list[CallAccount] = []


class Totals(Struct, frozen=True, kw_only=True):
    """All calls together."""

    calls: int = 0
    """Those that were sent, in this attempt."""
    reused: int = 0
    """Replies of earlier attempts that were taken again."""
    usage: Usage = Usage()
    """Of what was sent."""
    cost: float | None = 0.0
    """US dollars for what was sent; None once the cost of a call is unknown."""
    seconds: float = 0.0


class RunAccount(Struct, kw_only=True):
    """What `--json` prints for a run: one object, its form told by `version`."""

    version: int = JSON_VERSION
    run: str | None = None
    """The id, for `--resume`; None where nothing is stored."""
    template: str = ""
    file: str | None = None
    conversation: str | None = None
    inputs: dict[str, Value] = {}
    state: State = "running"
    answer: str = ""
    value: Value = None
    finish: FinishReason | None = None
    steps: list[StepAccount] = []
    totals: Totals = Totals()
    perhaps_billed: list[str] = []
    """The places of calls of earlier attempts that were sent and never came to their end."""
    notices: list[str] = []
    error: dict[str, Any] | None = None


class Sums:
    """Adds up the calls of a run, in little memory however many there are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._calls = self._reused = 0
        self._usage = Usage()
        self._cost: float | None = 0.0
        self.failed: dict[str, str] = {}
        """Why calls failed, and the place of the first that failed so."""

    def take(self, event: CallDone) -> None:
        """Add a call that is over."""
        if event.is_reused:
            self._reused += 1
            return
        self._calls += 1
        self._usage = added([self._usage, event.usage])
        cost = event.price
        if event.ending == "failed":
            self.failed.setdefault(event.problem or "", event.place)
        self._cost = None if self._cost is None or cost is None else self._cost + cost

    def totals(self) -> Totals:
        """Return the sums as they are now."""
        return Totals(
            calls=self._calls,
            reused=self._reused,
            usage=self._usage,
            cost=self._cost,
            seconds=self._clock() - self._began,
        )


class Accountant:
    """Keeps the account of a run while it happens.

    Args:
        account: what is known before it begins.
        sums: of the same run; kept by itself too, where nobody asks for the account.
        clock: seconds.
    """

    def __init__(self, account: RunAccount, sums: Sums, clock: Callable[[], float] = time.monotonic) -> None:
        self.account = account
        self._sums = sums
        self._clock = clock
        self._steps: dict[str, StepAccount] = {}
        self._since: dict[str, float] = {}
        self._calls: dict[str, CallAccount] = {}

    def take(self, event: RunEvent) -> None:
        """Enter an event."""
        match event:
            case CallStarted():
                self._begin_call(event)
            case CallTurn(event=Notice(text)) if text not in self.account.notices:
                self.account.notices.append(text)
            case CallTurn():
                pass
            case CallDone():
                self._end_call(event)
            case StepStarted() | StepDone() | StepSkipped():
                self._step(event)
            case AnswerFound():
                self._of(event.place).answers.append(AnswerAccount(place=event.place, value=event.value))
            case RunDone():
                self.account.answer, self.account.value, self.account.finish = event.text, event.value, event.finish
                self.account.state = "refused" if event.finish in ("refused", "filtered") else "done"
            case _:
                assert_never(event)

    def close(self, error: TchatError | None) -> RunAccount:
        """Return the account of a run that is over."""
        account = self.account
        if error is not None:
            account.state, account.error = "failed", error_object(error)
        elif account.state == "running":
            account.state = "stopped"
        account.totals = self._sums.totals()
        return account

    def _begin_call(self, event: CallStarted) -> None:
        call = CallAccount(
            place=event.place, model=event.model, system=event.system, prompt=event.prompt, reused=event.is_reused
        )
        self._calls[event.place] = call
        self._of(event.place).calls.append(call)

    def _end_call(self, event: CallDone) -> None:
        call = self._calls[event.place]
        call.state = event.ending
        call.text, call.reasoning, call.finish = event.text, event.reasoning, event.finish
        call.usage, call.cost, call.seconds = event.usage, event.cost, event.seconds
        call.problem, call.reply = event.problem, event.reply_id
        self.account.conversation = event.conversation_id or self.account.conversation
        step = self._of(event.place)
        step.usage = added([step.usage, event.usage])
        step.cost = None if step.cost is None or event.price is None else step.cost + event.price
        if event.ending == "failed":
            step.state = "failed"

    def _step(self, event: StepStarted | StepDone | StepSkipped) -> None:
        step = self._of(event.place)
        now = self._clock()
        match event:
            case StepStarted():
                self._since[event.place] = now
                step.items, step.samples, step.note = event.items, event.samples, event.note
            case StepDone():
                step.state, step.value, step.text = "done", event.value, event.text
                step.votes, step.share, step.rounds = list(event.votes), event.share, event.rounds
                step.seconds = now - self._since.get(event.place, now)
            case StepSkipped():
                step.state, step.value = "skipped", event.value

    def _of(self, place: str) -> StepAccount:
        """Return the step that a place of an item, sample, try or judge belongs to."""
        above, slash, last = place.rpartition("/")
        found = _NAME.match(last)
        name = found[0] if found else last
        own = f"{above}{slash}{name}"
        step = self._steps.get(own)
        if step is None:
            step = self._steps[own] = StepAccount(place=own, step=name, votes=[], answers=[], calls=[])
            self.account.steps.append(step)
        return step


def summary(totals: Totals) -> str:
    """Return the totals on one line; what is not known is `?`."""
    calls = f"{totals.calls} call{'' if totals.calls == 1 else 's'}"
    reused = [f"{totals.reused} repl{'y' if totals.reused == 1 else 'ies'} reused"] if totals.reused else []
    tokens = [f"{count(totals.usage.input)} in", f"{count(totals.usage.output)} out"] if totals.calls else []
    costs = [dollars(totals.cost)] if totals.calls else []
    return " · ".join([calls, *reused, *tokens, *costs, seconds(totals.seconds)])
