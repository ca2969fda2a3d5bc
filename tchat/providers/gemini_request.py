"""A request in google-genai's words."""

from typing import TYPE_CHECKING, Any, cast

from tchat.domain.message import DocumentPart, ImagePart, Message, TextPart
from tchat.domain.request import Request
from tchat.domain.text import encodable
from tchat.providers.fitting import thinking_tokens

if TYPE_CHECKING:
    from google.genai import types


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
        return [types.Part.model_validate(part) for part in cast("list[dict[str, Any]]", message.sealed.data)]
    parts: list[types.Part] = []
    for part in message.parts:
        if isinstance(part, ImagePart | DocumentPart):
            blob = types.Blob(data=request.blobs[part.digest], mime_type=part.media_type)
            parts.append(types.Part(inline_data=blob))
        elif isinstance(part, TextPart) and part.text:
            parts.append(types.Part(text=encodable(part.text)))
    return parts


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
        automatic_continuation=False,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


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
