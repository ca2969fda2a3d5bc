"""How a request is spelled for OpenAI-compatible servers, and where the well-known ones differ.

Only fields that every such server knows are sent to one that is not known: no `max_completion_tokens`, `store`,
`verbosity` or role `developer`. Sources: each vendor's API reference; what the adapter's tests name.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, cast

import msgspec
from msgspec import Struct

from tchat.domain.detail import Detail
from tchat.domain.effort import Effort, nearest
from tchat.domain.errors import AttachmentError
from tchat.domain.message import (
    Attachment,
    AudioPart,
    DocumentPart,
    ImagePart,
    Message,
    SealedPart,
    TextPart,
    VideoPart,
)
from tchat.domain.model import ModelFacts
from tchat.domain.request import Inline, Linked, OnDisk, Payload, Request, Settings, Uploaded
from tchat.domain.text import encodable
from tchat.providers.json_schema import is_closed
from tchat.providers.spelling import base64_of, data_url, pdf_name, too_large

Fields = dict[str, Any]
"""A part of the body."""


class Dialect(Struct, frozen=True, kw_only=True):
    """Where a server differs from the rest."""

    effort: Callable[[Effort, bool], Fields]
    """The fields for a level; the second argument says that the model's reasoning is only on or off."""
    levels: tuple[Effort, ...] | None = None
    """The levels that the server itself takes, for models of which nothing is known; None if it takes all."""
    budget: Callable[[int], Fields] = lambda tokens: {"thinking_budget": tokens}
    """The fields for a number of thinking tokens above 0."""
    seed: str = "seed"
    meters: bool = True
    """Whether usage has to be asked for."""
    document: Callable[[str, str], Fields] = lambda name, url: {
        "type": "file",
        "file": {"filename": name, "file_data": url},
    }
    """The part for a document, from its name and its data URL."""
    details: bool = False
    """Whether pictures are told apart by detail."""
    draws: bool = False
    """Whether pictures have to be asked for."""


WISHES: Mapping[str, tuple[bytes, ...]] = MappingProxyType(
    {"stream_options": (b"stream_options", b"include_usage"), "reasoning_format": (b"reasoning_format",)}
)
"""Fields that a reply is as good without, and the words that a server objects to them with."""


def _plain(effort: Effort, _: bool) -> Fields:  # noqa: FBT001  # one signature for every dialect
    return {"reasoning_effort": effort}


def _openrouter(effort: Effort, _: bool) -> Fields:  # noqa: FBT001
    return {"reasoning": {"effort": effort}}


def _deepseek(effort: Effort, _: bool) -> Fields:  # noqa: FBT001
    if effort == "none":
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {"type": "enabled"}, "reasoning_effort": effort}


def _groq(effort: Effort, switch: bool) -> Fields:  # noqa: FBT001
    if effort == "none" or not switch:
        return {"reasoning_effort": effort}
    return {"reasoning_effort": "default", "reasoning_format": "parsed"}


def _template(effort: Effort, switch: bool) -> Fields:  # noqa: FBT001
    """Spell effort for servers that render a chat template: Qwen's and DeepSeek's have a switch, gpt-oss's a level."""
    on = effort != "none"
    fields: Fields = {"chat_template_kwargs": {"enable_thinking": on, "thinking": on}}
    return {**fields, "reasoning_effort": effort} if on and not switch else fields


_DETAILS: Mapping[Detail, str] = MappingProxyType({"low": "low", "medium": "high", "high": "high", "original": "high"})
_SOUNDS = {"audio/wav": "wav", "audio/mpeg": "mp3"}
_THREE: tuple[Effort, ...] = ("low", "medium", "high")
_LLAMACPP = Dialect(effort=_template, budget=lambda tokens: {"reasoning_budget_tokens": tokens})
_DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "": Dialect(effort=_plain),
        "deepseek": Dialect(effort=_deepseek),
        "groq": Dialect(effort=_groq),
        "llamacpp": _LLAMACPP,
        "local": _LLAMACPP,
        "mistral": Dialect(
            effort=_plain,
            seed="random_seed",
            meters=False,
            document=lambda name, url: {"type": "document_url", "document_name": name, "document_url": url},
        ),
        "ollama": Dialect(effort=_plain, levels=("none", *_THREE)),
        "openrouter": Dialect(
            effort=_openrouter,
            levels=("none", "minimal", *_THREE, "xhigh"),
            budget=lambda tokens: {"reasoning": {"max_tokens": tokens}},
            details=True,
            draws=True,
        ),
        "vllm": Dialect(
            effort=_template,
            levels=("none", *_THREE),
            budget=lambda tokens: {"thinking_token_budget": tokens},
        ),
    }
)


def body(request: Request, preset: str) -> Fields:
    """Return the fields of a request's body, in the words of the server `preset`."""
    dialect = _DIALECTS.get(preset, _DIALECTS[""])
    return {
        "model": request.model,
        "messages": _messages(request, dialect),
        "stream": True,
        **({"stream_options": {"include_usage": True}} if dialect.meters else {}),
        **_tuning(request.settings, dialect),
        **_thinking(request.settings, request.facts, dialect),
        **({"modalities": ["image", "text"]} if dialect.draws and _draws(request) else {}),
    }


def _draws(request: Request) -> bool:
    return request.facts.draws is True if request.settings.draw is None else request.settings.draw


def encoded(fields: Fields) -> bytes:
    """Return a body as JSON; halves of surrogate pairs are replaced."""
    try:
        return msgspec.json.encode(fields)
    except UnicodeEncodeError:
        return encodable(json.dumps(fields, ensure_ascii=False, default=str)).encode()


def _tuning(settings: Settings, dialect: Dialect) -> Fields:
    schema = settings.schema
    fields: Fields = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        dialect.seed: settings.seed,
        "stop": list(settings.stop) or None,
        "response_format": _response_format(schema) if schema is not None else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _thinking(settings: Settings, facts: ModelFacts, dialect: Dialect) -> Fields:
    if settings.thinking_budget:
        return dialect.budget(settings.thinking_budget)
    effort = "none" if settings.thinking_budget == 0 else settings.effort
    if effort is None:
        return {}
    if facts.efforts is None and dialect.levels is not None:
        effort = nearest(effort, dialect.levels) or effort
    return dialect.effort(effort, facts.efforts == ("none", "medium"))


def _response_format(schema: dict[str, Any]) -> Fields:
    named = {"name": "reply", "schema": schema, "strict": is_closed(schema)}
    return {"type": "json_schema", "json_schema": named}


def _messages(request: Request, dialect: Dialect) -> list[Fields]:
    spoken: list[Fields] = [{"role": "system", "content": request.system}] if request.system else []
    for message in request.messages:
        for said in _turns(message, request, dialect):
            last = spoken[-1] if spoken else {}
            if said["role"] == last.get("role") == "user":
                spoken[-1] = {"role": "user", "content": _merged(last["content"], said["content"])}
            else:
                spoken.append(said)
    return spoken


def _turns(message: Message, request: Request, dialect: Dialect) -> list[Fields]:
    if message.role == "user":
        return [{"role": "user", "content": _content(message, request, dialect)}]
    if message.sealed is not None and isinstance(message.sealed.data, dict):
        said = [cast("Fields", message.sealed.data)]
    else:
        said = _text_turn(message)
    if message.attachments:  # only users show pictures
        said.append({"role": "user", "content": [_attached(part, request, dialect) for part in message.attachments]})
    return said


def _text_turn(message: Message) -> list[Fields]:
    return [{"role": "assistant", "content": message.text}] if message.text else []


def _content(message: Message, request: Request, dialect: Dialect) -> str | list[Fields]:
    if all(isinstance(part, TextPart) for part in message.parts):
        return message.text
    parts: list[Fields] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            parts.append({"type": "text", "text": part.text})
        elif not isinstance(part, SealedPart):
            parts.append(_attached(part, request, dialect))
    return parts


def _attached(part: Attachment, request: Request, dialect: Dialect) -> Fields:
    payload = request.payload(part)
    match part:
        case ImagePart():
            detail = _DETAILS[request.settings.detail] if request.settings.detail and dialect.details else None
            told = {"detail": detail} if detail else {}
            return {"type": "image_url", "image_url": {"url": _address(part, payload), **told}}
        case DocumentPart():
            return dialect.document(pdf_name(part), _address(part, payload))
        case AudioPart():
            return {"type": "input_audio", "input_audio": _sound(part, payload)}
        case VideoPart():
            return {"type": "video_url", "video_url": {"url": _address(part, payload)}}


def _address(part: Attachment, payload: Payload) -> str:
    match payload:
        case Inline():
            return data_url(payload)
        case Linked(url=url):
            return url
        case OnDisk() | Uploaded():
            raise too_large(part)


def _sound(part: AudioPart, payload: Payload) -> Fields:
    form = _SOUNDS.get(part.media_type)
    if form is None or not isinstance(payload, Inline):
        raise AttachmentError(
            f"{part.name or 'the recording'} is {part.media_type}, and this API takes WAV and MP3 only",
            hint="convert it (`ffmpeg -i IN OUT.mp3`)",
        )
    return {"data": base64_of(payload), "format": form}


def _merged(first: str | list[Fields], second: str | list[Fields]) -> str | list[Fields]:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_as_parts(first), *_as_parts(second)]


def _as_parts(content: str | list[Fields]) -> list[Fields]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
