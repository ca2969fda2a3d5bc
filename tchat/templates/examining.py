"""Runs a test on data: every row, several times over if asked, against a model or on recorded replies.

Law: what has an answer is counted, whatever ends the examination; an answer that cannot be read is counted as none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from tchat.domain.errors import CheckFailed, TchatError, UsageError
from tchat.domain.text import one_line
from tchat.domain.usage import Usage
from tchat.templates.checking import Grade
from tchat.templates.concurrency import spread
from tchat.templates.datasets import Row, as_input, as_value, cell
from tchat.templates.expecting import Expectation
from tchat.templates.filters import shown
from tchat.templates.format import Case, Pattern, Template, Value
from tchat.templates.inputs import Attach, fill_plain
from tchat.templates.outcomes import Outcome, outcome_of
from tchat.templates.rendering import Renderer
from tchat.templates.runner import Run
from tchat.templates.world import World

_EXPECTED = ("equals", "number", "one_of", "contains", "matches")
"""What a row expects, for people: the first that there is."""


class Attempt(Struct, frozen=True, kw_only=True):
    """One run on one row."""

    verdict: Grade
    """`unanswered`: there is no output, or one that cannot be read, or the model refuses."""
    text: str
    """The output."""
    problem: str = ""
    """Why it is not right."""
    confidence: float | None = None
    calls: int = 0
    usage: Usage = Usage()
    cost: float | None = 0.0
    """US dollars; None if unknown."""
    seconds: float = 0.0


class Item(Struct, frozen=True, kw_only=True):
    """One row and what came of it."""

    number: int
    """Of the row, from 1."""
    inputs: dict[str, Value]
    expected: str
    attempts: tuple[Attempt, ...]


class Answers(Protocol):
    """Who answers."""

    @property
    def jobs(self) -> int:
        """How many runs may go on side by side."""
        ...

    @property
    def attach(self) -> Attach:
        """Takes in the pictures that rows and the test name."""
        ...

    def attempts(self, row: Row) -> int:
        """Return how often a row is run.

        Raises:
            UsageError: the row has nothing to answer with.
        """
        ...

    def twin(self, row: Row, attempt: int) -> int:
        """Return the first attempt at a row that comes out as this one does: itself where nobody can know."""
        ...

    def world(self, row: Row, number: int, attempt: int) -> World:
        """Return what a run takes from outside: row and attempt from 1."""
        ...


class Examined(Struct, frozen=True, kw_only=True):
    """A test on data, as far as it went."""

    template: str
    file: str
    name: str
    line: int
    items: tuple[Item, ...]
    """Those with at least one attempt."""
    rows: int
    """How many there were to do."""
    error: TchatError | None = None
    """What ended it early."""
    threshold: float | None = None
    """`expect.threshold`: what a wrong answer costs."""


class Examination:
    """One test on data.

    Args:
        template: whose test it is.
        case: the test.
        answers: who answers.
        take: is told of each attempt that is done, and of how many there are.
    """

    def __init__(
        self, template: Template, case: Case, answers: Answers, take: Callable[[Attempt, int], None] | None = None
    ) -> None:
        self._template = template
        self._case = case
        self._answers = answers
        self._take = take
        self._renderer = Renderer(template.file)
        self._is_stopped = False
        self._runs: set[Run] = set()

    def stop(self) -> None:
        """Begin nothing more: the calls under way come to their end, and what is not done is left out."""
        self._is_stopped = True
        for run in self._runs:
            run.stop()

    async def examine(self, rows: Sequence[Row]) -> Examined:
        """Run on all rows and return what came of it.

        Raises:
            UsageError: a row has not what the test takes from it.
        """
        seats = [seated(self._template, self._case, row, number) for number, row in enumerate(rows, 1)]
        tasks = [(seat, attempt) for seat in seats for attempt in range(1, self._answers.attempts(seat.row) + 1)]
        failures: list[TchatError] = []

        async def work(index: int) -> None:
            seat, attempt = tasks[index]
            if self._is_stopped:
                return
            try:
                twin = self._answers.twin(seat.row, attempt)
                made = seat.attempts.get(twin) or await self._attempt(seat, attempt)
            except TchatError as failure:
                failures.append(failure)
                self.stop()
                return
            if made is not None:
                seat.attempts[attempt] = made
                if self._take is not None:
                    self._take(made, len(tasks))

        await spread(len(tasks), self._answers.jobs, work)
        return self._examined(seats, failures)

    async def _attempt(self, seat: "Seat", attempt: int) -> Attempt | None:
        """Run once and return what came of it; None if the run was stopped.

        Raises:
            TchatError: there is no use in going on: a provider or the test fails.
        """
        world = self._answers.world(seat.row, seat.number, attempt)
        inputs = fill_plain(self._template, seat.values, self._answers.attach)
        run = Run(self._template, inputs, world)
        self._runs.add(run)
        try:
            outcome = await outcome_of(run.events())
        finally:
            self._runs.discard(run)
        if outcome.error is not None and not isinstance(outcome.error, CheckFailed):
            raise outcome.error
        if not outcome.is_over:
            return None
        expectation = Expectation(self._case.expect, self._renderer, world.run_program)
        verdict, problem = await graded(outcome, expectation, {**inputs, **seat.names})
        return Attempt(
            verdict=verdict,
            text=outcome.text,
            problem=problem,
            confidence=outcome.confidence,
            calls=outcome.calls,
            usage=outcome.usage,
            cost=outcome.cost,
            seconds=outcome.seconds,
        )

    def _examined(self, seats: "Sequence[Seat]", failures: Sequence[TchatError]) -> Examined:
        threshold = self._case.expect.get("threshold")
        return Examined(
            template=self._template.name,
            file=self._template.file,
            name=self._case.name,
            line=self._case.line,
            items=tuple(seat.item(self._case.expect, self._renderer) for seat in seats if seat.attempts),
            rows=len(seats),
            error=failures[0] if failures else None,
            threshold=float(threshold) if isinstance(threshold, int | float) else None,
        )


class Seat(Struct, kw_only=True):
    """One row at its desk: what it gives to the template and to the expectation, and what has come of it."""

    row: Row
    number: int
    values: dict[str, object]
    """Of inputs."""
    names: dict[str, Value]
    """What the expectation may mention."""
    attempts: dict[int, Attempt] = field(default_factory=dict[int, Attempt])

    def item(self, expect: Mapping[str, Pattern], renderer: Renderer) -> Item:
        """Return the row and what came of it."""
        return Item(
            number=self.number,
            inputs={name: as_value(value) for name, value in self.values.items()},
            expected=self._expected(expect, renderer),
            attempts=tuple(made for _, made in sorted(self.attempts.items())),
        )

    def _expected(self, expect: Mapping[str, Pattern], renderer: Renderer) -> str:
        word = next((word for word in _EXPECTED if word in expect), None)
        return shown(renderer.fill(expect[word], self.names)) if word else ""


def seated(template: Template, case: Case, row: Row, number: int = 1) -> Seat:
    """Return what a row gives to a test.

    Raises:
        UsageError: it has not what the test takes from it.
    """
    inputs = {spec.name: spec for spec in template.inputs}
    values: dict[str, object] = dict(case.inputs)
    names = {name: as_value(value) for name, value in row.items()}
    try:
        for name, column in case.map.items():
            found = cell(row, column)
            names[name] = as_value(found)
            if name in inputs:
                values[name] = as_input(inputs[name], found)
    except UsageError as error:
        place = f"{template.file}:{case.line}: row {number} of the data"
        raise UsageError(f"{place}: {error.message}", hint=error.hint) from error
    return Seat(row=row, number=number, values=values, names=names)


async def graded(outcome: Outcome, expectation: Expectation, names: Mapping[str, Value]) -> tuple[Grade, str]:
    """Return whether an output is right, and why it is not.

    `abstain` says which outputs abstain, the usual phrases without it; alone, it is what the test expects.

    Raises:
        TchatError: the expectation cannot be evaluated.
    """
    if not outcome.is_answer:
        said = outcome.error.message if outcome.error else outcome.finish or "there is no output"
        return "unanswered", one_line(said)
    is_asked_for = expectation.words == ("abstain",)
    unmet = await expectation.unmet(outcome, names, without="" if is_asked_for else "abstain")
    if not unmet:
        return "right", ""
    if not is_asked_for and expectation.is_abstention(outcome, names):
        return "abstained", "it abstains"
    return "wrong", "; ".join(unmet)
