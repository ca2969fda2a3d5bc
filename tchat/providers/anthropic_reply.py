"""What the events of Anthropic's Messages API say.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming. Events are told apart by their `type`; one that
is not known says nothing.
"""

from typing import Any

from msgspec import Struct, field

from tchat.domain.errors import Origin
from tchat.domain.events import FinishReason
from tchat.domain.usage import Usage, service_of, token_count, total
from tchat.providers.anthropic_errors import from_event
from tchat.providers.json_values import decoded, storable, table, tables, words
from tchat.providers.narration import Narration

_ENDS: dict[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "pause_turn": "length",
    "refusal": "refused",
}
"""Why a reply ends, where that is not simply its end."""
_EVENTS = {
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
}
"""What a reply is told in."""
_PAUSED = "the provider paused the turn; ask it to go on"
_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
"""The deltas that add to a text of their block, and its field in delta and block alike."""


class Block(Struct, kw_only=True):
    """One content block as it came."""

    fields: dict[str, Any]
    pieces: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What was added to its texts, by field."""

    def whole(self) -> dict[str, Any] | None:
        """Return the block as it can be sent back; None if it is not complete."""
        fields = dict(self.fields)
        for name, pieces in self.pieces.items():
            fields[name] = words(fields.get(name)) + "".join(pieces)
        if "partial_json" in fields:
            try:
                fields["input"] = decoded(fields.pop("partial_json").encode()) if fields["partial_json"] else {}
            except ValueError:
                return None
        is_unsigned = fields.get("type") == "thinking" and not fields.get("signature")
        return None if is_unsigned or fields.get("type") == "tool_use" else fields


class Reply:
    """Reads events and tells what they say.

    Args:
        origin: provider and model.
        secrets: keys to keep out of errors.
    """

    def __init__(self, origin: Origin, secrets: tuple[str, ...] = ()) -> None:
        self.narration = Narration()
        self._origin = origin
        self._secrets = secrets
        self._blocks: dict[int, Block] = {}
        self._open: set[int] = set()
        self._figures: dict[str, Any] = {}
        self._message: dict[str, Any] = {}
        self._is_understood = True
        """Whether every delta was, so that the blocks are what the provider has."""

    def read(self, said: dict[str, Any]) -> None:
        """Take one event.

        Raises:
            ProviderError: the provider reports a failure.
        """
        kind = said.get("type")
        if not self.narration.is_begun and kind in _EVENTS:
            self._begin(table(said.get("message")))
        match kind:
            case "message_start":
                self._meter(table(said.get("message")))
            case "content_block_start":
                self._start(_index(said), table(said.get("content_block")))
            case "content_block_delta":
                self._grow(_index(said), table(said.get("delta")))
            case "content_block_stop":
                self._open.discard(_index(said))
            case "message_delta":
                self._message |= table(said.get("delta"))
                self._meter(said)
            case "message_stop":
                self._finish()
            case "error":
                raise from_event(said, self._origin, self._secrets)
            case None if said.get("error"):
                raise from_event(said, self._origin, self._secrets)
            case _:
                pass

    def read_whole(self, said: dict[str, Any]) -> bool:
        """Take a message in one piece; return whether it is one.

        Raises:
            ProviderError: the provider reports a failure.
        """
        if said.get("error"):
            raise from_event(said, self._origin, self._secrets)
        if said.get("type") != "message":
            return False
        self._begin(said)
        self._meter(said)
        for index, block in enumerate(tables(said.get("content"))):
            self._start(index, block)
        self._open.clear()
        self._message = said
        self._finish()
        return True

    def _begin(self, message: dict[str, Any]) -> None:
        request_id = self._origin.request_id or words(message.get("id")) or None
        self.narration.begin(words(message.get("model")) or self._origin.model, request_id)

    def _start(self, index: int, block: dict[str, Any]) -> None:
        self._blocks[index] = Block(fields=block)
        self._open.add(index)
        if block.get("type") == "thinking":
            self.narration.part_reasoning()
            self.narration.think(block.get("thinking"))
        elif block.get("type") == "text":
            self.narration.speak(block.get("text"))

    def _grow(self, index: int, delta: dict[str, Any]) -> None:
        """Add to a block; to one that was never started, as some servers have it, all the same."""
        kind = words(delta.get("type"))
        name = _GROWING.get(kind)
        block = self._blocks.setdefault(index, Block(fields={"type": "thinking" if name == "thinking" else "text"}))
        if name is not None:
            piece = delta.get(name)
            block.pieces.setdefault(name, []).append(words(piece))
            if name == "text":
                self.narration.speak(piece)
            elif name == "thinking":
                self.narration.think(piece)
        elif kind == "signature_delta":
            block.fields = {**block.fields, "signature": delta.get("signature")}
        elif kind == "citations_delta":
            cited = tables(block.fields.get("citations"))
            block.fields = {**block.fields, "citations": [*cited, delta.get("citation")]}
        else:
            self._is_understood = False

    def _meter(self, said: dict[str, Any]) -> None:
        """Take usage, which is cumulative: what an event leaves out keeps its figure."""
        figures = table(said.get("usage"))
        if figures:
            self._figures |= {name: value for name, value in figures.items() if value is not None}
            self.narration.meter(_usage(self._figures))

    def _finish(self) -> None:
        stop = words(self._message.get("stop_reason"))
        reason = _ENDS.get(stop, "stop")
        details = table(self._message.get("stop_details"))
        detail = words(details.get("explanation")) or words(details.get("category")) if reason == "refused" else None
        if stop == "pause_turn":
            detail = _PAUSED
        self.narration.finish(reason, detail, sealed=None if reason == "refused" else self._sealed())

    def _sealed(self) -> list[dict[str, Any]] | None:
        """Return the blocks of the turn if any of them is thinking and all of them can be sent back.

        The API takes no empty text, no turn that ends in thinking, and no use of a tool without its result.
        """
        blocks = [block.whole() for _, block in sorted(self._blocks.items())]
        whole = [block for block in blocks if block and (block.get("type") != "text" or block.get("text"))]
        if self._open or not self._is_understood or None in blocks or not self.narration.has_spoken:
            return None
        are_thinking = [block.get("type") in {"thinking", "redacted_thinking"} for block in whole]
        return storable(whole) if any(are_thinking) and not are_thinking[-1] else None


def _index(said: dict[str, Any]) -> int:
    index = said.get("index")
    return index if isinstance(index, int) else 0


def _usage(figures: dict[str, Any]) -> Usage:
    """Return usage in tchat's meaning; Anthropic counts cached tokens beside the input."""
    fresh = token_count(figures.get("input_tokens"))
    read, written = (token_count(figures.get(f"cache_{how}_input_tokens")) for how in ("read", "creation"))
    return Usage(
        input=None if fresh is None else total(fresh, read, written),
        cached_read=read,
        cached_write=written,
        output=token_count(figures.get("output_tokens")),
        reasoning=token_count(table(figures.get("output_tokens_details")).get("thinking_tokens")),
        cached_write_1h=token_count(table(figures.get("cache_creation")).get("ephemeral_1h_input_tokens")) or None,
        service=service_of(figures.get("speed"), figures.get("service_tier")),
    )
