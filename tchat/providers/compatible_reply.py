"""A chat completion's events, from chunk to chunk."""

import json
from typing import Any, Literal, cast

from tchat.domain.errors import Origin, Overloaded, ProviderError, ServerFault
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
from tchat.domain.usage import Usage
from tchat.providers import failing
from tchat.providers.compatible_chunk import Choice, Chunk, Delta, pictures_of, read_chunk, usage_of
from tchat.providers.compatible_errors import refusal
from tchat.providers.think_tags import ThinkTags

USAGE_SECONDS = 3.0
"""How long usage may follow the end of a reply on a connection that stays open."""
LAST_WORD_SECONDS = 0.25
"""How long `[DONE]`, or more usage, may follow the usage."""

_ENDS: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "max_output_tokens": "length",
    "content_filter": "filtered",
    "sensitive": "filtered",
    "safety": "filtered",
    "recitation": "filtered",
    "prohibited_content": "filtered",
    "refusal": "refused",
}
"""What servers call an end that is not simply the end."""
_BREAKS: dict[str, type[ProviderError]] = {
    "error": ServerFault,
    "abort": ServerFault,
    "network_error": ServerFault,
    "insufficient_system_resource": Overloaded,
}
"""What servers call an end that is a failure."""
_GROWING = {"reasoning.text": "text", "reasoning.summary": "summary"}
"""The kinds of reasoning state that are streamed in pieces, and the field that grows."""


class Reply:
    """Reads chunks and says what happened.

    Args:
        origin: provider, model and request.
        secrets: keys to keep out of errors.
    """

    def __init__(self, origin: Origin, *, secrets: tuple[str, ...] = ()) -> None:
        self._origin = origin
        self._secrets = secrets
        self._events: list[Event] = []
        self._kind: Literal["text", "reasoning"] = "text"
        self._pieces: list[str] = []
        self._half = ""
        self._tags = ThinkTags()
        self._answer: list[str] = []
        self._refusal: list[str] = []
        self._state: list[dict[str, Any]] = []
        self._usage = Usage()
        self._metered = Usage()
        self._finish: FinishReason | None = None
        self.has_begun = False
        """Whether anything of the reply has come."""
        self.is_over = False
        """Whether the server has said that nothing follows, or failed."""
        self.failure: ProviderError | None = None
        """Why there is no complete reply, to be raised after the events that came before."""

    @property
    def is_answered(self) -> bool:
        """Whether the message is complete; only usage can follow."""
        return self._finish is not None

    @property
    def is_complete(self) -> bool:
        """Whether there is a reply, and nothing of its message is missing."""
        return self.has_begun and (self.is_answered or self.is_over)

    @property
    def patience(self) -> float | None:
        """Seconds to wait for more; None for as long as it takes."""
        if not self.is_answered:
            return None
        return USAGE_SECONDS if self._usage.output is None else LAST_WORD_SECONDS

    def take(self, events: list[bytes]) -> list[Event]:
        """Return what the data of some server-sent events says."""
        for data in events:
            if self.is_over:
                break
            if data.startswith(b"[DONE]"):
                self.is_over = True
            else:
                self._read(data)
        self._flush(more=True)
        self._meter()
        return self._said()

    def take_last(self, left: list[bytes], *, document: bool) -> list[Event]:
        """Return what the end of a body says.

        Args:
            left: an event that no blank line ended, which counts if it is whole; or the document.
            document: whether the body is a whole answer instead of events.
        """
        if not document:
            return self.take([data for data in left if data.rstrip().endswith((b"}", b"]"))])
        for data in left:
            self._read(data)
            if not self.has_begun:
                self._break(failing.nonsense(data, self._origin, self._secrets))
        self._finish = self._finish or "stop"
        return []

    def rest(self) -> list[Event]:
        """Return what waited for more, when no more comes."""
        self._flush()
        if not self._tags.are_passed:
            self._split(*self._tags.finish())
        self._meter()
        return self._said()

    def end(self) -> list[Event]:
        """Return what is left to say at the end of a complete reply."""
        self._events = self.rest()
        answer = "".join(self._answer)
        if self._state and answer:
            state = json.loads(encodable(json.dumps(self._state, ensure_ascii=False)))
            self._events.append(Sealed({"role": "assistant", "content": answer, "reasoning_details": state}))
        refused = encodable("".join(self._refusal))
        self._events.append(Finished("refused", refused) if refused else Finished(self._finish or "stop"))
        return self._said()

    def _said(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _read(self, data: bytes) -> None:
        try:
            chunk = read_chunk(data)
        except ValueError:
            self._break(failing.nonsense(data, self._origin, self._secrets))
            return
        if chunk.error or chunk.object == "error" or (chunk.x_groq and chunk.x_groq.get("error")):
            self._break(refusal(data, self._origin, self._secrets))
            return
        if not self.has_begun:
            self._begin(chunk)
        reported = chunk.usage or chunk.x_groq
        for choice in chunk.choices or ():
            if choice.index == 0:
                self._choose(choice)
            reported = reported or choice.usage
        usage = usage_of(chunk) if reported else None
        if usage is not None:
            self._usage = self._usage.raised_to(usage)

    def _begin(self, chunk: Chunk) -> None:
        if chunk.choices is None and not chunk.usage:
            return
        self.has_begun = True
        request_id = self._origin.request_id or one_line(chunk.id or "") or None
        self._events.append(Started(model=encodable(chunk.model or self._origin.model), request_id=request_id))

    def _choose(self, choice: Choice) -> None:
        delta = choice.delta or choice.message
        if delta is not None:
            self._grow(delta)
        if choice.finish_reason:
            self._close(choice.finish_reason.lower())

    def _grow(self, delta: Delta) -> None:
        reasoning = delta.reasoning_content or delta.reasoning
        if reasoning:
            self._add("reasoning", reasoning)
        if delta.content:
            self._add("text", delta.content)
        for data, media_type in pictures_of(delta):
            self._flush()
            self._events.append(Pictured(data=data, media_type=media_type))
        if delta.refusal:
            self._refusal.append(delta.refusal)
        for detail in delta.reasoning_details or ():
            if isinstance(detail, dict):
                self._keep(cast("dict[str, Any]", detail))

    def _add(self, kind: Literal["text", "reasoning"], piece: str) -> None:
        if kind != self._kind:
            self._flush()
            self._kind = kind
        self._pieces.append(piece)

    def _flush(self, *, more: bool = False) -> None:
        """Turn the pieces since the last event into one; half a surrogate pair at their end waits if there is more."""
        if not self._pieces and not self._half:
            return
        text = self._half + "".join(self._pieces)
        self._pieces.clear()
        self._half = text[-1] if more and "\ud800" <= text[-1:] <= "\udbff" else ""
        text = encodable(text[:-1] if self._half else text)
        if self._kind == "text":
            self._split(*self._tags.split(text))
            return
        if not self._tags.are_passed:
            self._split(*self._tags.finish())
        self._split(text, "")

    def _split(self, reasoning: str, answer: str) -> None:
        if reasoning:
            self._events.append(ReasoningDelta(reasoning))
        if answer:
            self._answer.append(answer)
            self._events.append(TextDelta(answer))

    def _keep(self, detail: dict[str, Any]) -> None:
        """Keep a piece of reasoning state; pieces of one block are joined, as their signature speaks for all of it."""
        field = _GROWING.get(str(detail.get("type")))
        last = self._state[-1] if self._state else {}
        if field is None or last.get("type") != detail.get("type") or last.get("index") != detail.get("index"):
            self._state.append(dict(detail))
            return
        for name, value in detail.items():
            if name == field and isinstance(value, str):
                last[field] = str(last.get(field) or "") + value
            elif value:
                last[name] = value

    def _meter(self) -> None:
        if self._usage != self._metered:
            self._metered = self._usage
            self._events.append(Metered(self._usage))

    def _close(self, reason: str) -> None:
        kind = _BREAKS.get(reason)
        if kind is None:
            self._finish = self._finish or _ENDS.get(reason, "stop")
            return
        words = f"the reply ended with {reason!r}"
        self._break(failing.from_answer(0, words, origin=self._origin, kind=kind))

    def _break(self, failure: ProviderError) -> None:
        self.failure = self.failure or failure
        self.is_over = True
