"""The plan of a run as a table: `--dry-run`, and the question before a run that costs more than a little."""

from collections.abc import Sequence

from tchat.cli.layout import columns, cut, width_of
from tchat.domain.figures import count, dollars
from tchat.domain.text import one_line
from tchat.templates.plan import Calls, Cost, Plan, StepPlan

_HEADER = ("wave", "step", "calls", "model", "tokens in", "tokens out", "cost")
_NARROW = ("wave", "step", "calls", "does", "in", "out", "cost")
"""Where models are told below the table."""
_RIGHT = (2, 4, 5, 6)
"""Columns of figures."""
_LEAST = 12
"""Cells that the name of a step has, however narrow it is."""


def plan_text(plan: Plan, width: int | None = None) -> str:
    """Return the plan as an aligned table, with what it rests on below.

    Args:
        plan: what would be asked.
        width: cells of a line; None for as many as it takes.
    """
    lines, models = _table(plan, width)
    lines += ["", totals_text(plan), *models]
    if plan.max_calls is not None:
        more = "; it stops there" if plan.calls.most > plan.max_calls else ""
        lines.append(f"limit: {plan.max_calls} calls{more}")
    if plan.max_cost is not None:
        lines.append(f"limit: {dollars(plan.max_cost)}")
    lines += [f"assumed: {one_line(sentence)}" for sentence in plan.assumed]
    return "\n".join(lines) + "\n"


def totals_text(plan: Plan) -> str:
    """Return the sums of a plan on one line."""
    calls = _calls(plan.calls)
    tokens = f"about {count(plan.input_tokens)} tokens in, {count(plan.output_tokens)} out"
    return f"{calls} call{'' if calls == '1' else 's'}, {tokens}, {_cost(plan.cost)}"


def _table(plan: Plan, width: int | None) -> tuple[list[str], list[str]]:
    """Return the lines of the table, and the models where those have to stand below it."""
    lines = columns([_HEADER, *(_row(step) for step in plan.steps)], right=_RIGHT)
    if width is None or _widest(lines) <= width:
        return lines, []
    rows = [
        _NARROW,
        *((*row[:3], step.kind, *row[4:]) for step in plan.steps if (row := _row(step))),
    ]
    over = _widest(columns(rows, right=_RIGHT)) - width
    room = max(max(width_of(row[1]) for row in rows) - max(over, 0), _LEAST)
    shown = [(row[0], cut(row[1], room), *row[2:]) for row in rows]
    return columns(shown, right=_RIGHT), _model_lines(plan)


def _widest(lines: Sequence[str]) -> int:
    return max(map(width_of, lines))


def _model_lines(plan: Plan) -> list[str]:
    """Return who is asked by which step."""
    asked: dict[str, list[str]] = {}
    for step in plan.steps:
        for model in step.models:
            asked.setdefault(model, []).append(one_line(step.name))
    if len(asked) == 1:
        return [f"model: {next(iter(asked))}"]
    return [f"model: {model} for {', '.join(steps)}" for model, steps in asked.items()]


def _row(step: StepPlan) -> tuple[str, ...]:
    asks = bool(step.models)
    return (
        str(step.wave) if step.depth == 0 else "",
        f"{'  ' * step.depth}{one_line(step.name)}{_how_often(step)}",
        _calls(step.calls) if asks else "",
        _models(step.models) if asks else step.kind,
        count(step.input_tokens) if asks else "",
        count(step.output_tokens) if asks else "",
        dollars(step.cost.expected) if asks else "",
    )


def _how_often(step: StepPlan) -> str:
    parts = [
        f"{step.items}{'?' if step.is_assumed else ''} item{'' if step.items == 1 else 's'}"
        if step.items is not None
        else "",
        f"{step.rounds} rounds" if step.rounds else "",
        f"{step.samples} samples" if step.samples else "",
        "maybe" if step.is_maybe else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _calls(calls: Calls) -> str:
    if calls.least == calls.most:
        return str(calls.expected)
    return f"{calls.expected} ({calls.least} to {calls.most})"


def _models(models: Sequence[str]) -> str:
    said = ", ".join(models) if len(models) <= 2 else f"{models[0]} and {len(models) - 1} more"  # noqa: PLR2004
    return one_line(said)


def _cost(cost: Cost) -> str:
    if cost.expected == 0 and cost.most == 0:
        return "free"
    return f"about {dollars(cost.expected)}, at most {dollars(cost.most)}"
