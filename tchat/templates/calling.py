"""One call of a run: taken from an earlier attempt where it is there, else asked within the limits."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from contextlib import aclosing
from typing import assert_never

from tchat.domain.costs import cost_of
from tchat.domain.errors import TchatError
from tchat.domain.events import (
    Finished,
    Metered,
    Notice,
    Pictured,
    ReasoningDelta,
    Retrying,
    Sealed,
    Started,
    Summarising,
    TextDelta,
    TurnEvent,
    TurnOpened,
)
from tchat.domain.model import Price
from tchat.domain.usage import Usage
from tchat.templates.bindings import Spoken
from tchat.templates.concurrency import Halted
from tchat.templates.frames import Frame
from tchat.templates.happening import CallDone, CallEnding, CallStarted, CallTurn, RunEvent
from tchat.templates.world import Heard, Identity, StepCall, World

_STEP = re.compile(r"\w+")


class Caller:
    """Makes the calls of a run, so many at once as the world allows.

    Args:
        world: who is asked.
        post: takes what happens.
        is_halted: whether nothing new is to begin.
        halt: has nothing new begin, since a call has failed.
    """

    def __init__(
        self, world: World, post: Callable[[RunEvent], None], is_halted: Callable[[], bool], halt: Callable[[], None]
    ) -> None:
        self._world = world
        self._post = post
        self._is_halted = is_halted
        self._halt = halt
        self._slots = asyncio.Semaphore(world.jobs)

    async def hear(self, frame: Frame, call: StepCall) -> tuple[Heard, Spoken]:
        """Return the reply to a call, and the place to go on from; `done` tells how its answer was taken.

        Raises:
            Halted: the run is to begin nothing more.
            BudgetExceeded: the call would pass a limit and was not sent.
            TchatError: there is no complete reply.
        """
        ask = self._world.ask
        identity = ask.identify(call)
        async with self._slots:
            if self._is_halted():
                raise Halted
            frame.count(_step_of(call))
            heard = await ask.recall(call, identity)
            self._post(
                CallStarted(
                    place=call.place,
                    step=_step_of(call),
                    model=identity.model,
                    system=call.system,
                    prompt=call.prompt,
                    is_reused=heard is not None,
                )
            )
            if heard is None:
                heard = await self._ask(call, identity)
        lineage = hashlib.sha256(f"{identity.digest}\n{heard.text}".encode("utf-8", "replace")).hexdigest()
        return heard, Spoken(reply_id=heard.reply_id, lineage=lineage)

    def note(self, call: StepCall, text: str) -> None:
        """Tell something of a call that is under way."""
        self._post(CallTurn(place=call.place, event=Notice(text)))

    def done(self, call: StepCall, heard: Heard, problem: str | None = None, *, ending: CallEnding = "done") -> None:
        """Tell that a call is over, and why its answer cannot be used, if it cannot."""
        self._post(
            CallDone(
                place=call.place,
                ending=ending,
                text=heard.text,
                reasoning=heard.reasoning,
                finish=heard.finish,
                usage=heard.usage,
                is_estimated=heard.is_estimated,
                cost=heard.cost,
                seconds=heard.seconds,
                reply_id=heard.reply_id,
                conversation_id=heard.conversation_id,
                is_reused=heard.is_reused,
                problem=problem,
            )
        )

    async def _ask(self, call: StepCall, identity: Identity) -> Heard:
        ear = _Ear(self._world.clock)
        try:
            async with aclosing(self._world.ask.ask(call, identity)) as events:
                async for event in events:
                    ear.take(event)
                    self._post(CallTurn(place=call.place, event=event))
        except TchatError as error:
            self._halt()
            heard = await self._world.ask.measured(ear.heard(self._price_of(identity)))
            self.done(call, heard, error.message, ending="failed")
            raise
        return await self._world.ask.measured(ear.heard(self._price_of(identity)))

    def _price_of(self, identity: Identity) -> Price | None:
        return self._world.ask.facts(identity.model).price


class _Ear:
    """Puts a reply together from its events."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._opened: TurnOpened | None = None
        self._usage = Usage()
        self._end: Finished | None = None

    def take(self, event: TurnEvent) -> None:
        """Keep what an event brings."""
        match event:
            case TextDelta(text):
                self._text.append(text)
            case ReasoningDelta(text):
                self._reasoning.append(text)
            case Metered(usage):
                self._usage = usage
            case TurnOpened():
                self._opened = event
            case Finished():
                self._end = event
            case Started() | Pictured() | Sealed() | Notice() | Retrying() | Summarising():
                pass
            case _:
                assert_never(event)

    def heard(self, price: Price | None) -> Heard:
        """Return the reply as far as it came."""
        return Heard(
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            finish=self._end.reason if self._end else None,
            detail=self._end.detail if self._end else None,
            usage=self._usage,
            cost=cost_of(self._usage, price),
            seconds=self._clock() - self._began,
            reply_id=self._opened.reply_id if self._opened else None,
            conversation_id=self._opened.conversation_id if self._opened else None,
        )


def _step_of(call: StepCall) -> str:
    """Return the step at the top of the template that a call belongs to."""
    found = _STEP.match(call.place)
    return found[0] if found else call.place
