"""Replies that were recorded beside the rows of a data file, for tests that need no model.

A text is the reply of the one step that asks; a table whose keys are steps has a reply for each of them. A list, or any
other table, holds several: the samples of one run where the template draws samples, else one attempt each.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from tchat.domain.errors import UsageError
from tchat.templates.cases import replied
from tchat.templates.datasets import Row, cell
from tchat.templates.format import Do, Prompt, Step, Template, Use
from tchat.templates.naming import listed, quoted
from tchat.templates.offline import OfflineModel
from tchat.templates.testing import picture_by_name
from tchat.templates.world import RunProgram, World

COLUMNS = ("reply", "replies")
"""Where recorded replies are looked for if nobody says otherwise."""

Replies = Mapping[str, tuple[str, ...]]
"""What each step is told, as `[[test]]` has it."""


def replies_in(row: Row, columns: Sequence[str]) -> object:
    """Return what a row has in the columns of the replies, several of them as a list; without names, in the usual one.

    Raises:
        UsageError: there is no such column.
    """
    if columns:
        cells = [cell(row, column) for column in columns]
        return cells[0] if len(cells) == 1 else cells
    found = next((name for name in COLUMNS if name in row), None)
    if found is None:
        raise UsageError(
            f"the recorded rows have no column {listed(COLUMNS)}",
            hint=f"name one with --column; there are {', '.join(map(quoted, row))}",
        )
    return row[found]


def recorded(template: Template, value: object) -> tuple[Replies, ...]:
    """Return the replies that a cell holds, for each attempt.

    Raises:
        UsageError: it holds none, or they cannot be told apart.
    """
    names = tuple(name for name, is_open in replied(template.steps).items() if "." not in name or is_open)
    several = _several(value, names)
    if several is None:
        return (_replies(value, names),)
    if not several:
        raise UsageError("no reply is recorded")
    if _draws_samples(template.steps) and all(isinstance(item, str) for item in several):
        return (_replies(several, names),)
    return tuple(_replies(item, names) for item in several)


def _several(value: object, names: Sequence[str]) -> list[object] | None:
    """Return the parts of a list or of a table whose keys are no steps; None for one reply, or one for each step."""
    match value:
        case list():
            return cast("list[object]", value)
        case dict() if not _is_of_steps(cast("dict[str, object]", value), names):
            return list(cast("dict[str, object]", value).values())
        case _:
            return None


def _is_of_steps(value: Mapping[str, object], names: Sequence[str]) -> bool:
    return bool(value) and all(key in names or key.partition(".")[0] in names for key in value)


def _replies(value: object, names: Sequence[str]) -> Replies:
    if isinstance(value, dict):
        table = cast("dict[str, object]", value)
        return {name: _texts(said) for name, said in table.items()}
    if len(names) != 1:
        raise UsageError(
            f"the template asks in {len(names)} places, and one reply is recorded",
            hint=f"record a table with a reply for {listed(names)}" if names else None,
        )
    return {names[0]: _texts(value)}


def _texts(value: object) -> tuple[str, ...]:
    items: Iterable[object] = cast("list[object]", value) if isinstance(value, list) else (value,)
    texts = tuple("" if item is None else item for item in items)
    if not all(isinstance(text, str) for text in texts):
        raise UsageError("a recorded reply is a text")
    return cast("tuple[str, ...]", texts) or ("",)


def _draws_samples(steps: Sequence[Step]) -> bool:
    return any(
        (step.sampling is not None and isinstance(step.deed, Prompt | Do | Use))
        or (isinstance(step.deed, Do) and _draws_samples(step.deed.steps))
        or (isinstance(step.deed, Use) and _draws_samples(step.deed.template.steps))
        for step in steps
    )


class RecordedAnswers:
    """Recorded replies answer, each attempt from its own.

    Args:
        template: what runs.
        columns: where the replies are; none for the usual column.
        run_program: runs programs; None where none may run.
    """

    jobs = 1
    attach = staticmethod(picture_by_name)

    def __init__(self, template: Template, columns: Sequence[str] = (), run_program: RunProgram | None = None) -> None:
        self._template = template
        self._columns = columns
        self._run_program = run_program
        self._today = dt.datetime.now().astimezone().date()
        self._read: tuple[Row, tuple[Replies, ...]] | None = None
        """The row that was read last."""

    def attempts(self, row: Row) -> int:
        """Return how many attempts are recorded of a row."""
        return len(self._replies(row))

    def twin(self, row: Row, attempt: int) -> int:
        """Return the first attempt with the same replies: without programs, it comes out the same."""
        replies = self._replies(row)
        return attempt if self._run_program else replies.index(replies[attempt - 1]) + 1

    def world(self, row: Row, number: int, attempt: int) -> World:  # noqa: ARG002  # a row says it all
        """Return a world in which the recorded replies of an attempt are said."""
        model = OfflineModel(self._replies(row)[attempt - 1], run_program=self._run_program)
        return World(
            ask=model,
            today=self._today,
            jobs=1,
            run_program=model.run_program if self._run_program else None,
            prepare_picture=None,
            attach=picture_by_name,
        )

    def _replies(self, row: Row) -> tuple[Replies, ...]:
        if self._read is None or self._read[0] is not row:
            self._read = row, recorded(self._template, replies_in(row, self._columns))
        return self._read[1]
