"""What a run takes from the world: models to ask, replies to take again, programs, pictures, time."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import date
from typing import Protocol

from msgspec import Struct

from tchat.domain.events import FinishReason, TurnEvent
from tchat.domain.message import ImagePart, Message
from tchat.domain.model import ModelFacts
from tchat.domain.request import Settings
from tchat.domain.usage import Usage
from tchat.engine.budget import Allowance
from tchat.templates.bindings import Spoken
from tchat.templates.format import Picture, Value
from tchat.templates.inputs import Attach

JOBS = 8
"""Calls that are under way at once if nobody says otherwise."""


class StepCall(Struct, frozen=True, kw_only=True):
    """What a step asks of a model once."""

    place: str
    """Where in the run; see `tchat.templates.happening`."""
    reply_names: tuple[str, ...]
    """What the call goes by in the `replies` of a test, the most exact name first."""
    model: str | None
    """A model or an alias; None for the user's choice."""
    system: str | None
    settings: Settings
    messages: tuple[Message, ...]
    """Examples as alternating turns, then the prompt; of a step that continues, the prompt only."""
    continues: Spoken | None = None
    """The reply that the conversation goes on from; None begins a new one."""
    allowances: tuple[Allowance, ...] = ()
    """What the templates around it let it cost."""
    sample: int = 0
    """Which sample it is of, from 0: a seed that the user gives for all gets it added, as one in `settings` has."""

    @property
    def prompt(self) -> str:
        """The text of the prompt."""
        return self.messages[-1].text


class Identity(Struct, frozen=True, kw_only=True):
    """What makes a call the same call in another run."""

    model: str
    """`provider/model`, aliases resolved."""
    digest: str
    """Of model, settings, system prompt and everything that is said, pictures by their own digest."""


class Heard(Struct, frozen=True, kw_only=True):
    """A whole reply."""

    text: str
    reasoning: str = ""
    finish: FinishReason | None = None
    detail: str | None = None
    """What the provider says about a refusal or filter."""
    usage: Usage = Usage()
    cost: float | None = None
    """US dollars; None if unknown."""
    seconds: float | None = None
    reply_id: str | None = None
    conversation_id: str | None = None
    is_reused: bool = False
    """Whether it is of an earlier attempt at this run, so that nothing was sent."""


class Ask(Protocol):
    """What a run needs of the engine."""

    def facts(self, model: str | None) -> ModelFacts:
        """Return what is known of the model that answers a call for `model`.

        Raises:
            TchatError: there is no such model.
        """
        ...

    def identify(self, call: StepCall) -> Identity:
        """Return what makes a call the same call in another run."""
        ...

    async def recall(self, call: StepCall, identity: Identity) -> Heard | None:
        """Return the reply that the same call had in an earlier attempt at this run; each is taken once."""
        ...

    def ask(self, call: StepCall, identity: Identity) -> AsyncGenerator[TurnEvent]:
        """Ask, and yield what happens; closing the generator stops the reply.

        Raises:
            TchatError: there is no complete reply.
        """
        ...


class Printed(Struct, frozen=True, kw_only=True):
    """What a program wrote."""

    out: str
    err: str = ""
    code: int | None = 0
    """Its exit code; None if it was stopped at its timeout."""


class ProgramCall(Struct, frozen=True, kw_only=True):
    """A program that a step runs."""

    place: str
    reply_names: tuple[str, ...]
    arguments: tuple[str, ...]
    stdin: str = ""
    timeout: float = 30.0
    """Seconds."""


RunProgram = Callable[[ProgramCall], Awaitable[Printed]]
"""Runs a program; raises TchatError if it cannot be started."""

PreparePicture = Callable[[ImagePart, Picture], Awaitable[ImagePart]]
"""Returns a picture scaled and with its grid; raises AttachmentError."""


class World(Struct, frozen=True, kw_only=True):
    """Everything that a run takes from outside."""

    ask: Ask
    today: date
    jobs: int = JOBS
    """How many calls may be under way at once; 1 makes them one after the other, in the order of items and samples."""
    run_program: RunProgram | None = None
    """None where programs may not run."""
    prepare_picture: PreparePicture | None = None
    """None leaves pictures as they are."""
    given: Mapping[str, Value] = {}
    """Values that stand at places of steps and items, which are then not run.

    A step whose conversation goes on is: its prompt and what was said before are part of that.
    """
    attach: Attach
    """Takes in a picture that a used template has as a default."""
    clock: Callable[[], float] = time.monotonic
