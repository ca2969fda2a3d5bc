"""Marks of attachments in a text that is being written, kept right while attachments come and go.

Law: a mark stands for the same attachment before and after; the mark of one that is gone is gone with it.
"""

import re
from collections.abc import Sequence

from tchat.domain.interleaving import marks_of
from tchat.domain.message import Attachment


def without(text: str, attachments: Sequence[Attachment], index: int) -> str:
    """Return a text in which the attachment of a place is spoken of no more, and the others by their new numbers."""
    before = marks_of(attachments)
    after = iter(marks_of([*attachments[:index], *attachments[index + 1 :]]))
    names = {mark: "" if place == index else next(after) for place, mark in enumerate(before)}
    found = re.compile(f"( ?)({'|'.join(map(re.escape, before))})")
    return found.sub(lambda mark: f"{mark[1]}{names[mark[2]]}" if names[mark[2]] else "", text)
