"""Which pages of a PDF are meant, as people say it behind its name: `paper.pdf#pages=2-5,9`."""

import re

from msgspec import Struct

from tchat.domain.errors import AttachmentError
from tchat.paths import is_file, user_path

_BEHIND = re.compile(r"(.+)#pages?=([^#]*)", re.DOTALL)
_SPAN = re.compile(r"(\d{1,6})(?:(-)(\d{1,6})?)?")
_SAID = "say for example `#pages=2-5,9`, or `#pages=7-` for all from there on"


class Pages(Struct, frozen=True):
    """Pages of a PDF that is not opened yet, in the order in which they are wanted."""

    said: str
    """As the user wrote them, without blanks."""
    spans: tuple[tuple[int, int | None], ...]
    """The first and the last page of each span, from 1; None for the last one that there is."""

    def within(self, count: int, name: str) -> tuple[int, ...]:
        """Return the places of the pages in a PDF of `count` pages, from 0, each once.

        Raises:
            AttachmentError: it has no such page.
        """
        places: dict[int, None] = {}
        for first, last in self.spans:
            beyond = max(first, last or first)
            if beyond > count:
                has = "1 page" if count == 1 else f"{count:,} pages"
                raise AttachmentError(f"{name} has {has}, and there is no page {beyond:,}")
            places |= dict.fromkeys(range(first - 1, last or count))
        return tuple(places)

    def named(self, name: str) -> str:
        """Return what a PDF of these pages alone is called."""
        pages = "page" if self.said.isdecimal() else "pages"
        return f"{name[:-4] if name.lower().endswith('.pdf') else name}, {pages} {self.said}.pdf"


FIRST = Pages("1", ((1, 1),))
"""The first page."""


def without_pages(name: str) -> tuple[str, Pages | None]:
    """Return a path or an address, and the pages that are named behind it; None for all.

    A file that is really called so is that file.

    Raises:
        AttachmentError: what is named are no pages.
    """
    found = _BEHIND.fullmatch(name)
    if found is None or is_file(user_path(name)):
        return name, None
    return found[1], pages_of(found[2])


def pages_of(text: str) -> Pages:
    """Return the pages that are written as `2-5,9`.

    Raises:
        AttachmentError: that are no pages.
    """
    said = "".join(text.split())
    spans: list[tuple[int, int | None]] = []
    for piece in said.split(","):
        span = _SPAN.fullmatch(piece)
        if span is None or not int(span[1]):
            raise AttachmentError(f"{text!r} are no pages", hint=_SAID)
        first = int(span[1])
        last = first if span[2] is None else int(span[3]) if span[3] else None
        if last is not None and last < first:
            raise AttachmentError(f"the pages {piece!r} end before they begin", hint=_SAID)
        spans.append((first, last))
    return Pages(said, tuple(spans))
