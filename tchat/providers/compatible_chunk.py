"""One event of a chat completion as the wire has it, in every shape that servers give it.

Well-formed chunks are read straight into these types; list-valued content (Mistral), misplaced types and bytes that
are not UTF-8 are read with patience. Sources: https://platform.openai.com/docs/api-reference/chat-streaming and the
recordings that the tests play.
"""

import json
from typing import Any, cast

import msgspec
from msgspec import Struct

from tchat.domain.usage import Usage, service_of, token_count
from tchat.providers.charging import charged
from tchat.providers.picture_state import unpacked


class Delta(Struct, frozen=True):
    """More of a message, or all of it."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    reasoning_details: list[Any] | None = None
    """OpenRouter's reasoning state."""
    images: list[Any] | None = None
    """OpenRouter's pictures."""


class Choice(Struct, frozen=True):
    """One of the answers that were asked for."""

    index: int = 0
    delta: Delta | None = None
    message: Delta | None = None
    """In place of `delta` where the answer is not streamed."""
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    """Where Moonshot puts it."""


class Chunk(Struct, frozen=True):
    """One event."""

    id: str | None = None
    object: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: dict[str, Any] | None = None
    x_groq: dict[str, Any] | None = None
    service_tier: str | None = None
    error: Any = None


_DECODER = msgspec.json.Decoder(Chunk)


def read_chunk(data: bytes) -> Chunk:
    """Return the chunk that `data` holds; an empty one for JSON that is no chunk.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _chunk(json.loads(data.decode("utf-8", "replace")))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def usage_of(chunk: Chunk) -> Usage | None:
    """Return the tokens that a chunk reports, wherever it does; None if it reports none."""
    places = [chunk.usage, _table(_table(chunk.x_groq).get("usage"))]
    places += [choice.usage for choice in chunk.choices or ()]
    return next((_usage(table, service_of(chunk.service_tier)) for table in places if table), None)


def pictures_of(delta: Delta) -> list[tuple[bytes, str]]:
    """Return the pictures that a delta brings, each with its media type."""
    found: list[tuple[bytes, str]] = []
    for image in delta.images or ():
        url = _text(_table(_table(image).get("image_url")).get("url")) or ""
        head, comma, body = url.partition(",")
        data = unpacked(body) if comma and head.startswith("data:image/") else None
        if data is not None:
            found.append((data, head.removeprefix("data:").partition(";")[0]))
    return found


def _usage(table: dict[str, Any], service: str | None) -> Usage:
    read, written = _table(table.get("prompt_tokens_details")), _table(table.get("completion_tokens_details"))
    input_tokens, output = token_count(table.get("prompt_tokens")), token_count(table.get("completion_tokens"))
    reasoning = token_count(written.get("reasoning_tokens"))
    if input_tokens is not None and output is not None and reasoning:
        beside = token_count(table.get("total_tokens")) == input_tokens + output + reasoning
        output += reasoning if beside else 0
    return Usage(
        input=input_tokens,
        cached_read=_first_count(read.get("cached_tokens"), table.get("prompt_cache_hit_tokens")),
        cached_write=token_count(read.get("cache_write_tokens")),
        output=output,
        reasoning=reasoning,
        image=token_count(read.get("image_tokens")) or None,
        audio=token_count(read.get("audio_tokens")) or None,
        output_image=token_count(written.get("image_tokens")) or None,
        output_audio=token_count(written.get("audio_tokens")) or None,
        service=service,
        cost=charged(table),
    )


def _first_count(*figures: object) -> int | None:
    return next((count for figure in figures if (count := token_count(figure)) is not None), None)


def _chunk(value: object) -> Chunk:
    table = _table(value)
    choices = table.get("choices")
    return Chunk(
        id=_text(table.get("id")),
        object=_text(table.get("object")),
        model=_text(table.get("model")),
        choices=[_choice(_table(choice)) for choice in _list(choices)] if choices is not None else None,
        usage=_table(table.get("usage")),
        x_groq=_table(table.get("x_groq")),
        service_tier=_text(table.get("service_tier")),
        error=table.get("error"),
    )


def _choice(table: dict[str, Any]) -> Choice:
    return Choice(
        index=index if isinstance(index := table.get("index"), int) else 0,
        delta=_delta(_table(table.get("delta"))),
        message=_delta(_table(table.get("message"))) if table.get("message") is not None else None,
        finish_reason=_text(table.get("finish_reason")),
        usage=_table(table.get("usage")),
    )


def _delta(table: dict[str, Any]) -> Delta:
    content, details = table.get("content"), table.get("reasoning_details")
    parts = [_table(part) for part in _list(content)]
    thought = "".join(_joined(part.get("thinking")) for part in parts)
    return Delta(
        content=_joined(content),
        reasoning_content=_text(table.get("reasoning_content")) or thought,
        reasoning=_text(table.get("reasoning")),
        refusal=_text(table.get("refusal")),
        reasoning_details=_list(details) or None,
        images=_list(table.get("images")) or None,
    )


def _joined(content: object) -> str:
    """Return the text of a string, or of the text parts of a list."""
    if isinstance(content, str):
        return content
    texts = (part if isinstance(part, str) else _text(_table(part).get("text")) for part in _list(content))
    return "".join(text for text in texts if text)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
