"""Tests on data from the command line: rows, recorded answers, progress, and Ctrl-C."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from tchat.cli.interrupting import interrupts
from tchat.cli.terminal import Terminal
from tchat.cli.testing import Loaded, Options
from tchat.cli.verdicts import Measured, Verdicts
from tchat.domain.errors import UsageError
from tchat.domain.figures import dollars
from tchat.domain.text import one_line
from tchat.templates.datasets import Row, read_rows
from tchat.templates.examining import Attempt, Examination, Examined
from tchat.templates.files import find_beside
from tchat.templates.format import Case, Template
from tchat.templates.recorded import RecordedAnswers
from tchat.templates.reporting import report
from tchat.templates.testing import is_offline

_CLEAR_LINE = "\r\x1b[K"


class Task(Struct, frozen=True):
    """One test on data."""

    template: Template
    path: Path
    case: Case

    @property
    def label(self) -> str:
        """What its run is called in the history."""
        return f"{self.template.name}: {self.case.name}"

    def rows(self, options: Options, file: Path | None = None) -> tuple[Row, ...]:
        """Return its rows, those of `file` instead of its own if there is one.

        Raises:
            UsageError: they cannot be read.
        """
        limit = self.case.limit if options.limit is None else options.limit or None
        try:
            return read_rows(file or find_beside(self.template.folder, self.case.data or ""), limit)
        except UsageError as error:
            if file is not None:
                raise
            raise UsageError(f"{self.template.file}:{self.case.line}: {error.message}", hint=error.hint) from error


def examine_all(loaded: Sequence[Loaded], options: Options) -> Verdicts:
    """Run every test on data and return what came of it.

    Raises:
        UsageError: there is none, or its data cannot be read.
        TchatError: a test cannot begin.
    """
    tasks = [
        Task(each.template, each.chosen.path, case) for each in loaded for case in each.cases if not is_offline(case)
    ]
    if not tasks:
        raise UsageError("no test here is on data", hint='such a test names a file of rows: data = "rows.jsonl"')
    if options.replay is not None:
        return Verdicts(measured=asyncio.run(_replay(tasks, options, options.replay)))
    from tchat.cli.live import run_live

    return run_live(tasks, options)


async def _replay(tasks: Sequence[Task], options: Options, file: Path) -> tuple[Measured, ...]:
    """Run tests on recorded rows.

    Raises:
        TchatError: a test has a mistake, or the rows are not what it takes.
    """
    run_program = None
    if options.allow_commands:
        from tchat.templates.programs import ProgramRunner

        run_program = ProgramRunner(os.environ)
    found: list[Measured] = []
    for task in tasks:
        answers = RecordedAnswers(task.template, options.columns, run_program)
        examined = await Examination(task.template, task.case, answers).examine(task.rows(options, file))
        if examined.error is not None:
            raise examined.error
        by = f"{', '.join(options.columns)} in {file.name}" if options.columns else file.name
        found.append(Measured(by=by, is_live=False, examined=examined, report=report(examined)))
    return tuple(found)


class Progress:
    """One line on stderr that says how far a test is; nothing where there is no terminal."""

    def __init__(self, name: str) -> None:
        self._name = one_line(name)
        self._terminal = Terminal.of(sys.stderr, os.environ)
        self._attempts: list[Attempt] = []

    def take(self, attempt: Attempt, of: int) -> None:
        """Count an attempt."""
        self._attempts.append(attempt)
        if not self._terminal.styled:
            return
        right = sum(made.verdict == "right" for made in self._attempts)
        costs = [made.cost for made in self._attempts]
        cost = dollars(None if None in costs else sum(cost for cost in costs if cost is not None))
        said = f"{len(self._attempts)} of {of} · {right} right · {cost} · {self._name}"
        sys.stderr.write(_CLEAR_LINE + said[: self._terminal.width - 1])
        sys.stderr.flush()

    def close(self) -> None:
        """Take the line away."""
        if self._terminal.styled and self._attempts:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()


async def followed(examination: Examination, rows: Sequence[Row]) -> tuple[Examined, bool]:
    """Examine, and return what came of it and whether Ctrl-C ended it; a second Ctrl-C drops what is under way.

    Raises:
        TchatError: see `Examination.examine`.
    """
    pressed = 0

    def press() -> bool:
        nonlocal pressed
        pressed += 1
        examination.stop()
        return pressed > 1

    with interrupts(press):
        return await examination.examine(rows), pressed > 0
