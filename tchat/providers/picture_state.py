"""Pictures within a provider's own state: kept beside it by their SHA-256, and put back when it is replayed."""

import base64
import binascii
import hashlib
from collections.abc import Generator
from contextlib import suppress
from typing import Any, cast

from tchat.domain.request import Inline, Request
from tchat.providers.spelling import base64_of

_MARK = "tchat-picture:"


def unpacked(text: object) -> bytes | None:
    """Return what base64 holds; None for what is none, or is empty."""
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text.translate({0x2D: "+", 0x5F: "/"}), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def mark_of(data: bytes) -> str:
    """Return what stands for a picture in state that is stored."""
    return _MARK + hashlib.sha256(data).hexdigest()


def put_back(state: Any, request: Request) -> Any:  # noqa: ANN401  # a provider's JSON values
    """Return state, a list of items, with every picture in place of its mark, and without items whose picture is gone.

    A provider refuses an item with an empty picture.
    """
    try:
        return _put_back(state, request)
    except _GoneError:
        return []


class _GoneError(Exception):
    """A picture is not there any more."""


def _put_back(state: Any, request: Request) -> Any:  # noqa: ANN401  # a provider's JSON values
    match state:
        case str():
            if not state.startswith(_MARK):
                return state
            payload = request.payloads.get(state.removeprefix(_MARK))
            if not isinstance(payload, Inline):
                raise _GoneError
            return base64_of(payload)
        case list():
            return list(_those_left(cast("list[object]", state), request))
        case dict():
            return {name: _put_back(item, request) for name, item in cast("dict[str, object]", state).items()}
        case _:
            return state


def _those_left(items: list[object], request: Request) -> Generator[object]:
    for item in items:
        with suppress(_GoneError):
            yield _put_back(item, request)
