"""What a run will ask, before it asks anything: which calls in which order, how large, at what cost.

Three walks through the template give the least, the expected and the most of everything: with the fewest rounds and no
step that may be skipped; with every round and every step; and with every retry and the longest replies too.
"""

import re
from collections.abc import Collection, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tchat.templates.bindings import Bound
from tchat.templates.format import Command, Deed, Do, Evaluate, Prompt, Render, Step, Template, Use, Value
from tchat.templates.graph import waves
from tchat.templates.planning import Planner
from tchat.templates.rendering import Renderer
from tchat.templates.tallying import Outlook, Tally
from tchat.templates.weighing import At, Guess, PlanWorld

Kind = Literal["prompt", "judge", "text", "value", "use", "do", "command"]

_KINDS: dict[type[Deed], Kind] = {
    Prompt: "prompt",
    Render: "text",
    Evaluate: "value",
    Use: "use",
    Do: "do",
    Command: "command",
}
_TOP = re.compile(r"[/.]")
"""What ends the name of a template's own step in a place."""
_OUTLOOKS: tuple[Outlook, ...] = ("least", "expected", "most")


class Calls(Struct, frozen=True, kw_only=True):
    """How many calls are made."""

    least: int = 0
    expected: int = 0
    most: int = 0


class Cost(Struct, frozen=True, kw_only=True):
    """US dollars; None where a price, or the longest that a reply may be, is unknown."""

    expected: float | None = 0.0
    most: float | None = 0.0


class StepPlan(Struct, frozen=True, kw_only=True):
    """One step, with all its items, samples and rounds together."""

    place: str
    """The step's path: `improved/critique`; `step.judge` for a judge."""
    name: str
    kind: Kind
    wave: int
    """Which wave of the template it is in, from 1; inner steps are in the wave of the step around them."""
    depth: int
    """How many steps, or used templates, stand around it."""
    models: tuple[str, ...] = ()
    """`provider/model`, for steps that ask one."""
    calls: Calls = Calls()
    items: int | None = None
    """How many items its own `for_each` has."""
    is_assumed: bool = False
    """Whether `items` is not known before the run."""
    samples: int | None = None
    rounds: int | None = None
    """How many rounds its own `repeat` has at most."""
    is_maybe: bool = False
    """Whether its `when` is decided during the run."""
    input_tokens: int = 0
    """Of all its expected calls together."""
    output_tokens: int = 0
    cost: Cost = Cost()


class Plan(Struct, frozen=True, kw_only=True):
    """What a run of a template with certain inputs is expected to do."""

    template: str
    steps: tuple[StepPlan, ...]
    """In the order of the file; inner steps follow the step around them."""
    waves: tuple[tuple[str, ...], ...]
    """The template's own steps, those that can begin together in one wave."""
    calls: Calls
    input_tokens: int
    output_tokens: int
    cost: Cost
    assumed: tuple[str, ...]
    """What the figures rest on, each a sentence."""
    max_calls: int | None = None
    """Where the run stops at the latest, as the template says."""
    max_cost: float | None = None


def plan(template: Template, inputs: Mapping[str, Value], world: PlanWorld) -> Plan:
    """Return the plan of a run; nothing is asked, and no program runs.

    A text that cannot be rendered before the run is measured by what it is made of.
    """
    least, expected, most = (_walked(template, inputs, world, outlook) for outlook in _OUTLOOKS)
    steps = tuple(_step_plan(row, least.rows[row.place], most.rows[row.place]) for row in expected.rows.values())
    return Plan(
        template=template.name or template.file,
        steps=steps,
        waves=waves(template.steps),
        calls=Calls(
            least=sum(step.calls.least for step in steps),
            expected=sum(step.calls.expected for step in steps),
            most=sum(step.calls.most for step in steps),
        ),
        input_tokens=sum(step.input_tokens for step in steps),
        output_tokens=sum(step.output_tokens for step in steps),
        cost=Cost(expected=_sum(expected), most=_sum(most)),
        assumed=tuple(dict.fromkeys((*expected.assumed, *most.assumed))),
        max_calls=template.limits.max_calls,
        max_cost=template.limits.max_cost,
    )


def part_of(plan: Plan, names: Collection[str]) -> Plan:
    """Return the plan of some of the template's own steps, with all that is inside them."""
    steps = tuple(step for step in plan.steps if _TOP.split(step.place, maxsplit=1)[0] in names)
    costs = {outlook: [getattr(step.cost, outlook) for step in steps] for outlook in ("expected", "most")}
    return replace(
        plan,
        steps=steps,
        calls=Calls(
            least=sum(step.calls.least for step in steps),
            expected=sum(step.calls.expected for step in steps),
            most=sum(step.calls.most for step in steps),
        ),
        input_tokens=sum(step.input_tokens for step in steps),
        output_tokens=sum(step.output_tokens for step in steps),
        cost=Cost(**{outlook: None if None in known else sum(known) for outlook, known in costs.items()}),
    )


def _walked(template: Template, inputs: Mapping[str, Value], world: PlanWorld, outlook: Outlook) -> Planner:
    planner = Planner(world, outlook)
    names = {name: Guess(bound=Bound(value=value), is_known=True) for name, value in inputs.items()}
    at = At(template=template, renderer=Renderer(template.file), names=names)
    planner.template(at)
    return planner


def _step_plan(expected: Tally, least: Tally, most: Tally) -> StepPlan:
    return StepPlan(
        place=expected.place,
        name=expected.place.rpartition("/")[2],
        kind=_kind(expected.step, expected.place),
        wave=expected.wave,
        depth=expected.depth,
        models=tuple(expected.models),
        calls=Calls(least=least.calls, expected=expected.calls, most=most.calls),
        items=expected.items,
        is_assumed=expected.is_assumed,
        samples=expected.samples,
        rounds=expected.rounds,
        is_maybe=expected.is_maybe,
        input_tokens=expected.input,
        output_tokens=expected.output,
        cost=Cost(expected=expected.cost, most=most.cost),
    )


def _kind(step: Step, place: str) -> Kind:
    return "judge" if place.endswith(".judge") else _KINDS[type(step.deed)]


def _sum(planner: Planner) -> float | None:
    costs = [row.cost for row in planner.rows.values()]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
