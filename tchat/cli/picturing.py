"""A template as `tchat prompts show` draws it: what it is for, its inputs, its steps in waves, how to run it."""

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from tchat.cli.layout import columns, cut, padded, width_of
from tchat.cli.terminal import Terminal
from tchat.domain.text import one_line, printable
from tchat.templates.filters import shown
from tchat.templates.format import (
    Call,
    Case,
    Command,
    Do,
    Evaluate,
    Expression,
    Input,
    Prompt,
    Render,
    Step,
    Template,
    Text,
    Use,
)
from tchat.templates.graph import needed, waves
from tchat.templates.naming import flag, flagged

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_WIDEST = 100
_NARROWEST = 20
"""Cells that what a step does has at least."""
_LONG = 300
"""Characters of an input above which the example command takes it from a file."""


def picture(template: Template, called: str, path: Path, terminal: Terminal) -> Iterator[str]:
    """Yield the lines that show a template; `called` is how the command line names it."""
    width = min(terminal.width - 1, _WIDEST) if terminal.styled else _WIDEST

    def heading(text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if terminal.colour else text

    yield heading(one_line(f"{template.name}: {template.title}" if template.title else template.name))
    if template.about:
        yield from ("", *textwrap.wrap(one_line(template.about), width))
    yield ""
    yield from _facts(template, path)
    if template.inputs:
        yield from ("", heading("inputs"), *(cut(f"  {line}", width) for line in columns(_inputs(template))))
    yield from ("", heading("steps"), *_graph(template.steps, width))
    yield from ("", heading("run it"))
    yield from _example(template, called, width)


def _facts(template: Template, path: Path) -> list[str]:
    offline = sum(1 for case in template.tests if case.data is None)
    on_data = len(template.tests) - offline
    tests = [f"{offline} offline"] if offline else []
    tests += [f"{on_data} on data"] if on_data else []
    rows = (
        ("technique", template.technique),
        ("paper", template.paper),
        ("tags", ", ".join(template.tags)),
        ("source", template.source),
        ("limits", _limits(template)),
        ("tests", " and ".join(tests) or "none"),
        ("commands", "runs programs: needs --allow-commands" if template.runs_commands else ""),
        ("file", str(path)),
    )
    return columns([(name, one_line(value)) for name, value in rows if value])


def _limits(template: Template) -> str:
    limits = template.limits
    said = [
        *([f"{limits.max_calls} calls"] if limits.max_calls is not None else []),
        *([f"${limits.max_cost:g}"] if limits.max_cost is not None else []),
        *([f"{limits.max_seconds:g} s"] if limits.max_seconds is not None else []),
    ]
    return ", ".join(said)


def _inputs(template: Template) -> list[tuple[str, ...]]:
    return [(flag(spec.name), _type(spec), _default(spec), one_line(spec.help)) for spec in template.inputs]


def _type(spec: Input) -> str:
    kind = " | ".join(spec.choices) if spec.choices else spec.type
    bounds = ""
    if spec.min is not None or spec.max is not None:
        least, most = ("" if bound is None else f"{bound:g}" for bound in (spec.min, spec.max))
        bounds = f" {least}..{most}"
    return one_line(f"{kind}{bounds}{', or piped in' if spec.stdin else ''}")


def _default(spec: Input) -> str:
    if spec.default is not None:
        return f"= {one_line(shown(spec.default))}"
    return "needed" if spec.required else "may be left out"


# --- steps


def _graph(steps: Sequence[Step], width: int) -> Iterator[str]:
    """Yield one line for each step: those that run side by side stand under one number."""
    rows: list[tuple[str, str, str]] = []
    for number, wave in enumerate(waves(steps), 1):
        for index, name in enumerate(wave):
            step = next(step for step in steps if step.name == name)
            mark = f"{number if index == 0 else '':>2} {_branch(index, len(wave))}"
            rows += [(mark + name, *_told(step, steps)), *_inner(step)]
    names = max((width_of(name) for name, _, _ in rows), default=0)
    for name, deed, before in rows:
        room = max(width - names - width_of(before) - 2, _NARROWEST)
        yield cut(f"{padded(name, names)}  {cut(deed, room)}{before}", width)


def _inner(step: Step, depth: int = 1) -> Iterator[tuple[str, str, str]]:
    if not isinstance(step.deed, Do):
        return
    for inner in step.deed.steps:
        yield ("     " + "   " * depth + inner.name, *_told(inner, step.deed.steps))
        yield from _inner(inner, depth + 1)


def _branch(index: int, count: int) -> str:
    if count == 1:
        return "─ "
    return "┬ " if index == 0 else "└ " if index == count - 1 else "├ "


def _told(step: Step, steps: Sequence[Step]) -> tuple[str, str]:
    """Return what a step does and how often, and the steps that it takes from."""
    needs = needed(step)
    before = [other.name for other in steps if other.name in needs and other.name != step.name]
    return ", ".join((_deed(step), *_often(step))), f"  ← {', '.join(before)}" if before else ""


def _deed(step: Step) -> str:
    match step.deed:
        case Prompt(call=call, continues=continues):
            return "prompt" + _model(call) + (f", goes on from {continues}" if continues else "")
        case Render():
            return "text"
        case Evaluate():
            return "value"
        case Use(template=template):
            return f"uses {template.name}"
        case Do():
            return "steps"
        case Command(arguments=arguments):
            return f"runs {one_line(arguments[0].source) if arguments else 'a program'}"


def _model(call: Call) -> str:
    said = [call.model.source] if call.model else []
    said += [f"effort {call.settings.effort}"] if call.settings.effort else []
    return f" ({one_line(', '.join(said))})" if said else ""


def _often(step: Step) -> Iterator[str]:
    if step.when is not None:
        yield f"when {one_line(step.when.source)}"
    if step.each is not None:
        yield f"for each {step.each.name} of {one_line(step.each.items.source)}"
    if step.loop is not None:
        until = f" until {one_line(step.loop.until.source)}" if step.loop.until else ""
        yield f"up to {_count(step.loop.rounds)} rounds{until}"
    if step.sampling is not None:
        yield f"{_count(step.sampling.count)} samples, vote {step.sampling.vote}"


def _count(count: int | Expression) -> str:
    return f"{{{{ {one_line(count.source)} }}}}" if isinstance(count, Text) else str(count)


# --- the example


def _example(template: Template, called: str, width: int) -> Iterator[str]:
    """Yield a command that runs the template with the inputs of its first test, on several lines where it is long."""
    case = next(iter(template.tests), None)
    piped = ""
    words = ["--allow-commands"] if template.runs_commands else []
    for spec in template.inputs:
        value = _given(spec, case)
        if value is None:
            continue
        if spec.stdin and (len(shown(value)) > _LONG or "\n" in shown(value)):
            piped = f"< {spec.name}.txt"
        else:
            words += _flags(spec, value)
    words = [f"tchat run {shlex.quote(called)}", *words, *([piped] if piped else [])]
    one = " ".join(words)
    yield one if len(one) < width and "\n" not in one else " \\\n  ".join(words)


def _given(spec: Input, case: Case | None) -> object:
    if case is not None and spec.name in case.inputs:
        return case.inputs[spec.name]
    return spec.name.upper() if spec.required and spec.default is None else None


def _flags(spec: Input, value: object) -> Iterator[str]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    is_list = bool(items) and all(isinstance(item, str) for item in items)
    for item in items if is_list else [cast("object", value)]:
        text = printable(shown(item))
        text = f"@{text}" if text.startswith("@") and spec.type != "image" else text
        yield flagged(spec.name, shlex.quote(text if len(text) <= _LONG else text[:_LONG]))
