"""What is being read to be attached, and what it belongs to by the time it is there.

Law: it belongs to what it was attached to, which may be sent or left for another conversation meanwhile.
"""

import asyncio
from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.draft import Draft
from tchat.domain.message import Attachment, TextPart
from tchat.tui.marks import without

PATIENCE = 5.0
"""Seconds that leaving, the program or a conversation, waits for what is being read."""


class Arrived(Struct, frozen=True):
    """What was read."""

    parts: tuple[Attachment | TextPart, ...]
    name: str = ""
    """What a text is called where it stands as a mark."""
    instead_of: Attachment | None = None
    """What it takes the place of."""

    def added_to(self, draft: Draft) -> Draft:
        """Return a draft with it at the end."""
        if self.instead_of in draft.attachments:
            index = draft.attachments.index(self.instead_of)
            kept = (*draft.attachments[:index], *draft.attachments[index + 1 :])
            draft = replace(draft, text=without(draft.text, draft.attachments, index), attachments=kept)
        for part in self.parts:
            is_text = isinstance(part, TextPart)
            draft = draft.followed_by(Draft(text=part.text) if is_text else Draft(attachments=(part,)))
        return draft


Put = Callable[[Arrived], None]
"""Puts it where it belongs."""


class Arrival:
    """One thing that is being read.

    Args:
        name: what it is called meanwhile.
        put: puts it into what stands in the composer.
    """

    def __init__(self, name: str, put: Put) -> None:
        self.name = name
        self._into_composer = put
        self._put = put
        self._is_over = asyncio.Event()
        self.has_failed = False

    @property
    def is_over(self) -> bool:
        """Whether it is there, or will never be."""
        return self._is_over.is_set()

    def belong(self, put: Put | None) -> None:
        """Put it elsewhere once it is there; None is what stands in the composer."""
        self._put = put or self._into_composer

    def end(self, arrived: Arrived | None, *, has_failed: bool = False) -> None:
        """Put it where it belongs, if it is still waited for."""
        if self.is_over:
            return
        self.has_failed = has_failed
        self._is_over.set()
        if arrived is not None:
            self._put(arrived)

    async def over(self) -> None:
        """Wait until it is there, or will never be."""
        await self._is_over.wait()


async def all_over(arrivals: Iterable[Arrival], seconds: float) -> None:
    """Wait until nothing is being read any more, and give up what takes longer."""
    waited = tuple(arrivals)
    try:
        async with asyncio.timeout(seconds):
            for arrival in waited:
                await arrival.over()
    except TimeoutError:
        for arrival in waited:
            arrival.end(None, has_failed=True)
