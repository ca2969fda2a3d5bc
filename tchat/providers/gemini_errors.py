"""What Gemini says when it refuses, and the error that it stands for.

Source: https://cloud.google.com/apis/design/errors (`google.rpc.Status` with its details).
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from tchat.domain.errors import Origin, ProviderError, QuotaExhausted, RateLimited
from tchat.providers import failing

_DELAY = re.compile(r"\s*(\d{1,6}(?:\.\d{1,9})?)s\s*")


def from_status(
    status: int,
    said: object,
    *,
    headers: Mapping[str, str] | None = None,
    origin: Origin,
    secrets: tuple[str, ...],
) -> ProviderError:
    """Return the error for a refusal.

    Args:
        status: the HTTP status; for an error inside a stream its `code`, 0 if it has none.
        said: the body: parsed if it is JSON, as text otherwise.
        headers: of the answer.
        origin: provider and model.
        secrets: keys to keep out of the text.
    """
    message, code = failing.body_message(said)
    details = _details(said)
    reasons = [reason for detail in details if isinstance(reason := detail.get("reason"), str)]
    delay = _retry_delay(details)
    return failing.from_answer(
        status,
        failing.scrubbed(message, secrets),
        code=failing.scrubbed(" ".join([code, *reasons]), secrets),
        retry_after=failing.retry_after(headers or {}) if delay is None else delay,
        origin=origin,
        kind=_limit(details, delay) if status == HTTPStatus.TOO_MANY_REQUESTS else None,
    )


def _details(said: object) -> list[dict[str, Any]]:
    if isinstance(said, list) and said:
        return _details(cast("list[object]", said)[0])
    error = cast("dict[str, object]", said).get("error") if isinstance(said, dict) else None
    details = cast("dict[str, object]", error).get("details") if isinstance(error, dict) else None
    if not isinstance(details, list):
        return []
    return [cast("dict[str, Any]", detail) for detail in cast("list[object]", details) if isinstance(detail, dict)]


def _retry_delay(details: list[dict[str, Any]]) -> float | None:
    for detail in details:
        found = _DELAY.fullmatch(str(detail.get("retryDelay", "")))
        if found:
            return float(found[1])
    return None


def _limit(details: list[dict[str, Any]], delay: float | None) -> type[ProviderError] | None:
    """Return which limit was reached: Gemini speaks of plan and billing even where a minute's wait helps."""
    violations = [violation for detail in details for violation in _listed(detail.get("violations"))]
    quotas = " ".join(str(violation.get("quotaId", "")) for violation in violations)
    if "PerDay" in quotas:
        return QuotaExhausted
    return RateLimited if delay is not None or "PerMinute" in quotas else None


def _listed(value: object) -> list[dict[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
