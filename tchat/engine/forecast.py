"""What a turn would take, before it is sent: tokens, the room that they fill, and what it could cost at most."""

import asyncio

from msgspec import Struct

from tchat.domain.errors import LocalModelError, MissingKey, TchatError
from tchat.domain.model import ModelRef
from tchat.engine.budget import worst_cost
from tchat.engine.counting import COUNT_SECONDS
from tchat.engine.fitting_in import fits
from tchat.engine.metering import expected_input
from tchat.engine.session import Ask, Engine
from tchat.engine.shortening import WaysOut, ways_out
from tchat.providers.base import Counting
from tchat.threads import in_background


class Forecast(Struct, frozen=True, kw_only=True):
    """What would be sent and what is expected of it."""

    model: ModelRef
    estimated: int
    """Tokens, by tchat's own estimate."""
    counted: int | None = None
    """Tokens, as the provider counts them; None where it cannot be asked."""
    window: int | None = None
    longest_reply: int | None = None
    """Tokens that the reply may have at most; None if unknown."""
    worst_cost: float | None = None
    """US dollars; None if unknown."""
    source: str = ""
    """Where the price is from."""
    notes: tuple[str, ...] = ()
    """What would be changed for the model."""
    fits: bool = True
    """Whether it would be sent as it is, as far as the model's window goes."""
    ways: WaysOut = WaysOut()
    """What can be done where it does not fit."""

    @property
    def tokens(self) -> int:
        """Tokens that are sent, as well as that is known."""
        return self.estimated if self.counted is None else self.counted


async def forecast(engine: Engine, ask: Ask, *, asks_provider: bool) -> Forecast:
    """Return what a turn would take.

    Args:
        engine: would be asked.
        ask: what is wanted.
        asks_provider: whether the provider is to count the tokens, where it does that for free; else nothing is sent.

    Raises:
        AttachmentError: the model does not take an attachment.
        StoreError: the database cannot be read.
        ConfigError: the provider is not configured.
    """
    world = engine.surroundings
    history = await world.log.path(ask.parent_id) if ask.parent_id else ()
    facts = await world.priced(world.facts(ask.ref))
    try:
        connection = await world.connect(ask.ref.provider)
    except (MissingKey, LocalModelError):  # what would be sent is known without them
        connection = None
    account = connection.account if connection else ""
    request, notes = await in_background(lambda: engine.compose(ask, history, facts, account))
    estimator = await world.estimator(ask.ref)
    counted: int | None = None
    if asks_provider and connection is not None and isinstance(connection.provider, Counting):
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                counted = await connection.provider.count(request)
        except (TchatError, TimeoutError):
            counted = None
    estimated = expected_input(request, history, estimator)
    is_fitting = fits(request, estimated)
    return Forecast(
        model=ask.ref,
        estimated=estimated,
        counted=counted,
        window=facts.window,
        longest_reply=request.settings.max_tokens or facts.max_output,
        worst_cost=worst_cost(request),
        source=facts.price.source if facts.price else "",
        notes=tuple(notes),
        fits=is_fitting,
        ways=WaysOut() if is_fitting else await in_background(lambda: ways_out(engine, ask, history, facts, estimator)),
    )
