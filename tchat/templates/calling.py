"""One call of a run: taken from an earlier attempt where it is there, else asked within the limits."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from contextlib import aclosing
from typing import assert_never

from msgspec.structs import replace

from tchat.domain.conversation import Reply
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
from tchat.domain.usage import Usage
from tchat.engine.watching import Unwanted
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
        self._out: set[str] = set()

    @property
    def under_way(self) -> int:
        """How many calls have gone out and are not over."""
        return len(self._out)

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
        line = _Line(self, call.place)
        try:
            async with aclosing(self._world.ask.ask(replace(call, watch=line), identity)) as events:
                async for event in events:
                    line.take(event)
                    self._post(CallTurn(place=call.place, event=event))
        except Unwanted as unwanted:
            if line.has_gone_out:
                self.done(call, line.heard(), "it was not tried again: nothing more begins", ending="failed")
            raise Halted from unwanted
        except TchatError as error:
            self._halt()
            self.done(call, line.heard(), error.message, ending="failed")
            raise
        finally:
            self._out.discard(call.place)
        return line.heard()

    # --- for the calls under way

    @property
    def is_halted(self) -> bool:
        """Whether nothing new is to begin."""
        return self._is_halted()

    def halt(self) -> None:
        """Have nothing new begin."""
        self._halt()

    def now(self) -> float:
        """Return the seconds of a clock."""
        return self._world.clock()

    def goes_out(self, place: str) -> None:
        """Count a call that goes out."""
        self._out.add(place)

    def comes_back(self, place: str) -> None:
        """Count a call no more that has failed and waits to be tried again."""
        self._out.discard(place)


class _Line:
    """The line to a model: puts a reply together from its events and its end, and tells whether it is wanted.

    Args:
        caller: who makes the call.
        place: of the call.
    """

    def __init__(self, caller: Caller, place: str) -> None:
        self._caller = caller
        self._place = place
        self._began = caller.now()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._opened: TurnOpened | None = None
        self._took: Reply | None = None
        self.has_gone_out = False
        """Whether it was sent at least once, which may have cost something."""
        self._end: Finished | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether the request may still go out."""
        return not self._caller.is_halted

    def goes_out(self) -> None:
        """Have the call counted."""
        self.has_gone_out = True
        self._caller.goes_out(self._place)

    def ends(self, reply: Reply) -> None:
        """Keep what the reply has taken; before anybody takes its slot, nothing more begins if it has failed."""
        self._took = reply
        if reply.failure is not None:
            self._caller.halt()

    def take(self, event: TurnEvent) -> None:
        """Keep what an event brings."""
        match event:
            case TextDelta(text):
                self._text.append(text)
            case ReasoningDelta(text):
                self._reasoning.append(text)
            case TurnOpened():
                self._opened = event
            case Finished():
                self._end = event
            case Retrying():
                self._caller.comes_back(self._place)
            case Started() | Pictured() | Sealed() | Metered() | Notice() | Summarising():
                pass
            case _:
                assert_never(event)

    def heard(self) -> Heard:
        """Return the reply as far as it came."""
        return Heard(
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            finish=self._end.reason if self._end else None,
            detail=self._end.detail if self._end else None,
            usage=self._took.usage if self._took else Usage(),
            is_estimated=self._took is not None and self._took.usage_estimated,
            cost=self._took.cost if self._took else None,
            seconds=self._caller.now() - self._began,
            reply_id=self._opened.reply_id if self._opened else None,
            conversation_id=self._opened.conversation_id if self._opened else None,
        )


def _step_of(call: StepCall) -> str:
    """Return the step at the top of the template that a call belongs to."""
    found = _STEP.match(call.place)
    return found[0] if found else call.place
