"""What Anthropic says when it refuses, and the error that it stands for.

Source: https://platform.claude.com/docs/en/api/errors.
"""

import re
from http import HTTPStatus
from typing import Any

from tchat.domain.errors import Origin, ProviderError, QuotaExhausted, UnknownModel
from tchat.providers import failing

_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The status that each type of error has where it comes instead of a reply."""
_SPENT = re.compile(r"credit balance|usage limits?\b|spend(ing)? limit", re.IGNORECASE)
_MODEL = re.compile(r"\s*model\b", re.IGNORECASE)


def kind(status: int, code: str, message: str) -> type[ProviderError] | None:
    """Return the class of an error where Anthropic's words tell it; None leaves it to the common rules."""
    if _SPENT.search(message) and status in {400, 403, 429}:
        return QuotaExhausted
    if status == HTTPStatus.NOT_FOUND and "not_found_error" in code and _MODEL.match(message):
        return UnknownModel
    return None


def from_event(said: dict[str, Any], origin: Origin, secrets: tuple[str, ...]) -> ProviderError:
    """Return the error that an event inside a reply reports."""
    message, code = failing.body_message(said)
    message, code = failing.scrubbed(message, secrets), failing.scrubbed(code, secrets)
    status = next((_STATUSES[word] for word in code.split() if word in _STATUSES), 0)
    return failing.from_answer(status, message, code=code, origin=origin, kind=kind(status, code, message))
