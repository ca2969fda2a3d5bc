"""Reads the steps of a template: the one prompt, or the list of steps with those inside them."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from tchat.templates.answers import read_answer
from tchat.templates.calls import read_call, read_examples
from tchat.templates.deeds import (
    Shared,
    check_earlier,
    read_evaluate,
    read_prompt,
    read_render,
    read_run,
    read_use,
)
from tchat.templates.flow import read_each, read_loop, read_sampling
from tchat.templates.format import ONLY_STEP, Deed, Do, Prompt, Step
from tchat.templates.naming import listed, name_problem, quoted
from tchat.templates.reading import Table
from tchat.templates.vocabulary import AT_TOP, KIND_WORDS, KINDS, STEP, has_meaning

_DEEPEST = 20
"""Keys and places that may lead to a table with inner steps."""


def read_steps(top: Table, shared: Shared) -> tuple[Step, ...]:
    """Read the one prompt or the list of steps, with the defaults at the top applied to each."""
    if "step" not in top.values:
        return _read_only(top, shared) if "prompt" in top.values else ()
    if "prompt" in top.values:
        top.note(
            "prompt", '"prompt" at the top and [[step]] exclude each other: move the prompt into a step of its own'
        )
    steps = _read_list(top.tables("step"), _with_defaults(top, shared), ())
    _check_items(shared)
    return steps


def _read_only(top: Table, shared: Shared) -> tuple[Step, ...]:
    """Read the step of a file that is one prompt."""
    if ONLY_STEP in shared.taken:
        line = top.positions.line(("inputs", ONLY_STEP))
        top.findings.add(line, f"{quoted(ONLY_STEP)} is the name of the one step: the input needs another")
    step = _read_one(top.only(AT_TOP), ONLY_STEP, shared, ())
    shared.taken[ONLY_STEP] = "a step"
    _check_items(shared)
    return (step,)


def _check_items(shared: Shared) -> None:
    """Note the items that are called what something else is called."""
    for name, table in shared.items:
        if name in shared.taken:
            hint = "" if "as" in table.values else ': say another name in "as"'
            table.note(
                "as" if "as" in table.values else "for_each", f"{quoted(name)} is already {shared.taken[name]}{hint}"
            )


def _with_defaults(top: Table, shared: Shared) -> Shared:
    """Return `shared` with what the top of a file says for every step."""
    exchanges, shots = read_examples(top), top.integer("shots", 0)
    if shots is not None and "examples" not in top.values:
        top.note("shots", '"shots" cuts a list of examples, and there is none here')
    call = read_call(top, shared.call, shared.inputs, shared.folder)
    return replace(shared, call=call, exchanges=exchanges, shots=shots)


def _read_list(tables: list[Table], shared: Shared, around: Sequence[Step]) -> tuple[Step, ...]:
    """Read steps that follow each other; `around` are those above the step that they are in."""
    steps: list[Step] = []
    for table in tables:
        steps.append(_read_step(table, shared, (*around, *steps)))
    return tuple(steps)


def _read_step(table: Table, shared: Shared, earlier: Sequence[Step]) -> Step:
    name = table.string("name")
    problem = name_problem(name) if name else "a step needs a name"
    if name in shared.taken:
        problem = f"{quoted(name)} is already {shared.taken[name]}"
    if problem:
        table.note("name", problem)
    shared.taken.setdefault(name or "", "a step")
    table.close("a step", STEP)
    return _read_one(table, name or "", shared, earlier)


def _read_one(table: Table, name: str, shared: Shared, earlier: Sequence[Step]) -> Step:
    """Read a step whose name and keys are known to be right or noted as wrong."""
    deed = _read_deed(table, name, shared, earlier)
    has_schema = isinstance(deed, Prompt) and deed.call.settings.schema is not None
    answer = read_answer(table, has_schema=has_schema)
    needs = table.strings("needs", or_one=True)
    for need in needs:
        check_earlier(table, "needs", need, earlier)
    inner = [step.name for step in deed.steps] if isinstance(deed, Do) else [name]
    return Step(
        name=name,
        line=table.line,
        deed=deed,
        answer=answer,
        when=table.expression("when"),
        each=read_each(table, shared.items),
        loop=read_loop(table, inner),
        sampling=read_sampling(table, answer, shared.call, has_schema=has_schema),
        needs=needs,
        expect_items=table.integer("expect_items", 0),
        expect_tokens=table.integer("expect_tokens", 0),
    )


def _read_deed(table: Table, name: str, shared: Shared, earlier: Sequence[Step]) -> Deed:
    kinds = [kind for kind in KINDS if kind in table.values]
    if not kinds:
        table.findings.add(table.line, f"step {quoted(name)} needs one of {listed(KINDS)}")
        return read_prompt(table, shared, earlier)
    for kind in kinds[1:]:
        table.note(kind, f"{quoted(kinds[0])} and {quoted(kind)} exclude each other: a step does one thing")
    for key in table.values:
        if key in STEP and not any(has_meaning(key, kind) for kind in kinds):
            table.note(key, f"{quoted(key)} has no meaning in a step that {KIND_WORDS[kinds[0]]}")
    readers: Mapping[str, Callable[[], Deed]] = {
        "prompt": lambda: read_prompt(table, shared, earlier),
        "text": lambda: read_render(table),
        "value": lambda: read_evaluate(table),
        "use": lambda: read_use(table, shared),
        "do": lambda: _read_do(table, shared, earlier),
        "command": lambda: read_run(table),
    }
    return readers[kinds[0]]()


def _read_do(table: Table, shared: Shared, earlier: Sequence[Step]) -> Do:
    tables = table.tables("do")
    if len(table.path) > _DEEPEST:
        table.note("do", f"steps are nested more than {_DEEPEST // 2} levels deep")
        return Do(())
    if table.values["do"] == []:
        table.note("do", '"do" has no steps')
    return Do(_read_list(tables, shared, earlier))
