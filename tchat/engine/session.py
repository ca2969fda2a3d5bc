"""One conversation turn: stored, sent, streamed, written as it arrives, priced.

Laws: the user's message is durable before the request goes out; whatever ends the turn, what arrived of the reply is
kept with its state and with what is known of its usage.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import CallMark, NewTurn, Reply, ReplyState, StoredMessage
from tchat.domain.errors import BadRequest, NetworkError, ProviderError, TchatError
from tchat.domain.events import Notice, Retrying, TurnEvent, TurnOpened
from tchat.domain.message import Message, are_brief
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Request, Settings
from tchat.engine.attaching import Media, NoMedia, attachment_notices, with_bytes, with_payloads
from tchat.engine.budget import Budget, worst_cost
from tchat.engine.fitting_in import Fit, fitted_in
from tchat.engine.metering import expected_input
from tchat.engine.replaying import replayable
from tchat.engine.reply_writer import Desk, ReplyWriter
from tchat.engine.retelling import retold
from tchat.engine.retry import RetryPolicy
from tchat.engine.turn_log import TurnLog
from tchat.meter.estimate import Estimator
from tchat.providers.base import Provider
from tchat.providers.fitting import check_content, fit, without
from tchat.threads import in_background


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
    budget: Budget
    media: Media = NoMedia()
    """Where attachments are and how they go out."""
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
        self,
        ask: Ask,
        history: tuple[StoredMessage, ...],
        facts: ModelFacts,
        account: str = "",
        *,
        prepares: bool = True,
    ) -> tuple[Request, list[str]]:
        """Return the request that a turn begins with, and what there is to say about it.

        Args:
            ask: what is wanted.
            history: the branch that the turn follows; all of it is gone over: for a long one a thread is the place.
            facts: the model.
            account: the fingerprint of the key.
            prepares: whether what goes out for attachments is made; an estimate does without.

        Raises:
            AttachmentError: the model does not take what is attached now, or something attached is gone.
        """
        fitted = fit(ask.settings, facts)
        settings, notices = fitted.settings, list(fitted.notices)
        for parameter in self._refused.get(ask.ref, ()):
            settings = without(settings, parameter)
        history, retellings = retold(history, facts, is_answered=ask.message is not None)
        notices += retellings
        spoken, dropped = replayable(history, ask.ref, account, ask.system)
        if dropped:
            turns = "turn goes" if dropped == 1 else "turns go"
            notices.append(f"{dropped} earlier {turns} without its reasoning state, which only its own model can read")
        request = Request(facts=facts, messages=(*spoken, *ask.said), system=ask.system, settings=settings)
        check_content(request, self._world.media.takers)
        if ask.message:
            notices += attachment_notices(ask.message.attachments)
        return (with_payloads if prepares else with_bytes)(request, self._world.media), notices

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
        ids = await world.log.begin_turn(_new_turn(ask))
        desk = Desk(log=world.log, budget=world.budget, media=world.media, clock=world.clock)
        writer = ReplyWriter(ids, _opening(ask), desk)
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
        self, ask: Ask, history: tuple[StoredMessage, ...], writer: ReplyWriter
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


def _opening(ask: Ask) -> Reply:
    return Reply(
        provider=ask.ref.provider, model=ask.ref.model, state="streaming", settings=ask.settings, system=ask.system
    )


def _new_turn(ask: Ask) -> NewTurn:
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
        is_aside=ask.is_aside,
    )


def _state_after(error: TchatError, *, shown: bool) -> ReplyState:
    return "interrupted" if shown and isinstance(error, NetworkError) else "failed"
