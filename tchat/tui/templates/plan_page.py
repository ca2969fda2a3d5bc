"""What a run will ask, as lines: calls, tokens and cost in all, and what of that falls to each step."""

from collections.abc import Sequence

from tchat.domain.figures import dollars, short_count
from tchat.templates.plan import Calls, Cost, Plan, StepPlan
from tchat.tui.templates.page import Page

_LABEL = 10


def plan_page(plan: Plan, missing: Sequence[str] = ()) -> Page:
    """Return a plan; `missing` are inputs that something stands in for."""
    page = Page()
    page.hang = 10
    _fact(page, "calls", _calls(plan.calls))
    _fact(page, "reads", f"≈ {plan.input_tokens:,} tokens")
    _fact(page, "writes", f"≈ {plan.output_tokens:,} tokens")
    _fact(page, "costs", _cost(plan.cost))
    models = tuple(dict.fromkeys(model for step in plan.steps for model in step.models))
    if len(models) == 1:
        _fact(page, "asks", models[0])
    if plan.max_calls is not None or plan.max_cost is not None:
        stops = [
            f"{plan.max_calls} calls" if plan.max_calls is not None else "",
            dollars(plan.max_cost) if plan.max_cost is not None else "",
        ]
        _fact(page, "stops at", " · ".join(stop for stop in stops if stop))
    page.add()
    _write_steps(page, plan.steps, says_models=len(models) > 1)
    notes = [*plan.assumed, *(f"{name} is not filled in yet" for name in missing)]
    if notes:
        page.add()
        for note in notes:
            page.add((f"assumed: {note}", "quiet"))
    return page


def _write_steps(page: Page, steps: Sequence[StepPlan], *, says_models: bool) -> None:
    width = max(len(_name(step)) for step in steps)
    page.add((f"{'step'.ljust(width)}   {'calls':>5}  {'reads':>6}  {'writes':>6}  {'costs':>8}", "quiet"))
    for step in steps:
        name = _name(step).ljust(width)
        if not step.calls.most and not step.models:
            page.add((f"{name}   {'–':>5}", "quiet"))
            continue
        figures = f"{short_count(step.input_tokens):>6}  {short_count(step.output_tokens):>6}"
        calls = f"{step.calls.expected}{'?' if step.is_maybe or step.is_assumed else ''}"
        page.cropped.add(len(page.lines))
        page.add(
            f"{name}   {calls:>5}  {figures}  {dollars(step.cost.expected):>8}  ",
            (", ".join(step.models) if says_models else "", "quiet"),
        )


def _name(step: StepPlan) -> str:
    return "  " * step.depth + step.name.rpartition(".")[2]


def _calls(calls: Calls) -> str:
    if calls.least == calls.expected == calls.most:
        return str(calls.expected)
    return f"{calls.expected}, from {calls.least} to {calls.most}"


def _cost(cost: Cost) -> str:
    if cost.expected == cost.most == 0:
        return "free"
    most = "an unknown sum at most" if cost.most is None else f"{dollars(cost.most)} at most"
    return f"≈ {dollars(cost.expected)}, {most}" if cost.expected is not None else "unknown: a model has no known price"


def _fact(page: Page, label: str, text: str) -> None:
    page.add((label.ljust(_LABEL), "quiet"), text)
