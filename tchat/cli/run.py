"""`tchat run`: templates of one prompt or of many steps, run, resumed, planned and listed."""

from pathlib import Path

import click
import msgspec

from tchat.cli import run_listing
from tchat.cli.options import Dollars, model_options, output_options
from tchat.cli.run_words import read_words
from tchat.cli.showing import output_from, run_async
from tchat.domain.errors import UsageError
from tchat.runtime import Runtime
from tchat.templates.library import Library, open_library


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[NAME|FILE] [--INPUT VALUE]...")
@click.option(
    "--input",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="An input of the template; `--NAME VALUE` does the same. @FILE takes the text of a file, - the pipe.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 1000),
    metavar="N",
    default=8,
    show_default=True,
    help="Calls under way at once.",
)
@click.option("--allow-commands", is_flag=True, help="Let the template run programs on this machine.")
@click.option("--max-cost", type=Dollars(), metavar="USD", help="Stop before this is passed.")
@click.option("--resume", metavar="last|ID", help="Go on with a run; what is unchanged is not asked again.")
@click.option("--runs", "lists_runs", is_flag=True, help="List the last runs.")
@click.option("--dry-run", is_flag=True, help="Print what would be asked, about how much, and ask nothing.")
@click.option("--out", metavar="DIR", help="Write the result and every call to files.")
@click.option("-v", "--verbose", is_flag=True, help="Tell every prompt and reply on stderr.")
@model_options
@output_options
@click.option("-h", "--help", "shows_help", is_flag=True, help="Show this, and the inputs of a template that is named.")
@click.pass_context
def run(ctx: click.Context, words: tuple[str, ...], pairs: tuple[str, ...], **given: object) -> int:
    """Run a template: one prompt, or many steps.

    Without a NAME, list the templates. A text that is piped in goes to the input that takes one; on a terminal,
    inputs that are missing are asked for. Ctrl-C lets the calls under way come to an end, a second one drops them.
    """  # fmt: skip
    output = output_from(given)
    said = read_words(words, pairs)
    if given["resume"] is not None and output.no_store:
        raise UsageError("--no-store keeps nothing, so that there is nothing to resume", hint="leave out --no-store")
    runtime = Runtime.open(keep=not output.no_store)
    library = open_library(runtime.paths, Path.cwd())
    if given["shows_help"]:
        return _help(ctx, library, said.name)
    if given["lists_runs"]:
        return run_async(run_listing.list_runs(runtime), runtime)
    if said.name is None and given["resume"] is None:
        run_listing.list_templates(library)
        return 0
    from tchat.cli.run_template import TemplateRun, Wanted  # what listing and help need not wait for

    wanted = msgspec.convert({name: given[name] for name in Wanted.__struct_fields__}, Wanted)
    return TemplateRun(runtime, library, wanted, output).run(said.name, said.given)


def _help(ctx: click.Context, library: Library, name: str | None) -> int:
    if name is not None:
        click.echo(run_listing.template_help(library.load(name)) + "\n")
    click.echo(ctx.get_help())
    return 0
