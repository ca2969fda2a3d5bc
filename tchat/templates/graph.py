"""Which step needs which: found in the names of its texts and expressions, in `needs` and in `continue`."""

from collections.abc import Collection, Iterator, Sequence

from tchat.templates.expressions import mentions
from tchat.templates.format import Command, Do, Evaluate, Expression, Pattern, Prompt, Render, Step, Text, Use


def needed(step: Step) -> frozenset[str]:
    """Return every name that a step may use, and every step that it must wait for."""
    names = {name for text in texts_of(step) for name in names_in(text)}
    return frozenset(names | _named(step))


def waves(steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    """Return the names of steps in the order in which they can begin, those that can begin together in one wave."""
    depth: dict[str, int] = {}
    for step in steps:
        needs = needed(step)
        depth[step.name] = max((at + 1 for name, at in depth.items() if name in needs), default=0)
    return tuple(
        tuple(name for name, at in depth.items() if at == wave) for wave in range(max(depth.values(), default=-1) + 1)
    )


def dependents(steps: Sequence[Step], changed: Collection[str]) -> frozenset[str]:
    """Return the steps that are made of changed ones, directly or over others."""
    found: set[str] = set()
    for step in steps:
        if not needed(step).isdisjoint(found | {*changed}):
            found.add(step.name)
    return frozenset(found)


def continued(steps: Sequence[Step]) -> frozenset[str]:
    """Return the steps in whose conversation another one goes on, without those of templates that are used."""
    found: set[str] = set()
    for step in steps:
        match step.deed:
            case Prompt(continues=str(name)):
                found.add(name)
            case Do(inner):
                found |= continued(inner)
            case _:
                pass
    return frozenset(found)


def names_in(text: Text) -> Iterator[str]:
    """Return the names in a text or expression; of `run.name` the step."""
    source = f"{{{{{text.source}}}}}" if isinstance(text, Expression) else text.source
    before = ""
    for word in mentions(source):
        if word.role == "name" or before == "run":
            yield word.word
        before = word.word if word.role == "name" else ""


def texts_of(step: Step) -> Iterator[Text]:
    """Return every text and expression of a step, those of inner steps included."""
    for expression in (step.when, step.each and step.each.items, step.loop and step.loop.until):
        if isinstance(expression, Text):
            yield expression
    for count in (step.each and step.each.limit, step.loop and step.loop.rounds, step.sampling and step.sampling.count):
        if isinstance(count, Text):
            yield count
    if step.loop is not None:
        yield from texts_in(step.loop.start)
    if step.sampling is not None and step.sampling.judge is not None:
        yield step.sampling.judge.prompt
        yield from _call_texts(step.sampling.judge.call.system, step.sampling.judge.call.model)
    yield from texts_in(step.answer.check)
    yield from _deed_texts(step)


def _deed_texts(step: Step) -> Iterator[Text]:
    match step.deed:
        case Prompt() as deed:
            yield deed.prompt
            yield from _call_texts(deed.call.system, deed.call.model)
            yield from (text for example in deed.examples for text in example.fields.values())
        case Render(text):
            yield text
        case Evaluate(value):
            yield value
        case Use() as deed:
            yield from texts_in(deed.inputs)
        case Do(steps):
            yield from (text for inner in steps for text in texts_of(inner))
        case Command() as deed:
            yield from deed.arguments
            if deed.stdin is not None:
                yield deed.stdin


def _call_texts(*texts: Text | None) -> Iterator[Text]:
    return (text for text in texts if text is not None)


def texts_in(pattern: Pattern) -> Iterator[Text]:
    """Return every text and expression in a pattern."""
    match pattern:
        case Text():
            yield pattern
        case list():
            yield from (text for item in pattern for text in texts_in(item))
        case dict():
            yield from (text for item in pattern.values() for text in texts_in(item))
        case _:
            return


def _named(step: Step) -> set[str]:
    """Return the steps that are named outside texts."""
    names = set(step.needs)
    match step.deed:
        case Prompt(continues=continues, examples_from=examples_from, call=call):
            names |= {name for name in (continues, examples_from) if name is not None}
            names |= {picture.source for picture in call.images}
        case Do(steps):
            names |= {name for inner in steps for name in _named(inner)}
        case _:
            pass
    return names
