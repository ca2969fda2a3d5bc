"""One walk through a template that counts calls and tokens, without asking anything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from msgspec.structs import replace

from tchat.domain.errors import TchatError, UsageError
from tchat.domain.model import ModelFacts
from tchat.templates.bindings import Bound, Record
from tchat.templates.filters import shown
from tchat.templates.format import (
    Call,
    Command,
    Count,
    Do,
    Each,
    Evaluate,
    Expression,
    Judge,
    Loop,
    Prompt,
    Render,
    Sampling,
    Step,
    Use,
    Value,
)
from tchat.templates.graph import texts_in, waves
from tchat.templates.inputs import fill_plain
from tchat.templates.rendering import Renderer
from tchat.templates.stepping import MOST_ITEMS
from tchat.templates.supposing import ITEMS, REPLY_TOKENS, suppose, supposed_text
from tchat.templates.tallying import Outlook, Tally, Weight, weight_of
from tchat.templates.values import empty
from tchat.templates.weighing import At, Guess, PlanWorld, size_of, weigh, weigh_judge

_UNKNOWN = "?"
"""The provider of a model that is not known before the run."""
_WALKED = 20
"""Items that are looked at one by one; of more, so many stand for all."""
_SAMPLES = 3
"""Samples or rounds that are assumed where their number is not known before the run."""


class Planner:
    """Walks through a template with one outlook.

    Args:
        world: models and whatever else is taken from outside.
        outlook: fewest and shortest, expected, or most and longest.
    """

    def __init__(self, world: PlanWorld, outlook: Outlook) -> None:
        self._world = world
        self._outlook: Outlook = outlook
        self.rows: dict[str, Tally] = {}
        """For each place, in the order of the file."""
        self.assumed: dict[str, None] = {}
        """What the figures rest on."""

    def template(self, at: At) -> Guess:
        """Walk through all steps of a template and return what its output is taken for."""
        names = self._steps(at.naming(today=self._world.today.isoformat()), at.template.steps)
        last = names[at.template.steps[-1].name]
        output = at.template.output
        if output is None:
            return last
        inside = replace(at, names=names)
        text = inside.rendered(output) or shown(last.value)
        return Guess(bound=_bound(text), is_known=inside.knows(output))

    def _steps(self, at: At, steps: Sequence[Step]) -> dict[str, Guess]:
        """Return the names after some steps."""
        names = dict(at.names)
        wave_of = {name: number for number, wave in enumerate(waves(steps), 1) for name in wave}
        for step in steps:
            names[step.name] = self._step(replace(at, names=names, wave=at.wave or wave_of[step.name]), step)
        return names

    def _step(self, at: At, step: Step) -> Guess:
        row = self._row(at, step, at.prefix + step.name)
        if step.when is not None:
            value, is_known = at.evaluated(step.when), at.knows(step.when)
            row.is_maybe = row.is_maybe or not is_known
            is_skipped = not value if is_known else self._outlook == "least"
            if is_skipped:
                guess = self._each(replace(at, times=0), step, row)
                kept = at.names.get(step.name)
                return (kept or Guess(bound=_bound(None), is_known=True)) if is_known else guess
        return self._each(at, step, row)

    def _row(self, at: At, step: Step, place: str) -> Tally:
        row = self.rows.get(place)
        if row is None:
            row = Tally(place=place, step=step, wave=at.wave, depth=at.depth, models={})
            self.rows[place] = row
        return row

    # --- items

    def _each(self, at: At, step: Step, row: Tally) -> Guess:
        if step.each is None:
            return self._looped(at, step, row)
        items, is_known = self._items(at, step, step.each)
        row.items, row.is_assumed = len(items), not is_known
        guesses: list[Guess] = []
        for index, weight in _shares(len(items)):
            done: list[Value] = [
                {step.each.name: items[number], "value": guess.value} for number, guess in enumerate(guesses)
            ]
            inside = at.naming(index=index + 1, done=done if step.each.serial else [])
            item = Guess(bound=Bound(value=items[index]), is_known=is_known)
            inside = replace(inside, names={**inside.names, step.each.name: item}, times=at.times * weight)
            guesses += [self._looped(inside, step, row)] * weight
        if not items:
            self._looped(
                replace(at, names={**at.names, step.each.name: Guess(bound=Bound(value=""))}, times=0), step, row
            )
        records = tuple(guess.bound.record for guess in guesses if isinstance(guess.bound.record, Record))
        bound = Bound(value=[guess.value for guess in guesses], record=records)
        return Guess(bound=bound, is_known=is_known and all(guess.is_known for guess in guesses))

    def _items(self, at: At, step: Step, each: Each) -> tuple[list[Value], bool]:
        """Return the items, or so many as are assumed, and whether they are known."""
        value, is_known = at.evaluated(each.items), at.knows(each.items)
        found: list[Value] = list(value) if isinstance(value, list) else []
        if not is_known or not isinstance(value, list):
            is_known = False
            count = step.expect_items or len(found) or ITEMS
            self._assume(f"{step.name} has {count} item{'' if count == 1 else 's'}")
            most = MOST_ITEMS if each.limit is None else self._count(at, each.limit)
            count = {"least": min(count, 1), "expected": count, "most": max(count, most)}[self._outlook]
            found = [(found or [supposed_text(REPLY_TOKENS // ITEMS)])[0]] * count
        if each.limit is not None:
            return found[: self._count(at, each.limit)], is_known
        if len(found) > MOST_ITEMS:
            self._assume(f"{step.name} has {len(found)} items: over {MOST_ITEMS} the run stops there without a limit")
        return found, is_known

    # --- rounds and samples

    def _looped(self, at: At, step: Step, row: Tally) -> Guess:
        loop = step.loop
        if loop is None:
            return self._sampled(at, step, row)
        rounds = self._count(at, loop.rounds)
        row.rounds = rounds
        if self._outlook == "expected" and loop.until is not None and rounds > 1:
            self._assume(f"{step.name} takes all of its {rounds} rounds")
        times = 1 if self._outlook == "least" and loop.until is not None else rounds
        guess = self._sampled(replace(at, names={**at.names, **_started(at, loop)}, times=at.times * times), step, row)
        return replace(guess, is_known=False)

    def _sampled(self, at: At, step: Step, row: Tally) -> Guess:
        sampling = step.sampling
        if sampling is None:
            return self._deed(at, step, row)
        count = self._count(at, sampling.count)
        row.samples = count
        guess = self._deed(replace(at, times=at.times * count), step, row)
        samples: list[Value] = [guess.value] * count
        if sampling.judge is not None:
            self._judge(at, step, sampling, sampling.judge, samples)
        value = samples if sampling.vote == "all" else 1 if sampling.vote == "mean" else guess.value
        return replace(guess, bound=_bound(value, samples=tuple(samples)))

    def _judge(self, at: At, step: Step, sampling: Sampling, judge: Judge, candidates: list[Value]) -> None:
        row = self._row(replace(at, depth=at.depth + 1), step, f"{at.prefix}{step.name}.judge")
        facts = self._facts(at, judge.call)
        inside = at.naming(candidates=candidates, candidate=candidates[0])
        tokens = weigh_judge(inside, judge.prompt, judge.call, self._world)
        calls = at.times * (len(candidates) if sampling.vote == "score" else 1)
        row.add(calls, self._weight(facts, judge.call, tokens, None), self._outlook, retries=1)

    # --- deeds

    def _deed(self, at: At, step: Step, row: Tally) -> Guess:
        inside = replace(at, prefix=f"{at.prefix}{step.name}/", depth=at.depth + 1)
        match step.deed:
            case Prompt() as deed:
                return self._prompt(at, step, deed, row)
            case Render(text):
                rendered = at.rendered(text)
                if rendered is None:
                    rendered = supposed_text(size_of(at, text, self._world))
                guess = Guess(bound=_bound(rendered), is_known=at.knows(text))
            case Evaluate(expression):
                return self._evaluated(at, step, expression)
            case Do(steps):
                guess = self._steps(inside, steps)[steps[-1].name]
            case Use() as deed:
                guess = self._use(inside, deed)
            case Command():
                self._assume(f"{step.name} prints about {REPLY_TOKENS} tokens")
                guess = Guess(bound=_bound(suppose(step, REPLY_TOKENS)))
            case _:
                assert_never(step.deed)
        if step.answer.extract:
            return Guess(bound=_bound(suppose(step, REPLY_TOKENS)))
        return guess

    def _prompt(self, at: At, step: Step, deed: Prompt, row: Tally) -> Guess:
        facts = self._facts(at, deed.call)
        tokens = weigh(at, deed, facts, self._world)
        weight = self._weight(facts, deed.call, tokens, step.expect_tokens)
        is_choosing = step.sampling is not None and step.sampling.vote == "check"
        can_fail = bool(step.answer.extract or step.answer.check or deed.call.settings.schema)
        row.add(at.times, weight, self._outlook, retries=step.answer.retries if can_fail and not is_choosing else 0)
        value = suppose(step, weight.output)
        return Guess(bound=_bound(value, text=shown(value)), said=weight.input + weight.output)

    def _evaluated(self, at: At, step: Step, expression: Expression) -> Guess:
        value, is_known = at.evaluated(expression), at.knows(expression)
        if not is_known and step.expect_items is not None and isinstance(value, list | None):
            item: Value = value[0] if value else supposed_text(REPLY_TOKENS // ITEMS)
            value = [item] * step.expect_items
        elif value is None and not is_known:
            value = supposed_text(size_of(at, expression, self._world))
        return Guess(bound=_bound(value), is_known=is_known)

    def _use(self, at: At, deed: Use) -> Guess:
        template = deed.template
        known = all(at.knows(text) for text in texts_in(deed.inputs))
        given = {name: at.filled(pattern) for name, pattern in deed.inputs.items()}
        try:
            values = fill_plain(template, given, self._world.attach)
        except UsageError:  # a stand-in is not of the input's type
            values = {spec.name: given.get(spec.name) or spec.default or empty(spec) for spec in template.inputs}
        names = {name: Guess(bound=Bound(value=value), is_known=known) for name, value in values.items()}
        return self.template(replace(at, template=template, renderer=Renderer(template.file), names=names))

    # --- figures

    def _weight(self, facts: ModelFacts, call: Call, read: int, expected: int | None) -> Weight:
        if expected is None:
            self._assume(f"a reply has {REPLY_TOKENS} tokens where its step does not say expect_tokens")
        if facts.reasons:
            self._assume(f"{facts.ref} reasons by itself, and what it writes for that is not counted")
        if facts.price is None and facts.provider != _UNKNOWN:
            self._assume(f"the price of {facts.ref} is unknown")
        return weight_of(facts, call, read, expected, self._outlook, self._world)

    def _facts(self, at: At, call: Call) -> ModelFacts:
        name = (at.rendered(call.model) or "").strip() if call.model else ""
        try:
            return self._world.facts(name or None)
        except TchatError:
            self._assume(f"which model {name!r} is, is not known before the run")
            return ModelFacts(provider=_UNKNOWN, name=name or "model")

    def _count(self, at: At, count: Count) -> int:
        if isinstance(count, int):
            return count
        value = at.evaluated(count)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        self._assume(f"{count.source} is {_SAMPLES}")
        return _SAMPLES

    def _assume(self, sentence: str) -> None:
        self.assumed[sentence] = None


def _shares(count: int) -> Iterator[tuple[int, int]]:
    """Yield the items that are looked at, and how many each of them stands for."""
    walked = min(count, _WALKED)
    ends = [count * (number + 1) // walked for number in range(walked)]
    for start, end in zip([0, *ends], ends, strict=False):
        yield start, end - start


def _started(at: At, loop: Loop) -> Mapping[str, Guess]:
    """Return what names are in a round: known before the first one only."""
    return {name: Guess(bound=_bound(at.filled(pattern))) for name, pattern in loop.start.items()}


def _bound(value: Value, *, text: str | None = None, samples: tuple[Value, ...] = ()) -> Bound:
    record = Record(text=shown(value) if text is None else text, samples=samples or (value,))
    return Bound(value=value, record=record)
