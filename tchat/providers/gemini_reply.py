"""What one streamed reply of Gemini says, as events."""

from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from tchat.domain.errors import Origin, ServerFault
from tchat.domain.events import (
    Event,
    Finished,
    FinishReason,
    Metered,
    Pictured,
    ReasoningDelta,
    Sealed,
    Started,
    TextDelta,
)
from tchat.domain.text import encodable, one_line
from tchat.domain.usage import Usage, total
from tchat.providers.failing import scrubbed
from tchat.providers.picture_state import mark_of

if TYPE_CHECKING:
    from google.genai import types

_REASONS: dict[str, FinishReason] = {"STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "length"}
"""What ends a reply; whatever is in neither table is a filter."""
_FAILURES = {
    "OTHER",
    "IMAGE_OTHER",
    "NO_IMAGE",
    "MALFORMED_FUNCTION_CALL",
    "MALFORMED_RESPONSE",
    "MISSING_THOUGHT_SIGNATURE",
    "TOO_MANY_TOOL_CALLS",
    "UNEXPECTED_TOOL_CALL",
}
"""What ends a reply that the model did not manage to write."""


class Reply:
    """One reply as it comes in.

    Args:
        model: the model that was asked, for replies that do not say which one answers.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self.service: str | None = None
        """How it is served, where that is not the usual way."""
        self._is_started = False
        self._usage = Usage()
        self._parts: list[types.Part] = []
        self._half = ""
        self._reason = ""
        self._detail = ""

    @property
    def is_final(self) -> bool:
        """Whether the reply has ended."""
        return bool(self._reason)

    def take(self, chunk: "types.GenerateContentResponse") -> list[Event]:
        """Return what a chunk adds."""
        events: list[Event] = []
        if not self._is_started:
            self._is_started = True
            events.append(Started(model=chunk.model_version or self._model, request_id=chunk.response_id))
        for candidate in chunk.candidates or []:
            parts = (candidate.content.parts if candidate.content else None) or []
            self._parts += parts
            events += self._deltas(parts)
            if candidate.finish_reason:
                self._reason, self._detail = candidate.finish_reason.value, candidate.finish_message or ""
        feedback = chunk.prompt_feedback
        if feedback is not None and feedback.block_reason:
            self._reason = f"the prompt is blocked, {feedback.block_reason.value}"
            self._detail = feedback.block_reason_message or ""
        if chunk.usage_metadata is not None:
            usage = self._usage.raised_to(replace(_usage(chunk.usage_metadata), service=self.service))
            if usage != self._usage:
                self._usage = usage
                events.append(Metered(usage))
        return events

    def end(self, origin: Origin) -> list[Event]:
        """Return what ends the reply.

        Raises:
            ServerFault: the model did not manage to write it.
        """
        said = scrubbed(": ".join(filter(None, (self._reason, self._detail))))
        if self._reason in _FAILURES:
            raise ServerFault(f"{origin.provider} broke off the reply: {said}", hint="ask again", origin=origin)
        events: list[Event] = [TextDelta("\ufffd")] if self._half else []
        reason = _REASONS.get(self._reason, "filtered")
        sealed = _sealed(self._parts) if reason != "filtered" else None
        if sealed is not None:
            events.append(Sealed(sealed))
        return [*events, Finished(reason, None if self._reason in {"STOP", "MAX_TOKENS"} else said)]

    def _deltas(self, parts: "list[types.Part]") -> list[Event]:
        events: list[Event] = []
        for kind, group in groupby(parts, _kind):
            if kind == "picture":
                events += [Pictured(data=data, media_type=media_type) for data, media_type in map(_picture, group)]
                continue
            text = self._joined("".join(part.text or "" for part in group))
            if text:
                events.append(ReasoningDelta(text) if kind == "thought" else TextDelta(text))
        return events

    def _joined(self, text: str) -> str:
        """Return well-formed text; the first half of a surrogate pair at its end waits for the second."""
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return encodable(text[:-1] if self._half else text)


def _kind(part: "types.Part") -> Literal["picture", "thought", "text"]:
    if part.thought:
        return "thought"
    return "picture" if all(_picture(part)) else "text"


def _picture(part: "types.Part") -> tuple[bytes, str]:
    blob = part.inline_data
    kind = (blob.mime_type if blob else None) or ""
    return (blob.data if blob and kind.startswith("image/") else None) or b"", one_line(kind)


def _usage(said: "types.GenerateContentResponseUsageMetadata") -> Usage:
    """Return usage in tchat's terms: Gemini counts thoughts beside the output and tool results beside the prompt."""
    read = _by_modality(said.prompt_tokens_details, said.tool_use_prompt_tokens_details)
    cached, written = _by_modality(said.cache_tokens_details), _by_modality(said.candidates_tokens_details)
    return Usage(
        input=total(said.prompt_token_count, said.tool_use_prompt_token_count),
        cached_read=said.cached_content_token_count,
        output=total(said.candidates_token_count, said.thoughts_token_count),
        reasoning=said.thoughts_token_count,
        image=read.get("IMAGE"),
        audio=read.get("AUDIO"),
        cached_image=cached.get("IMAGE"),
        cached_audio=cached.get("AUDIO"),
        output_image=written.get("IMAGE"),
        output_audio=written.get("AUDIO"),
    )


def _by_modality(*details: "list[types.ModalityTokenCount] | None") -> dict[str, int]:
    """Return the tokens of each modality that there are any of."""
    counts: dict[str, int] = {}
    for detail in chain.from_iterable(part or () for part in details):
        if detail.modality is not None and detail.token_count:
            counts[detail.modality.value] = counts.get(detail.modality.value, 0) + detail.token_count
    return counts


def _sealed(parts: "list[types.Part]") -> list[dict[str, Any]] | None:
    """Return a turn's parts as JSON values; None if its text says it all, or if it asks for a tool's answer.

    Pictures among the thoughts are nobody's: they are not kept, and a part without its picture is refused.
    """
    parts = [part for part in parts if not (part.thought and all(_picture(part)))]
    if all(part.text is not None and part.thought_signature is None for part in parts):
        return None
    said: list[dict[str, Any]] = []
    for part in parts:
        table = part.model_dump(mode="json", by_alias=True, exclude_none=True)
        if part.text is not None:
            table["text"] = encodable(part.text)
        data, kind = _picture(part)
        if data:
            table["inlineData"] = {"mimeType": kind, "data": mark_of(data)}
        if table:
            said.append(table)
    keys = {key for table in said for key in table}
    return said if keys - {"text", "thought"} and not keys & {"functionCall", "toolCall"} else None
