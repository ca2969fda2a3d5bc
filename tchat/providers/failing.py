"""From what a provider or the network says to the error that tchat's user reads.

Everything is told apart by status, code and words, so that no SDK need be imported to understand its errors.
Texts are cut, stripped of control characters and of the key before anything else sees them.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from msgspec.structs import replace

from tchat.domain.errors import (
    BadRequest,
    ConnectionFailed,
    ContextTooLong,
    Interrupted,
    KeyRejected,
    NetworkError,
    Origin,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
    Stalled,
    TimedOut,
    UnknownModel,
)
from tchat.domain.text import one_line

LONGEST = 400
"""Characters of a provider's own words that are worth showing."""

_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context|context (length|window|size|limit)|prompt is too long"
    r"|input token count.*exceeds|too many (input )?tokens|input is too (long|large)",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient_quota|billing|credit balance|payment|QuotaFailure.*free|quota_exceeded", re.IGNORECASE
)
_SPENT = re.compile(r"insufficient_quota|exceeded your current quota", re.IGNORECASE)
"""What is no matter of the rate, whatever the code says."""
_KEY = re.compile(r"api[ _-]?key|authentication_error|unauthorized", re.IGNORECASE)
_MODEL = re.compile(
    r"model_not_found|model.{0,80}(not found|does not exist|not exist|decommissioned|is not supported|no longer)"
    r"|(unknown|no such|invalid) model",
    re.IGNORECASE | re.DOTALL,
)
_INVALID_SCHEMA = re.compile(r"invalid_json_schema|invalid schema", re.IGNORECASE)
"""A schema that would be taken once it is mended."""
_UNSAID = {"ReadError": "it was reset", "WriteError": "it was reset"}
"""What happened to a connection where the exception itself has no words."""
_SECRET = re.compile(r"\b(sk[-_][\w.~+/-]{16,}|(AIza|gsk_|xai-|Bearer\s+)[\w.~+/-]{6,})=*")
_PARAMETERS = {
    "effort": re.compile(r"reasoning[_.]?effort|reasoning\.effort|thinking|\beffort\b|thinking_level", re.IGNORECASE),
    "temperature": re.compile(r"\btemperature\b", re.IGNORECASE),
    "top_p": re.compile(r"\btop[_-]?p\b", re.IGNORECASE),
    "stop": re.compile(r"\bstop(_sequences|Sequences)?\b['\"` ]", re.IGNORECASE),
    "seed": re.compile(r"\bseed\b", re.IGNORECASE),
    "schema": re.compile(
        r"response_format|json_schema|response_json_schema|output_config\.format|text\.format", re.IGNORECASE
    ),
}


def scrubbed(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Return a provider's words as one short line without keys, markup and control characters."""
    if re.match(r"\s*(<!doctype|<html)", text, re.IGNORECASE):
        title = re.search(r"<title[^>]*>(.*?)</title>", text[:20_000], re.IGNORECASE | re.DOTALL)
        text = f"a web page: {title[1]}" if title else "a web page"
    text = text[: 20 * LONGEST]
    for secret in secrets:
        if len(secret) >= 4:  # noqa: PLR2004  # shorter ones are words, not keys
            text = text.replace(secret, "••••")
    text = one_line(_SECRET.sub("••••", text))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def body_message(body: object) -> tuple[str, str]:
    """Return the message and the code of an error body, in any of the shapes that providers use."""
    if isinstance(body, list) and body:
        return body_message(cast("list[object]", body)[0])
    if not isinstance(body, dict):
        return (body, "") if isinstance(body, str) else ("", "")
    table = cast("dict[str, Any]", body)
    inner = table.get("error", table)
    if isinstance(inner, str):
        return inner, str(table.get("code") or "")
    if not isinstance(inner, dict):
        return "", ""
    error = cast("dict[str, Any]", inner)
    message = error.get("message") or error.get("detail") or error.get("msg") or ""
    code = " ".join(str(error[key]) for key in ("code", "type", "status") if error.get(key) is not None)
    return (message if isinstance(message, str) else str(message)), code


def from_answer(
    status: int,
    message: str,
    *,
    code: str = "",
    retry_after: float | None = None,
    origin: Origin,
    kind: type[ProviderError] | None = None,
) -> ProviderError:
    """Return the error for a failed request.

    Args:
        status: the HTTP status; for an error inside a stream the status that fits it, or 0 if there is none.
        message: the provider's words, scrubbed.
        code: the provider's machine-readable code or type.
        retry_after: seconds that the provider asks to wait.
        origin: provider and model.
        kind: the class of the error, where the adapter knows it better than status and words tell.
    """
    words = f"{code} {message}"
    kind = kind or _kind(status, code, words)
    parameter = objected_parameter(words) if kind is BadRequest else None
    origin = replace(origin, status=status or None, retry_after=retry_after, parameter=parameter)
    what, hint = _SAID[kind]
    names = {"who": origin.provider, "model": origin.model, "status": status or "an error"}
    said = f": {message}" if message else ""
    return kind(what.format(**names) + said, hint=hint.format(**names) if hint else None, origin=origin)


_SAID: dict[type[ProviderError], tuple[str, str | None]] = {
    KeyRejected: ("{who} does not accept the key", "run `tchat keys set {who}`"),
    QuotaExhausted: ("{who} says the account has no credit left", None),
    RateLimited: ("{who} limits the rate", "wait, or lower network.concurrency"),
    UnknownModel: ("{who} has no model {model!r}", "`tchat models {who}` lists what it has"),
    ContextTooLong: ("the conversation is too long for {model!r}", "shorten it, or use a model with a larger window"),
    Overloaded: ("{who} is overloaded", "try again later, or use another model"),
    BadRequest: ("{who} refuses the request", None),
    TimedOut: ("{who} did not answer in time", "try again later"),
    ServerFault: ("{who} failed with {status}", "try again later"),
}


def _kind(status: int, code: str, words: str) -> type[ProviderError]:
    rules: tuple[tuple[bool, type[ProviderError]], ...] = (
        ("rate_limit" in code and not _SPENT.search(words), RateLimited),
        (status in {0, 403, 429} and bool(_QUOTA.search(words)), QuotaExhausted),
        (status == HTTPStatus.PAYMENT_REQUIRED, QuotaExhausted),
        (status in {401, 403} or (status in {0, 400} and bool(_KEY.search(words))), KeyRejected),
        (status in {0, 400, 413, 422} and bool(_CONTEXT.search(words)), ContextTooLong),
        (status == HTTPStatus.TOO_MANY_REQUESTS or "rate_limit" in words, RateLimited),
        (status in {503, 529} or "overloaded" in words.lower(), Overloaded),
        (status in {0, 400, 404} and bool(_MODEL.search(words)), UnknownModel),
        (status in {408, 504}, TimedOut),
        (status in {0, 409} or status >= HTTPStatus.INTERNAL_SERVER_ERROR, ServerFault),
    )
    return next((kind for holds, kind in rules if holds), BadRequest)


def objected_parameter(words: str) -> str | None:
    """Return the setting that a refusal speaks of, by its name in `Settings`; None if it names none.

    A schema with a mistake in it is none that a model does not take: the user is to mend it.
    """
    if _INVALID_SCHEMA.search(words):
        return None
    for name, pattern in _PARAMETERS.items():
        if pattern.search(words):
            return name
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `retry-after-ms` or `retry-after` ask to wait; None if neither says so in seconds."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if seconds >= 0:
            return seconds
    return None


def from_transport(
    error: BaseException, origin: Origin, *, started: bool, secrets: tuple[str, ...] = ()
) -> NetworkError:
    """Return the error for a failure below HTTP, from the class name and words of an httpx or httpx2 exception.

    Args:
        error: the exception as the client raised it.
        origin: provider and model.
        started: whether the response had begun.
        secrets: keys to keep out of the text.
    """
    name = type(error).__name__
    words = scrubbed(str(error) or _UNSAID.get(name, name), secrets)
    who = origin.provider
    if "ReadTimeout" in name:
        if started:
            return Stalled(
                f"{who} went silent in the middle of the reply", hint="raise network.stall_timeout", origin=origin
            )
        return TimedOut(f"{who} did not answer in time", hint="raise network.stall_timeout", origin=origin)
    if "Timeout" in name:
        return TimedOut(f"no connection to {who} in time", hint="`tchat doctor` finds the failing layer", origin=origin)
    if started:
        return Interrupted(f"the connection to {who} broke off: {words}", hint="ask again", origin=origin)
    return ConnectionFailed(
        f"cannot connect to {who}: {words}", hint="`tchat doctor` finds the failing layer", origin=origin
    )


def ended_early(origin: Origin) -> Interrupted:
    """Return the error for a stream that ended without its final event."""
    return Interrupted(f"{origin.provider} ended the reply before it was complete", hint="ask again", origin=origin)


def nonsense(data: bytes, origin: Origin, secrets: tuple[str, ...] = ()) -> ServerFault:
    """Return the error for something that is no reply of the API that was asked for."""
    words = scrubbed(data[: 40 * LONGEST].decode("utf-8", "replace"), secrets)
    return ServerFault(
        f"{origin.provider} gave an answer that makes no sense: {words}",
        hint="check the base URL and the proxy, or try again later",
        origin=origin,
    )


def redirected(location: str, origin: Origin, secrets: tuple[str, ...] = ()) -> BadRequest:
    """Return the error for a redirect."""
    return BadRequest(
        f"{origin.provider} redirects to {scrubbed(location, secrets)!r}, which is not followed: it would be told the"
        " key",
        hint=f"set providers.{origin.provider}.base_url to where the API is",
        origin=origin,
    )
