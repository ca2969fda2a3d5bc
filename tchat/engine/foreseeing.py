"""What the next turn would take, told again and again while it is written: tokens, worst cost, whether it fits."""

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import StoredMessage
from tchat.domain.message import Message
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.engine.budget import worst_cost
from tchat.engine.fitting_in import fits
from tchat.engine.metering import expected_input
from tchat.engine.session import Ask, Engine
from tchat.meter.estimate import Estimator


class Prospect(Struct, frozen=True, kw_only=True):
    """What is expected of a turn."""

    own: int
    """Tokens of what the user says now."""
    is_counted: bool = False
    """Whether `own` is what the provider counted, and no estimate."""
    tokens: int
    """Tokens of all that would be sent."""
    worst_cost: float | None
    """US dollars; None if unknown."""
    fits: bool
    """Whether there is room for it and a reply, as far as an estimate can tell."""


class Foreseeing:
    """Remembers everything but what is being written, so that telling again costs little more than reading that.

    Args:
        engine: composes requests.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: tuple[object, Estimator, Request] | None = None
        """What was composed last, and for what: replaced as one, since two threads may tell at once."""

    def tell(
        self, ask: Ask, message: Message, history: tuple[StoredMessage, ...], facts: ModelFacts, estimator: Estimator
    ) -> Prospect:
        """Return what a turn would take; it goes over the whole history: a thread is the place for it.

        Args:
            ask: what is wanted, as it stands without the message.
            message: what the user says.
            history: the branch that it follows.
            facts: the model, with its price.
            estimator: of that model.

        Raises:
            AttachmentError: the model does not take an attachment, or one is gone.
        """
        known = [(stored.id, stored.reply and stored.reply.state, stored.summary) for stored in history]
        key = (ask, message.attachments, known, facts)
        held = self._held
        if held is None or key != held[0] or estimator is not held[1]:
            whole, _ = self._engine.compose(replace(ask, message=message), history, facts, prepares=False)
            self._held = held = (key, estimator, whole)
        request = replace(held[2], messages=(*held[2].messages[:-1], message))
        tokens = expected_input(request, history, estimator)
        own = estimator.within(request, message)
        return Prospect(own=own, tokens=tokens, worst_cost=worst_cost(request), fits=fits(request, tokens))
