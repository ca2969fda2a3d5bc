"""`tchat test`: whether templates do what they should, and how well."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from tchat.cli.choosing import choose, complete_template, library_in_sight, load
from tchat.cli.exit_codes import CHECK_FAILED, DONE, USAGE
from tchat.cli.options import Dollars, model_options
from tchat.cli.showing import write_stdout
from tchat.cli.sinks import json_line
from tchat.cli.terminal import Terminal
from tchat.cli.testing import Loaded, Options
from tchat.cli.verdicts import Broken, Verdicts, as_json, verdict_lines
from tchat.domain.errors import TemplateError, UsageError
from tchat.templates.testing import is_offline, run_offline

_WIDEST = 120
"""Cells of a line where there is no terminal."""


@click.command()
@click.argument("templates", metavar="[FILE|DIR|NAME]...", nargs=-1, shell_complete=complete_template)
@click.option("--live", is_flag=True, help="Run the tests on data against a model; this costs money.")
@click.option(
    "--replay",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Run the tests on data on the rows of FILE and the replies recorded there.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME",
    help="Where in FILE the replies are, `reply` or `replies` without it; several are several replies.",
)
@click.option("-k", "keyword", metavar="WORD", help="Only tests with WORD in their name or that of their template.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Only the first N rows; 0 for all.")
@click.option("--repeat", type=click.IntRange(1), metavar="R", help="Run each row R times; tells pass@k.")
@click.option("--max-cost", type=Dollars(), metavar="USD", help="Stop a test before this is passed.")
@click.option("-j", "--jobs", type=click.IntRange(1, 1000), metavar="N", help="Calls under way at once.  [default: 8]")
@click.option("--resume", metavar="last|ID", help="Go on with a live test that was stopped.")
@click.option("--allow-commands", is_flag=True, help="Let templates and tests run programs on this machine.")
@click.option("--chart", is_flag=True, help="Draw the figures: the interval, pass@k, calibration.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with -v, every row.")
@click.option("-v", "--verbose", is_flag=True, help="Name every test, and every row that is not right.")
@model_options
def test(templates: tuple[str, ...], **given: Any) -> int:  # noqa: ANN401  # click's values
    """Test templates: all that are in sight, or those of files, folders and names.

    Without --live and --replay, every test with replies runs: no key, no network, no cost. The exit code is 8 if a test
    fails, 2 if a template has a mistake, 0 if all is well; how often a model is right does not change it.
    """  # fmt: skip
    options = msgspec.convert({key: given[key] for key in Options.__struct_fields__}, Options, dec_hook=_as_is)
    options.check()
    loaded, broken = _load(templates, options)
    if options.keyword is not None and not loaded and not broken:
        raise UsageError(f"no test has {options.keyword!r} in its name", hint="`tchat test -v` names them all")
    if options.live or options.replay:
        from tchat.cli.examining import examine_all

        verdicts = examine_all(loaded, options)
    else:
        verdicts = asyncio.run(_offline(loaded, options))
    verdicts = msgspec.structs.replace(verdicts, broken=broken)
    _tell(verdicts, options)
    return _code(verdicts)


def _as_is(kind: type, value: object) -> object:
    """Take a value that is of its type already."""
    assert isinstance(value, kind)  # noqa: S101  # click has seen to it
    return value


def _load(words: Sequence[str], options: Options) -> tuple[tuple[Loaded, ...], tuple[Broken, ...]]:
    """Return the templates with the tests that are wanted, and those that have mistakes."""
    library = library_in_sight()
    loaded: list[Loaded] = []
    broken: list[Broken] = []
    for chosen in choose(library, words):
        try:
            template = load(library, chosen)
        except TemplateError as error:
            broken.append(Broken(name=chosen.name, file=str(chosen.path), message=error.message))
            continue
        cases = tuple(case for case in template.tests if options.wants(chosen.name, case))
        if cases or options.keyword is None:
            loaded.append(Loaded(chosen, template, cases))
    return tuple(loaded), tuple(broken)


async def _offline(loaded: Sequence[Loaded], options: Options) -> Verdicts:
    """Run every test that has replies."""
    run_program = None
    if options.allow_commands:
        from tchat.templates.programs import ProgramRunner

        run_program = ProgramRunner(os.environ)
    results = [
        await run_offline(each.template, case, run_program=run_program)
        for each in loaded
        for case in each.cases
        if is_offline(case)
    ]
    waiting = sum(not is_offline(case) for each in loaded for case in each.cases)
    untested = tuple(each.chosen.name for each in loaded if not each.template.tests)
    return Verdicts(results=tuple(results), waiting=waiting, untested=untested)


def _tell(verdicts: Verdicts, options: Options) -> None:
    if options.junit is not None:
        from tchat.cli.junit import write_junit

        write_junit(options.junit, verdicts)
    if options.as_json:
        write_stdout(json_line(as_json(verdicts, verbose=options.verbose)))
        return
    terminal = Terminal.of(sys.stdout, os.environ)
    width = terminal.width if terminal.styled else _WIDEST
    lines = verdict_lines(verdicts, verbose=options.verbose, chart=options.chart, width=width)
    write_stdout("".join(f"{line}\n" for line in lines))


def _code(verdicts: Verdicts) -> int:
    if verdicts.broken:
        return USAGE
    if verdicts.code:
        return verdicts.code
    return CHECK_FAILED if any(result.problems for result in verdicts.results) else DONE
