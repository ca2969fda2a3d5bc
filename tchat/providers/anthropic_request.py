"""How a request is spelled for Anthropic's Messages API.

Source: https://platform.claude.com/docs/en/api/messages. `temperature` and `top_p` are fields of the body that the SDK
no longer names; there is no seed.
"""

from typing import Any, cast

from tchat.domain.message import Attachment, ImagePart, Message, SealedPart, TextPart
from tchat.domain.model import ModelFacts
from tchat.domain.request import Inline, Linked, OnDisk, Payload, Request, Settings, Uploaded
from tchat.providers.fitting import thinking_tokens
from tchat.providers.json_values import storable
from tchat.providers.spelling import base64_of, too_large

Fields = dict[str, Any]
"""A part of the body."""

USUAL_LENGTH = 8192
"""Tokens that a reply may have where neither the user nor the catalogue says; every model since Claude 3.5 has them."""


def body(request: Request) -> Fields:
    """Return the fields of a request's body."""
    settings, facts = request.settings, request.facts
    thinking = _thinking(settings, facts)
    fields: Fields = {
        "model": request.model,
        "messages": _messages(request),
        "stream": True,
        "max_tokens": settings.max_tokens or facts.max_output or USUAL_LENGTH + thinking.get("budget_tokens", 0),
        "system": request.system or None,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "stop_sequences": list(settings.stop) or None,
        "thinking": thinking or None,
        "output_config": _output_config(settings, facts) or None,
    }
    return storable({name: value for name, value in fields.items() if value is not None})


def _thinking(settings: Settings, facts: ModelFacts) -> Fields:
    """Return whether and how much to think; summaries are asked for, as newer models keep silent by default."""
    effort, tokens = settings.effort, settings.thinking_budget
    if tokens is None and effort is not None and facts.effort_style == "budget":
        tokens = thinking_tokens(effort, facts, settings.max_tokens or facts.max_output)
    if effort == "none" or tokens == 0:
        return {"type": "disabled"}
    if tokens is not None:
        return {"type": "enabled", "budget_tokens": tokens, "display": "summarized"}
    thinks_anyway = facts.reasons and facts.default_effort != "none" and facts.effort_style != "budget"
    return {"type": "adaptive", "display": "summarized"} if effort or thinks_anyway else {}


def _output_config(settings: Settings, facts: ModelFacts) -> Fields:
    fields: Fields = {}
    is_level = settings.effort not in (None, "none") and settings.thinking_budget is None
    if is_level and facts.effort_style != "budget":
        fields["effort"] = settings.effort
    if settings.schema is not None:
        fields["format"] = {"type": "json_schema", "schema": settings.schema}
    return fields


def _messages(request: Request) -> list[Fields]:
    """Return the turns in turn: neighbours of one role become one, and what says nothing is left out."""
    spoken: list[Fields] = []
    for message in request.messages:
        _add(spoken, message.role, _content(message, request))
        if message.role == "assistant" and message.attachments:  # only users show pictures
            _add(spoken, "user", [_attached(part, request) for part in message.attachments])
    return spoken


def _add(spoken: list[Fields], role: str, content: list[Fields]) -> None:
    if spoken and spoken[-1]["role"] == role:
        spoken[-1]["content"] += content
    elif content:
        spoken.append({"role": role, "content": content})


def _content(message: Message, request: Request) -> list[Fields]:
    """Return the blocks of a message: a sealed turn is the blocks that it came as; blank text is refused."""
    if message.role == "assistant" and message.sealed is not None and isinstance(message.sealed.data, list):
        return list(cast("list[Fields]", message.sealed.data))
    blocks: list[Fields] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            if part.text.strip():
                blocks.append({"type": "text", "text": part.text})
        elif not isinstance(part, SealedPart) and message.role == "user":
            blocks.append(_attached(part, request))
    return blocks


def _attached(part: Attachment, request: Request) -> Fields:
    source = _source(part, request.payload(part))
    if isinstance(part, ImagePart):
        return {"type": "image", "source": source}
    return {"type": "document", "source": source, **({"title": part.name} if part.name else {})}


def _source(part: Attachment, payload: Payload) -> Fields:
    match payload:
        case Inline():
            return {"type": "base64", "media_type": payload.media_type, "data": base64_of(payload)}
        case Linked(url=url):
            return {"type": "url", "url": url}
        case Uploaded(file=file):
            return {"type": "file", "file_id": file}
        case OnDisk():
            raise too_large(part)
