"""What came of tests, as lines for people and as JSON for programs."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct

from tchat.cli.layout import columns, cut
from tchat.domain.errors import TchatError
from tchat.domain.figures import seconds
from tchat.domain.text import one_line, printable
from tchat.templates.examining import Examined, Item
from tchat.templates.filters import shown
from tchat.templates.reporting import Report
from tchat.templates.testing import Result

VERSION = 1
"""The version of what `--json` prints."""

_LONGEST = 300
"""Characters of an input or output that are shown of a row."""


class Broken(Struct, frozen=True, kw_only=True):
    """A template that cannot be tested."""

    name: str
    file: str
    message: str
    """Its mistakes, one a line."""


class Measured(Struct, frozen=True, kw_only=True):
    """A test on data, and its figures."""

    by: str
    """Who answered: a model, or a file and its column."""
    is_live: bool
    examined: Examined
    report: Report | None
    """None if nothing was done."""
    run_id: str | None = None
    """What it is kept under in the history."""


class Verdicts(Struct, frozen=True, kw_only=True):
    """What came of all tests."""

    results: tuple[Result, ...] = ()
    measured: tuple[Measured, ...] = ()
    broken: tuple[Broken, ...] = ()
    waiting: int = 0
    """How many tests on data were left out."""
    untested: tuple[str, ...] = ()
    """Templates without any test."""
    code: int = 0
    """The exit code of what ended it early."""


def verdict_lines(verdicts: Verdicts, *, verbose: bool, chart: bool, width: int) -> Iterator[str]:
    """Yield the lines to print."""
    for broken in verdicts.broken:
        yield f"ERROR {one_line(broken.name)}"
        yield from (f"      {line}" for line in printable(broken.message).splitlines())
    yield from _results(verdicts.results, verbose=verbose)
    yield from (f"none  {one_line(name)}: no test" for name in verdicts.untested)
    if verdicts.results or not (verdicts.measured or verdicts.code):
        yield _summary(verdicts)
    if verdicts.measured:
        from tchat.cli.figures import figure_lines

        yield from figure_lines(verdicts.measured, chart=chart, width=width)
    if verbose:
        for measured in verdicts.measured:
            yield from _rows(measured, width)


def _results(results: Sequence[Result], *, verbose: bool) -> Iterator[str]:
    """Yield a line for each template, the failed tests below it, and with `verbose` all of them."""
    for name, group in groupby(results, key=lambda result: result.template):
        tests = list(group)
        failed = [result for result in tests if result.problems]
        passed = len(tests) - len(failed)
        said = ", ".join([*([f"{passed} passed"] if passed else []), *([f"{len(failed)} failed"] if failed else [])])
        yield f"{'FAIL' if failed else 'ok':5} {one_line(name)}: {said}"
        for result in tests:
            if result.problems:
                yield f"      {one_line(result.place)}: {one_line(result.name)}"
                yield from (f"        {one_line(problem)}" for problem in result.problems)
            elif verbose:
                yield f"      {one_line(result.place)}: {one_line(result.name)} ({_calls(result.calls)})"


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"


def _summary(verdicts: Verdicts) -> str:
    failed = sum(bool(result.problems) for result in verdicts.results)
    took = seconds(sum(result.seconds for result in verdicts.results))
    said = [f"{len(verdicts.results) - failed} passed", *([f"{failed} failed"] if failed else [])]
    said += [f"{len(verdicts.broken)} with mistakes"] if verdicts.broken else []
    waiting = f"; {verdicts.waiting} on data: --live or --replay runs them" if verdicts.waiting else ""
    return f"{', '.join(said)} in {took}{waiting}"


def _rows(measured: Measured, width: int) -> Iterator[str]:
    """Yield every row with an attempt that is not right: what went in, what was expected, what came out."""
    wrong = [item for item in measured.examined.items if any(made.verdict != "right" for made in item.attempts)]
    for item in wrong:
        yield ""
        yield f"row {item.number} of {one_line(measured.examined.template)}: {one_line(measured.examined.name)}"
        yield from (f"  {cut(line, max(width - 3, 20))}" for line in columns(list(_row(item))))


def _row(item: Item) -> Iterator[tuple[str, str]]:
    for name, value in item.inputs.items():
        yield one_line(name), _shortened(shown(value))
    if item.expected:
        yield "expected", _shortened(item.expected)
    for number, made in enumerate(item.attempts, 1):
        if made.verdict == "right":
            continue
        which = f" {number}" if len(item.attempts) > 1 else ""
        yield f"{made.verdict}{which}", _shortened(made.text if made.verdict != "unanswered" else made.problem)


def _shortened(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


# --- JSON


def as_json(verdicts: Verdicts, *, verbose: bool) -> dict[str, Any]:
    """Return everything as one object; with `verbose`, every row and attempt too."""
    failed = sum(bool(result.problems) for result in verdicts.results)
    return {
        "version": VERSION,
        "passed": len(verdicts.results) - failed,
        "failed": failed,
        "tests": [msgspec.to_builtins(result) for result in verdicts.results],
        "broken": [msgspec.to_builtins(broken) for broken in verdicts.broken],
        "data": [_measured(measured, verbose=verbose) for measured in verdicts.measured],
    }


def _measured(measured: Measured, *, verbose: bool) -> dict[str, Any]:
    examined = measured.examined
    return {
        "template": examined.template,
        "file": examined.file,
        "line": examined.line,
        "name": examined.name,
        "by": measured.by,
        "is_live": measured.is_live,
        "run": measured.run_id,
        "report": msgspec.to_builtins(measured.report, str_keys=True),
        "error": _error(examined.error),
        **({"items": [_item(item) for item in examined.items]} if verbose else {}),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "row": item.number,
        "inputs": msgspec.to_builtins(item.inputs),
        "expected": item.expected,
        "attempts": [msgspec.to_builtins(made) for made in item.attempts],
    }


def _error(error: TchatError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
