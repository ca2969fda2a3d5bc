"""Whether a request and its reply fit the model's window: said before anything is sent, never silently mended."""

from tchat.domain.errors import ContextTooLong, Origin
from tchat.domain.figures import short_count
from tchat.domain.request import Request

LEAST_REPLY = 256
"""Tokens that a reply must have room for, where nobody asks for more."""
SLACK = 1.10
"""How far an estimate may be over the window before the provider is not even asked: it may be wrong itself."""


def check_window(request: Request, expected: int | None) -> None:
    """Refuse a request that does not fit.

    Args:
        request: what is about to be sent.
        expected: about how many tokens it has.

    Raises:
        ContextTooLong: it does not fit the model's window.
    """
    facts = request.facts
    if facts.window is None or expected is None:
        return
    room = min(request.settings.max_tokens or LEAST_REPLY, facts.max_output or facts.window)
    if expected + room <= facts.window * SLACK:
        return
    raise ContextTooLong(
        f"the conversation has about {short_count(expected)} tokens, and {facts.ref} takes {short_count(facts.window)}"
        f" with a reply of {short_count(room)}",
        hint="drop the oldest turns (--fit drop), begin a new conversation, or choose a model with a larger window",
        origin=Origin(provider=facts.provider, model=facts.name),
    )
