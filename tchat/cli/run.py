"""`tchat run`: templates of one prompt or a chain of them."""

import datetime as dt
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import click
import msgspec

from tchat.cli import stdin
from tchat.cli.exit_codes import code_of_finish
from tchat.cli.options import model_options, output_options, settings_from
from tchat.cli.showing import Output, make_narrator, make_sink, narrate, run_async
from tchat.domain.errors import AttachmentError, TchatError, UsageError
from tchat.domain.events import FinishReason, TextDelta
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelRef
from tchat.media.attachment import Source, attach, decode, read_file
from tchat.runtime import Runtime
from tchat.templates import runner
from tchat.templates.asking import Models, RunConversation
from tchat.templates.format import PromptStep, Template
from tchat.templates.inputs import Sources, fill
from tchat.templates.library import Library, open_library


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("name", required=False, metavar="NAME|FILE")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="An input of the template; `--NAME VALUE` does the same. @FILE takes the text of a file.",
)
@model_options
@output_options
@click.pass_context
def run(ctx: click.Context, name: str | None, inputs: tuple[str, ...], **given: object) -> int:
    """Run a template: one prompt, or a chain of them.

    Without a NAME, list the templates. A text that is piped in goes to the input that takes one.
    """  # fmt: skip
    output = msgspec.convert({key: given[key] for key in Output.__struct_fields__}, Output)
    runtime = Runtime.open(keep=not output.no_store)
    library = open_library(runtime.paths, Path.cwd())
    if name is None:
        return _list(library)
    template = library.load(name)
    options = msgspec.convert(given["options"], tuple[str, ...])
    settings = settings_from(options, msgspec.convert(given["effort"], str | None) or runtime.config.effort)
    chosen = msgspec.convert(given["model"], str | None)

    def resolve(model: str | None) -> ModelRef:
        return runtime.resolve(chosen if model is None else model, fallback=chosen)

    models = Models(resolve=resolve, facts=runtime.facts, settings=settings, system=runtime.config.system)
    values = _values(inputs, ctx.args)
    return run_async(Run(runtime, template, models, output).run(values), runtime)


def _list(library: Library) -> int:
    for entry in library.entries():
        click.echo(f"{entry.name:32} {entry.problem or entry.title}")
    return 0


def _values(inputs: tuple[str, ...], extra: list[str]) -> dict[str, list[str]]:
    """Return the values for each input, from `--input name=value`, `--name value` and `--name=value`."""
    values: dict[str, list[str]] = {}
    for text in inputs:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--input {text!r} has no '='", hint="write it as --input name=value")
        values.setdefault(key, []).append(value)
    words = iter(extra)
    for word in words:
        if not word.startswith("--") or word == "--":
            raise UsageError(f"{word!r} is no option", hint="inputs are given as --NAME VALUE")
        key, equals, value = word[2:].partition("=")
        if not equals:
            following = next(words, None)
            if following is None:
                raise UsageError(f"{word} has no value")
            value = following
        values.setdefault(key, []).append(value)
    return values


class Run:
    """One run of a template from the command line."""

    def __init__(self, runtime: Runtime, template: Template, models: Models, output: Output) -> None:
        self._runtime = runtime
        self._template = template
        self._models = models
        self._narrator = make_narrator(output)
        self._sink = make_sink(output)
        steps = template.steps
        ends_in_reply = template.output is None and isinstance(steps[-1], PromptStep)
        self._streams = steps[-1].name if ends_in_reply else None
        """The step whose reply is the output, and so streams."""

    async def run(self, given: dict[str, list[str]]) -> int:
        """Run to the end and return the exit code."""
        inputs = fill(self._template, Sources(given=given, stdin=self._stdin(), attach=self._attach))
        engine = await self._runtime.engine(max_cost=self._template.limits.max_cost)
        conversation = RunConversation(engine, self._models, self._template)
        today = dt.datetime.now().astimezone().date()
        reason: FinishReason | None = None
        failed: TchatError | None = None
        try:
            async with aclosing(runner.run(self._template, inputs, ask=conversation, today=today)) as events:
                async for event in events:
                    reason = self._take(event)
        except TchatError as error:
            failed = error
            raise
        finally:
            self._narrator.settle()
            if failed is not None or reason is not None:
                self._sink.close(failed)
            else:
                self._sink.stop()
        self._narrator.close()
        return code_of_finish(reason)

    def _take(self, event: runner.RunEvent) -> FinishReason | None:
        match event:
            case runner.StepStarted() if event.of > 1:
                self._narrator.note(f"step {event.index} of {event.of}: {event.step}")
            case runner.StepTurn():
                narrate(event.event, self._sink, self._narrator)
                streams = event.step == self._streams
                if streams or not isinstance(event.event, TextDelta):
                    self._sink.take(event.event)
            case runner.RunDone():
                if self._streams is None or event.finish in {"refused", "filtered"}:
                    self._sink.take(TextDelta(event.text))
                return event.finish or "stop"
            case runner.StepStarted() | runner.StepDone():
                pass
        return None

    def _stdin(self) -> Callable[[], str] | None:
        if not stdin.is_piped():
            return None
        return lambda: decode(Source(stdin.read_piped(self._narrator.note, wait=False), "standard input"))

    def _attach(self, name: str) -> ImagePart:
        part = attach(read_file(name), self._runtime.blobs)
        if not isinstance(part, ImagePart):
            raise AttachmentError(f"{name} is not a picture")
        return part
