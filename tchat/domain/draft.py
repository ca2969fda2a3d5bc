"""What is being written and is not sent yet."""

import re

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.interleaving import moved
from tchat.domain.message import Attachment


class Paste(Struct, frozen=True):
    """A long text that was pasted and is shown as one chip."""

    mark: str
    """What stands for it in the draft's text, for example `[pasted 143 lines #1]`."""
    text: str


class Draft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message in the making, and the messages that wait for the reply before them."""

    text: str = ""
    """As it stands in the composer, pastes as their marks."""
    pastes: tuple[Paste, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    queued: tuple["Draft", ...] = ()
    """Sent by the user while a reply streamed, oldest first; none of them has a queue of its own."""

    @property
    def full_text(self) -> str:
        """The text as it will be sent, every paste in place of its mark."""
        texts = {paste.mark: paste.text for paste in self.pastes}
        if not texts:
            return self.text
        marks = re.compile("|".join(map(re.escape, texts)))
        return marks.sub(lambda found: texts[found[0]], self.text)

    def followed_by(self, other: "Draft", apart: str = "\n") -> "Draft":
        """Return both as one draft, attachments numbered anew.

        What was pasted into the second one stands in its text in full, unless the first has no text.
        """
        attachments = (*self.attachments, *other.attachments)
        is_alone = not self.text
        second = moved(other.text if is_alone else other.full_text, attachments, len(self.attachments))
        return replace(
            self,
            text=apart.join(part for part in (self.text, second) if part),
            pastes=other.pastes if is_alone else self.pastes,
            attachments=attachments,
            queued=(*self.queued, *other.queued),
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send and nothing to lose."""
        return not (self.text.strip() or self.attachments or self.queued)
