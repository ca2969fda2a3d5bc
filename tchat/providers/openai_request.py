"""How a request is spelled for OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses/create. Nothing is stored at OpenAI (`store`), so that
reasoning comes back encrypted and is sent along with the turn it belongs to.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlsplit

from tchat.domain.detail import Detail
from tchat.domain.message import Attachment, ImagePart, Message, SealedPart, TextPart
from tchat.domain.request import Inline, Linked, OnDisk, Payload, Request, Uploaded
from tchat.providers.json_schema import is_closed
from tchat.providers.json_values import storable
from tchat.providers.picture_state import put_back
from tchat.providers.spelling import data_url, pdf_name, too_large

Fields = dict[str, Any]
"""A part of the body."""

WISHES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"summary": ("summar",), "stream_options": ("stream_options", "obfuscation")}
)
"""What a reply is as good without, and the words in which it is refused.

Summaries of reasoning are kept from organisations that OpenAI has not verified.
"""


_DETAILS: Mapping[Detail, str] = MappingProxyType(
    {"low": "low", "medium": "high", "high": "high", "original": "original"}
)
"""What each level is called; a picture at `medium` is smaller already."""


def pads_events(base_url: str) -> bool:
    """Whether a server pads its events unless it is told not to: OpenAI's own do, and others need not know the word."""
    return f".{urlsplit(base_url).hostname}".endswith(".openai.com")


def body(request: Request, *, padded: bool, refused: Collection[str] = ()) -> Fields:
    """Return the fields of a request's body.

    Args:
        request: what is asked.
        padded: whether the server pads its events unless it is told not to.
        refused: the `WISHES` that are not to be sent.
    """
    settings = request.settings
    schema = settings.schema
    fields: Fields = {
        "model": request.model,
        "input": [item for message in request.messages for item in _items(message, request)],
        "instructions": request.system or None,
        "stream": True,
        "stream_options": {"include_obfuscation": False} if padded and "stream_options" not in refused else None,
        "store": False,
        "max_output_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "reasoning": _reasoning(request, with_summary="summary" not in refused) or None,
        "text": {"format": _format(schema)} if schema is not None else None,
        "tools": [{"type": "image_generation"}] if settings.draw else None,
    }
    return storable({name: value for name, value in fields.items() if value is not None})


def _reasoning(request: Request, *, with_summary: bool) -> Fields:
    effort, facts = request.settings.effort, request.facts
    fields: Fields = {"effort": effort} if effort else {}
    will_reason = effort != "none" if effort else facts.reasons and facts.default_effort != "none"
    if will_reason and with_summary:
        fields["summary"] = "auto"
    return fields


def _format(schema: Fields) -> Fields:
    return {"type": "json_schema", "name": "reply", "schema": schema, "strict": is_closed(schema)}


def _items(message: Message, request: Request) -> list[Fields]:
    """Return the input items for a message: a sealed turn is the items that it came as."""
    if message.role == "user":
        return [{"role": "user", "content": _content(message, request)}]
    if message.sealed is not None and isinstance(message.sealed.data, list):
        return cast("list[Fields]", put_back(cast("object", message.sealed.data), request))
    said: list[Fields] = [{"role": "assistant", "content": message.text}] if message.text else []
    if message.attachments:  # only users show pictures
        said.append({"role": "user", "content": [_attached(part, request) for part in message.attachments]})
    return said


def _content(message: Message, request: Request) -> str | list[Fields]:
    if all(isinstance(part, TextPart) for part in message.parts):
        return message.text
    content: list[Fields] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            content.append({"type": "input_text", "text": part.text})
        elif not isinstance(part, SealedPart):
            content.append(_attached(part, request))
    return content


def _attached(part: Attachment, request: Request) -> Fields:
    payload = request.payload(part)
    if isinstance(part, ImagePart):
        detail = request.settings.detail
        return {"type": "input_image", "detail": _DETAILS[detail] if detail else "auto", **_image_source(part, payload)}
    name = pdf_name(part)
    match payload:
        case Inline():
            return {"type": "input_file", "filename": name, "file_data": data_url(payload)}
        case Linked(url=url):
            return {"type": "input_file", "file_url": url}
        case Uploaded(file=file):
            return {"type": "input_file", "file_id": file}
        case OnDisk():
            raise too_large(part)


def _image_source(part: ImagePart, payload: Payload) -> Fields:
    match payload:
        case Inline():
            return {"image_url": data_url(payload)}
        case Linked(url=url):
            return {"image_url": url}
        case Uploaded(file=file):
            return {"file_id": file}
        case OnDisk():
            raise too_large(part)
