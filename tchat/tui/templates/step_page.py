"""The steps of a template as a drawn graph: waves from top to bottom, what begins together joined by a bracket."""

from collections.abc import Mapping, Sequence

from tchat.templates.format import (
    Command,
    Count,
    Deed,
    Do,
    Evaluate,
    Prompt,
    Render,
    Step,
    Template,
    Text,
    Use,
    Value,
)
from tchat.templates.graph import needed, waves
from tchat.tui.templates.page import Page, Piece

_WIDEST = 24
"""Cells of a name; longer ones push their line to the right."""
_KINDS: dict[type[Deed], str] = {
    Prompt: "asks",
    Render: "writes a text",
    Evaluate: "works out a value",
    Use: "runs",
    Do: "does",
    Command: "runs a program",
}


def step_page(template: Template, values: Mapping[str, Value]) -> Page:
    """Return the graph of a template; the values of its inputs say how often something is done."""
    page = Page()
    page.hang = 6
    width = min(_WIDEST, max((len(step.name) + 3 * depth for step, depth in _all(template.steps)), default=0))
    _Graph(page, values, width).write(template.steps, 0)
    if template.output is not None:
        page.add()
        page.add(("output  ", "quiet"), _cut(template.output))
    limits = template.limits
    said = [
        f"at most {limits.max_calls} calls" if limits.max_calls is not None else "",
        f"at most ${limits.max_cost:g}" if limits.max_cost is not None else "",
        f"at most {limits.max_seconds:g} s" if limits.max_seconds is not None else "",
    ]
    if any(said):
        page.add()
        page.add(("limits  ", "quiet"), " · ".join(part for part in said if part))
    return page


def marks_of(step: Step, values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return what a step does beyond its deed: how often, for what, on which condition."""
    marks: list[str] = []
    if step.when is not None:
        marks.append(f"only if {_cut(step.when)}")
    if step.each is not None:
        order = ", one after the other" if step.each.serial else ""
        marks.append(f"for each of {_cut(step.each.items)}{order}")
    if step.loop is not None:
        until = f" until {_cut(step.loop.until)}" if step.loop.until is not None else ""
        marks.append(f"up to {_count(step.loop.rounds, values)} rounds{until}")
    if step.sampling is not None:
        marks.append(f"{_count(step.sampling.count, values)} samples, {_VOTES[step.sampling.vote]}")
    return tuple(marks)


_VOTES = {
    "majority": "the majority wins",
    "check": "the first that passes",
    "judge": "a judge chooses",
    "score": "the best score wins",
    "mean": "their mean",
    "all": "all of them",
}


class _Graph:
    """Writes steps onto a page."""

    def __init__(self, page: Page, values: Mapping[str, Value], width: int) -> None:
        self._page = page
        self._values = values
        self._width = width

    def write(self, steps: Sequence[Step], depth: int) -> None:
        """Write steps, wave by wave, and those within them."""
        margin = "   " * depth
        order = [step.name for step in steps]
        for number, wave in enumerate(waves(steps)):
            if number:
                self._page.add((f"{margin} ↓", "quiet"))
            for place, name in enumerate(wave):
                at = order.index(name)
                above = [other for other in order[:at] if other in needed(steps[at])]
                label = f"{margin} {_bracket(place, len(wave))}{name}"
                self._page.add(*_line(steps[at], label, above, self._width))
                for mark in marks_of(steps[at], self._values):
                    self._page.add((f"{margin}   {mark}", "quiet"))
                self._within(steps[at], depth + 1)

    def _within(self, step: Step, depth: int) -> None:
        match step.deed:
            case Do(inner):
                self.write(inner, depth)
            case Use(template=used):
                self.write(used.steps, depth)
            case _:
                pass


def _bracket(place: int, count: int) -> str:
    if count == 1:
        return ""
    return "┌ " if place == 0 else "└ " if place == count - 1 else "│ "


def _line(step: Step, label: str, above: Sequence[str], width: int) -> tuple[Piece, ...]:
    kind = _KINDS[type(step.deed)]
    match step.deed:
        case Use(template=used):
            kind = f"runs {used.name or used.file}"
        case Prompt(continues=str(earlier)):
            kind = f"asks, going on in {earlier}"
        case Prompt(call=call) if call.model is not None:
            kind = f"asks {_cut(call.model)}"
        case Command(arguments=arguments):
            kind = f"runs {_cut(arguments[0])}" if arguments else kind
        case _:
            pass
    reads = f"  ← {', '.join(above)}" if above else ""
    return (label.ljust(width + 5), "  ", (kind, "name" if kind.startswith("asks") else "quiet"), (reads, "quiet"))


def _all(steps: Sequence[Step], depth: int = 0) -> list[tuple[Step, int]]:
    found: list[tuple[Step, int]] = []
    for step in steps:
        found.append((step, depth))
        match step.deed:
            case Do(inner):
                found += _all(inner, depth + 1)
            case Use(template=used):
                found += _all(used.steps, depth + 1)
            case _:
                pass
    return found


def _count(count: Count, values: Mapping[str, Value]) -> str:
    return str(count if isinstance(count, int) else values.get(count.source.strip(), f"‹{count.source}›"))


def _cut(text: Text, length: int = 48) -> str:
    words = " ".join(text.source.split())
    return words if len(words) <= length else f"{words[: length - 1]}…"
