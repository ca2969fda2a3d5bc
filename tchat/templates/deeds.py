"""Reads what a step does: each kind of step from its own keys."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from tchat.domain.errors import TemplateError, UsageError
from tchat.templates.answers import read_command
from tchat.templates.calls import Exchange, check_sent, read_call, read_examples, without_schema
from tchat.templates.format import (
    Call,
    Command,
    Do,
    Evaluate,
    Example,
    Input,
    Pattern,
    Prompt,
    Render,
    Step,
    Template,
    Text,
    Use,
)
from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.patterns import constant, named
from tchat.templates.reading import Table
from tchat.templates.values import from_plain
from tchat.templates.vocabulary import KIND_WORDS

_NO_WINNER = ("mean", "all")
_TIMEOUT = 30.0
_KIND_OF: Mapping[type[object], str] = {
    Render: "text",
    Evaluate: "value",
    Use: "use",
    Do: "do",
    Command: "command",
}
"""The key of each kind of step that asks no model."""


class Shared(Struct, frozen=True, kw_only=True):
    """What all steps of a file are read with."""

    inputs: Sequence[Input]
    folder: Path | None
    use: Callable[[str], Template]
    """Returns another template by name.

    Raises:
        UsageError: it may not be used, or it is not there.
        TemplateError: something in it is wrong.
    """
    call: Call = Call()
    """What the top of the file says for every step."""
    exchanges: tuple[Exchange, ...] = ()
    shots: int | None = None
    taken: dict[str, str] = field(default_factory=dict[str, str])
    """Every name of an input or a step so far, and what it is."""
    items: list[tuple[str, Table]] = field(default_factory=list[tuple[str, Table]])
    """What the items of each `for_each` are called, and where."""


def blank(table: Table) -> Text:
    """Return what stands for a text that is not there, so that reading can go on."""
    return Text("", (table.line,))


def check_earlier(table: Table, key: str, name: str, earlier: Sequence[Step]) -> Step | None:
    """Return the earlier step that a key names; note it if there is none."""
    found = next((step for step in earlier if step.name == name), None)
    if found is None:
        near = did_you_mean(name, [step.name for step in earlier])
        table.note(key, f"{quoted(name)} is not an earlier step{near}")
    return found


# --- prompt


def read_prompt(table: Table, shared: Shared, earlier: Sequence[Step]) -> Prompt:
    """Read a step that asks a model."""
    prompt = table.text("prompt") or blank(table)
    continues = "continue" in table.values
    continued = _continued(table, earlier)
    base = _base_call(shared.call, continued, continues=continues)
    if "extract" in table.values:
        base = without_schema(base)
    shows = "examples" in prompt.source and "examples" in named(prompt)
    source = _examples_from(table, earlier)
    return Prompt(
        prompt=prompt,
        call=read_call(table, base, shared.inputs, shared.folder),
        examples=() if source else _read_shown(table, shared, shows=shows),
        examples_from=source,
        shots=_shots(table, shared),
        shows_examples=shows,
        continues=continued.name if continued else None,
    )


def _continued(table: Table, earlier: Sequence[Step]) -> Step | None:
    name = table.string("continue")
    found = check_earlier(table, "continue", name, earlier) if name is not None else None
    if found is None:
        return None
    problem = _no_conversation(found)
    if problem:
        table.note("continue", f"{quoted(found.name)} {problem}")
    return None if problem else found


def _no_conversation(step: Step) -> str | None:
    """Return why the conversation of a step cannot go on; None if it can."""
    if not isinstance(step.deed, Prompt):
        return f"{KIND_WORDS[_KIND_OF[type(step.deed)]]}: there is no conversation to go on in"
    if step.each is not None:
        return "runs for each item: there is no one conversation to go on in"
    if step.sampling is not None and step.sampling.vote in _NO_WINNER:
        return f"has the vote {quoted(step.sampling.vote)}: there is no one conversation to go on in"
    return None


def _base_call(top: Call, continued: Step | None, *, continues: bool) -> Call:
    """Return what a step starts from: a conversation keeps its system prompt and has its pictures already."""
    if not continues:
        return top
    system = continued.deed.call.system if continued and isinstance(continued.deed, Prompt) else top.system
    return replace(top, system=system, images=())


def _examples_from(table: Table, earlier: Sequence[Step]) -> str | None:
    name = table.string("examples_from")
    if name is None:
        return None
    check_earlier(table, "examples_from", name, earlier)
    if "examples" in table.values:
        table.note("examples_from", '"examples_from" and "examples" exclude each other')
    if "continue" in table.values:
        table.note("examples_from", _CONTINUES)
    return name


def _read_shown(table: Table, shared: Shared, *, shows: bool) -> tuple[Example, ...]:
    """Return the step's own examples, else those of the file."""
    exchanges = read_examples(table)
    continues = "continue" in table.values and not shows
    if continues and exchanges:
        table.note("examples", _CONTINUES)
    exchanges = exchanges or (() if continues else shared.exchanges)
    if not shows:
        check_sent(exchanges)
    return tuple(example for example, _ in exchanges)


def _shots(table: Table, shared: Shared) -> int | None:
    shots = table.integer("shots", 0)
    has_own = "examples" in table.values or "examples_from" in table.values
    if shots is not None and not has_own and not shared.exchanges:
        table.note("shots", '"shots" cuts a list of examples, and there is none here')
    return shots if shots is not None or has_own else shared.shots


_CONTINUES = "examples go before the first prompt of a conversation, and this step continues one"


# --- the other kinds


def read_render(table: Table) -> Render:
    """Read a step that renders a text."""
    return Render(table.text("text") or blank(table))


def read_evaluate(table: Table) -> Evaluate:
    """Read a step that evaluates an expression."""
    return Evaluate(table.expression("value") or table.nothing("value"))


def read_run(table: Table) -> Command:
    """Read a step that runs a program."""
    timeout = table.number("timeout", 0)
    if timeout == 0:
        table.note("timeout", '"timeout" is a number of seconds above 0')
    return Command(arguments=read_command(table), stdin=table.text("stdin"), timeout=timeout or _TIMEOUT)


def read_use(table: Table, shared: Shared) -> Use:
    """Read a step that uses another template, and the template."""
    name = table.string("use")
    given = table.table("with")
    template = Template(name="", file="") if name is None else _find(table, name, shared)
    if template is None:
        return Use(template=Template(name=name or "", file=""), inputs=_patterns(given))
    if name is not None:
        _check_given(table, given, template)
    return Use(template=template, inputs=_patterns(given))


def _find(table: Table, name: str, shared: Shared) -> Template | None:
    try:
        return shared.use(name)
    except TemplateError as error:
        table.note("use", f"{quoted(name)} has mistakes of its own")
        table.findings.adopt(error.message)
    except UsageError as error:
        table.note("use", error.message)
    return None


def _patterns(given: Table | None) -> dict[str, Pattern]:
    patterns = {name: given.pattern(name) for name in given.values} if given else {}
    return {name: pattern for name, pattern in patterns.items() if pattern is not None}


def _check_given(table: Table, given: Table | None, template: Template) -> None:
    """Note the inputs of another template that it does not have, that do not fit, and that are missing."""
    specs = {spec.name: spec for spec in template.inputs}
    for name in given.values if given else ():
        if given and name not in specs:
            problem = f"{quoted(name)} is not an input of {quoted(template.name)}{did_you_mean(name, specs)}"
            given.note(name, given.stray(name) or problem)
        elif given:
            _check_fit(given, specs[name])
    for spec in template.inputs:
        if spec.required and spec.default is None and not (given and spec.name in given.values):
            table.note("use", f'{quoted(template.name)} needs {quoted(spec.name)}: give it in "with"')


def _check_fit(given: Table, spec: Input) -> None:
    pattern = given.pattern(spec.name)
    value = None if pattern is None else constant(pattern)
    if value is None:
        return
    try:
        from_plain(spec, value)
    except UsageError as error:
        given.note(spec.name, f"{quoted(spec.name)} is wrong: {error.message}")
