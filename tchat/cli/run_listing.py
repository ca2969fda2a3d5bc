"""What there is to run and what has run: templates, one template's inputs, and the last runs."""

import datetime as dt
from collections.abc import Sequence

import click

from tchat.domain.sums import spent
from tchat.domain.text import one_line, printable
from tchat.runtime import Runtime
from tchat.templates.format import Input, Template
from tchat.templates.library import Library
from tchat.templates.naming import flagged

_WIDTH = 78
"""Cells of a line of the help, as click has it."""
_SHORT = 12
"""Characters of an id that tell runs apart; `--resume` takes the first ones."""


def list_templates(library: Library) -> None:
    """Print every template with its title."""
    entries = library.entries()
    longest = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{one_line(entry.name):{longest}}  {one_line(entry.problem or entry.title)}")


async def list_runs(runtime: Runtime) -> int:
    """Print the runs that began last, newest first."""
    store = await runtime.store()
    runs = await store.runs.list()
    for run in runs:
        calls = await store.runs.calls(run.id)
        cost = spent(await store.usage.of_run(run.id)) if calls else ""
        began = dt.datetime.fromtimestamp(run.started_at, dt.UTC).astimezone()
        state = "died" if run.state == "running" and not run.is_alive else run.state
        many = f"{len(calls)} call{'' if len(calls) == 1 else 's'}"
        figures = f"{state:8} {many:>10}  {began:%Y-%m-%d %H:%M}  {cost:>8}"
        click.echo(f"{run.id[:_SHORT]}  {figures}  {one_line(run.new.template)}")
    return 0


def template_help(template: Template) -> str:
    """Return what a template is, and its inputs with their types, defaults and help."""
    parts = [f"{template.title or template.name} ({template.name})"]
    if template.about:
        parts.append(click.wrap_text(template.about, _WIDTH, preserve_paragraphs=True))
    if template.inputs:
        parts.append("\n".join(["Inputs:", *_inputs(template.inputs)]))
    if template.runs_commands:
        parts.append("It runs programs on this machine, and needs --allow-commands for that.")
    return printable("\n\n".join(parts))


def _inputs(inputs: Sequence[Input]) -> list[str]:
    heads = [flagged(spec.name, _kind(spec)) for spec in inputs]
    longest = min(max(map(len, heads)), 36)
    return [f"  {head:{longest}}  {_about(spec)}".rstrip() for head, spec in zip(heads, inputs, strict=True)]


def _kind(spec: Input) -> str:
    return "|".join(map(one_line, spec.choices)) if spec.choices else spec.type.upper()


def _about(spec: Input) -> str:
    span = [
        f"at least {spec.min:g}" if spec.min is not None else "",
        f"at most {spec.max:g}" if spec.max is not None else "",
    ]
    facts = [
        one_line(spec.help),
        *span,
        f"default: {one_line(str(spec.default))}" if spec.default not in (None, "") else "",
        "" if spec.required or spec.default is not None else "may be left out",
        "can be piped in" if spec.stdin else "",
    ]
    return "; ".join(fact for fact in facts if fact)
