"""`tchat check`: whether templates are well made, without running them."""

import click

from tchat.cli.choosing import Chosen, choose, complete_template, library_in_sight, load
from tchat.cli.exit_codes import DONE, USAGE
from tchat.domain.errors import TemplateError
from tchat.domain.text import one_line, printable
from tchat.templates.format import Do, Step, Template
from tchat.templates.library import Library


@click.command()
@click.argument("templates", metavar="FILE|DIR|NAME...", nargs=-1, required=True, shell_complete=complete_template)
def check(templates: tuple[str, ...]) -> int:
    """Check templates without running them: every mistake of every file, with its line.

    Of a folder, every file that ends in .toml is checked. The exit code is 2 if anything is wrong.
    """
    library = library_in_sight()
    wrong = sum(not _check(library, chosen) for chosen in choose(library, templates))
    return USAGE if wrong else DONE


def _check(library: Library, chosen: Chosen) -> bool:
    """Print what there is to say of one file; return whether it is well made."""
    try:
        template = load(library, chosen)
    except TemplateError as error:
        click.echo(printable(error.message))
        return False
    click.echo(f"{one_line(str(chosen.path))}: ok, {_described(template)}")
    return True


def _described(template: Template) -> str:
    return f"{_counted(_steps(template.steps), 'step')}, {_counted(len(template.tests), 'test')}"


def _steps(steps: tuple[Step, ...]) -> int:
    """Return how many steps there are, those within others included."""
    return sum(1 + (_steps(step.deed.steps) if isinstance(step.deed, Do) else 0) for step in steps)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
