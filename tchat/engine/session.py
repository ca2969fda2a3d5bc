"""One conversation turn: stored, sent, streamed, written as it arrives, priced.

Laws: the user's message is durable before the request goes out; whatever ends the turn, what arrived of the reply is
kept with its state and with what is known of its usage.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import CallMark, NewTurn, Reply, ReplyState, StoredMessage, TurnIds, failure_of
from tchat.domain.errors import BadRequest, NetworkError, ProviderError, TchatError
from tchat.domain.events import (
    Finished,
    Metered,
    Notice,
    ReasoningDelta,
    Retrying,
    Sealed,
    Started,
    Summarising,
    TextDelta,
    TurnEvent,
    TurnOpened,
)
from tchat.domain.message import Message, SealedPart, TextPart, are_brief
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Request, Settings
from tchat.domain.spending import Claim
from tchat.engine.budget import Budget, worst_cost
from tchat.engine.fitting_in import Fit, fitted_in
from tchat.engine.metering import ReplyMeter, expected_input
from tchat.engine.replaying import replayable, seal
from tchat.engine.retry import RetryPolicy
from tchat.engine.turn_log import TurnLog
from tchat.meter.estimate import Estimator
from tchat.providers.base import Provider
from tchat.providers.fitting import check_content, fit, without
from tchat.threads import in_background

FLUSH_SECONDS = 0.15
"""Text that is not stored yet is never older than this: what `kill -9` can lose."""


class Ask(Struct, frozen=True, kw_only=True):
    """What a door wants of a model."""

    ref: ModelRef
    message: Message | None
    """What the user says; None answers the message `parent_id` again, as a sibling of its replies."""
    conversation_id: str | None = None
    """The conversation to go on in; None starts a new one."""
    parent_id: str | None = None
    """The message that this turn follows; None starts a branch of its own."""
    lead: tuple[Message, ...] = ()
    """Few-shot examples that a new branch begins with: sent and stored like what was said."""
    system: str | None = None
    settings: Settings = Settings()
    title: str | None = None
    """The title of a new conversation; None takes it from the message."""
    source: str | None = None
    """The template that asks, if one does."""
    mark: CallMark | None = None
    """Which call of a run it is, if it is one."""
    fit: Fit = "refuse"
    """What is done when the conversation does not fit the model."""
    is_aside: bool = False
    """Whether tchat itself asks, beside the conversation."""

    @property
    def said(self) -> tuple[Message, ...]:
        """What the turn adds to the conversation."""
        return (*self.lead, *((self.message,) if self.message else ()))


class Connection(Struct, frozen=True, kw_only=True):
    """A provider that is ready to be asked."""

    provider: Provider
    account: str = ""
    """Fingerprint of the key."""
    slots: asyncio.Semaphore
    """Calls that may be under way at once."""


async def known_price(facts: ModelFacts) -> ModelFacts:
    """Return facts as they are."""
    return facts


async def uncalibrated(ref: ModelRef) -> Estimator:
    """Return the estimator of a model that no reply is known of."""
    return Estimator(ref.model)


class Surroundings(Struct, frozen=True, kw_only=True):
    """What the engine takes from the world."""

    connect: Callable[[str], Awaitable[Connection]]
    """Returns the provider of a name, or raises MissingKey, ConfigError or LocalModelError."""
    facts: Callable[[ModelRef], ModelFacts]
    log: TurnLog
    blob: Callable[[str], bytes]
    """The bytes of an attachment, by digest."""
    budget: Budget
    priced: Callable[[ModelFacts], Awaitable[ModelFacts]] = known_price
    """Returns facts with the price, which may have to be looked up."""
    estimator: Callable[[ModelRef], Awaitable[Estimator]] = uncalibrated
    """Returns what estimates tokens for a model."""
    retry: RetryPolicy = RetryPolicy()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


class Engine:
    """Asks models on behalf of every door."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._world = surroundings
        self._refused: dict[ModelRef, set[str]] = {}
        """Settings that a model refused in this session: not sent again."""

    @property
    def surroundings(self) -> Surroundings:
        """What it takes from the world."""
        return self._world

    def compose(
        self, ask: Ask, history: tuple[StoredMessage, ...], facts: ModelFacts, account: str
    ) -> tuple[Request, list[str]]:
        """Return the request that a turn begins with, and what there is to say about it.

        Args:
            ask: what is wanted.
            history: the branch that the turn follows; all of it is gone over: for a long one a thread is the place.
            facts: the model.
            account: the fingerprint of the key.

        Raises:
            AttachmentError: the model does not take an attachment, or one is gone.
        """
        fitted = fit(ask.settings, facts)
        settings, notices = fitted.settings, list(fitted.notices)
        for parameter in self._refused.get(ask.ref, ()):
            settings = without(settings, parameter)
        spoken, dropped = replayable(history, ask.ref, account, ask.system)
        if dropped:
            turns = "turn goes" if dropped == 1 else "turns go"
            notices.append(f"{dropped} earlier {turns} without its reasoning state, which only its own model can read")
        messages = (*spoken, *ask.said)
        blobs = {part.digest: self._world.blob(part.digest) for message in messages for part in message.attachments}
        request = Request(facts=facts, messages=messages, system=ask.system, settings=settings, blobs=blobs)
        check_content(request)
        return request, notices

    async def turn(self, ask: Ask) -> AsyncGenerator[TurnEvent]:
        """Ask a model and yield what happens; the last event is `Finished`.

        `Started` comes once for each attempt; only the last attempt has text. Close the generator to stop the reply.

        Raises:
            ProviderError: there is no complete reply; what arrived is stored.
            BudgetExceeded: the call could pass a limit and was not sent.
            AttachmentError: the model does not take an attachment.
            StoreError: the turn cannot be stored; nothing was sent.
        """
        world = self._world
        history = await world.log.path(ask.parent_id) if ask.parent_id else ()
        ids = await world.log.begin_turn(_new_turn(ask, _cost_of_free(world, ask.ref)))
        writer = _ReplyWriter(ids, ask, world)
        try:
            yield TurnOpened(
                conversation_id=ids.conversation_id,
                message_id=ids.message_id,
                reply_id=ids.reply_id,
                provider=ask.ref.provider,
                model=ask.ref.model,
            )
            async with aclosing(self._attempts(ask, history, writer)) as events:
                async for event in events:
                    yield event
        except TchatError as error:
            await writer.close(_state_after(error, shown=writer.shown), error)
            raise
        except BaseException:
            await writer.close("stopped")
            raise
        await writer.close("complete")

    async def _attempts(
        self, ask: Ask, history: tuple[StoredMessage, ...], writer: "_ReplyWriter"
    ) -> AsyncGenerator[TurnEvent]:
        world = self._world
        facts = await world.priced(world.facts(ask.ref))
        connection = await world.connect(ask.ref.provider)
        estimator = await world.estimator(ask.ref)

        def composed() -> tuple[Request, list[str], int]:
            request, notices = self.compose(ask, history, facts, connection.account)
            return request, notices, expected_input(request, history, estimator)

        is_brief = are_brief((*(stored.message for stored in history), *ask.said), ask.system)
        request, notices, expected = composed() if is_brief else await in_background(composed)
        for text in notices:
            yield Notice(text)
        fitted = fitted_in(request, expected, estimator, ask.fit)
        request = fitted.request
        if fitted.notice:
            yield Notice(fitted.notice)
        writer.sealing(connection.account, request)
        writer.meter.expects(estimator, fitted.tokens, left_out=fitted.left_out)
        attempt = 1
        while True:
            try:
                async with connection.slots:
                    await world.budget.reserve(writer.claim(request), worst_cost(request))
                    writer.meter.goes_out(request)
                    async with aclosing(connection.provider.stream(request)) as events:
                        async for event in events:
                            writer.take(event)
                            yield event
                    return
            except ProviderError as error:
                refused = None if writer.shown else self._refusal(error, request)
                if refused is not None:
                    request, text = refused
                    writer.sent_with(request.settings)
                    yield Notice(text)
                    continue
                delay = None if writer.shown else world.retry.delay(error, attempt, world.jitter())
                if delay is None:
                    raise
                attempt += 1
                async for waiting in self._countdown(attempt, delay, error.message):
                    yield waiting

    async def _countdown(self, attempt: int, delay: float, reason: str) -> AsyncGenerator[Retrying]:
        """Wait, and say every second how long it still takes."""
        while delay > 0:
            yield Retrying(attempt=attempt, delay=delay, reason=reason)
            step = min(delay, 1.0)
            await self._world.sleep(step)
            delay -= step

    def _refusal(self, error: ProviderError, request: Request) -> tuple[Request, str] | None:
        """Return the request without the setting that a provider objects to, or None if it objects to none."""
        parameter = error.origin.parameter
        if not isinstance(error, BadRequest) or parameter is None:
            return None
        settings = without(request.settings, parameter)
        if settings == request.settings:
            return None
        self._refused.setdefault(request.facts.ref, set()).add(parameter)
        return replace(request, settings=settings), f"{request.facts.ref} does not take {parameter}: sent without it"


class _ReplyWriter:
    """Collects one reply and keeps the store up to date with it."""

    def __init__(self, ids: TurnIds, ask: Ask, world: Surroundings) -> None:
        self._ids = ids
        self._ask = ask
        self._log = world.log
        self._budget = world.budget
        self.meter = ReplyMeter(world.clock)
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._written = (0, 0)
        """How many pieces of text and of reasoning the store has."""
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._sealed: SealedPart | None = None
        self._seal: Callable[[object], SealedPart] | None = None
        self._reply = Reply(
            provider=ask.ref.provider,
            model=ask.ref.model,
            state="streaming",
            settings=ask.settings,
            system=ask.system,
        )

    @property
    def shown(self) -> bool:
        """Whether the user has seen any of the reply."""
        return bool(self._text or self._reasoning)

    def sealing(self, account: str, request: Request) -> None:
        """Remember what the request was, so that reasoning state can be bound to it."""
        asked = request.messages
        self._seal = lambda data: seal(data, self._ask.ref, account, request.system, asked)
        self.sent_with(request.settings)

    def claim(self, request: Request) -> Claim:
        """Return what is to be reserved for the reply."""
        return Claim(
            id=self._ids.reply_id,
            conversation_id=self._ids.conversation_id,
            provider=self._ask.ref.provider,
            model=self._ask.ref.model,
            expected_input=self.meter.expected_input,
            price=request.facts.price,
        )

    def sent_with(self, settings: Settings) -> None:
        """Remember the settings that went out."""
        self._reply = replace(self._reply, settings=settings)

    def take(self, event: TurnEvent) -> None:
        """Keep what an event brings."""
        self.meter.take(event)
        match event:
            case TextDelta(text):
                self._text.append(text)
                self._schedule()
            case ReasoningDelta(text):
                self._reasoning.append(text)
                self._schedule()
            case Sealed(data):
                self._sealed = self._seal(data) if self._seal else None
            case Finished(reason):
                self._reply = replace(self._reply, finish=reason)
            case Started(model=model):
                self._reply = replace(self._reply, answered_by=model)
            case Metered() | TurnOpened() | Notice() | Retrying() | Summarising():
                pass
            case _:
                assert_never(event)

    async def close(self, state: ReplyState, error: TchatError | None = None) -> None:
        """Store the reply's final form."""
        parts = (TextPart("".join(self._text)), *((self._sealed,) if self._sealed and state == "complete" else ()))
        reasoning, failure = "".join(self._reasoning), failure_of(error) if error else None
        said = replace(self._reply, state=state, reasoning=reasoning, failure=failure)
        reply = self.meter.read(said, "".join(self._text), error)
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.shield(self._finish(Message("assistant", parts), reply))

    async def _finish(self, message: Message, reply: Reply) -> None:
        try:
            await self._log.finish(self._ids.reply_id, message, reply)
        finally:
            await self._budget.settle(self._ids.reply_id, reply)

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        texts, thoughts = self._written
        self._written = (len(self._text), len(self._reasoning))
        self._timer = None
        text, reasoning = "".join(self._text[texts:]), "".join(self._reasoning[thoughts:])
        self._writing = asyncio.create_task(self._log.append(self._ids.reply_id, text=text, reasoning=reasoning))
        self._writing.add_done_callback(_seen)


def _cost_of_free(world: Surroundings, ref: ModelRef) -> float | None:
    """Return 0 for a model that is known to be free: that stands whatever becomes of the process."""
    with suppress(TchatError):  # which the turn tells of
        price = world.facts(ref).price
        return 0.0 if price is not None and price.is_free else None
    return None


def _new_turn(ask: Ask, cost: float | None) -> NewTurn:
    return NewTurn(
        conversation_id=ask.conversation_id,
        parent_id=ask.parent_id,
        message=ask.message,
        lead=ask.lead,
        provider=ask.ref.provider,
        model=ask.ref.model,
        settings=ask.settings,
        system=ask.system,
        title=ask.title,
        source=ask.source,
        mark=ask.mark,
        cost=cost,
        is_aside=ask.is_aside,
    )


def _seen(writing: "asyncio.Task[None]") -> None:
    """Mark an error as noticed: what could not be stored in between is stored, or fails aloud, at the end."""
    if not writing.cancelled():
        writing.exception()


def _state_after(error: TchatError, *, shown: bool) -> ReplyState:
    return "interrupted" if shown and isinstance(error, NetworkError) else "failed"
