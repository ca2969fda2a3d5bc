"""What an OpenAI-compatible server says when there is no reply, and the error that it stands for."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from tchat.domain.errors import BadRequest, Origin, ProviderError
from tchat.providers import failing
from tchat.providers.json_values import table


def refusal(
    data: bytes, origin: Origin, secrets: tuple[str, ...], *, status: int = 0, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """Return the error for a failed request, or for an error inside a reply.

    Args:
        data: the body or the event.
        origin: provider and model.
        secrets: keys to keep out of the text.
        status: the HTTP status; 0 inside a reply, whose own code counts then.
        headers: of the answer.
    """
    if status in range(HTTPStatus.MULTIPLE_CHOICES, HTTPStatus.BAD_REQUEST):
        return failing.redirected((headers or {}).get("location", ""), origin, secrets)
    said = _parsed(data)
    message, code = failing.body_message(said)
    words = " ".join(part for part in (message, _upstream(said)) if part)
    error = failing.from_answer(
        status or _status(said),
        failing.scrubbed(words, secrets),
        code=failing.scrubbed(code, secrets),
        retry_after=failing.retry_after(headers or {}),
        origin=origin,
    )
    if status == HTTPStatus.NOT_FOUND and isinstance(error, BadRequest):
        error.hint = f"check providers.{origin.provider}.base_url: most end in /v1"
    return error


def _text(data: bytes) -> str:
    """Return as much of a body as can matter to an error."""
    return data[: 40 * failing.LONGEST].decode("utf-8", "replace")


def _parsed(data: bytes) -> object:
    try:
        said: object = json.loads(data)
    except (ValueError, RecursionError):
        return _text(data)
    fields = table(said)
    return said if "error" in fields or "x_groq" not in fields else table(fields["x_groq"])


def _upstream(said: object) -> str:
    """Return what OpenRouter says its own provider said."""
    raw = table(table(table(said).get("error")).get("metadata")).get("raw")
    return raw if isinstance(raw, str) else ""


def _status(said: object) -> int:
    """Return the status that an error inside a reply names; 0 if it names none."""
    error = table(table(said).get("error", said))
    for name in ("status_code", "code", "status"):
        value = error.get(name)
        if isinstance(value, int) and value in range(HTTPStatus.BAD_REQUEST, 600):
            return value
    return 0
