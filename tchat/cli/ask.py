"""`tchat ask`, and `tchat "question"`: one turn from the shell, or a conversation where there is no question."""

import asyncio
import os
import sys
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from tchat import collecting
from tchat.cli import exit_codes, stdin
from tchat.cli.asking import Wanted, place, read_message
from tchat.cli.drawn import DrawnPictures
from tchat.cli.exit_codes import code_of_finish
from tchat.cli.narration import Narrator
from tchat.cli.options import Dollars, model_options, output_options, settings_from
from tchat.cli.showing import Output, make_narrator, make_sink, output_from, reader_of, run_async, show, write_stdout
from tchat.cli.terminal import is_plain
from tchat.domain.detail import DETAILS
from tchat.domain.errors import UsageError
from tchat.engine.summarising import asked
from tchat.paths import user_path
from tchat.runtime import Runtime


class Asking(Struct, frozen=True, kw_only=True):
    """How far a question may go."""

    max_cost: float | None = None
    """US dollars."""
    is_dry: bool = False
    """Whether nothing is sent."""
    out: Path | None = None
    """Where pictures of the reply are saved."""
    counts: bool = False
    """Whether the provider is asked how many tokens it has, where nothing is sent otherwise."""


@click.command()
@click.argument("question", nargs=-1)
@model_options
@click.option("-s", "--system", metavar="TEXT", help="The system prompt.")
@click.option(
    "-a",
    "--attach",
    "attachments",
    multiple=True,
    metavar="FILE|URL|clipboard|-",
    help="A picture, PDF, text, recording or film; repeatable. `-` takes standard input. It stands before the "
    "question, or where that says [image 1], [pdf 1], [audio 1], [video 1]. Some pages of a PDF: paper.pdf#pages=2-5.",
)
@click.option("--detail", type=click.Choice(DETAILS), help="How closely the model looks at pictures.")
@click.option(
    "--pdf",
    type=click.Choice(["file", "text", "pages"]),
    default="file",
    show_default=True,
    help="Send PDFs as they are, as their text, or as pictures of their pages.",
)
@click.option("--link", "links", is_flag=True, help="Hand addresses on, for the provider to fetch, instead of files.")
@click.option("--draw", is_flag=True, help="Ask for pictures in the reply.")
@click.option("--out", metavar="FILE|DIR", help="Save the pictures of the reply.")
@click.option("-c", "--continue", "go_on", is_flag=True, help="Go on with the last conversation.")
@click.option("--id", "conversation", metavar="ID", help="Go on with this conversation.")
@click.option("--max-cost", type=Dollars(), metavar="USD", help="Send nothing that could cost more; exit code 9.")
@click.option(
    "--fit",
    type=click.Choice(["refuse", "drop", "summarise"]),
    default="refuse",
    show_default=True,
    help="What to do when the conversation does not fit the model: send nothing, leave out the oldest turns, or have "
    "them summarised by the model first.",
)
@click.option("--dry-run", is_flag=True, help="Send nothing; say how many tokens it has and what it could cost.")
@click.option(
    "--count", is_flag=True, help="With --dry-run: have the provider count the tokens, where it does that for free."
)
@click.option("--tui", is_flag=True, help="Ask in the interface.")
@click.option("--plain", is_flag=True, help="Talk line by line in the scrollback, without the interface.")
@output_options
@click.pass_context
def ask(ctx: click.Context, question: tuple[str, ...], **given: object) -> int:
    """Ask a model; the default command.

    A text that is piped in is read along with the question; `-` waits for it however slow it is. Without a question
    and without a pipe, the interface opens.
    """  # fmt: skip
    output = output_from(given)
    words = [word for word in question if word != "-"]
    options = msgspec.convert(given["options"], tuple[str, ...])
    wanted = msgspec.convert(
        {
            "question": " ".join(words),
            "settings": settings_from(
                (*options, *_pictured(given["detail"], given["draw"])), msgspec.convert(given["effort"], str | None)
            ),
            "waits": "-" in question or not words,
            "pdf": given["pdf"],
            "links": given["links"],
            **{name: given[name] for name in ("model", "system", "attachments", "go_on", "conversation", "fit")},
        },
        Wanted,
    )
    if wanted.go_on and wanted.conversation:
        raise click.UsageError("-c and --id exclude each other", ctx)
    if output.no_store and (wanted.go_on or wanted.conversation):
        raise click.UsageError("--no-store begins a conversation of its own: leave out -c and --id", ctx)
    runtime = Runtime.open(keep=not output.no_store)
    has_question = bool(words or wanted.attachments or stdin.is_piped())
    asking = Asking(
        max_cost=msgspec.convert(given["max_cost"], float | None),
        is_dry=bool(given["dry_run"]),
        counts=bool(given["count"]),
        out=user_path(str(given["out"])) if given["out"] else None,
    )
    is_talk = not has_question and (bool(given["plain"]) or is_plain(sys.stderr, os.environ))
    is_shown = bool(given["tui"]) or not (has_question or is_talk)
    _refuse_idle_options(
        ctx,
        asking,
        has_question=has_question,
        is_limited=asking != Asking() or wanted.fit != "refuse",
        is_shown=is_shown,
    )
    if is_shown:
        return _open_interface(runtime, wanted)
    if is_talk:
        return _converse(runtime, wanted, output, asking.max_cost)
    return run_async(_ask(runtime, wanted, output, asking), runtime)


def _pictured(detail: object, draw: object) -> tuple[str, ...]:
    """Return what is said of pictures, as options."""
    return (*([f"detail={detail}"] if detail else []), *(["draw=true"] if draw else []))


def _refuse_idle_options(
    ctx: click.Context, asking: Asking, *, has_question: bool, is_limited: bool, is_shown: bool
) -> None:
    """Refuse options that nothing would heed."""
    if asking.counts and not asking.is_dry:
        raise click.UsageError("--count goes with --dry-run", ctx)
    if asking.is_dry and not has_question:
        raise UsageError("there is no question to weigh", hint='tchat --dry-run "question"')
    if is_shown and is_limited:
        raise click.UsageError("--dry-run, --max-cost and --fit are for questions that are answered here", ctx)


def _open_interface(runtime: Runtime, wanted: Wanted) -> int:
    collecting.pause()
    from tchat.cli.interface import talk

    narrator = Narrator(sys.stderr, os.environ)
    return talk(runtime, wanted, asyncio.run(read_message(runtime, wanted, narrator.note)))


def _converse(runtime: Runtime, wanted: Wanted, output: Output, max_cost: float | None) -> int:
    if not sys.stdin.isatty():
        raise UsageError("there is no question", hint='tchat "question", or pipe a text in')
    from tchat.cli.plain import Talk

    return Talk(runtime, wanted, output, max_cost).run()


async def _ask(runtime: Runtime, wanted: Wanted, output: Output, asking: Asking) -> int:
    narrator = make_narrator(output)
    goes_on = wanted.go_on or wanted.conversation is not None
    warming = None if goes_on and not wanted.model else asyncio.create_task(runtime.warm(wanted.model))
    try:
        message = await read_message(runtime, wanted, narrator.note)
        if message is None:
            raise UsageError("there is no question", hint='tchat "question", or pipe a text in')
        wish = await place(runtime, wanted, message)
        engine = await runtime.engine(max_cost=asking.max_cost)
        if asking.is_dry:
            from tchat.cli.dry_run import forecast_text

            as_json = output.as_json or output.jsonl
            write_stdout(await forecast_text(engine, wish, as_json=as_json, asks_provider=asking.counts))
            return exit_codes.DONE
        look_up = await reader_of(runtime)
        drawn = DrawnPictures(asking.out, runtime.blobs.path if runtime.keep else None, narrator.note)
        return code_of_finish(await show(drawn.saving(asked(engine, wish)), make_sink(output), narrator, look_up))
    finally:
        if warming is not None:
            warming.cancel()
