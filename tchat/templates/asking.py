"""The calls of a run as turns of one stored conversation: a call that continues no other begins a branch of its own.

Every call is marked with its place and its fingerprint, so that another attempt at the run takes its reply again.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import CallMark, StoredMessage
from tchat.domain.errors import NotFound
from tchat.domain.events import TurnEvent
from tchat.domain.message import Message, assistant
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Settings
from tchat.domain.run import StoredCall
from tchat.engine.session import Ask, Engine
from tchat.templates.bindings import Spoken
from tchat.templates.world import Heard, Identity, StepCall


class Models(Struct, frozen=True, kw_only=True):
    """Which models answer, and how, where the template leaves it open."""

    resolve: Callable[[str | None], ModelRef]
    """Returns the model that a name in the template stands for; the user's choice for None."""
    facts: Callable[[ModelRef], ModelFacts]
    settings: Settings = Settings()
    system: str | None = None


class Journal(Struct, frozen=True, kw_only=True):
    """Where the calls of a run are kept."""

    run_id: str
    begin_conversation: Callable[[], Awaitable[str]]
    """Makes the conversation of the run and returns its id."""
    conversation_id: str | None = None
    """That of an earlier attempt."""
    calls: tuple[StoredCall, ...] = ()
    """What earlier attempts asked."""
    reply: Callable[[str], Awaitable[StoredMessage]]
    """Returns a reply by its id, or raises NotFound."""


class RunConversation:
    """Asks the engine on behalf of a run."""

    def __init__(self, engine: Engine, models: Models, journal: Journal) -> None:
        self._engine = engine
        self._models = models
        self._journal = journal
        self._conversation = journal.conversation_id
        self._beginning = asyncio.Lock()
        self._kept = _Kept(journal.calls)

    def facts(self, model: str | None) -> ModelFacts:
        """Return what is known of the model that answers a call for `model`."""
        return self._models.facts(self._models.resolve(model))

    def identify(self, call: StepCall) -> Identity:
        """Return what makes a call the same call in another attempt."""
        ref = self._models.resolve(call.model)
        lineage = call.continues.lineage if call.continues else ""
        said = (str(ref), self._settings(call), self._system(call), lineage, call.messages)
        return Identity(model=str(ref), digest=hashlib.sha256(msgspec.json.encode(said)).hexdigest())

    async def recall(self, call: StepCall, identity: Identity) -> Heard | None:
        """Return the reply that an earlier attempt had; what it cost counts as spent."""
        found = self._kept.take(identity.digest, call.place)
        if found is None:
            return None
        try:
            stored = await self._journal.reply(found.reply_id)
        except NotFound:
            return None
        reply = stored.reply
        if reply is None:
            return None
        self._engine.surroundings.budget.spend(reply.cost)
        for allowance in call.allowances:
            allowance.spend(reply.cost)
        return Heard(
            text=stored.message.text,
            reasoning=reply.reasoning,
            finish=reply.finish,
            usage=reply.usage,
            cost=reply.cost,
            seconds=reply.seconds,
            reply_id=stored.id,
            conversation_id=stored.conversation_id,
            is_reused=True,
        )

    async def ask(self, call: StepCall, identity: Identity) -> AsyncGenerator[TurnEvent]:
        """Ask, after the reply that is continued or on a new branch."""
        parent_id, replaced = await self._place(call.continues)
        *lead, message = (*replaced, *call.messages)
        asked = Ask(
            ref=self._models.resolve(call.model),
            message=message,
            lead=tuple(lead),
            conversation_id=await self._home(),
            parent_id=parent_id,
            system=self._system(call),
            settings=self._settings(call),
            allowances=call.allowances,
            mark=CallMark(run_id=self._journal.run_id, place=call.place, digest=identity.digest),
        )
        async with aclosing(self._engine.turn(asked)) as events:
            async for event in events:
                yield event

    async def _place(self, spoken: Spoken | None) -> tuple[str | None, tuple[Message, ...]]:
        """Return the message after which a conversation goes on, and what is first said there."""
        if spoken is None or spoken.reply_id is None or spoken.instead is None:
            return spoken.reply_id if spoken else None, ()
        return (await self._journal.reply(spoken.reply_id)).parent_id, (assistant(spoken.instead),)

    async def _home(self) -> str:
        async with self._beginning:
            if self._conversation is None:
                self._conversation = await self._journal.begin_conversation()
        return self._conversation

    def _settings(self, call: StepCall) -> Settings:
        general = self._models.settings
        if general.seed is not None:
            general = replace(general, seed=general.seed + call.sample)
        return _over(call.settings, general)

    def _system(self, call: StepCall) -> str | None:
        return call.system or self._models.system


class _Kept:
    """The complete replies of earlier attempts, each of which is taken once."""

    def __init__(self, calls: Iterable[StoredCall]) -> None:
        self._by_digest: dict[str, list[StoredCall]] = {}
        for call in calls:
            if call.state == "complete":
                self._by_digest.setdefault(call.digest, []).append(call)

    def take(self, digest: str, place: str) -> StoredCall | None:
        """Return a call with that fingerprint, at the same place if there is one."""
        same = self._by_digest.get(digest)
        if not same:
            return None
        found = next((call for call in same if call.place == place), same[0])
        same.remove(found)
        return found


def _over(step: Settings, general: Settings) -> Settings:
    """Return the step's settings, and the general ones where it has none."""
    default = Settings()
    open_ = {
        name: getattr(general, name)
        for name in Settings.__struct_fields__
        if getattr(step, name) == getattr(default, name)
    }
    return replace(step, **open_)
