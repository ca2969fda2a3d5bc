"""Whether a request and its reply fit the model's window: said before anything is sent, never silently mended."""

from typing import Literal

from msgspec.structs import replace

from tchat.domain.errors import ContextTooLong, Origin
from tchat.domain.figures import short_count
from tchat.domain.request import Request
from tchat.meter.estimate import Estimator

Fit = Literal["refuse", "drop"]
"""What is done with a conversation that does not fit: nothing is sent, or the oldest turns are left out."""

LEAST_REPLY = 256
"""Tokens that a reply must have room for, where nobody asks for more."""
SLACK = 1.10
"""How far an estimate may be over the window before the provider is not even asked: it may be wrong itself."""


def fitted_in(request: Request, tokens: int, estimator: Estimator, fit: Fit) -> tuple[Request, int, str | None]:
    """Return a request that fits, about how many tokens it has, and what there is to say about it.

    Args:
        request: what is about to be sent.
        tokens: about how many it has.
        estimator: of its model.
        fit: what is done if that is too much.

    Raises:
        ContextTooLong: it does not fit the model's window.
    """
    if fits(request, tokens):
        return request, tokens, None
    if fit == "refuse":
        raise _too_long(request, tokens)
    messages, dropped = request.messages, 0
    while not _has_room(request, tokens, 1.0):
        following = next((place for place in range(1, len(messages)) if messages[place].role == "user"), None)
        if following is None:
            raise _too_long(request, tokens)
        tokens -= sum(estimator.within(request, message) for message in messages[:following])
        messages, dropped = messages[following:], dropped + 1
    # Reasoning state is bound to all that came before it.
    shorter = replace(request, messages=tuple(message.without_sealed() for message in messages))
    turns = "the oldest turn is" if dropped == 1 else f"the {dropped} oldest turns are"
    return shorter, tokens, f"{turns} left out, so that the conversation fits {request.facts.ref}"


def fits(request: Request, tokens: int) -> bool:
    """Whether a request of about so many tokens would be sent as it is."""
    return _has_room(request, tokens, SLACK)


def room_for_reply(request: Request) -> int:
    """Return the tokens that must be left for the reply."""
    facts = request.facts
    return min(request.settings.max_tokens or LEAST_REPLY, facts.max_output or facts.window or LEAST_REPLY)


def _has_room(request: Request, tokens: int, slack: float) -> bool:
    window = request.facts.window
    return window is None or tokens + room_for_reply(request) <= window * slack


def _too_long(request: Request, tokens: int) -> ContextTooLong:
    facts = request.facts
    return ContextTooLong(
        f"this would be about {short_count(tokens)} tokens and a reply of up to {short_count(room_for_reply(request))},"
        f" and {facts.ref} takes {short_count(facts.window)} together",
        hint="leave out the oldest turns (`--fit drop`), begin anew, or take a model with a larger window",
        origin=Origin(provider=facts.provider, model=facts.name),
    )
