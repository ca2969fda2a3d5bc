"""What was sent and is not taken yet: gone from the text, and still part of the draft.

Law: nothing is sent twice and nothing is lost, however fast keys follow each other.
"""

from tchat.domain.draft import Draft
from tchat.domain.interleaving import moved
from tchat.domain.message import Attachment


def joined(*drafts: Draft) -> Draft:
    """Return drafts as one, without their queues.

    Marks of pastes stand for the same texts in all of them; those of attachments are numbered anew.
    """
    texts: list[str] = []
    attachments: tuple[Attachment, ...] = ()
    for draft in drafts:
        before = len(attachments)
        attachments = (*attachments, *draft.attachments)
        if draft.text.strip():
            texts.append(moved(draft.text, attachments, before))
    return Draft(
        text="\n\n".join(texts),
        pastes=tuple(dict.fromkeys(paste for draft in drafts for paste in draft.pastes)),
        attachments=attachments,
    )


class Outbox:
    """Messages as they were written, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Draft] = []

    @property
    def waiting(self) -> tuple[Draft, ...]:
        """What is not taken yet."""
        return tuple(self._waiting)

    def send(self, draft: Draft) -> None:
        """Wait for a message to be taken."""
        self._waiting.append(draft)

    def take(self, draft: Draft) -> bool:
        """Let go of a message that waits; return whether it did, as it may have been given back."""
        index = next((index for index, waiting in enumerate(self._waiting) if waiting is draft), None)
        if index is not None:
            del self._waiting[index]
        return index is not None

    def give_back(self) -> tuple[Draft, ...]:
        """Return all that waits and wait no more."""
        waiting = self.waiting
        self._waiting.clear()
        return waiting
