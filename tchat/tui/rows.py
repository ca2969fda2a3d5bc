"""Groups of conversations as the rows of a list, folded and unfolded.

Law: whatever is shown next, one stays on the conversation one is on, or, if it is gone, on the one that followed it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tchat.domain.conversation import Conversation
from tchat.tui.grouping import Group


class Heading(NamedTuple):
    """The row above a group."""

    group: Group
    is_folded: bool


class More(NamedTuple):
    """The row that stands for the pages that were not fetched yet."""


Row = Heading | Conversation | More


def key_of(row: Row) -> str:
    """Return what a row is known by when others come and go: an id, for a conversation."""
    match row:
        case Conversation():
            return row.id
        case Heading():
            return f"group {row.group.key}"
        case More():
            return "more"


def rows_of(groups: Iterable[Group], is_folded: Callable[[Group], bool], *, has_more: bool) -> tuple[Row, ...]:
    """Return the rows of the groups; what is yet to be fetched belongs below the last date."""
    rows: list[Row] = []
    awaits_more = has_more
    for group in groups:
        if awaits_more and group.kind in {"folder", "archived"}:
            rows.append(More())
            awaits_more = False
        folded = is_folded(group)
        rows.append(Heading(group, folded))
        if not folded:
            rows += group.conversations
    return (*rows, More()) if awaits_more else tuple(rows)


def followed(old: Sequence[Row], place: int, new: Sequence[Row]) -> int:
    """Return the place in `new` of the row that stood on `place` in `old`, or of what comes nearest to it.

    That is the conversation that followed it, else the one before it, else the first one. The row for further pages
    gives its place to the first row of the next page.
    """
    if not old:
        return first_conversation(new)
    if isinstance(old[place], More):
        return max(0, min(place, len(new) - 1))
    if place < len(new) and key_of(new[place]) == key_of(old[place]):
        return place
    places = {key_of(row): number for number, row in enumerate(new)}
    if key_of(old[place]) in places:
        return places[key_of(old[place])]
    neighbours = (*old[place + 1 :], *reversed(old[:place]))
    near = (places[row.id] for row in neighbours if isinstance(row, Conversation) and row.id in places)
    return next(near, first_conversation(new))


def first_conversation(rows: Sequence[Row]) -> int:
    """Return the place of the first conversation; 0 if there is none."""
    return next((number for number, row in enumerate(rows) if isinstance(row, Conversation)), 0)


def heading_above(rows: Sequence[Row], place: int) -> int | None:
    """Return the place of the heading that a row stands under, its own if it is one; None for none."""
    return next(
        (number for number in range(min(place, len(rows) - 1), -1, -1) if isinstance(rows[number], Heading)), None
    )
