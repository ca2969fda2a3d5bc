"""What of a conversation a model is told again, and in which form.

Reasoning state that a provider sealed is replayed only to the model and account that made it, and only after the very
same system prompt and messages; otherwise the turn goes as plain text, and the user is told.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from tchat.domain.conversation import StoredMessage
from tchat.domain.message import Message, SealedPart, assistant, user
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


def is_told(item: StoredMessage) -> bool:
    """Whether a model is told of a message: not of a reply that failed before its first word or picture."""
    said = item.message
    return item.reply is None or bool(said.text or said.attachments or said.sealed is not None)


def summarised_at(history: Sequence[StoredMessage], asked_at: float | None = None) -> int | None:
    """Return where the last message stands that a summary stands for, if one was known at a time (None: now)."""
    for place in range(len(history) - 1, -1, -1):
        summary = history[place].summary
        if summary is not None and (asked_at is None or summary.made_at <= asked_at):
            return place
    return None


def replayable(
    history: Sequence[StoredMessage], ref: ModelRef, account: str, system: str | None, *, asked_at: float | None = None
) -> tuple[tuple[Message, ...], int]:
    """Return the messages to send for a branch, and how many turns lost their reasoning state.

    Replies without text (failed before their first word) are left out. Where a summary stands for the beginning, the
    exchange that made it is told instead.

    Args:
        history: the branch.
        ref: the model that is asked.
        account: the fingerprint of its key.
        system: the system prompt.
        asked_at: the Unix time at which it is asked, so that later summaries are not known; None for now.
    """
    place = summarised_at(history, asked_at)
    begun = history[place].summary if place is not None else None
    spoken = [user(begun.question), assistant(begun.text)] if begun is not None else []
    spoken += [item.message for item in history[0 if place is None else place + 1 :] if is_told(item)]
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
