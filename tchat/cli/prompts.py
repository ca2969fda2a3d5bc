"""`tchat prompts`: the templates that can be run, and the user's own.

Each command imports what it needs beyond the list of templates, which is asked for most and waits for none of it.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tchat.cli.choosing import complete_template, library_in_sight
from tchat.cli.exit_codes import DONE
from tchat.cli.listing import found_by, listed_entries, row_of
from tchat.cli.narration import say
from tchat.cli.terminal import Terminal
from tchat.domain.errors import TemplateError
from tchat.domain.text import one_line, printable
from tchat.paths import find_paths

if TYPE_CHECKING:
    from tchat.templates.own import OwnPrompts

_NAME = click.argument("name", metavar="NAME|FILE", shell_complete=complete_template)


@click.group()
def prompts() -> None:
    """List, show, search, write and copy templates.

    A template is looked for in ./prompts, then in your own folder, then among those that come with tchat.
    """


@prompts.command("list", short_help="List templates, or find them by words, technique and tag.")
@click.argument("words", nargs=-1)
@click.option("--technique", metavar="NAME", help="Only those of a technique, such as self-consistency.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only those with a tag; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(words: tuple[str, ...], technique: str | None, tags: tuple[str, ...], *, as_json: bool) -> None:
    """List templates; with WORDS, those that have them all in their name, title, description or tags."""
    wanted = found_by(words, technique, tags)
    entries = [entry for entry in library_in_sight().entries() if wanted(entry)]
    if as_json:
        from tchat.cli.sinks import json_line

        _print("".join(json_line(row_of(entry)) for entry in entries))
        return
    terminal = _terminal()
    _print("".join(f"{line}\n" for line in listed_entries(entries, terminal)))
    if not entries:
        say("no template is like that; `tchat prompts list` lists all")


@prompts.command(short_help="Show a template: what it is for, inputs, steps, how to run it.")
@_NAME
@click.option("--source", is_flag=True, help="Print the file as it is.")
def show(name: str, *, source: bool) -> None:
    """Show a template: what it is for, its inputs, its steps and how to run it."""
    library = library_in_sight()
    if source:
        from tchat.templates.files import read_text

        _print(printable(read_text(library.find(name))))
        return
    from tchat.cli.picturing import picture
    from tchat.templates.loading import load_file

    full, path = library.locate(name)
    template = load_file(path, name=full, find=library.find_used)
    called = full if path == library.files().get(full) else str(path)
    _print("".join(f"{line}\n" for line in picture(template, called, path, _terminal())))


@prompts.command()
@_NAME
def edit(name: str) -> int:
    """Open your copy of a template in $VISUAL or $EDITOR, then check it.

    One that comes with tchat is copied into your folder first.
    """
    path = _own().editable(name, say)
    _open_in_editor(path)
    return _checked(path, f"`tchat prompts edit {one_line(name)}` opens it again")


@prompts.command(short_help="Write a new template into your folder.")
@click.argument("name")
@click.option("--from-conversation", "conversation", metavar="ID", help="Ask what a conversation asked last.")
@click.option("--edit", "edits", is_flag=True, help="Open it in $VISUAL or $EDITOR.")
def new(name: str, conversation: str | None, *, edits: bool) -> int:
    """Write a new template into your folder: one to begin with, or one made of a conversation.

    NAME may have a folder before it: folder/name. An ID may be cut short to its first characters.
    """
    from tchat.cli.starter import starter

    own = _own()
    path = own.free_place(name)
    own.write(path, starter(path.stem) if conversation is None else _from_conversation(conversation))
    say(f"written to {path}")
    if edits:
        _open_in_editor(path)
    return _checked(path, "it is yours to change")


@prompts.command(short_help="Copy a template into your folder.")
@_NAME
@click.argument("new_name", metavar="[NEW]", required=False)
def copy(name: str, new_name: str | None) -> None:
    """Copy a template into your folder, with the files that it names."""
    for path in _own().copy(name, new_name):
        say(f"written to {path}")


@prompts.command()
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_template)
def path(name: str | None) -> None:
    """Print the file of a template, or the folder of your own ones."""
    click.echo(library_in_sight().find(name) if name is not None else _own().folder)


@prompts.command()
def schema() -> None:
    """Print a JSON Schema of the format, for editors."""
    import json

    from tchat.templates.editor_schema import editor_schema

    _print(json.dumps(editor_schema(), indent=2, ensure_ascii=False) + "\n")


def _print(text: str) -> None:
    click.echo(text, nl=False)


def _terminal() -> Terminal:
    return Terminal.of(sys.stdout, os.environ)


def _own() -> "OwnPrompts":
    from tchat.templates.own import OwnPrompts

    return OwnPrompts(folder=find_paths(os.environ).prompts, library=library_in_sight())


def _open_in_editor(path: Path) -> None:
    from tchat.editing import edit_file

    edit_file(path)


def _checked(path: Path, hint: str) -> int:
    """Tell what is wrong with a file, and return the exit code."""
    from tchat.templates.loading import load_file

    try:
        load_file(path, find=library_in_sight().find_used)
    except TemplateError as error:
        raise TemplateError(error.message, hint=hint) from error
    return DONE


def _from_conversation(conversation: str) -> str:
    from tchat.cli.conversation_prompts import template_from

    return template_from(conversation)
