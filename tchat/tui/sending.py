"""From what is written to what is said, and back."""

from tchat.domain.draft import Draft
from tchat.domain.message import Message, TextPart
from tchat.domain.text import encodable


def message_of(draft: Draft) -> Message:
    """Return what is sent of a draft: attachments, then the text with every paste in its place."""
    text = encodable(draft.full_text).strip("\n")
    return Message("user", (*draft.attachments, *((TextPart(text),) if text else ())))


def draft_of(message: Message) -> Draft:
    """Return a message as something to write on."""
    return Draft(text=message.text, attachments=message.attachments)
