"""One conversation turn: stored, sent, streamed, written as it arrives, priced.

Laws: the user's message is durable before the request goes out; whatever ends the turn, what arrived of the reply is
kept with its state and with what is known of its usage.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import CallMark, NewTurn, Reply, ReplyState, StoredMessage
from tchat.domain.errors import BudgetExceeded, NetworkError, ProviderError, TchatError
from tchat.domain.events import Notice, Retrying, TurnEvent, TurnOpened
from tchat.domain.message import Message, are_brief
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Request, Settings
from tchat.engine.attaching import Media, NoMedia, attachment_notices, with_bytes, with_payloads
from tchat.engine.budget import Allowance, Budget, worst_cost
from tchat.engine.fitting_in import Fit, fitted_in
from tchat.engine.metering import expected_input
from tchat.engine.refused import RefusedSettings
from tchat.engine.replaying import replayable
from tchat.engine.reply_writer import Desk, ReplyWriter
from tchat.engine.retelling import retold
from tchat.engine.retry import RetryPolicy
from tchat.engine.turn_log import TurnLog
from tchat.engine.watching import UNWATCHED, Unwanted, Watch
from tchat.meter.estimate import Estimator
from tchat.providers.base import Provider
from tchat.providers.fitting import check_content, fit
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
    allowances: tuple[Allowance, ...] = ()
    """What the turn has to keep within, beside the limits of the settings."""
    is_aside: bool = False
    """Whether tchat itself asks, beside the conversation."""
    watch: Watch = UNWATCHED
    """Who follows the turn."""

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
    keyless: Callable[[str], Provider]
    """Returns a provider in which the name of a variable stands for the key: it spells requests, and sends none."""
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
        self._refused = RefusedSettings()

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
        settings, refused = self._refused.left_out(ask.ref, fitted.settings)
        notices = [*fitted.notices, *refused]
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
            Unwanted: whoever follows the turn does not want it any more; no request is under way.
        """
        world = self._world
        _make_sure_of(ask)
        history = await world.log.path(ask.parent_id) if ask.parent_id else ()
        ids = await world.log.begin_turn(_new_turn(ask, _cost_of_free(world, ask.ref)))
        desk = Desk(log=world.log, budget=world.budget, media=world.media, clock=world.clock, on_end=ask.watch.ends)
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
        except (GeneratorExit, asyncio.CancelledError, KeyboardInterrupt, Unwanted):
            await writer.close("complete" if writer.is_finished else "stopped")
            raise
        except BaseException as fault:
            await writer.close("failed", _fault(fault))
            raise
        await writer.close("complete")

    async def _attempts(
        self, ask: Ask, history: tuple[StoredMessage, ...], writer: ReplyWriter
    ) -> AsyncGenerator[TurnEvent]:
        world = self._world
        connection = await world.connect(ask.ref.provider)
        request, notices = await self._ready(ask, history, connection, writer)
        for text in notices:
            yield Notice(text)
        attempt = 1
        while True:
            try:
                # Money before the slot: whoever has a slot can always go on, and gives it back.
                await self._reserve(ask, request, writer)
                async with connection.slots:
                    _make_sure_of(ask)
                    ask.watch.goes_out()
                    writer.meter.goes_out(request)
                    async with aclosing(connection.provider.stream(request)) as events:
                        async for event in events:
                            writer.take(event)
                            yield event
                    return
            except ProviderError as error:
                following = None if writer.shown else self._following(error, request, attempt)
                if following is None:
                    raise
                writer.meter.comes_back(error)
                await world.budget.lower(writer.claim(request), writer.meter.worst_with(0.0) or 0.0)
                request, text, delay = following
                writer.sent_with(request.settings)
                if text is not None:
                    yield Notice(text)
                    continue
                attempt += 1
                async for waiting in self._countdown(attempt, delay, error.message):
                    yield waiting
                    _make_sure_of(ask)

    async def _reserve(self, ask: Ask, request: Request, writer: ReplyWriter) -> None:
        """Hold what the next attempt may cost, those before it included.

        Raises:
            BudgetExceeded: it could pass a limit.
            Unwanted: it could, and is not wanted any more.
        """
        worst = writer.meter.worst_with(worst_cost(request))
        try:
            await self._world.budget.reserve(writer.claim(request), worst, ask.allowances)
        except BudgetExceeded:
            _make_sure_of(ask)
            raise

    async def _ready(
        self, ask: Ask, history: tuple[StoredMessage, ...], connection: Connection, writer: ReplyWriter
    ) -> tuple[Request, list[str]]:
        """Return the request that goes out first, and what there is to say about it."""
        world = self._world
        facts = await world.priced(world.facts(ask.ref))
        estimator = await world.estimator(ask.ref)

        def composed() -> tuple[Request, list[str], int]:
            request, notices = self.compose(ask, history, facts, connection.account)
            return request, notices, expected_input(request, history, estimator)

        is_brief = are_brief((*(stored.message for stored in history), *ask.said), ask.system)
        whole, notices, expected = composed() if is_brief else await in_background(composed)
        fitted = fitted_in(whole, expected, estimator, ask.fit)
        writer.sent_with(fitted.request.settings)
        if not fitted.left_out:  # the next turn is told all again, or less: state of a shortened request fits neither
            writer.sealing(connection.account, fitted.request)
        writer.meter.expects(estimator, fitted.tokens, left_out=fitted.left_out)
        return fitted.request, notices if fitted.notice is None else [*notices, fitted.notice]

    def _following(
        self, error: ProviderError, request: Request, attempt: int
    ) -> tuple[Request, str | None, float] | None:
        """Return what goes out after a failed attempt, what changed in it, and after how long; None if nothing."""
        refused = self._refused.learn(request.facts.ref, request.settings, error)
        if refused is not None:
            settings, text = refused
            return replace(request, settings=settings), text, 0.0
        delay = self._world.retry.delay(error, attempt, self._world.jitter())
        return None if delay is None else (request, None, delay)

    async def _countdown(self, attempt: int, delay: float, reason: str) -> AsyncGenerator[Retrying]:
        """Wait, and say every second how long it still takes."""
        while delay > 0:
            yield Retrying(attempt=attempt, delay=delay, reason=reason)
            step = min(delay, 1.0)
            await self._world.sleep(step)
            delay -= step


def _make_sure_of(ask: Ask) -> None:
    """Make sure that a request may still go out."""
    if not ask.watch.is_wanted:
        raise Unwanted


def _opening(ask: Ask) -> Reply:
    return Reply(
        provider=ask.ref.provider, model=ask.ref.model, state="streaming", settings=ask.settings, system=ask.system
    )


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


def _fault(fault: BaseException) -> TchatError:
    """Return what is kept with a reply that a fault of this program ended."""
    return TchatError(f"tchat itself failed ({type(fault).__name__})", hint="ask again; the crash report says more")


def _state_after(error: TchatError, *, shown: bool) -> ReplyState:
    return "interrupted" if shown and isinstance(error, NetworkError) else "failed"
