"""Marks of attachments in a text that is being written, kept right while attachments come and go.

Law: a mark stands for the same attachment before and after; the mark of one that is gone is gone with it.
"""

import re
from collections.abc import Sequence

from tchat.domain.interleaving import mark_of
from tchat.domain.message import Attachment


def marks_of(attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """Return the mark of each attachment."""
    return tuple(mark_of(attachments, index) for index in range(len(attachments)))


def without(text: str, attachments: Sequence[Attachment], index: int) -> str:
    """Return a text in which the attachment of a place is spoken of no more, and the others by their new numbers."""
    before = marks_of(attachments)
    after = iter(marks_of([*attachments[:index], *attachments[index + 1 :]]))
    names = {mark: "" if place == index else next(after) for place, mark in enumerate(before)}
    found = re.compile(f"( ?)({'|'.join(map(re.escape, before))})")
    return found.sub(lambda mark: f"{mark[1]}{names[mark[2]]}" if names[mark[2]] else "", text)


def moved(text: str, attachments: Sequence[Attachment], behind: int) -> str:
    """Return a text whose marks of `attachments` count on after so many others of their kind that stand before them.

    Args:
        text: speaks of the attachments by their numbers.
        attachments: those of the text, after the first `behind` of all.
        behind: how many of `attachments` belong to what comes before.
    """
    own = attachments[behind:]
    names = dict(zip(marks_of(own), marks_of(attachments)[behind:], strict=True))
    if not names:
        return text
    return re.compile("|".join(map(re.escape, names))).sub(lambda mark: names[mark[0]], text)
