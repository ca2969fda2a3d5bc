"""Whether a request and its reply fit the model's window: said before anything is sent, never silently mended."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import ContextTooLong, Origin
from tchat.domain.figures import oldest_turns, short_count
from tchat.domain.request import Request
from tchat.meter.estimate import Estimator

Fit = Literal["refuse", "drop", "summarise"]
"""What is done with a conversation that does not fit: nothing is sent, or the oldest turns are left out, or summarised
(see `tchat.engine.summarising`)."""

LEAST_REPLY = 256
"""Tokens that a reply must have room for, where nobody asks for more."""
SLACK = 1.10
"""How far an estimate may be over the window before the provider is not even asked: it may be wrong itself."""


class Fitted(Struct, frozen=True, kw_only=True):
    """A request that fits its model."""

    request: Request
    tokens: int
    """About how many it has."""
    left_out: int = 0
    """Messages at its beginning that are not in it any more."""
    notice: str | None = None
    """What there is to say about it."""


def fitted_in(request: Request, tokens: int, estimator: Estimator, fit: Fit) -> Fitted:
    """Return a request that fits.

    Args:
        request: what is about to be sent.
        tokens: about how many it has.
        estimator: of its model.
        fit: what is done if that is too much.

    Raises:
        ContextTooLong: it does not fit the model's window.
    """
    if fits(request, tokens):
        return Fitted(request=request, tokens=tokens)
    if fit != "drop":
        raise too_long(request, tokens)
    messages, dropped = request.messages, 0
    while not has_room(request, tokens):
        following = next((place for place in range(1, len(messages)) if messages[place].role == "user"), None)
        if following is None:
            raise too_long(request, tokens)
        tokens -= sum(estimator.within(request, message) for message in messages[:following])
        messages, dropped = messages[following:], dropped + 1
    # Reasoning state is bound to all that came before it.
    shorter = replace(request, messages=tuple(message.without_sealed() for message in messages))
    turns = f"the {oldest_turns(dropped)} {'is' if dropped == 1 else 'are'}"
    return Fitted(
        request=shorter,
        tokens=tokens,
        left_out=len(request.messages) - len(messages),
        notice=f"{turns} left out, so that the conversation fits {request.facts.ref}",
    )


def fits(request: Request, tokens: int) -> bool:
    """Whether a request of about so many tokens would be sent as it is."""
    return has_room(request, tokens, SLACK)


def room_for_reply(request: Request) -> int:
    """Return the tokens that must be left for the reply."""
    facts = request.facts
    return min(request.settings.max_tokens or LEAST_REPLY, facts.max_output or facts.window or LEAST_REPLY)


def has_room(request: Request, tokens: int, part: float = 1.0) -> bool:
    """Whether a request of about so many tokens and its reply fill no more than a part of the window."""
    window = request.facts.window
    return window is None or tokens + room_for_reply(request) <= window * part


_WAYS_OUT = (
    "summarise the oldest turns (`--fit summarise`), leave them out (`--fit drop`), begin anew, or take a model with a"
    " larger window"
)


def too_long(request: Request, tokens: int, hint: str | None = None) -> ContextTooLong:
    """Return the error for what does not fit, with what can be done about it unless another `hint` is given."""
    facts = request.facts
    ways_out = _WAYS_OUT if len(request.messages) > 1 else "send less, or take a model with a larger window"
    return ContextTooLong(
        f"this would be about {short_count(tokens)} tokens and a reply of up to {short_count(room_for_reply(request))},"
        f" and {facts.ref} takes {short_count(facts.window)} together",
        hint=hint or ways_out,
        origin=Origin(provider=facts.provider, model=facts.name),
    )
