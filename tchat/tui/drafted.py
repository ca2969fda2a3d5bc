"""From what is written to what is said, and back."""

from tchat.domain.draft import Draft
from tchat.domain.interleaving import interleaved
from tchat.domain.message import Message
from tchat.domain.text import encodable


def message_of(draft: Draft) -> Message:
    """Return what is sent of a draft: every paste in its place, attachments after their marks, else before the text."""
    return Message("user", interleaved(encodable(draft.full_text).strip("\n"), draft.attachments))


def draft_of(message: Message) -> Draft:
    """Return a message as something to write on."""
    return Draft(text=message.text, attachments=message.attachments)
