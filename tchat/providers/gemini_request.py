"""A request in google-genai's words."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from tchat.domain.detail import Detail
from tchat.domain.message import Attachment, AudioPart, ImagePart, Message, SealedPart, TextPart
from tchat.domain.request import Inline, Linked, OnDisk, Request, Uploaded
from tchat.domain.text import encodable
from tchat.providers.fitting import thinking_tokens
from tchat.providers.picture_state import put_back
from tchat.providers.spelling import too_large

if TYPE_CHECKING:
    from google.genai import types

_LEVELS: Mapping[Detail, str] = MappingProxyType({"low": "LOW", "medium": "MEDIUM", "high": "HIGH", "original": "HIGH"})


def contents(request: Request) -> "list[types.Content]":
    """Return the conversation: turns of one side in a row become one, a sealed turn goes as its own parts."""
    from google.genai import types

    turns: list[types.Content] = []
    for message in request.messages:
        parts = _parts(message, request)
        role = "user" if message.role == "user" else "model"
        last = turns[-1] if turns else None
        if last is not None and last.role == role:
            last.parts = [*(last.parts or []), *parts]
        elif parts:
            turns.append(types.Content(role=role, parts=parts))
    return turns


def _parts(message: Message, request: Request) -> "list[types.Part]":
    from google.genai import types

    if message.sealed is not None:
        state = cast("list[dict[str, Any]]", put_back(message.sealed.data, request))
        return [types.Part.model_validate(part) for part in state]
    parts: list[types.Part] = []
    for part in message.parts:
        if isinstance(part, TextPart):
            if part.text:
                parts.append(types.Part(text=encodable(part.text)))
        elif not isinstance(part, SealedPart):
            parts.append(_attached(part, request))
    return parts


def _attached(part: Attachment, request: Request) -> "types.Part":
    from google.genai import types

    resolution = _resolution(part, request)
    match payload := request.payload(part):
        case Inline():
            blob = types.Blob(data=payload.data, mime_type=payload.media_type)
            return types.Part(inline_data=blob, media_resolution=resolution)
        case Linked(url=file) | Uploaded(file=file):
            data = types.FileData(file_uri=file, mime_type=payload.media_type or None)
            return types.Part(file_data=data, media_resolution=resolution)
        case OnDisk():
            raise too_large(part)


def _resolution(part: Attachment, request: Request) -> "types.PartMediaResolution | None":
    """Return how closely to look at one part, which models before the third generation are told for all parts."""
    from google.genai import types

    detail = request.settings.detail
    if detail is None or isinstance(part, AudioPart) or _is_old(request.model):
        return None
    level = "ULTRA_HIGH" if detail == "original" and isinstance(part, ImagePart) else _LEVELS[detail]
    return types.PartMediaResolution(level=types.PartMediaResolutionLevel(f"MEDIA_RESOLUTION_{level}"))


def _is_old(model: str) -> bool:
    return re.search(r"gemini-[12]\b", model) is not None


def config(request: Request) -> "types.GenerateContentConfig":
    """Return the settings; nothing is re-requested, continued or called by the SDK on its own."""
    from google.genai import types

    settings = request.settings
    return types.GenerateContentConfig(
        system_instruction=encodable(request.system) if request.system else None,
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_output_tokens=settings.max_tokens,
        seed=settings.seed,
        stop_sequences=list(settings.stop) or None,
        response_mime_type="application/json" if settings.schema is not None else None,
        response_json_schema=settings.schema,
        thinking_config=_thinking(request),
        media_resolution=_common_resolution(request),
        response_modalities=["TEXT", "IMAGE"] if draws(request) else None,
        automatic_continuation=False,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def draws(request: Request) -> bool:
    """Whether pictures are asked for: by the user, or because the model is made for them."""
    return request.facts.draws is True if request.settings.draw is None else request.settings.draw


def _common_resolution(request: Request) -> "types.MediaResolution | None":
    from google.genai import types

    detail = request.settings.detail
    has_pictures = any(message.attachments for message in request.messages)
    if detail is None or not has_pictures or not _is_old(request.model):
        return None
    return types.MediaResolution(f"MEDIA_RESOLUTION_{_LEVELS[detail]}")


def _thinking(request: Request) -> "types.ThinkingConfig | None":
    """Return how to think; thoughts are asked for unless thinking is off, with which the API does not take them."""
    from google.genai import types

    facts, settings = request.facts, request.settings
    effort, budget = settings.effort, settings.thinking_budget
    is_left_open = effort is None and budget is None
    if not facts.reasons and (facts.efforts is not None or is_left_open):
        return None
    if is_left_open and facts.default_effort == "none":
        return None
    if budget is None and effort is not None and (effort == "none" or facts.effort_style == "budget"):
        budget = thinking_tokens(effort, facts, settings.max_tokens)
    if budget is not None:
        return types.ThinkingConfig(thinking_budget=budget, include_thoughts=True if budget else None)
    if effort is not None:
        return types.ThinkingConfig(thinking_level=types.ThinkingLevel(effort.upper()), include_thoughts=True)
    return types.ThinkingConfig(include_thoughts=True)
