"""What `tchat run` does with a template: fills its inputs, has its cost agreed to, and runs, resumes or plans it."""

import asyncio
import os
import sys
from pathlib import Path

import click
from msgspec import Struct

from tchat.cli import stdin
from tchat.cli.exit_codes import DONE, INTERRUPTED
from tchat.cli.narration import Narrator
from tchat.cli.options import settings_from
from tchat.cli.run_files import OutFolder
from tchat.cli.run_following import Follower, Showing
from tchat.cli.run_inputs import Filling, Given, Person, fill_inputs
from tchat.cli.run_plan import plan_text, totals_text
from tchat.cli.run_result import RunAccount
from tchat.cli.showing import Output, make_narrator, reader_of, run_async
from tchat.cli.sinks import json_line
from tchat.cli.terminal import Terminal
from tchat.domain.errors import NotFound, UsageError
from tchat.domain.request import Settings
from tchat.domain.run import StoredRun
from tchat.media.attachment import Source
from tchat.running import RunRequest, attach_picture, models_of, plan_of, read_named, start, stored_inputs
from tchat.runtime import Runtime
from tchat.templates.files import is_there
from tchat.templates.format import Template
from tchat.templates.library import Library
from tchat.templates.plan import Plan
from tchat.templates.runner import check_programs


class Wanted(Struct, frozen=True, kw_only=True):
    """What the command line asks for, beside the template and its inputs."""

    jobs: int
    max_cost: float | None = None
    allow_commands: bool = False
    resume: str | None = None
    dry_run: bool = False
    out: str | None = None
    verbose: bool = False
    model: str | None = None
    effort: str | None = None
    options: tuple[str, ...] = ()


class TemplateRun:
    """One call of `tchat run` for one template."""

    def __init__(self, runtime: Runtime, library: Library, wanted: Wanted, output: Output) -> None:
        self._runtime = runtime
        self._library = library
        self._wanted = wanted
        self._output = output
        self._narrator = make_narrator(output)
        self._person = Person.at_terminal()

    def run(self, name: str | None, given: Given) -> int:
        """Fill the inputs and run, or print the plan; return the exit code.

        Raises:
            UsageError: there is no such template or run, or inputs are missing or wrong.
        """
        folder = OutFolder(Path(self._wanted.out)) if self._wanted.out else None
        resumed = asyncio.run(find_run(self._wanted.resume, of_test=False)) if self._wanted.resume is not None else None
        request = self._request(name, given, resumed)
        if self._wanted.dry_run:
            planned = self._plan(request)
            click.echo(json_line(planned) if self._output.as_json else plan_text(planned, self._width()), nl=False)
            return DONE
        if not self._is_agreed(request):
            return INTERRUPTED
        if folder is not None:
            folder.make()
        showing = Showing(output=self._output, verbose=self._wanted.verbose, folder=folder)
        return run_async(_follow(self._runtime, request, showing, self._narrator), self._runtime)

    @staticmethod
    def _width() -> int | None:
        """Return the cells of a line of stdout; None where nothing is wrapped."""
        terminal = Terminal.of(sys.stdout, os.environ)
        return terminal.width if terminal.styled else None

    def _request(self, name: str | None, given: Given, resumed: StoredRun | None) -> RunRequest:
        wanted = self._wanted
        template, path = self._template(name, resumed)
        check_programs(template, may_run=wanted.allow_commands or wanted.dry_run)
        filling = Filling(
            given=given,
            note=self._narrator.note,
            attach=attach_picture(self._runtime, self._read),
            stored=stored_inputs(template, resumed) if resumed else {},
            person=self._person,
        )
        return RunRequest(
            template=template,
            inputs=fill_inputs(template, filling),
            file=path,
            model=wanted.model or (resumed.new.model if resumed else None),
            settings=self._settings(resumed),
            jobs=wanted.jobs,
            max_cost=wanted.max_cost,
            allows_commands=wanted.allow_commands,
            resumed=resumed,
        )

    def _read(self, name: str) -> Source:
        """Return what a file, a URL, the clipboard or the pipe holds."""
        if name == "-":
            return Source(stdin.read_piped(self._narrator.note, wait=True), "standard input")
        return read_named(self._runtime, name)

    def _template(self, name: str | None, resumed: StoredRun | None) -> tuple[Template, Path]:
        """Return the template that is named, else that of the run that is taken up again."""
        library = self._library
        if name is not None:
            return library.load(name), library.find(name)
        assert resumed is not None  # noqa: S101  # without a name there is a run
        stored = resumed.new
        try:
            path = library.find(stored.template)
        except UsageError:
            path = None
        if stored.file is None or (path is not None and str(path.resolve()) == stored.file):
            return library.load(stored.template), library.find(stored.template)
        if not is_there(Path(stored.file)):
            raise NotFound(
                f"the template of the run is not there any more: {stored.file}",
                hint="name the one to go on with: tchat run NAME --resume ID",
            )
        return library.load(stored.file), Path(stored.file)

    def _settings(self, resumed: StoredRun | None) -> Settings:
        wanted = self._wanted
        if resumed is not None and not wanted.options and wanted.effort is None:
            return resumed.new.settings
        return settings_from(wanted.options, wanted.effort or self._runtime.config.effort)

    def _plan(self, request: RunRequest) -> Plan:
        models = models_of(self._runtime, request.model, request.settings)
        return plan_of(self._runtime, request.template, request.inputs, models, attach_picture(self._runtime))

    def _is_agreed(self, request: RunRequest) -> bool:
        """Whether a run may cost what it is expected to; who says `--max-cost` has said what it may."""
        if self._person is None or self._wanted.max_cost is not None:
            return True
        planned = self._plan(request)
        if planned.cost.expected is None or planned.cost.expected <= self._runtime.config.confirm_above:
            return True
        return self._person.agrees(f"{totals_text(planned)}: run it?")


async def find_run(name: str, *, of_test: bool) -> StoredRun:
    """Return a stored run, in a loop of its own: inputs are asked for outside of any.

    Raises:
        UsageError: it is that of a test and no test goes on, or the other way round.
    """
    runtime = Runtime.open()
    try:
        found = await (await runtime.store()).runs.find(name, of_test=of_test)
    finally:
        await runtime.aclose()
    if (found.new.test is not None) != of_test:
        goes_on = f"tchat run --resume {found.id}" if of_test else f"tchat test … --live --resume {found.id}"
        raise UsageError(f"{found.id} is the run of a {'template' if of_test else 'test'}", hint=f"`{goes_on}` goes on")
    return found


async def _follow(runtime: Runtime, request: RunRequest, showing: Showing, narrator: Narrator) -> int:
    started = await start(runtime, request)
    if request.resumed is not None:
        kept = sum(call.state == "complete" for call in started.earlier)
        narrator.note(f"going on with the run {started.run_id}: {kept} repl{'y is' if kept == 1 else 'ies are'} there")
    billed = [call.place for call in started.perhaps_billed]
    if billed:
        narrator.note(f"perhaps billed, since sent and never finished: {', '.join(billed)}")
    account = RunAccount(
        run=None if showing.output.no_store else started.run_id,
        template=request.template.name,
        file=str(request.file.resolve()) if request.file else None,
        inputs=dict(request.inputs),
        perhaps_billed=billed,
        steps=[],
        notices=[],
    )
    follower = Follower(request.template, showing, account, await reader_of(runtime))
    return await follower.follow(started)
