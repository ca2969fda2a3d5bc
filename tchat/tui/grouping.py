"""Conversations in the groups that the list shows: pinned, by date, by folder, archived.

Law: every conversation is in exactly one group, and within a group the order is the one that was given.
"""

from calendar import month_name
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from math import inf
from typing import Literal, NamedTuple

from tchat.domain.conversation import Conversation
from tchat.domain.text import one_line

Kind = Literal["pinned", "date", "folder", "archived"]

_WEEK = 7


class Group(NamedTuple):
    """Conversations under one heading."""

    key: str
    """Stays the same while conversations come and go."""
    name: str
    kind: Kind
    conversations: tuple[Conversation, ...]


class _Span(NamedTuple):
    """A stretch of time with a heading of its own; Unix times, the end exclusive."""

    start: float
    end: float
    key: str
    name: str


class _Calendar:
    """Names the days of one zone as they are seen from one moment."""

    def __init__(self, now: float, zone: tzinfo | None) -> None:
        self._zone = zone
        today = datetime.fromtimestamp(now, zone).date()
        start, yesterday, week = (self._start(today - timedelta(days=days)) for days in (0, 1, _WEEK))
        self._recent = (
            _Span(start, inf, "today", "today"),
            _Span(yesterday, start, "yesterday", "yesterday"),
            _Span(week, yesterday, "week", f"last {_WEEK} days"),
        )

    def span(self, moment: float) -> _Span:
        """Return the stretch that a moment lies in; what is to come counts as today."""
        return next((span for span in self._recent if span.start <= moment), None) or self._month(moment)

    def _month(self, moment: float) -> _Span:
        first = datetime.fromtimestamp(moment, self._zone).date().replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
        end = min(self._start(after), self._recent[-1].start)
        return _Span(self._start(first), end, f"{first:%Y-%m}", f"{month_name[first.month]} {first.year}")

    def _start(self, day: date) -> float:
        return datetime.combine(day, time.min, self._zone).timestamp()


def grouped(conversations: Iterable[Conversation], *, now: float, zone: tzinfo | None = None) -> tuple[Group, ...]:
    """Return the groups that have a conversation, in the order in which they are shown.

    Args:
        conversations: the last updated first.
        now: Unix time.
        zone: where days begin and end; None for the machine's own.
    """
    calendar = _Calendar(now, zone)
    span = calendar.span(now)
    found: dict[Kind, dict[tuple[str, str], list[Conversation]]] = {
        "pinned": {},
        "date": {},
        "folder": {},
        "archived": {},
    }
    dates = found["date"]
    for conversation in conversations:
        if conversation.archived:
            found["archived"].setdefault(("archived", "archived"), []).append(conversation)
        elif conversation.pinned:
            found["pinned"].setdefault(("pinned", "pinned"), []).append(conversation)
        elif conversation.folder:
            heading = (f"folder {conversation.folder}", f"folder: {one_line(conversation.folder)}")
            found["folder"].setdefault(heading, []).append(conversation)
        else:
            if not span.start <= conversation.updated_at < span.end:
                span = calendar.span(conversation.updated_at)
            dates.setdefault(span[2:], []).append(conversation)
    found["folder"] = dict(sorted(found["folder"].items(), key=lambda item: (item[0][0].casefold(), item[0][0])))
    return tuple(
        Group(key, name, kind, tuple(members))
        for kind, headings in found.items()
        for (key, name), members in headings.items()
    )


def holding(conversations: Iterable[Conversation], words: str) -> tuple[Conversation, ...]:
    """Return the conversations whose title or folder holds every one of the words, in any case."""
    texts = [(one, f"{one.title}\n{one.folder or ''}".casefold()) for one in conversations]
    for word in words.casefold().split():
        texts = [pair for pair in texts if word in pair[1]]
    return tuple(one for one, _ in texts)
