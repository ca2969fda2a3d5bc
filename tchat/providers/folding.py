"""Attachments in a request, folded: a readable mark stands for the base64 of each, and the file for the mark."""

import base64
import hashlib
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.file_names import file_name
from tchat.domain.message import Attachment
from tchat.domain.request import Inline, Request
from tchat.domain.text import one_line
from tchat.providers.base import WireRequest


class FoldedFile(Struct, frozen=True, kw_only=True):
    """An attachment whose bytes are left out."""

    mark: str
    """What stands for them in the body."""
    name: str
    """What copies of the request call the file."""
    data: bytes
    """As they went out, which may be fewer than what was attached, and without what a camera noted."""


class Folding(Struct, frozen=True, kw_only=True):
    """A request without the bytes of its attachments."""

    wire: WireRequest
    files: tuple[FoldedFile, ...] = ()


def fold(wire: WireRequest, request: Request) -> Folding:
    """Return what went over the wire for `request` with a mark in place of each attachment."""
    parts = {part.key: part for message in request.messages for part in message.attachments}
    files: list[FoldedFile] = []
    spellings: dict[str, str] = {}
    for key, part in parts.items():
        payload = request.payloads.get(key)
        if not isinstance(payload, Inline) or not payload.data:
            continue
        data = payload.data
        file = _file(part, payload, len(files) + 1)
        files.append(file)
        spellings[base64.b64encode(data).decode()] = file.mark
        spellings[base64.urlsafe_b64encode(data).decode()] = file.mark
    if not files:
        return Folding(wire=wire)
    return Folding(wire=replace(wire, body=_folded(wire.body, spellings)), files=tuple(files))


def _file(part: Attachment, payload: Inline, number: int) -> FoldedFile:
    media_type, size = one_line(payload.media_type), len(payload.data)
    name = file_name(part.name, media_type, hashlib.sha256(payload.data).hexdigest())
    called = one_line(part.name).rpartition("/")[2] or name
    mark = f"<file {number}: {called}, {media_type}, {size:,} bytes as base64>"
    return FoldedFile(mark=mark, name=name, data=payload.data)


def _folded(value: object, spellings: dict[str, str]) -> Any:  # noqa: ANN401  # JSON values
    match value:
        case str():
            for spelling, mark in spellings.items():
                if len(value) >= len(spelling):
                    value = value.replace(spelling, mark)
            return value
        case list():
            return [_folded(item, spellings) for item in cast("list[object]", value)]
        case dict():
            return {name: _folded(item, spellings) for name, item in cast("dict[str, object]", value).items()}
        case _:
            return value
