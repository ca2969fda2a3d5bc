"""Messages, replies and conversations as rows, and rows as the domain's values.

Text is kept faithfully, NUL included; halves of surrogate pairs, which no UTF-8 can hold, become U+FFFD.
"""

import sqlite3
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from tchat.domain.conversation import Conversation, Failure, NewTurn, Reply, ReplyState, StoredMessage, Summary
from tchat.domain.message import Attachment, Message, Part, Role, SealedPart, TextPart
from tchat.domain.model import Price
from tchat.domain.request import Settings
from tchat.domain.text import encodable
from tchat.domain.usage import Usage

Row = Mapping[str, object]
"""Values by the name of their column, as SQLite takes them."""

_PARTS = msgspec.json.Decoder(tuple[TextPart | Attachment, ...])
_SEALED = msgspec.json.Decoder(SealedPart)
_SETTINGS = msgspec.json.Decoder(Settings)
_FAILURE = msgspec.json.Decoder(Failure)
_USAGE = msgspec.json.Decoder(Usage)
_PRICE = msgspec.json.Decoder(Price)
_SUMMARY = msgspec.json.Decoder(Summary)
_COLUMNS = {
    "input": "input_tokens",
    "cached_read": "cached_read_tokens",
    "cached_write": "cached_write_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
}
"""The figures of usage that have a column."""
_UNSET = Settings()
_NO_SETTINGS = "{}"


class Partial(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply has said that was never finished."""

    text: str
    reasoning: str
    is_cut_off: bool
    """Whether its process died, so that nothing more will come."""


CUT_OFF = Failure(kind="Interrupted", message="the program ended before the reply was complete", hint="ask again")
"""Why a reply is interrupted whose process died."""


def message_row(message: Message) -> Row:
    """Return the columns `text`, `parts` and `sealed`; a message's sealed part is its last."""
    text = encodable(message.text)
    visible = message.without_sealed().parts
    is_plain = visible == (TextPart(message.text),)
    sealed = message.sealed
    return {
        "text": text,
        "parts": None if is_plain else to_json(visible),
        "sealed": to_json(sealed) if sealed else None,
    }


def reply_row(reply: Reply) -> Row:
    """Return the columns of a reply, but for `number`, `writer` and `finished_at`."""
    usage = reply.usage
    return {
        "provider": encodable(reply.provider),
        "model": encodable(reply.model),
        "answered_by": _text(reply.answered_by),
        "settings": to_json(reply.settings),
        "system": _text(reply.system),
        "state": reply.state,
        "reasoning": encodable(reply.reasoning),
        "finish": reply.finish,
        "failure": to_json(reply.failure) if reply.failure else None,
        "input_tokens": usage.input,
        "cached_read_tokens": usage.cached_read,
        "cached_write_tokens": usage.cached_write,
        "output_tokens": usage.output,
        "reasoning_tokens": usage.reasoning,
        "usage": _usage_beyond(usage),
        "usage_final": reply.usage_final,
        "usage_estimated": reply.usage_estimated,
        "cost": reply.cost,
        "price": to_json(reply.price) if reply.price else None,
        "expected_input": reply.expected_input,
        "left_out": reply.left_out,
        "first_token_after": reply.first_token_after,
        "first_text_after": reply.first_text_after,
        "seconds": reply.seconds,
    }


def opening_row(turn: NewTurn) -> Row:
    """Return the columns of a reply that is about to be asked for."""
    return reply_row(
        Reply(
            provider=turn.provider,
            model=turn.model,
            state="streaming",
            settings=turn.settings,
            system=turn.system,
            cost=turn.cost,
        )
    )


def read_conversation(row: sqlite3.Row) -> Conversation:
    """Return the conversation of a row."""
    return Conversation(
        id=row["id"],
        title=row["title"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        leaf_id=row["leaf_id"],
        source=row["source"],
        messages=row["messages"],
        pinned=bool(row["pinned"]),
        folder=row["folder"],
        archived=row["archived_at"] is not None,
    )


def read_message(row: sqlite3.Row, partial: Partial | None = None) -> StoredMessage:
    """Return the message of a row that has its columns and those of its reply, if it is one.

    Args:
        row: as it is stored.
        partial: for a reply that is stored as streaming.
    """
    role: Role = row["role"]
    text = partial.text if partial else row["text"]
    parts: tuple[Part, ...] = () if row["parts"] is None else _PARTS.decode(row["parts"])
    if partial or row["parts"] is None:
        parts = (TextPart(text), *parts)
    if row["sealed"] is not None:
        parts = (*parts, _SEALED.decode(row["sealed"]))
    return StoredMessage(
        id=row["id"],
        conversation_id=row["conversation_id"],
        parent_id=row["parent_id"],
        created_at=row["created_at"],
        message=Message(role, parts),
        reply=None if row["provider"] is None else _read_reply(row, partial),
        summary=None if row["summary"] is None else _SUMMARY.decode(row["summary"]),
    )


def _read_reply(row: sqlite3.Row, partial: Partial | None) -> Reply:
    state: ReplyState = row["state"]
    failure = None if row["failure"] is None else _FAILURE.decode(row["failure"])
    if partial is not None and partial.is_cut_off:
        state, failure = "interrupted", CUT_OFF
    return Reply(
        provider=row["provider"],
        model=row["model"],
        state=state,
        settings=_UNSET if row["settings"] == _NO_SETTINGS else _SETTINGS.decode(row["settings"]),
        system=row["system"],
        answered_by=row["answered_by"],
        reasoning=partial.reasoning if partial else row["reasoning"],
        finish=row["finish"],
        failure=failure,
        usage=_read_usage(row),
        usage_final=bool(row["usage_final"]),
        usage_estimated=bool(row["usage_estimated"]),
        cost=row["cost"],
        price=None if row["price"] is None else _PRICE.decode(row["price"]),
        expected_input=row["expected_input"],
        left_out=row["left_out"],
        first_token_after=row["first_token_after"],
        first_text_after=row["first_text_after"],
        seconds=row["seconds"],
    )


def _usage_beyond(usage: Usage) -> str | None:
    """Return as JSON what the token columns do not hold."""
    beyond = replace(usage, **dict.fromkeys(_COLUMNS))
    return None if beyond == Usage() else to_json(beyond)


def _read_usage(row: sqlite3.Row) -> Usage:
    beyond = Usage() if row["usage"] is None else _USAGE.decode(row["usage"])
    return replace(beyond, **{field: row[column] for field, column in _COLUMNS.items()})


def to_json(value: object) -> str:
    """Return a domain value as JSON text fit for UTF-8."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        import json

        return encodable(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def _text(value: str | None) -> str | None:
    return None if value is None else encodable(value)
