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
    return _prefixes(system, messages)[-1]


def _prefixes(system: str | None, messages: Sequence[Message]) -> list[str]:
    digest = hashlib.sha256((system or "").encode("utf-8", "replace"))
    prefixes = [digest.hexdigest()[:16]]
    for message in messages:
        digest.update(msgspec.json.encode(message.without_sealed()))
        prefixes.append(digest.hexdigest()[:16])
    return prefixes


def seal(data: object, ref: ModelRef, account: str, system: str | None, asked: Sequence[Message]) -> SealedPart:
    """Return provider state bound to what it was made with: model, account, system prompt and messages."""
    return SealedPart(
        provider=ref.provider, model=ref.model, data=data, account=account, prefix=prefix_of(system, asked)
    )


def replayable(
    history: Sequence[StoredMessage], ref: ModelRef, account: str, system: str | None
) -> tuple[tuple[Message, ...], int]:
    """Return the messages to send for a branch, and how many turns lost their reasoning state.

    Replies without text (failed before their first word) are left out.
    """
    spoken = [
        item.message for item in history if item.reply is None or item.message.text or item.message.sealed is not None
    ]
    prefixes = _prefixes(system, spoken)
    messages: list[Message] = []
    dropped = 0
    for message, prefix in zip(spoken, prefixes, strict=False):
        sealed = message.sealed
        made_here = sealed is not None and (sealed.provider, sealed.model, sealed.account, sealed.prefix) == (
            ref.provider,
            ref.model,
            account,
            prefix,
        )
        dropped += sealed is not None and not made_here
        messages.append(message if made_here else message.without_sealed())
    return tuple(messages), dropped
