"""What names stand for while a template runs: inputs, what a step gives its texts, and the steps that are done.

Law: a binding is never changed in place, so that steps that run side by side see what they were given.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from tchat.domain.events import FinishReason
from tchat.domain.usage import Usage, total
from tchat.templates.format import Value


class Spoken(Struct, frozen=True, kw_only=True):
    """A reply that a conversation can go on from."""

    reply_id: str | None
    """Its place in the history."""
    lineage: str
    """Fingerprint of everything that was said up to it."""
    instead: str | None = None
    """What the conversation goes on from in its place."""

    def saying(self, text: str) -> "Spoken":
        """Return the same place in the conversation, with another text as the reply."""
        lineage = hashlib.sha256(f"{self.lineage}\n{text}".encode("utf-8", "replace")).hexdigest()
        return Spoken(reply_id=self.reply_id, lineage=lineage, instead=text)


class Record(Struct, frozen=True, kw_only=True):
    """How a step's value came about: `run.name` in a text."""

    text: str = ""
    reasoning: str = ""
    samples: tuple[Value, ...] = ()
    votes: tuple[tuple[str, int], ...] = ()
    share: float | None = None
    scores: tuple[float | None, ...] = ()
    rounds: int | None = None
    ok: bool = True
    """Whether the value is what was asked for."""
    problem: str | None = None
    """Why it is not."""
    tries: int = 0
    """How many calls were made for it."""
    usage: Usage = Usage()
    finish: FinishReason | None = None
    """How the last reply ended."""

    def table(self) -> dict[str, Any]:
        """Return it as texts see it."""
        return {
            "text": self.text,
            "reasoning": self.reasoning,
            "samples": list(self.samples),
            "votes": [list(vote) for vote in self.votes],
            "share": self.share,
            "scores": list(self.scores),
            "rounds": self.rounds,
            "ok": self.ok,
            "tries": self.tries,
            "usage": asdict(self.usage),
        }


FIELDS = tuple(Record().table())
"""What may follow `run.name.` in a text."""


class Bound(Struct, frozen=True, kw_only=True):
    """What a name stands for."""

    value: Value
    record: Record | tuple[Record, ...] | None = None
    """How a step came to it, for each item of a `for_each`; None for what is no step."""
    spoken: Spoken | None = None


def added(usages: list[Usage]) -> Usage:
    """Return the sum of what is known."""
    return Usage(
        input=total(*(usage.input for usage in usages)),
        cached_read=total(*(usage.cached_read for usage in usages)),
        cached_write=total(*(usage.cached_write for usage in usages)),
        output=total(*(usage.output for usage in usages)),
        reasoning=total(*(usage.reasoning for usage in usages)),
    )


def records_of(bound: Bound) -> tuple[Record, ...]:
    """Return how a step came to its value, item by item where it has items; nothing for what is no step."""
    match bound.record:
        case None:
            return ()
        case Record():
            return (bound.record,)
        case records:
            return records


def usage_of(bound: Bound) -> Usage:
    """Return what a step's calls have taken, all items together."""
    return added([record.usage for record in records_of(bound)])


class Bindings(Mapping[str, Value]):
    """Names and their values, and beyond them those of what stands around.

    Args:
        bound: the names that belong here.
        outer: looked into for every other name.
    """

    def __init__(self, bound: Mapping[str, Bound], outer: "Bindings | None" = None) -> None:
        self._bound = bound
        self._outer = outer

    @classmethod
    def of(cls, values: Mapping[str, Value], outer: "Bindings | None" = None) -> "Bindings":
        """Bind values that no step has made."""
        return cls({name: Bound(value=value) for name, value in values.items()}, outer)

    def find(self, name: str) -> Bound | None:
        """Return what a name stands for."""
        found = self._bound.get(name)
        return found if found is not None or self._outer is None else self._outer.find(name)

    def __getitem__(self, name: str) -> Value:
        if name == "run":
            return self._run()
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return found.value

    def __iter__(self) -> Iterator[str]:
        yield from self._bound
        if self._outer is not None:
            yield from (name for name in self._outer if name not in self._bound)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name == "run" or (isinstance(name, str) and self.find(name) is not None)

    def _run(self) -> dict[str, Any]:
        """Return the records of all steps in sight."""
        tables = self._outer._run() if self._outer is not None else {}  # noqa: SLF001  # its own kind
        return tables | {name: _table(bound.record) for name, bound in self._bound.items() if bound.record is not None}


def _table(record: Record | tuple[Record, ...]) -> dict[str, Any]:
    if isinstance(record, Record):
        return record.table()
    tables = [each.table() for each in record]
    lists: dict[str, Any] = {field: [table[field] for table in tables] for field in FIELDS}
    return lists | {"usage": asdict(added([each.usage for each in record]))}
