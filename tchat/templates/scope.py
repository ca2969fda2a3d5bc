"""Says what each text of a template may mention, and checks that it mentions nothing else.

A step sees the inputs and the steps above it; a step within another sees what that one sees, its item and index, and
the inner steps above. In a loop, the names that `start` gives a value are known to all its steps.
"""

from collections.abc import Callable, Collection, Sequence

from msgspec.structs import replace

from tchat.templates.format import (
    Call,
    Case,
    Command,
    Count,
    Do,
    Evaluate,
    Loop,
    Pattern,
    Prompt,
    Render,
    Sampling,
    Step,
    Template,
    Text,
    Use,
)
from tchat.templates.patterns import each_text, named
from tchat.templates.reading import Findings
from tchat.templates.vetting import Checker, Scope


def check_scope(template: Template, declared: Collection[str], findings: Findings) -> None:
    """Note everything in the texts of `template` that is not there when they are rendered.

    Args:
        template: what was read of the file.
        declared: the names in `[inputs]`, those with a wrong declaration included.
        findings: takes what is wrong.
    """
    walk = _Walk(Checker(findings).check)
    scope = Scope(names=(*declared, "today"), inner=_inner(template.steps))
    end = walk.steps(template.steps, scope)
    walk.text(template.output, end)
    for case in template.tests:
        walk.case(case, scope)


def mentions_name(template: Template, name: str) -> bool:
    """Tell whether any text or expression of `template` mentions `name` where no step has that name."""
    found: list[Text] = []

    def take(text: Text, scope: Scope | None) -> None:
        if name in text.source and scope is not None and name not in scope.names and name in named(text):
            found.append(text)

    walk = _Walk(take)
    end = walk.steps(template.steps, Scope(names=()))
    walk.text(template.output, end)
    return bool(found)


def _inner(steps: Sequence[Step]) -> dict[str, str]:
    """Return every step that is within another, and that one."""
    inner: dict[str, str] = {}
    for step in steps:
        if isinstance(step.deed, Do):
            inner |= {each.name: step.name for each in step.deed.steps} | _inner(step.deed.steps)
    return inner


def _with(scope: Scope, *names: str) -> Scope:
    return replace(scope, names=(*scope.names, *names))


def _after(scope: Scope, *steps: str) -> Scope:
    return replace(scope, names=(*scope.names, *steps), steps=(*scope.steps, *steps))


class _Walk:
    def __init__(self, take: Callable[[Text, Scope | None], None]) -> None:
        self._take = take

    def steps(self, steps: Sequence[Step], scope: Scope) -> Scope:
        """Check steps that follow each other and return what is known after them."""
        names = tuple(step.name for step in steps)
        outer = scope.later
        for index, step in enumerate(steps):
            self.step(step, replace(scope, later=(*names[index:], *outer)))
            scope = _after(scope, step.name)
        return scope

    def step(self, step: Step, scope: Scope) -> None:
        """Check one step."""
        self.text(step.when, scope)
        body = scope
        if step.each is not None:
            self.text(step.each.items, scope)
            self.count(step.each.limit, scope)
            body = _with(scope, step.each.name, "index", *(("done",) if step.each.serial else ()))
        if step.loop is not None:
            body = self.loop(step, step.loop, body)
        self.sampling(step.sampling, body)
        self.deed(step, body)
        for word, pattern in step.answer.check.items():
            self.pattern(pattern, _with(body, "value") if word == "expr" else body)

    def loop(self, step: Step, loop: Loop, scope: Scope) -> Scope:
        """Check what says how often a loop goes round, and return what is known in it."""
        own = tuple(each.name for each in step.deed.steps) if isinstance(step.deed, Do) else (step.name,)
        self.count(loop.rounds, scope)
        for pattern in loop.start.values():
            self.pattern(pattern, scope)
        end = replace(_with(scope, *own), steps=(*scope.steps, *own, step.name))
        self.text(loop.until, end)
        unstarted = tuple(name for name in own if name not in loop.start)
        return replace(_with(scope, *loop.start), unstarted=(*scope.unstarted, *unstarted))

    def sampling(self, sampling: Sampling | None, scope: Scope) -> None:
        """Check how often a step is sampled, and its judge."""
        if sampling is None:
            return
        self.count(sampling.count, scope)
        if sampling.judge is not None:
            candidates = ("candidates", "candidate") if sampling.vote == "score" else ("candidates",)
            judged = _with(scope, *candidates)
            self.text(sampling.judge.prompt, _with(judged, "model"))
            self.call(sampling.judge.call, judged)

    def deed(self, step: Step, scope: Scope) -> None:
        """Check what a step does."""
        match step.deed:
            case Prompt():
                self.prompt(step.deed, scope)
            case Render(text):
                self.text(text, scope)
            case Evaluate(value):
                self.text(value, scope)
            case Use(inputs=inputs):
                self.pattern(inputs, scope)
            case Do(steps):
                self.steps(steps, scope)
            case Command(arguments=arguments, stdin=stdin):
                for text in (*arguments, stdin):
                    self.text(text, scope)

    def prompt(self, prompt: Prompt, scope: Scope) -> None:
        """Check what a model is asked."""
        asking = _with(scope, "model")
        for example in prompt.examples:
            for text in example.fields.values():
                self.text(text, asking)
        has_examples = bool(prompt.examples) or prompt.examples_from is not None
        self.text(prompt.prompt, _with(asking, "examples") if has_examples else asking)
        self.call(prompt.call, scope)

    def call(self, call: Call, scope: Scope) -> None:
        """Check the texts of a call."""
        self.text(call.system, _with(scope, "model"))
        self.text(call.model, scope)

    def case(self, case: Case, scope: Scope) -> None:
        """Check what a test expects; the columns of its data are not known before it runs."""
        for word, pattern in case.expect.items():
            known = _with(scope, "value") if word == "expr" else scope
            self.pattern(pattern, None if case.data is not None else known)

    def pattern(self, pattern: Pattern, scope: Scope | None) -> None:
        """Check every text in a pattern."""
        each_text(pattern, lambda text: self._take(text, scope))

    def count(self, count: Count | None, scope: Scope) -> None:
        """Check a number that may be an expression."""
        if isinstance(count, Text):
            self.text(count, scope)

    def text(self, text: Text | None, scope: Scope) -> None:
        """Check a text, if there is one."""
        if text is not None:
            self._take(text, scope)
