"""What of a conversation a model is told again, and in which form.

Reasoning state that a provider sealed is replayed only to the model and account that made it, and only after the very
same system prompt and messages; otherwise the turn goes as plain text, and the user is told.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from tchat.domain.conversation import StoredMessage
from tchat.domain.message import Message, SealedPart
from tchat.domain.model import ModelRef


def fingerprint(secret: str | None) -> str:
    """Return what stands for a key where the key itself must not: empty for none."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16] if secret else ""


def prefix_of(system: str | None, messages: Sequence[Message]) -> str:
    """Return the fingerprint of a system prompt and the messages that follow it, attachments by digest."""
    prefix = _Prefix(system)
    for message in messages:
        prefix.take(message)
    return prefix.fingerprint


class _Prefix:
    """A system prompt and the messages after it, as they are taken."""

    def __init__(self, system: str | None) -> None:
        self._digest = hashlib.sha256((system or "").encode("utf-8", "replace"))

    def take(self, message: Message) -> None:
        self._digest.update(msgspec.json.encode(message.without_sealed()))

    @property
    def fingerprint(self) -> str:
        return self._digest.hexdigest()[:16]


def seal(data: object, ref: ModelRef, account: str, system: str | None, asked: Sequence[Message]) -> SealedPart:
    """Return provider state bound to what it was made with: model, account, system prompt and messages."""
    return SealedPart(
        provider=ref.provider, model=ref.model, data=data, account=account, prefix=prefix_of(system, asked)
    )


def replayable(
    history: Sequence[StoredMessage], ref: ModelRef, account: str, system: str | None
) -> tuple[tuple[Message, ...], int]:
    """Return the messages to send for a branch, and how many turns lost their reasoning state.

    Replies without text or pictures (failed before their first word) are left out.
    """
    spoken = [item.message for item in history if item.reply is None or _says_something(item.message)]
    messages: list[Message] = []
    dropped = 0
    prefix = _Prefix(system)
    open_seals = sum(message.sealed is not None for message in spoken)
    for message in spoken:
        sealed = message.sealed
        made_here = sealed is not None and (sealed.provider, sealed.model, sealed.account, sealed.prefix) == (
            ref.provider,
            ref.model,
            account,
            prefix.fingerprint,
        )
        dropped += sealed is not None and not made_here
        open_seals -= sealed is not None
        messages.append(message if made_here else message.without_sealed())
        if open_seals:  # after the last seal nobody asks any more
            prefix.take(message)
    return tuple(messages), dropped


def _says_something(message: Message) -> bool:
    return bool(message.text or message.attachments or message.sealed is not None)
