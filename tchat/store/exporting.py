"""Conversations as files: Markdown for readers, versioned JSON for programs.

Control characters of what a model wrote command no terminal: Markdown leaves them out, JSON escapes them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct

from tchat.domain.conversation import Conversation, Reply, StoredMessage, Summary
from tchat.domain.message import Attachment, ImagePart, Message, Part, Role, SealedPart, TextPart
from tchat.domain.text import one_line, printable

_UNSAFE = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class ExportedMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message in its place in the tree, with everything that is known of it."""

    id: str
    parent_id: str | None
    created_at: float
    """Unix time."""
    role: Role
    text: str
    """The visible text, without attachments."""
    parts: tuple[Part, ...] | None = None
    """Every part but the sealed one, where that is more than the text."""
    sealed: SealedPart | None = None
    reply: Reply | None = None
    summary: Summary | None = None
    """What is sent in place of this message and all before it, since that was made."""


class ExportedFile(Struct, frozen=True, kw_only=True):
    """The bytes of an attachment, as they may leave the machine."""

    media_type: str
    data: bytes
    """In JSON, as base64."""


class Export(Struct, frozen=True, kw_only=True):
    """The JSON form of a conversation. Later versions may add fields; a field keeps its meaning."""

    format: Literal["tchat conversation"] = "tchat conversation"
    version: Literal[1] = 1
    conversation: Conversation
    messages: tuple[ExportedMessage, ...]
    """Parents before children."""
    attachments: Mapping[str, ExportedFile] = {}
    """The attachments by the `digest` of their parts: without notes, so that their own digest may be another."""

    def stored(self) -> tuple[StoredMessage, ...]:
        """Return the messages as they were in the store."""
        return tuple(
            StoredMessage(
                id=item.id,
                conversation_id=self.conversation.id,
                parent_id=item.parent_id,
                created_at=item.created_at,
                message=_message(item),
                reply=item.reply,
                summary=item.summary,
            )
            for item in self.messages
        )


_NO_FILES: Mapping[str, ExportedFile] = MappingProxyType({})
_NO_LINKS: Mapping[str, str] = MappingProxyType({})


def to_json(
    conversation: Conversation, messages: Sequence[StoredMessage], files: Mapping[str, ExportedFile] = _NO_FILES
) -> str:
    """Return a conversation with these messages (a branch or the tree) as an `Export` in JSON, indented."""
    exported = Export(conversation=conversation, messages=tuple(map(_exported, messages)), attachments=dict(files))
    return _UNSAFE.sub(_escaped, msgspec.json.format(msgspec.json.encode(exported), indent=2).decode()) + "\n"


def to_markdown(
    conversation: Conversation, messages: Sequence[StoredMessage], links: Mapping[str, str] = _NO_LINKS
) -> str:
    """Return a conversation with these messages (a branch or the tree) as Markdown.

    Messages are numbered; one that does not follow the message above it says which one it follows.

    Args:
        conversation: with its title.
        messages: in their order.
        links: where the attachments are, by digest.
    """
    numbers = {message.id: number for number, message in enumerate(messages, 1)}
    sections = [f"# {one_line(conversation.title)}"]
    for number, message in enumerate(messages, 1):
        above = numbers.get(message.parent_id or "", 0)
        sections.append(f"## {heading_of(message, number, above)}")
        sections += _body(message, links)
    return "\n\n".join(sections) + "\n"


def heading_of(stored: StoredMessage, number: int, above: int) -> str:
    """Return who said a message, when, and what it follows, where that is not the one above it."""
    reply = stored.reply
    speaker = stored.message.role if reply is None else f"{one_line(reply.provider)}/{one_line(reply.model)}"
    when = datetime.fromtimestamp(stored.created_at, UTC)
    notes = [f"{when:%Y-%m-%d %H:%M} UTC"]
    if above != number - 1:
        notes.append(f"follows {above}" if above else "begins anew")
    if reply is not None and reply.state != "complete":
        notes.append(reply.state)
    return f"{number} · {speaker} · {' · '.join(notes)}"


def _exported(stored: StoredMessage) -> ExportedMessage:
    message = stored.message
    visible = message.without_sealed().parts
    return ExportedMessage(
        id=stored.id,
        parent_id=stored.parent_id,
        created_at=stored.created_at,
        role=message.role,
        text=message.text,
        parts=None if visible == (TextPart(message.text),) else visible,
        sealed=message.sealed,
        reply=stored.reply,
        summary=stored.summary,
    )


def _message(exported: ExportedMessage) -> Message:
    parts = (TextPart(exported.text),) if exported.parts is None else exported.parts
    return Message(exported.role, (*parts, exported.sealed) if exported.sealed else parts)


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{ord(character.group()):04x}"


def _body(stored: StoredMessage, links: Mapping[str, str]) -> list[str]:
    blocks = [_attached(part, links.get(part.digest)) for part in stored.message.attachments]
    reply = stored.reply
    if reply is not None and reply.reasoning:
        blocks.append("\n".join(f"> {line}".rstrip() for line in printable(reply.reasoning).splitlines()))
    if stored.message.text:
        blocks.append(printable(stored.message.text))
    if stored.summary is not None:
        model = f"{one_line(stored.summary.provider)}/{one_line(stored.summary.model)}"
        blocks += [f"*Sent in place of everything above from here on, by {model}:*", printable(stored.summary.text)]
    return blocks


def _attached(part: Attachment, link: str | None) -> str:
    if link is None:
        return f"[{part.media_type}: {one_line(part.name) or part.url or part.digest}]"
    name = one_line(part.name).replace("[", "(").replace("]", ")") or link
    return f"{'!' if isinstance(part, ImagePart) else ''}[{name}](<{link}>)"
